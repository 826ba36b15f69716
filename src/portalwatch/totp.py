"""Time-based one-time codes (RFC 6238), over pyotp."""

from __future__ import annotations

import base64
import binascii
import hashlib
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

import pyotp

SAFE_MARGIN = 3.0  # a code submitted later in its step may arrive after the step's end
RECOMMENDED_BITS = 112  # NIST SP 800-63B-4, 3.1.4.1

_DIGESTS: dict[str, Callable[..., Any]] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}
_LONGEST_PERIOD = 3600  # seconds; a run has to wait for the next step at times


class _ShortSecretTOTP(pyotp.TOTP):
    """pyotp without its lower limit: portals in the field hand out secrets of 80 bits."""

    def byte_secret(self) -> bytes:
        return _decode_base32(self.secret)


class Totp:
    """The codes of a ``key``: base32, or the ``otpauth://totp/…`` address of a setup code.

    The address is that of Google's Key Uri Format, which authenticator apps read: it may ask
    for SHA256 or SHA512, for 8 digits, and for another period. Raises ``ValueError`` where the
    key is neither.

    ``bits``: the length of the secret. Under ``RECOMMENDED_BITS`` it works, and whoever uses
    it should be told. ``period``: seconds of one step (RFC 6238, section 5.2).
    """

    def __init__(self, key: str) -> None:
        parts = _parts(key.strip()) if key.strip().lower().startswith("otpauth:") else {}
        self.secret = parts.get("secret", "" if parts else key).replace(" ", "").replace("-", "")
        self.bits = len(_decode_base32(self.secret)) * 8
        if not self.bits:
            raise ValueError("the TOTP secret is empty")
        algorithm = parts.get("algorithm", "SHA1").upper().replace("-", "")
        if algorithm not in _DIGESTS:
            raise ValueError(f"the algorithm is none of {', '.join(_DIGESTS)}")
        self.digits = _number(parts, "digits", 6, least=6, most=8)
        self.period = _number(parts, "period", 30, least=5, most=_LONGEST_PERIOD)
        self._totp = _ShortSecretTOTP(
            self.secret, interval=self.period, digits=self.digits, digest=_DIGESTS[algorithm]
        )

    def step(self, now: float) -> int:
        """The number of the time step that ``now`` (POSIX seconds) falls in."""
        return int(now // self.period)

    def next_start(self, step: int) -> float:
        """POSIX seconds at which the step after ``step`` begins."""
        return float((step + 1) * self.period)

    def code(self, step: int) -> str:
        """The code of time step ``step``."""
        return str(self._totp.at(step * self.period))


def _parts(address: str) -> Mapping[str, str]:
    """What an ``otpauth`` address says. Its values are not quoted: the secret is one of them."""
    split = urllib.parse.urlsplit(address)
    if split.netloc.lower() != "totp":
        raise ValueError("the otpauth address is not one of time-based codes (otpauth://totp/…)")
    parts = {name.lower(): value for name, value in urllib.parse.parse_qsl(split.query)}
    if "secret" not in parts:
        raise ValueError("the otpauth address has no secret")
    return parts


def _number(parts: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    text = parts.get(name, str(default))
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ValueError(f"{name} is not a number from {least} to {most}")
    return int(text)


def _decode_base32(secret: str) -> bytes:
    padded = secret.upper() + "=" * (-len(secret) % 8)
    try:
        return base64.b32decode(padded)
    except binascii.Error as exc:
        raise ValueError("the TOTP secret is not base32") from exc
