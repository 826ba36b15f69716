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


def check_portal_is_open(journey: Journey) -> None:
    """The portal is open for the sign-in, and not under maintenance."""
    page = journey.page
    with journey.step("open the sign-in"):
        login.open_sign_in(journey)
        expect(pages.sign_in_heading(page).or_(pages.maintenance_heading(page))).to_be_visible()
    with journey.step("find it open"):
        expect(pages.maintenance_heading(page)).to_be_hidden()
        expect(pages.sign_in_button(page)).to_be_enabled()
