from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from flows import login, pages, status
from portalwatch.journey import Journey


def check_status_page_says_all_is_well(journey: Journey) -> None:
    """The public status page is there, and says that every part of the portal works."""
    page = journey.page
    with journey.step("open the status page"):
        status.open_status(journey)
        expect(pages.status_heading(page)).to_be_visible()
    with journey.step("read what it says"):
        expect(pages.component_states(page)).to_have_text(["Operational"] * 4)


def check_page_that_is_not_there_leads_on(journey: Journey) -> None:
    """Who follows a link that leads nowhere is told so, and finds the way back."""
    page = journey.page
    with journey.step("ask for a page that is not there"):
        answer = status.open_nowhere(journey)
        journey.require(answer == 404, f"it was answered with {answer}, not 404")
        expect(pages.not_found_heading(page)).to_be_visible()
    with journey.step("go back to the portal"):
        pages.way_on_link(page).click()
        expect(pages.sign_in_heading(page)).to_be_visible()


def check_portal_is_open(journey: Journey) -> None:
    """The portal is open for the sign-in, and not under maintenance."""
    page = journey.page
    with journey.step("open the sign-in"):
        login.open_sign_in(journey)
        expect(pages.sign_in_heading(page).or_(pages.maintenance_heading(page))).to_be_visible()
    with journey.step("find it open"):
        expect(pages.maintenance_heading(page)).to_be_hidden()
        expect(pages.sign_in_button(page)).to_be_enabled()


def check_maintenance_page_says_until_when(journey: Journey) -> None:
    """The page that everybody sees under maintenance tells its end, and where there is news."""
    _staff_look_at(journey, status.open_maintenance_page, pages.maintenance_heading)
    with journey.step("read until when"):
        expect(pages.planned_end(journey.page)).to_have_text(re.compile(r"\d{4}, \d\d:\d\d UTC$"))
    _leads_on(journey)


def check_outage_page_leads_on(journey: Journey) -> None:
    """The page that everybody sees in an outage has a number to call, and leads to the status."""
    _staff_look_at(journey, status.open_outage_page, pages.outage_heading)
    _leads_on(journey)


def _staff_look_at(
    journey: Journey, open_page: Callable[[Journey], None], heading: Callable[[Page], Locator]
) -> None:
    with journey.step("sign in as staff"):
        login.enter(journey)
    with journey.step("look at the page"):
        open_page(journey)
        expect(heading(journey.page)).to_be_visible()


def _leads_on(journey: Journey) -> None:
    page = journey.page
    with journey.step("find whom to call"):
        expect(pages.call_support_link(page)).to_have_attribute("href", re.compile(r"^tel:\+?\d"))
    with journey.step("follow it to the news"):
        pages.status_link(page).click()
        expect(pages.status_heading(page)).to_be_visible()
