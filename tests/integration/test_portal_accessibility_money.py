"""The portal's applications, sales and refunds are accessible and fit."""

from __future__ import annotations

import pytest

from portalwatch.browsers import RunningBrowser
from tests.integration import portal_tour_money as tour
from tests.integration.portal_accessibility import (
    NO_PAGE,
    Findings,
    not_visited,
    parts_of,
    share_of,
    toured,
)

PARTS = parts_of(tour.applications, tour.existing_patients, tour.sale, tour.transactions)


@pytest.fixture(scope="module")
def findings(chromium: RunningBrowser) -> Findings:
    return toured(chromium, PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_no_page_has_a_violation_in_either_scheme_or_width(findings, part):
    assert findings.troubles[part] == []


def test_every_address_is_visited_or_shows_no_page(findings):
    left = not_visited(findings.paths)
    assert share_of(left, "money") == share_of(NO_PAGE, "money")
