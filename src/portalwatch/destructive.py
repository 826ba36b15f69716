"""The mark of checks that lock an account, or change what it signs in with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Check = TypeVar("Check", bound=Callable[..., Any])

MARK = "destructive"


def destructive(check: Check) -> Check:
    """Mark ``check``: it may be run with an account alone that the plan gives it for that.

    Such an account has ``destructive: true`` there. Under pytest the mark can be chosen by:
    ``-m "not destructive"``.
    """
    vars(check)[MARK] = True
    return check
