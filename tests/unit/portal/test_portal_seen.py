"""What was shown when something was confirmed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import RequestFactory

from portal import seen

SHOWN = (Decimal("250.00"), "Crown", "M6")


@pytest.mark.parametrize(
    ("given", "out_of_date"),
    [
        ({"seen": seen.mark(*SHOWN)}, False),
        ({"seen": seen.mark(Decimal("300.00"), "Crown", "M6")}, True),
        ({"seen": ""}, True),
        ({"seen": "ſé\0"}, True),
        ({}, False),
    ],
)
def test_only_what_was_shown_is_confirmed(given, out_of_date):
    assert seen.is_out_of_date(RequestFactory().post("/", given), *SHOWN) is out_of_date
