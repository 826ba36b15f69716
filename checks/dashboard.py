from __future__ import annotations

import re

from playwright.sync_api import expect

from flows import dashboard, login, pages
from portalwatch.journey import Journey


def check_dashboard_shows_figures_and_activity(journey: Journey) -> None:
    """The dashboard has the practice's figures, and what happened last with its amounts."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("look at the figures"):
        expect(pages.fact(page, "Applications this month")).to_have_text(re.compile(r"^\d+$"))
        expect(pages.fact(page, "Payments due in 7 days")).to_contain_text("$")
    with journey.step("look at the activity"):
        activity = pages.recent_activity(page)
        expect(pages.cells(activity, pages.ACTIVITY_AMOUNT).first).to_contain_text("$")
        expect(pages.body_rows(activity)).to_have_count(8)


def check_pending_decisions_are_counted_rightly(journey: Journey) -> None:
    """As many decisions are pending as there are applications waiting for one."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("read the figure"):
        pending = pages.fact(page, "Pending decisions").inner_text()
    with journey.step("follow the alert to the applications"):
        pages.pending_alert_link(page).click()
        expect(pages.paging(page)).to_contain_text(f"of {pending}")
        expect(pages.applications(page)).to_contain_text("Pending")
        expect(pages.applications(page)).not_to_contain_text("Approved")


def check_navigation_opens_every_page_by_keyboard(journey: Journey) -> None:
    """Each entry of the navigation opens its page, without a mouse."""
    page = journey.page
    login.be_signed_in(journey)
    for label, heading in pages.NAVIGATION:
        with journey.step(f"open {label}"):
            dashboard.open_by_keyboard(journey, label)
            expect(pages.heading(page, heading)).to_be_visible()
            expect(pages.navigation_link(page, label)).to_have_attribute("aria-current", "page")
