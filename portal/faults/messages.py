"""Faults of mail and texts on their way to people."""

from __future__ import annotations

import threading
from collections.abc import Callable

from portal.accounts.models import Provider
from portal.faults import switchboard

_DAMAGE = {ord(digit): "#" for digit in "0123456789"}
_late: set[threading.Timer] = set()


def deliver(kind: str, to: str, text: str, hand_over: Callable[[str], bool]) -> bool:
    """Hands ``text`` over as the faults of ``kind``, "mail" or "sms", want it.

    With none on it is ``hand_over(text)``. A lost or late message counts as taken, as
    it would with a server that lost or kept it.
    """
    if not switchboard.rows():
        return hand_over(text)
    account = _account(kind, to)
    if _on(f"{kind}_garbled", account):
        text = text.translate(_DAMAGE).replace("://", ":/")
    if _on(f"{kind}_lost", account):
        return True
    if _on(f"{kind}_duplicated", account):
        hand_over(text)
    if fault := switchboard.active(f"{kind}_late", account):
        _later(float(fault["seconds"]), hand_over, text)
        return True
    return hand_over(text)


def forget_late() -> None:
    """Drops what is still waiting to be sent."""
    for timer in tuple(_late):
        timer.cancel()
        _late.discard(timer)


def _on(name: str, account: str) -> bool:
    return switchboard.active(name, account) is not None


def _later(seconds: float, hand_over: Callable[[str], bool], text: str) -> None:
    def run() -> None:
        _late.discard(timer)
        hand_over(text)

    timer = threading.Timer(seconds, run)
    timer.daemon = True  # the portal does not stay up for it
    _late.add(timer)
    timer.start()


def _account(kind: str, to: str) -> str:
    found = Provider.objects.filter(**{"email" if kind == "mail" else "phone": to})
    return found.values_list("user_id", flat=True).first() or ""
