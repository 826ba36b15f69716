"""How amounts are written: alike on pages, in PDFs and in the labels of charts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """``amount`` to the cent: SQLite adds amounts up as floating-point numbers."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def dollars(amount: Decimal) -> str:
    """ "$1,234.50", and "-$1,234.50" below zero."""
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"
