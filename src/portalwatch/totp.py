"""Time-based one-time codes (RFC 6238), over pyotp."""

from __future__ import annotations

import base64
import binascii

import pyotp

PERIOD = 30  # seconds of one step, RFC 6238 section 5.2
SAFE_MARGIN = 3.0  # a code submitted later in its step may arrive after the step's end
RECOMMENDED_BITS = 112  # NIST SP 800-63B-4, 3.1.4.1


class _ShortSecretTOTP(pyotp.TOTP):
    """pyotp without its lower limit: portals in the field hand out secrets of 80 bits."""

    def byte_secret(self) -> bytes:
        return _decode_base32(self.secret)


class Totp:
    """The codes of one base32 ``secret``. Raises ``ValueError`` where it is not base32.

    ``bits``: the length of the secret. Under ``RECOMMENDED_BITS`` it works, and whoever
    uses it should be told.
    """

    def __init__(self, secret: str) -> None:
        cleaned = secret.replace(" ", "").replace("-", "")
        self.bits = len(_decode_base32(cleaned)) * 8
        if not self.bits:
            raise ValueError("the TOTP secret is empty")
        self._totp = _ShortSecretTOTP(cleaned, interval=PERIOD)

    def step(self, now: float) -> int:
        """The number of the time step that ``now`` (POSIX seconds) falls in."""
        return int(now // PERIOD)

    def code(self, step: int) -> str:
        """The code of time step ``step``."""
        return str(self._totp.at(step * PERIOD))


def next_step_start(step: int) -> float:
    """POSIX seconds at which the step after ``step`` begins."""
    return float((step + 1) * PERIOD)


def _decode_base32(secret: str) -> bytes:
    padded = secret.upper() + "=" * (-len(secret) % 8)
    try:
        return base64.b32decode(padded)
    except binascii.Error as exc:
        raise ValueError("the TOTP secret is not base32") from exc
