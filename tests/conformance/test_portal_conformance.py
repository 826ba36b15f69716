"""Every row of the standards that the portal follows, tried from outside in both disclosure modes.

A row's probe is a function whose docstring is the row with its source; it speaks to a portal
in a process of its own as a browser behind TLS does. Each probe is shown to see what it is
for: with a fault that breaks the row it fails, with the words of that claim. What has no
fault, since it is no decision of the portal's that could be turned off:

| row   | without a fault of its own                                              |
|-------|-------------------------------------------------------------------------|
| LIM-5 | waiting times and bot checks: the standards allow them, nobody asks     |
| REC-1 | that tokens are random; that the mail names the time a token is good    |
| REC-2 | that a code has six digits                                              |
| OTP-4 | that a code has six digits; that the text names the time it is good     |
| SES-5 | that each page has its sign-out: one template has it                    |
| PWD-1 | that 64 characters may be used, and pasted                              |
"""

from __future__ import annotations

import re

import pytest

from tests.conformance import codes, limits, passwords, recovery, secrecy, sessions
from tests.conformance.rows import ROWS, Portals, Row, Sees
from tests.proofs import proves

PROBES = (limits, secrecy, recovery, codes, sessions, passwords)
NUMBER_OF_ROWS = {"LIM": 6, "ENU": 2, "REC": 7, "OTP": 6, "SES": 6, "PWD": 3}

each_row = pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in ROWS.values()])
each_fault = pytest.mark.parametrize(
    ("row", "sees"),
    [
        pytest.param(row, sees, id=f"{row.id}-{sees.fault}", marks=proves(sees.fault))
        for row in ROWS.values()
        for sees in row.sees
    ],
)


@pytest.mark.parametrize("mode", ["explicit", "generic"])
@each_row
def test_row(row: Row, mode: str, portals: Portals) -> None:
    portals.begin()
    row.probe(portals)


@pytest.mark.parametrize("mode", ["explicit"])
@each_fault
def test_row_sees_its_fault(row: Row, sees: Sees, mode: str, portals: Portals) -> None:
    portals.begin(sees)
    with pytest.raises(AssertionError, match=f"^{re.escape(sees.says)}"):
        row.probe(portals)


def test_there_is_a_probe_for_each_row_and_a_fault_for_each_probe() -> None:
    wanted = {f"{part}-{n + 1}" for part, rows in NUMBER_OF_ROWS.items() for n in range(rows)}
    assert set(ROWS) == wanted
    assert {row.probe.__module__ for row in ROWS.values()} == {part.__name__ for part in PROBES}
    assert [row.id for row in ROWS.values() if not row.sees] == []
