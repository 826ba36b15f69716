"""A plan's accounts with their secrets, resolved once at the start or reload of a plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from portalwatch import plan_values
from portalwatch.account import Account, Inbox
from portalwatch.errors import ConfigError
from portalwatch.plan import AccountPlan, Plan
from portalwatch.secret_sources import SecretSource
from portalwatch.secrets import Secret
from portalwatch.totp import Totp

T = TypeVar("T")


def resolve_accounts(
    plan: Plan, environ: Mapping[str, str], *, only: Collection[str] | None = None
) -> dict[str, Account]:
    """The plan's accounts, or ``only`` the named ones, with their secrets from ``environ``.

    Raises:
        ConfigError: with every secret that is missing or unusable, at its line.
    """
    chosen = {key: part for key, part in plan.accounts.items() if only is None or key in only}
    reader = _Reader(plan, environ)
    boxes = {
        channel: box
        for channel in ("mail", "texts")
        if any(getattr(part, channel) is not None for part in chosen.values())
        and (box := reader.mailbox(channel)) is not None
    }
    accounts = {key: reader.account(key, part, boxes) for key, part in chosen.items()}
    reader.refuse_doubles(accounts)
    if reader.problems:
        raise ConfigError(*reader.problems)
    return {key: account for key, account in accounts.items() if account is not None}


class _Reader:
    """Reads what a plan keeps elsewhere; ``problems`` has what is wrong, at its line."""

    def __init__(self, plan: Plan, environ: Mapping[str, str]) -> None:
        self._plan = plan
        self._environ = environ
        self.problems: list[str] = []

    def account(
        self, key: str, part: AccountPlan, boxes: Mapping[str, Callable[[str], Inbox]]
    ) -> Account | None:
        """The account; None where something is wrong with it."""
        known = len(self.problems)
        at = f"accounts.{key}"
        user_id = self._text(f"{at}.user_id", part.user_id)
        password = self._secret(f"{at}.password", part.password)
        totp = self._secret(f"{at}.totp", part.totp, usable=_totp_secret)
        codes = self._secret(f"{at}.backup_codes", part.backup_codes, usable=_some_codes)
        inboxes = {}
        for channel, inbox in boxes.items():
            address = self._text(f"{at}.{channel}", getattr(part, channel))
            inboxes[channel] = inbox(address) if address else None
        if len(self.problems) > known or user_id is None:
            return None
        return Account(
            key=key,
            user_id=user_id,
            name=part.name,
            password=password,
            totp_secret=totp,
            backup_codes=_codes_in(codes) if codes else (),
            origins=part.origins,
            mail=inboxes.get("mail"),
            texts=inboxes.get("texts"),
            attempts=self._plan.attempts_of(part),
            dedicated=part.destructive,
        )

    def refuse_doubles(self, accounts: Mapping[str, Account | None]) -> None:
        """Two names of one User ID would sign in side by side, each ending the other's session."""
        first: dict[str, str] = {}
        for key, account in accounts.items():
            if account is None:
                continue
            known = first.setdefault(account.user_id.strip().casefold(), key)
            if known != key:
                self.problems.append(
                    f"{self._plan.at(f'accounts.{key}.user_id')}: is that of accounts.{known}, too"
                    " (have the checks of both use one account)"
                )

    def mailbox(self, channel: str) -> Callable[[str], Inbox] | None:
        """From an address to where its messages are read; None where something is wrong."""
        box = getattr(self._plan.mailboxes, channel)
        known, at = len(self.problems), f"mailboxes.{channel}"
        place = self._text(f"{at}.{box.kind}", getattr(box, box.kind), _place_of(box.kind))
        user = self._text(f"{at}.user", box.user)
        password = self._secret(f"{at}.password", box.password)
        if len(self.problems) > known or place is None:
            return None
        return lambda address: Inbox(box.kind, place, address, user or "", password)

    def _text(
        self,
        at: str,
        value: str | SecretSource | None,
        form: Callable[[str], str] = str,
    ) -> str | None:
        if not isinstance(value, SecretSource):
            return value
        secret = self._secret(at, value, usable=lambda source, secret: form(secret.reveal()))
        return secret.reveal() if secret else None

    def _secret(
        self,
        at: str,
        source: SecretSource | None,
        usable: Callable[[SecretSource, Secret], object] | None = None,
    ) -> Secret | None:
        if source is None:
            return None
        try:
            secret = source.resolve(self._environ)
            if usable is not None:
                usable(source, secret)
        except ConfigError as exc:
            place = self._plan.at(at)
            self.problems += [f"{place}: {problem}" for problem in exc.problems]
            return None
        except ValueError as exc:
            self.problems.append(f"{self._plan.at(at)}: {source}: {exc}")
            return None
        return secret


def _totp_secret(source: SecretSource, secret: Secret) -> None:
    try:
        Totp(secret.reveal())
    except ValueError as exc:
        # Not chained: a decoder's message may quote what it could not decode.
        raise ConfigError(
            f"{source} holds no TOTP secret: {exc} (copy the portal's setup key)"
        ) from None


def _codes_in(secret: Secret) -> tuple[Secret, ...]:
    """Codes as portals hand them out to be kept: one to a line, or a list."""
    return tuple(Secret(code) for code in re.split(r"[\s,;]+", secret.reveal()) if code)


def _some_codes(source: SecretSource, secret: Secret) -> None:
    if not _codes_in(secret):
        raise ConfigError(f"{source} holds no backup code (one to a line, or with commas between)")


def _place_of(kind: str) -> Callable[[str], str]:
    return {
        "maildir": plan_values.absolute_path,
        "imap": plan_values.imap_address,
        "http": plan_values.inbox_address,
    }[kind]
