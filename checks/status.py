from __future__ import annotations

from playwright.sync_api import expect

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
