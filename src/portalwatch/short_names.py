"""User IDs and addresses of test accounts as people are told of them: begun, not in full.

Verdicts go to pages and into stores that more people read than may know whose account it is.
"""

from __future__ import annotations

import re

from portalwatch.account import Account

BEGINNING = 2  # characters: enough to tell test accounts apart, not to sign in with


class ShortNames:
    """Shortens what names the holder of ``account`` to the portal, in any text."""

    def __init__(self, account: Account | None) -> None:
        self._names = re.compile("|".join(_patterns(account)), re.IGNORECASE)

    def shortened(self, text: str) -> str:
        """``text`` with ``am…`` for ``amara.okafor``, and nothing else changed."""
        return self._names.sub(lambda found: f"{found[0][:BEGINNING]}…", text)


def _patterns(account: Account | None) -> list[str]:
    if account is None:
        return ["(?!)"]  # nothing
    inboxes = [inbox.address for inbox in (account.mail, account.texts) if inbox is not None]
    # What the plan itself calls the account is said in every message.
    names = {account.user_id.strip(), *inboxes} - {account.key, ""}
    longest_first = sorted(names, key=len, reverse=True)
    # As words: the User ID "log" is not in "login".
    return [rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest_first] or ["(?!)"]
