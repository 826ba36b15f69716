"""A test account as journeys see it: who signs in, with what, and where that may be typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portalwatch.errors import ConfigError
from portalwatch.secrets import Secret
from portalwatch.totp import Totp


@dataclass(frozen=True, slots=True)
class Account:
    """A test account of the portal. ``origins``: where its secrets may be typed."""

    key: str  # the plan's name of it
    user_id: str
    name: str  # what the portal calls its holder
    password: Secret | None = None
    totp_secret: Secret | None = None
    origins: tuple[str, ...] = ()

    def secrets(self) -> tuple[str, ...]:
        """Every secret of the account, for redaction."""
        return tuple(s.reveal() for s in (self.password, self.totp_secret) if s is not None)

    def to_order(self) -> dict[str, Any]:
        """The account with its secrets, for the private pipe to a worker, and nothing else."""
        return {
            "key": self.key,
            "user_id": self.user_id,
            "name": self.name,
            "password": self.password.reveal() if self.password else None,
            "totp_secret": self.totp_secret.reveal() if self.totp_secret else None,
            "origins": list(self.origins),
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
            origins=tuple(data["origins"]),
        )

    def totp(self) -> Totp:
        """The account's code generator. Raises ``ConfigError`` without a usable secret."""
        if self.totp_secret is None:
            raise ConfigError(
                f"accounts.{self.key}: the check asks for a one-time code, and the account"
                " has no totp (add 'totp: {env: NAME}')"
            )
        try:
            return Totp(self.totp_secret.reveal())
        except ValueError as exc:
            raise ConfigError(f"accounts.{self.key}.totp: {exc}") from exc
