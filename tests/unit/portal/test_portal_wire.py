"""What is heard of a visitor while a fault keeps the portal from answering."""

from __future__ import annotations

import asyncio

import pytest

from portal.faults import wire

FORM = {"type": "http.request", "body": b"amount=1250", "more_body": False}
LEFT = {"type": "http.disconnect"}


def visitor(*messages: wire.Message) -> wire.Incoming:
    """Says ``messages``, then nothing more."""
    left = list(messages)

    async def receive() -> wire.Message:
        return left.pop(0) if left else await asyncio.Event().wait()

    return wire.Incoming(receive, "http.disconnect")


def test_a_form_that_came_during_a_hang_is_taken_after_it():
    async def play() -> list[wire.Message]:
        whoever = visitor({**FORM, "more_body": True}, FORM)
        assert not await wire.delayed({"hang": {"seconds": 0.01}}, whoever)
        return [await whoever.next() for _ in range(2)]

    assert asyncio.run(play()) == [{**FORM, "more_body": True}, FORM]


@pytest.mark.parametrize("earlier", [(), (FORM,)])
def test_whoever_leaves_during_a_hang_is_not_answered(earlier):
    async def play() -> bool:
        whoever = visitor(*earlier, LEFT)
        return await wire.delayed({"hang": {"seconds": 60.0}}, whoever)

    assert asyncio.run(play())


def test_whoever_has_left_is_not_waited_for_again():
    async def play() -> None:
        whoever = visitor(FORM, LEFT)
        async with asyncio.timeout(5):
            await whoever.gone()
            await whoever.gone()
        assert await whoever.next() == FORM

    asyncio.run(play())


@pytest.mark.parametrize("seconds", [-5.0, 0.0])
def test_a_time_below_zero_is_none(seconds):
    faults = {"latency_fixed": {"seconds": seconds}, "hang": {"seconds": seconds}}

    async def play() -> bool:
        return await wire.delayed(faults, visitor())

    assert not asyncio.run(play())
