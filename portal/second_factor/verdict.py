"""What came of a code, whichever factor it was of."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What became of a code."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    USED = "used"  # right, but it or a later one has been accepted before
    EXPIRED = "expired"  # right, but too old
    REPLACED = "replaced"  # right, but not the newest of this sign-in
