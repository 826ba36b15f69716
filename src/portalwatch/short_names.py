"""User IDs and addresses of test accounts as people are told of them: begun, not in full.

Verdicts go to pages and into stores that more people read than may know whose account it is.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote

from portalwatch.account import Account

BEGINNING = 2  # characters: enough to tell test accounts apart, not to sign in with
_HOST = r"\b[a-z][a-z0-9+.-]*://[^/\s]*"  # of an address: what names the portal, and nobody


class ShortNames:
    """Shortens what names the holder of ``account`` to the portal, in what people read."""

    def __init__(self, account: Account | None) -> None:
        names = "|".join(_patterns(account))
        self._names = re.compile(f"(?P<host>{_HOST})|{names}", re.IGNORECASE) if names else None

    def shortened(self, text: str) -> str:
        """``text`` with ``am…`` for ``amara.okafor``, and nothing else changed."""
        return text if self._names is None else self._names.sub(_begun, text)


def _begun(found: re.Match[str]) -> str:
    if found["host"]:
        return found[0]
    return f"{found[0][: min(BEGINNING, len(found[0]) - 1)]}…"


def _patterns(account: Account | None) -> list[str]:
    if account is None:
        return []
    inboxes = [inbox.address for inbox in (account.mail, account.texts) if inbox is not None]
    # What the plan itself calls the account is said in every message.
    names = {account.user_id.strip(), *inboxes} - {account.key, ""}
    forms = {form for name in names for form in (name, quote(name, safe=""), html.escape(name))}
    longest_first = sorted(forms, key=len, reverse=True)
    # As words: the User ID "log" is not in "login".
    return [rf"(?<![^\W_]){re.escape(form)}(?![^\W_])" for form in longest_first]
