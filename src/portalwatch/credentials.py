"""A plan's accounts with their secrets, resolved once at the start or reload of a plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from portalwatch.account import Account
from portalwatch.errors import ConfigError
from portalwatch.plan import Plan
from portalwatch.secret_sources import SecretSource
from portalwatch.secrets import Secret
from portalwatch.totp import Totp


def resolve_accounts(
    plan: Plan, environ: Mapping[str, str], *, only: Collection[str] | None = None
) -> dict[str, Account]:
    """The plan's accounts, or ``only`` the named ones, with their secrets from ``environ``.

    Raises:
        ConfigError: with every secret that is missing or unusable, at its line.
    """
    accounts: dict[str, Account] = {}
    problems: list[str] = []
    for key, account in plan.accounts.items():
        if only is not None and key not in only:
            continue
        secrets: dict[str, Secret] = {}
        for name in ("user_id", "password", "totp"):
            source = getattr(account, name)
            if isinstance(source, SecretSource):
                try:
                    secrets[name] = _usable(name, source, environ)
                except ConfigError as exc:
                    place = plan.at(f"accounts.{key}.{name}")
                    problems += [f"{place}: {problem}" for problem in exc.problems]
        if problems:
            continue
        user_id = account.user_id
        accounts[key] = Account(
            key=key,
            user_id=user_id if isinstance(user_id, str) else secrets["user_id"].reveal(),
            name=account.name,
            password=secrets["password"],
            totp_secret=secrets.get("totp"),
            origins=account.origins,
        )
    if problems:
        raise ConfigError(*problems)
    return accounts


def _usable(name: str, source: SecretSource, environ: Mapping[str, str]) -> Secret:
    secret = source.resolve(environ)
    if name == "totp":
        try:
            Totp(secret.reveal())
        except ValueError as exc:
            # Not chained: a decoder's message may quote what it could not decode.
            raise ConfigError(
                f"{source.env} holds no TOTP secret: {exc} (copy the portal's setup key)"
            ) from None
    return secret
