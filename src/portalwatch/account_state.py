"""What is known of an account at a portal, and how people are told of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from portalwatch.model import Cause

# A try whose end nobody knows is held against a password that has worked for as long as portals
# lock accounts at least (PCI DSS 4.0.1, 8.3.4), and so is one that met an outage: a bad hour, of
# our machine or of the portal, must not leave every account untried.
DOUBTED_FOR = 30 * 60.0  # seconds
# A portal's count of failures in a row ends by itself when nothing is tried for a day.
FORGOTTEN_AFTER = 24 * 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class AccountState:
    """What is known of an account at a portal. Times are POSIX seconds, None for never."""

    portal: str  # its origin
    name: str  # the plan's
    failed: int  # tries that the portal may count, in a row
    doubtful: int  # tries that are held against it for ``DOUBTED_FOR`` alone
    open: int  # those of the run under way, or of one that died
    refused: int
    proven: bool
    tried_at: float
    doubted_at: float  # when the last of ``doubtful`` was added
    refused_at: float | None
    refusal: Cause | None
    paused_at: float | None

    def failed_by(self, now: float) -> int:
        """``failed``, until the portal has forgotten them."""
        return self.failed if now - self.tried_at <= FORGOTTEN_AFTER else 0

    def doubtful_by(self, now: float) -> int:
        """``doubtful``, for as long as they are held against it."""
        return self.doubtful if now - self.doubted_at <= DOUBTED_FOR else 0

    def held_against(self, now: float) -> int:
        """How many failures in a row the portal may count."""
        return self.failed_by(now) + self.doubtful_by(now) + self.open

    def has_no_try_left(self, attempts: int, now: float) -> bool:
        """Whether one more failure might lock the account, as ``attempts`` of them do."""
        return self.held_against(now) + 1 >= attempts


def told_of_pause(state: AccountState) -> str:
    """Why the account is not tried, and what to do about it: one line."""
    at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(state.paused_at))
    why = state.refusal.words.lower() if state.refusal else "its credentials were refused"
    fix = "set the clock" if state.refusal is Cause.CLOCK_DRIFT else "mend its secret"
    times = f"{state.refused} times in a row" if state.refused > 1 else "and no try is left"
    return (
        f"account '{state.name}' is paused since {at} UTC: {why}, {times}"
        f" ({fix}, then: portalwatch accounts resume {state.name})"
    )


def told_of_no_try_left(state: AccountState, attempts: int, now: float) -> str:
    """Why no try is made that might lock the account, as ``attempts`` failures do: one line."""
    told = (
        f"account '{state.name}' is not tried: {state.held_against(now)} failures in a row may"
        f" be held against it, and the plan says that {attempts} lock it"
    )
    if state.failed_by(now) + state.open + 1 < attempts:
        again = time.strftime("%H:%M", time.gmtime(state.doubted_at + DOUBTED_FOR))
        return f"{told} (runs that died, or met an outage; it is tried again after {again} UTC)"
    return (
        f"{told} (sign in with it by hand, which ends the count, or have it unlocked, then:"
        f" {mended_command(state.name)})"
    )


def told_of_refused_secret(name: str) -> str:
    """Why an account that was resumed is not tried with the secret that was refused: one line."""
    return (
        f"account '{name}' is not tried: its secret is still the one that the portal refused"
        " (mend it, and restart what got it by an environment variable; where it is the portal"
        f" that was mended: {mended_command(name)})"
    )


def mended_command(name: str) -> str:
    """The command that says of an account that the portal's side of it was set right."""
    return f"portalwatch accounts resume {name} --mended-at-portal"
