"""How long something is good for, as a mail or a text says it."""

from __future__ import annotations


def in_words(seconds: int) -> str:
    """ "24 hours", "10 minutes", "45 seconds"."""
    for size, word in ((3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {word}{'' if seconds == size else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
