from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import expect

from flows import downloads, login, pages, patients
from flows.amounts import amount_in
from portalwatch.journey import Journey


def check_patient_is_found_by_name(journey: Journey) -> None:
    """A patient is found by name, and nobody else with it."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("take a patient of the list"):
        patients.open_list(journey)
        name = patients.first_listed(journey)
    with journey.step("search by name"):
        patients.search(journey, name)
        found = pages.row_links(pages.search_results(page))
        expect(found.first).to_have_text(name)
        journey.require(
            set(found.all_inner_texts()) == {name}, "the search found patients of other names"
        )
    with journey.step("search for nobody"):
        patients.search(journey, f"nobody{uuid4().hex[:12]}")
        expect(pages.no_patient_note(page)).to_be_visible()
        expect(pages.search_results(page)).to_be_hidden()


def check_account_shows_balance_and_history(journey: Journey) -> None:
    """A patient's account has its balance, its limit, and all that was sold and paid."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("open an account"):
        patients.open_first(journey)
    with journey.step("look at the balance"):
        for figure in ("Balance", "Available credit", "Credit limit"):
            expect(pages.fact(page, figure)).to_contain_text("$")
        newest = pages.row_links(pages.recent_transactions(page)).first.inner_text()
    with journey.step("see the whole history"):
        pages.account_history_link(page).click()
        history = pages.account_history(page)
        expect(pages.row_links(history).first).to_have_text(newest)
        shown = pages.body_rows(history).count()
        expect(pages.account_history_heading(page)).to_have_text(re.compile(rf"^{shown} |^\d\d+ "))


def check_statement_is_downloaded(journey: Journey) -> None:
    """A statement can be downloaded, and its PDF has the figures of its page."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("open a statement"):
        patients.open_first(journey)
        pages.statement_links(page).first.click()
        expect(pages.statement_heading(page)).to_be_visible()
        closing = amount_in(pages.fact(page, "Closing balance"))
        number = pages.account_number(page)
    with journey.step("download it"):
        text = downloads.pdf_text(downloads.download(journey, pages.download_pdf_link(page)))
        for expected in (number, f"${closing:,.2f}", "Closing balance"):
            journey.require(expected in text, f"the statement's PDF does not say {expected}")


def check_note_is_kept(journey: Journey) -> None:
    """A note on a patient is kept, under the name of who wrote it."""
    page = journey.page
    text = f"Called about the plan, {uuid4().hex[:12]}"
    login.be_signed_in(journey)
    with journey.step("write a note"):
        patients.open_first(journey)
        patients.add_note(journey, text)
        expect(pages.notes(page).first).to_contain_text(text)
    with journey.step("come back to it"):
        patients.open_first(journey)
        expect(pages.notes(page).first).to_contain_text(text)
        expect(pages.notes(page).first).to_contain_text(journey.account.name)
