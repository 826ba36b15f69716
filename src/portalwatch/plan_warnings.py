"""What is allowed in a plan, and yet is seldom meant: told, and not refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from portalwatch.plan import Plan

PRIVATE = "secrets cross the network in the clear (use https)"


def warnings_about(plan: Plan) -> Iterator[str]:
    """A line for each, with its place."""
    if plan.portal.url is not None and _is_open(plan.portal.url):
        yield f"{plan.at('portal.url')}: {plan.portal.url} is not https: {PRIVATE}"
    for name, account in plan.accounts.items():
        for origin in filter(_is_open, account.origins):
            yield f"{plan.at(f'accounts.{name}.origins')}: {origin} is not https: {PRIVATE}"
    for channel in ("mail", "texts"):
        box = getattr(plan.mailboxes, channel)
        if box is None:
            continue
        if isinstance(box.http, str) and _is_open(box.http):
            # Its address may hold a token.
            yield f"{plan.at(f'mailboxes.{channel}.http')}: is not https: {PRIVATE}"
        if isinstance(box.maildir, str) and not Path(box.maildir).is_dir():
            yield f"{plan.at(f'mailboxes.{channel}.maildir')}: {box.maildir} is no folder (yet)"


def _is_open(url: str) -> bool:
    """Whether what is sent to ``url`` can be read on its way."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        stays_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        stays_here = host == "localhost" or host.endswith(".localhost")  # RFC 6761, section 6.3
    return parts.scheme == "http" and not stays_here
