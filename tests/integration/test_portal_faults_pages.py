"""Faults of pages and files: in real browsers where only those see them, else over HTTP."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from portalwatch.browsers import RunningBrowser
from tests.integration.single_run import BOTH
from tests.integration.test_portal import give_password
from tests.integration.troubled_portal import SIGN_IN, Visitor
from tests.proofs import proved_by_each, proves

TODAY = datetime.now(UTC).date()
RANGE = f"range=custom&first={TODAY - timedelta(days=180)}&last={TODAY}"


@pytest.fixture
def visit(browser_under_test: RunningBrowser, troubled) -> Iterator[Callable[..., Page]]:
    """Opens a page as a browser does that has nothing of the portal in its cache."""
    contexts = []

    def open_page(path: str = SIGN_IN) -> Page:
        contexts.append(browser_under_test.browser.new_context(base_url=troubled.url))
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def at_the_field(page: Page) -> str:
    """What lies on top where the User ID is typed: what a click would meet."""
    return page.get_by_label("User ID").evaluate(
        """field => {
            const {x, y, width, height} = field.getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + height / 2).id;
        }"""
    )


# --- What browsers see


@pytest.mark.parametrize("fault", proved_by_each("broken_script", "missing_script"))
def test_what_scripts_bring_is_not_there_and_the_rest_works(troubled, visit, fault):
    expect(visit().get_by_role("button", name="Show password")).to_be_visible()
    troubled.turn_on(fault)
    page = visit()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Show password")).to_be_hidden()
    give_password(page, troubled.accounts["basic"])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")


@proves("broken_script")
def test_a_broken_script_says_so_to_the_browser(troubled, visit):
    troubled.turn_on("broken_script")
    page = visit("/supported-browsers/")
    with page.expect_event("pageerror") as raised:
        page.reload()
    assert "Portal script failed to start" in str(raised.value)


@proves("missing_stylesheet")
def test_the_page_has_no_layout(troubled, visit):
    position = "link => getComputedStyle(link).position"
    link = "Skip to main content"
    assert visit().get_by_role("link", name=link).evaluate(position) == "absolute"
    troubled.turn_on("missing_stylesheet")
    assert visit().get_by_role("link", name=link).evaluate(position) == "static"


@proves("engine_script")
@pytest.mark.parametrize("engine", BOTH)
def test_pages_stay_empty_in_one_engine_alone(troubled, visit, browser_under_test, engine):
    troubled.turn_on("engine_script", parameters={"engine": engine})
    page = visit()
    heading = page.get_by_role("heading", name="Sign in")
    if browser_under_test.info.engine == engine:
        expect(page.locator("main")).to_be_attached()
        expect(heading).to_be_hidden()
    else:
        expect(heading).to_be_visible()


@proves("engine_style")
@pytest.mark.parametrize("engine", BOTH)
def test_forms_are_covered_in_one_engine_alone(troubled, visit, browser_under_test, engine):
    troubled.turn_on("engine_style", parameters={"engine": engine})
    covered = browser_under_test.info.engine == engine
    assert at_the_field(visit()) == ("main" if covered else "id_user_id")


# --- What pages say


@proves("account_switched")
def test_the_data_of_somebody_else_is_shown(troubled):
    visitor = troubled.signed_in()
    assert "Welcome, Dr. Amara Okafor" in visitor.get("/dashboard/").text
    patients = visitor.get("/patients/").text
    troubled.turn_on("account_switched")
    page = visitor.get("/dashboard/").text
    assert "Welcome, " in page
    assert "Amara Okafor" not in page
    assert "Cedar Grove Dental" not in page
    assert _accounts(visitor.get("/patients/").text).isdisjoint(_accounts(patients))
    troubled.all_well()
    assert "Welcome, Dr. Amara Okafor" in visitor.get("/dashboard/").text


def _accounts(page: str) -> set[str]:
    found = set(re.findall(r"AC-\d+-\d+", page))
    assert found
    return found


@proves("dashboard_without_data")
def test_the_dashboard_has_no_figures_and_no_activity(troubled):
    visitor = troubled.signed_in()
    assert re.search(r"<dd>\$[\d,]+\.\d\d", visitor.get("/dashboard/").text)
    troubled.turn_on("dashboard_without_data")
    page = visitor.get("/dashboard/").text
    assert "Welcome, Dr. Amara Okafor" in page
    assert "Nothing yet." in page
    assert not re.search(r"<dd>\$[\d,]+\.\d\d", page)


@proves("report_stale")
def test_a_report_lacks_the_last_days_on_the_page_and_in_the_file(troubled):
    visitor = troubled.signed_in()
    fresh = sales(visitor)
    troubled.turn_on("report_stale", parameters={"days": 60})
    assert 0 < sales(visitor) < fresh
    troubled.all_well()
    assert sales(visitor) == fresh


def sales(visitor: Visitor) -> Decimal:
    """The total of the report, which the page must say, too."""
    content = visitor.get(f"/reports/report.csv?{RANGE}").content.decode("utf-8-sig")
    total = list(csv.reader(io.StringIO(content)))[-1]
    amount = Decimal(total[4])
    assert f"${amount:,.2f}" in visitor.get(f"/reports/?{RANGE}").text
    return amount


@proves("download_broken")
def test_downloads_are_damaged_and_pages_are_not(troubled):
    visitor = troubled.signed_in()
    reports = (f"/reports/report.{ending}?{RANGE}" for ending in ("csv", "pdf"))
    whole = {file: visitor.get(file) for file in (*reports, "/resources/getting-started.pdf")}
    troubled.turn_on("download_broken")
    for file, before in whole.items():
        damaged = visitor.get(file)
        assert damaged.status_code == before.status_code == 200
        assert damaged.headers["Content-Disposition"] == before.headers["Content-Disposition"]
        assert can_be_read(before.content)
        assert not can_be_read(damaged.content)
    assert "</html>" in visitor.get("/resources/").text


def can_be_read(content: bytes) -> bool:
    """Whether a PDF has pages, or a CSV all its rows."""
    if not content.startswith(b"%PDF"):
        return b"(total)" in content
    try:
        return len(PdfReader(io.BytesIO(content)).pages) > 0
    except PyPdfError:
        return False
