"""The portal's settings that come from the environment, read once and validated."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_YES = {"1", "true", "yes", "on"}
_NO = {"", "0", "false", "no", "off"}


class ConfigurationError(Exception):
    """A setting of the portal is wrong; ``str()`` of it is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What may differ from one start of the portal to the next."""

    data: Path  # folder of the database
    secret_key: str  # signs sessions and CSRF tokens
    idle_seconds: int  # a session ends after this long without a request
    session_seconds: int  # and after this long in any case
    https: bool  # served behind TLS: Secure cookies, __Host- names, HSTS
    hosts: tuple[str, ...]  # Host headers that are answered, apart from loopback

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Configuration:
        """The configuration that ``PORTAL_*`` variables ask for; README.md has their table.

        Raises ``ConfigurationError`` for a value that cannot be used.
        """
        data = environ.get("PORTAL_DATA", "")
        if not data:
            raise ConfigurationError(
                "PORTAL_DATA is not set: name a folder for the database,"
                " or start with 'python -m portal', which brings one"
            )
        hosts = environ.get("PORTAL_HOSTS", "").split(",")
        return cls(
            data=Path(data),
            secret_key=environ.get("PORTAL_SECRET_KEY") or secrets.token_urlsafe(48),
            # PCI DSS 4.0.1, 8.2.8: at most 15 minutes idle. NIST SP 800-63B-4, 2.2.3:
            # at most 24 hours in all; half of it covers a working day.
            idle_seconds=_seconds(environ, "PORTAL_IDLE_SECONDS", 15 * 60),
            session_seconds=_seconds(environ, "PORTAL_SESSION_SECONDS", 12 * 60 * 60),
            https=_flag(environ, "PORTAL_HTTPS"),
            hosts=tuple(host.strip() for host in hosts if host.strip()),
        )


def _seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise ConfigurationError(f"{name}: {text!r} is not a whole number of seconds above 0")
    return int(text)


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").lower()
    if text not in _YES | _NO:
        raise ConfigurationError(f"{name}: {text!r} is neither 1 nor 0")
    return text in _YES
