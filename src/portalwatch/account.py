"""A test account as journeys see it: who signs in, with what, and where that may be typed."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from portalwatch.errors import ConfigError
from portalwatch.secrets import Secret
from portalwatch.totp import RECOMMENDED_BITS, Totp

log = logging.getLogger(__name__)

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where an account's mail or texts can be read: a mailbox, and an address in it."""

    kind: str  # "maildir", "imap" or "http"
    place: str = field(repr=False)  # a folder, or the address of a server: it may hold a key
    address: str  # the account's own: only what was sent to it is read
    user: str = ""  # of the mailbox
    password: Secret | None = None

    def to_order(self) -> dict[str, Any]:
        """As ``Account.to_order``."""
        password = self.password.reveal() if self.password else None
        return {**{f.name: getattr(self, f.name) for f in fields(self)}, "password": password}

    @classmethod
    def from_order(cls, data: dict[str, Any]) -> Inbox:
        """What ``to_order`` gave."""
        password = Secret(data["password"]) if data["password"] else None
        return cls(**{**data, "password": password})


@dataclass(frozen=True, slots=True)
class Account:
    """A test account of the portal. ``origins``: where its secrets may be typed."""

    key: str  # the plan's name of it
    user_id: str
    name: str  # what the portal calls its holder
    password: Secret | None = None
    totp_secret: Secret | None = None
    backup_codes: tuple[Secret, ...] = ()  # each is good once
    origins: tuple[str, ...] = ()
    mail: Inbox | None = None
    texts: Inbox | None = None
    attempts: int = 5  # failures in a row after which the portal locks it
    dedicated: bool = False  # to checks that may lock or change it

    def secrets(self) -> tuple[str, ...]:
        """Every secret of the account, for redaction; a TOTP secret also as portals show it."""
        kept = [self.password, self.totp_secret, *self.backup_codes]
        kept += [inbox.password for inbox in (self.mail, self.texts) if inbox is not None]
        values = [secret.reveal() for secret in kept if secret is not None]
        if self.totp_secret is not None:
            values += _shown(self.totp_secret.reveal())
        return tuple(dict.fromkeys(values))

    def to_order(self) -> dict[str, Any]:
        """The account with its secrets, for the private pipe to a worker, and nothing else."""
        return {
            "key": self.key,
            "user_id": self.user_id,
            "name": self.name,
            "password": self.password.reveal() if self.password else None,
            "totp_secret": self.totp_secret.reveal() if self.totp_secret else None,
            "backup_codes": [code.reveal() for code in self.backup_codes],
            "origins": list(self.origins),
            "mail": self.mail.to_order() if self.mail else None,
            "texts": self.texts.to_order() if self.texts else None,
            "attempts": self.attempts,
            "dedicated": self.dedicated,
        }

    @classmethod
    def from_order(cls, data: dict[str, Any]) -> Account:
        """What ``to_order`` gave, on the worker's side."""
        return cls(
            key=data["key"],
            user_id=data["user_id"],
            name=data["name"],
            password=Secret(data["password"]) if data["password"] else None,
            totp_secret=Secret(data["totp_secret"]) if data["totp_secret"] else None,
            backup_codes=tuple(Secret(code) for code in data["backup_codes"]),
            origins=tuple(data["origins"]),
            mail=Inbox.from_order(data["mail"]) if data["mail"] else None,
            texts=Inbox.from_order(data["texts"]) if data["texts"] else None,
            attempts=data["attempts"],
            dedicated=data["dedicated"],
        )

    def totp(self) -> Totp:
        """The account's code generator. Raises ``ConfigError`` without a usable secret."""
        if self.totp_secret is None:
            raise ConfigError(
                f"accounts.{self.key}: the check asks for a one-time code, and the account"
                " has no totp (add 'totp: {env: NAME}')"
            )
        try:
            totp = Totp(self.totp_secret.reveal())
        except ValueError as exc:
            # Not chained: a decoder's message may quote what it could not decode.
            raise ConfigError(f"accounts.{self.key}.totp: {exc}") from None
        if totp.bits < RECOMMENDED_BITS:
            _tell_of_short_secret(self.key, totp.bits)
        return totp


def _shown(key: str) -> tuple[str, ...]:
    """A TOTP secret as portals show it: bare, and in groups of four."""
    try:
        bare = Totp(key).secret
    except ValueError:
        bare = key.replace(" ", "").replace("-", "")
    return bare, " ".join(bare[i : i + 4] for i in range(0, len(bare), 4))


def origin_of(url: str) -> str:
    """Scheme, host and port of ``url`` (RFC 6454), as browsers write them."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(_DEFAULT_PORTS.get(parts.scheme, ' '))}"


def portal_of(url: str) -> str:
    """What counts tries and codes as one, however it is reached: by http or https, with or
    without ``www.``; the host of ``url``, with a port of its own."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").removeprefix("www."), parts.port
    return host if port in (None, 80, 443) else f"{host}:{port}"


def host_of(url: str) -> str:
    """The name of the host in ``url``, in small letters; nothing where it names none."""
    return urlsplit(url).hostname or ""


def without_credentials(url: str) -> str:
    """``url`` without a user name and a password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@functools.cache  # once in a process: every code of every run asks for the secret again
def _tell_of_short_secret(key: str, bits: int) -> None:
    log.warning(
        "accounts.%s.totp: a secret of %d bits works, but NIST SP 800-63B-4 asks for %d"
        " (have the portal hand out a longer one)",
        key,
        bits,
        RECOMMENDED_BITS,
    )
