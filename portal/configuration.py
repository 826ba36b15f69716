"""The portal's settings that come from the environment, read once and validated."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

_YES = {"1", "true", "yes", "on"}
_NO = {"", "0", "false", "no", "off"}
TLS = ("good", "expired", "wrong-host")
_SENDER = "Meridian Provider Portal <no-reply@meridian.example>"
_MOST = 10 * 365 * 24 * 60 * 60  # ten years of seconds: dates and columns hold that
_DATABASES = ("postgresql://", "postgres://", "sqlite:///")
_HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class ConfigurationError(Exception):
    """A setting of the portal is wrong; ``str()`` of it is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What may differ from one start of the portal to the next."""

    data: Path  # folder of the database
    secret_key: str  # signs sessions and CSRF tokens
    idle_seconds: int  # a session ends after this long without a request
    session_seconds: int  # and after this long in any case
    https: bool  # served over TLS, or behind it: Secure cookies, __Host- names, HSTS
    hosts: tuple[str, ...]  # Host headers that are answered, apart from loopback
    database_url: str = ""  # "" is SQLite in the data folder
    disclosure: str = "explicit"  # or "generic": what a refused sign-in tells
    lock_tries: int = 5  # failures in a row that lock an account
    lock_seconds: int = 30 * 60
    disable_tries: int = 100  # failures in a row, locks between them, that disable a password
    code_seconds: int = 10 * 60  # that a code sent by mail or text is good for
    resend_seconds: int = 30  # from one code that is sent to the next
    trust_seconds: int = 30 * 24 * 60 * 60  # that a trusted device needs no code
    recovery_seconds: int = 24 * 60 * 60  # that a recovery link is good for
    smtp: str = ""  # host:port of the server that mail is given to; "" sends none
    body_seconds: int = 30  # in which all of a request must have arrived
    mail_from: str = _SENDER
    sms_url: str = ""  # where a text is posted as JSON; "" sends none
    public_url: str = ""  # what links in mail begin with; never taken from the Host header
    control_token: str = ""  # opens the control API; "" leaves it out
    tls: str = ""  # the certificate that is shown, one of TLS; "" serves plain HTTP

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
        tls = _one_of(environ, "PORTAL_TLS", TLS) if environ.get("PORTAL_TLS") else ""
        return cls(
            data=Path(data),
            secret_key=environ.get("PORTAL_SECRET_KEY") or secrets.token_urlsafe(48),
            # PCI DSS 4.0.1, 8.2.8: at most 15 minutes idle. NIST SP 800-63B-4, 2.2.3:
            # at most 24 hours in all; half of it covers a working day.
            idle_seconds=_seconds(environ, "PORTAL_IDLE_SECONDS", 15 * 60),
            session_seconds=_seconds(environ, "PORTAL_SESSION_SECONDS", 12 * 60 * 60),
            https=_flag(environ, "PORTAL_HTTPS") or bool(tls),
            hosts=_hosts(environ, "PORTAL_HOSTS"),
            database_url=_database(environ, "PORTAL_DATABASE_URL"),
            disclosure=_one_of(environ, "PORTAL_DISCLOSURE", ("explicit", "generic")),
            # PCI DSS 4.0.1, 8.3.4: after at most 10 tries, for at least 30 minutes.
            lock_tries=_whole_number(environ, "PORTAL_LOCK_TRIES", 5),
            lock_seconds=_seconds(environ, "PORTAL_LOCK_SECONDS", 30 * 60),
            # NIST SP 800-63B-4, 3.2.2: at most 100 in a row.
            disable_tries=_whole_number(environ, "PORTAL_DISABLE_TRIES", 100),
            # NIST SP 800-63B-4, 3.1.3.2: at most 10 minutes.
            code_seconds=_seconds(environ, "PORTAL_CODE_SECONDS", 10 * 60),
            resend_seconds=_seconds(environ, "PORTAL_RESEND_SECONDS", 30),
            trust_seconds=_seconds(environ, "PORTAL_TRUST_SECONDS", 30 * 24 * 60 * 60),
            # NIST SP 800-63B-4, 4.2.1.2: at most 24 hours by mail.
            recovery_seconds=_seconds(environ, "PORTAL_RECOVERY_SECONDS", 24 * 60 * 60),
            smtp=_address(environ, "PORTAL_SMTP"),
            body_seconds=_seconds(environ, "PORTAL_BODY_SECONDS", 30),
            mail_from=_sender(environ, "PORTAL_MAIL_FROM"),
            sms_url=_web_address(environ, "PORTAL_SMS_URL"),
            public_url=_web_address(environ, "PORTAL_PUBLIC_URL").rstrip("/"),
            control_token=_token(environ, "PORTAL_CONTROL_TOKEN"),
            tls=tls,
        )


def _seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    return _whole_number(environ, name, default, " of seconds")


def _whole_number(environ: Mapping[str, str], name: str, default: int, of: str = "") -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        raise ConfigurationError(f"{name}: {text!r} is not a whole number{of} above 0")
    if len(text) > len(str(_MOST)) or int(text) > _MOST:
        raise ConfigurationError(f"{name}: the largest number{of} is {_MOST}")
    return int(text)


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    text = environ.get(name) or choices[0]
    if text not in choices:
        raise ConfigurationError(f"{name}: {text!r} is none of {', '.join(choices)}")
    return text


def _address(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    host, _, port = text.rpartition(":")
    if text and not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigurationError(f"{name}: {text!r} is not of the form host:port")
    return text


def _web_address(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if text and not (text.startswith(("http://", "https://")) and _has_host(text)):
        raise ConfigurationError(f"{name}: {text!r} is not an address with http:// or https://")
    return text


def _has_host(address: str) -> bool:
    """True for an address whose host can be told, and whose port, if it has one, is a port."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _database(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if text and not (
        text.startswith(_DATABASES) and (text.startswith("sqlite:") or _has_host(text))
    ):
        # Not the value itself: there is a password in it.
        raise ConfigurationError(
            f"{name}: not of the form postgresql://user:password@host:port/name"
        )
    return text


def _hosts(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    hosts = tuple(host.strip() for host in environ.get(name, "").split(",") if host.strip())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ConfigurationError(f"{name}: {host!r} is not the name of a host")
    return hosts


def _sender(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name) or _SENDER
    if not text.isprintable() or not _ADDRESS.fullmatch(parseaddr(text)[1]):
        raise ConfigurationError(f"{name}: {text!r} is not of the form Name <name@example.com>")
    return text


def _token(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if not re.fullmatch(r"[!-~]*", text):
        # Nor is this one told: whoever reads a log could use it.
        raise ConfigurationError(f"{name}: has spaces or characters that no header can carry")
    return text


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").lower()
    if text not in _YES | _NO:
        raise ConfigurationError(f"{name}: {text!r} is neither 1 nor 0")
    return text in _YES
