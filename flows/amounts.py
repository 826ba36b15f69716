"""Reading amounts as the portal writes them: "$1,234.50"."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Locator


def amount_in(locator: Locator) -> Decimal:
    """The amount that ``locator`` shows; the first one, where there are several."""
    return amount_of(locator.inner_text())


def amounts_in(locator: Locator) -> list[Decimal]:
    """Those of all that ``locator`` finds."""
    return [amount_of(text) for text in locator.all_inner_texts()]


def amount_of(text: str) -> Decimal:
    """The first amount in ``text``. Raises ``ValueError`` where there is none."""
    found = re.search(r"\$([\d,]+\.\d\d)", text)
    if found is None:
        raise ValueError(f"no amount of money in {text!r}")
    return Decimal(found[1].replace(",", ""))
