"""What ``make bench-portal`` says of the portal's pages."""

from __future__ import annotations

import pytest

from bench.portal import Times, lines
from bench.portal_pages import is_list


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/transactions/", True),
        ("/transactions/?sort=amount&page=7", True),
        ("/transactions/overdue/?page=1000000", True),
        ("/transactions/new-sale/?q=a", True),
        ("/transactions/new-sale/AC-40715523-0017/", False),
        ("/transactions/T-40715523-0000017/", False),
        ("/patients/?q=555-0143", True),
        ("/patients/AC-40715523-0017/", False),
        ("/patients/AC-40715523-0017/transactions/?page=2", True),
        ("/patients/AC-40715523-0017/statements/2026-03.pdf", False),
        ("/applications/", True),
        ("/applications/new/", False),
        ("/reports/?range=year", True),
        ("/reports/report.pdf?range=year", True),
        ("/resources/faq/?q=refund", True),
        ("/dashboard/", False),
    ],
)
def test_lists_searches_and_reports_have_a_target_of_their_own(path, is_one):
    assert is_list(path) is is_one


def test_each_target_stands_beside_its_figure():
    header, *told = lines(
        {
            "sign in": Times("/sign-in/", [4.0, 5.0, 60.0], cpu=9.0),
            "report": Times("/reports/", [290.0, 310.0, 295.0], cpu=600.0),
            "transactions": Times("/transactions/", [20.0, 22.0, 21.0], cpu=30.0),
        }
    )
    assert header.endswith("milliseconds")
    assert [" ".join(line.split()) for line in told] == [
        "report 295.0 310.0 310.0 200.0 (under 300)",
        "transactions 21.0 22.0 22.0 10.0 (under 300)",
        "sign in 5.0 60.0 60.0 3.0",
        "median page 21.0 (under 30, with the default records)",
        "slowest list, search or report 295.0 (under 300, with 1,000,000 transactions)",
    ]
