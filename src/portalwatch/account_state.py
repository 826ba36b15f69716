"""What is known of an account at a portal, and how people are told of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from portalwatch.model import Cause

# A try of a run of ours that died is held against secrets that have worked for as long as portals
# lock accounts at least (PCI DSS 4.0.1, 8.3.4): a bad hour of our machine must not leave every
# account untried.
DOUBTED_FOR = 30 * 60.0  # seconds
# Between the last tries that there are, where the portal tells neither of a sign-in nor of a
# refusal: most of its troubles are over before they are used up.
REST = 30 * 60.0  # seconds
# Failures that were meant, of an account that works, are over after a day without a try.
FORGOTTEN_AFTER = 24 * 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class AccountState:
    """What is known of an account at a portal. Times are POSIX seconds, None for never."""

    portal: str  # see ``portal_of``
    name: str  # the plan's
    failed: int  # tries that the portal may count, in a row
    unclear: int  # tries that ended neither in a sign-in nor in a refusal that is known
    doubtful: int  # tries that are held against it for ``DOUBTED_FOR`` alone
    open: int  # those of the run under way, or of one that died
    refused: int  # attempts in a row, since it was last let in
    tried_at: float
    doubted_at: float  # when the last of ``doubtful`` was added
    rests_until: float
    refused_at: float | None
    refusal: Cause | None
    paused_at: float | None
    is_barred: bool  # some secret of it was refused for good
    identity: str = field(repr=False)  # of its User ID, there
    proven: bytes | None = field(repr=False)  # the mark of the secrets that last worked

    def is_over(self, now: float) -> bool:
        """Whether the portal can be taken to have forgotten what failed.

        It may forget nothing but by a right password: so do we where that is in doubt.
        """
        works = self.proven is not None and not self.refused
        return works and now - self.tried_at > FORGOTTEN_AFTER

    def sure_by(self, now: float) -> int:
        """The tries that are held against it until it is let in."""
        return 0 if self.is_over(now) else self.failed + self.unclear

    def doubtful_by(self, now: float) -> int:
        """``doubtful``, for as long as they are held against it."""
        return self.doubtful if now - self.doubted_at <= DOUBTED_FOR else 0

    def held_against(self, now: float) -> int:
        """How many failures in a row the portal may count."""
        return self.sure_by(now) + self.doubtful_by(now) + self.open

    def has_no_try_left(self, attempts: int, now: float) -> bool:
        """Whether one more failure might lock the account, as ``attempts`` of them do."""
        return self.held_against(now) + 1 >= attempts

    def opens_at(self, attempts: int, now: float) -> float | None:
        """When it is tried again with nothing done; None where it is not, or may be now."""
        if not self.has_no_try_left(attempts, now):
            return self.rests_until if self.rests_until > now else None
        no_doubt = self.sure_by(now) + self.open
        return self.doubted_at + DOUBTED_FOR if no_doubt + 1 < attempts else None


@dataclass(frozen=True, slots=True)
class Shut:
    """Why an account is not tried."""

    told: str  # one line, with what to do about it
    rests: bool = False  # it is tried again in a while, with nothing done


def told_of_pause(state: AccountState, attempts: int, now: float) -> str:
    """Why the account is not tried, and what to do about it: one line.

    ``attempts`` failures in a row lock it.
    """
    at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(state.paused_at))
    why = state.refusal.words.lower() if state.refusal else "its credentials were refused"
    times = f"{state.refused} times in a row" if state.refused > 1 else "and no try is left"
    fix = "set the clock" if state.refusal is Cause.CLOCK_DRIFT else "mend its secret"
    option = ""
    if state.has_no_try_left(attempts, now):
        fix, option = f"{fix}, sign in by hand or have it unlocked", "--unlocked"
    return (
        f"account '{state.name}' is paused since {at} UTC: {why}, {times}"
        f" ({fix}, then: {resume_command(state.name, option)})"
    )


def told_of_no_try_left(state: AccountState, attempts: int, now: float) -> str:
    """Why no try is made that might lock the account, as ``attempts`` failures do: one line."""
    held = state.held_against(now)
    told = (
        f"account '{state.name}' is not tried: {held} {'failure' if held == 1 else 'failures'} in"
        f" a row may be held against it, and the plan says that {attempts} lock it"
    )
    if not state.failed:
        told += " (none is known to be a refusal: its runs died, or the portal told of no sign-in)"
    if (again := state.opens_at(attempts, now)) is not None:
        return f"{told} (it is tried again after {time.strftime('%H:%M', time.gmtime(again))} UTC)"
    return (
        f"{told} (sign in by hand, which ends the count, or have it unlocked, then:"
        f" {resume_command(state.name, '--unlocked')})"
    )


def told_of_refused_secret(name: str) -> str:
    """Why an account that was resumed is not tried with the secret that was refused: one line."""
    return (
        f"account '{name}' is not tried: its secret is still the one that the portal refused"
        " (mend it, and restart what got it by an environment variable; where it is right after"
        f" all: {resume_command(name, '--same-secret')})"
    )


def resume_command(name: str, option: str = "") -> str:
    """What to type, once all is mended."""
    return f"portalwatch accounts resume {name} {option}".rstrip()
