"""The portal's pages behind the sign-in, and its administration, are accessible and fit."""

from __future__ import annotations

import pytest

from portalwatch.browsers import RunningBrowser
from tests.integration import portal_tour_inside as tour
from tests.integration.portal_accessibility import (
    NO_PAGE,
    Findings,
    not_visited,
    parts_of,
    share_of,
    toured,
)

PARTS = parts_of(
    tour.around, tour.patients, tour.reading, tour.support, tour.out_of_order, tour.administration
)


@pytest.fixture(scope="module")
def findings(chromium: RunningBrowser) -> Findings:
    return toured(chromium, PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_no_page_has_a_violation_in_either_scheme_or_width(findings, part):
    assert findings.troubles[part] == []


def test_every_address_is_visited_or_shows_no_page(findings):
    left = not_visited(findings.paths)
    assert share_of(left, "inside") == share_of(NO_PAGE, "inside")
