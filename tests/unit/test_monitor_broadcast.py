"""Many readers hear what is told, and none of them is waited for."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from portalwatch.broadcast import BACKLOG, Broadcast
from tests.asynchronous import in_own_loop


async def words(stream, count):
    async with aclosing(stream) as reading:
        return [await anext(reading) for _ in range(count)]


def test_every_reader_hears_what_is_told_after_it_began_to_listen():
    async def work():
        news = Broadcast()
        news.tell("too early")
        readers = [asyncio.create_task(words(news.listen(), 2)) for _ in range(3)]
        await asyncio.sleep(0)
        news.tell("one")
        news.tell("two")
        return await asyncio.gather(*readers)

    assert in_own_loop(work()) == [["one", "two"]] * 3


def test_a_reader_that_does_not_read_misses_words_and_holds_nobody_up():
    async def work():
        news = Broadcast()
        async with aclosing(news.listen()) as slow:
            first = asyncio.create_task(anext(slow))
            await asyncio.sleep(0)
            for number in range(BACKLOG + 50):
                news.tell(str(number))
            news.close()
            return [await first, *[word async for word in slow]]

    assert in_own_loop(work()) == [str(number) for number in range(BACKLOG)]


def test_closing_ends_every_stream_and_those_that_come_later():
    async def work():
        news = Broadcast()
        reader = asyncio.create_task(words(news.listen(), 1))
        await asyncio.sleep(0)
        news.tell("last")
        news.close()
        return await reader, [word async for word in news.listen()]

    assert in_own_loop(work()) == (["last"], [])
