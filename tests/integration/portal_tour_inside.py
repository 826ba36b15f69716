"""The tour's pages behind the sign-in, apart from those that move money."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import expect

from tests.integration.portal_tour import Stops, Visit


def around(visit: Visit) -> Stops:
    visit.give_password("basic")
    yield "dashboard"
    visit.page.locator("summary", has_text="Account menu").click()
    yield "account menu"
    visit.open("/dashboard/").locator("[data-session-warning]").evaluate("box => box.showModal()")
    yield "warning before the session ends"
    visit.open("/account/")
    yield "account"
    visit.press("Sign out everywhere else")
    yield "account, signed out elsewhere"
    visit.open("/account/password/")
    yield "change of password"
    visit.press("Change password")
    yield "change of password, nothing typed"
    visit.open("/nowhere/")
    yield "not found, signed in"
    visit.open("/administration/")
    yield "no access"


def patients(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/patients/")
    yield "patients"
    account = visit.link_of(r"^/patients/AC-")
    visit.open("/patients/?page=3")
    yield "patients, third page"
    visit.open("/patients/?q=nobody+has+this+name")
    yield "patients, none found"
    visit.open("/patients/?q=13/45/1980")
    yield "patients, a date that is none"
    visit.open(account)
    yield "patient"
    visit.press("Add note")
    yield "patient, empty note"
    visit.fill(text="Asked for a call about the next instalment, after 5 pm.\n" * 2)
    visit.press("Add note")
    for box in visit.page.locator("main details").all():
        box.locator("summary").click()
    yield "patient with a note and open plans"
    visit.open(f"{account}transactions/")
    yield "transactions of a patient"
    visit.open(f"{account}statements/")
    yield "statements"
    visit.open(visit.link_of(r"/statements/\d{4}-\d\d/$"))
    yield "statement"
    overdue = visit.open("/dashboard/").locator("main .alert a").first
    visit.going(overdue)
    yield "where the first alert leads"


def reading(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/resources/")
    yield "resources"
    visit.open("/resources/faq/")
    yield "questions"
    visit.open("/resources/faq/?q=refund")
    yield "questions, found"
    visit.open("/resources/faq/?q=zebra")
    yield "questions, none found"
    visit.open(f"/resources/faq/?q={'a' * 101}")
    yield "questions, too long a search"
    visit.open("/reports/")
    yield "reports"
    visit.open("/reports/?range=custom&first=2001-01-01&last=2001-01-05")
    yield "reports, nothing then"
    visit.open("/reports/?range=custom&first=2026-02-30&last=")
    yield "reports, a date that is none"


def support(visit: Visit) -> Stops:
    visit.give_password("basic")
    page = visit.open("/support/")
    yield "support"
    visit.press("Send request")
    yield "support, nothing typed"
    visit.fill(topic="technical", subject="A code does not arrive", message="Since this morning.")
    visit.press("Send request")
    yield "request"
    visit.open("/support/")
    page.get_by_role("button", name="Start chat").click()
    page.get_by_label("Your message").fill("How do I refund a sale?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".chat-line.agent").nth(1)).to_be_visible(timeout=15_000)
    yield "chat"
    page.get_by_role("button", name="End chat").click()
    expect(page.get_by_role("link", name="Download the transcript")).to_be_visible()
    yield "chat, over"


def out_of_order(visit: Visit) -> Stops:
    """What is told when the database fails, and when a record is damaged."""
    visit.give_password("basic")
    visit.open("/patients/")
    path = visit.link_of(r"^/patients/AC-")
    number = re.search(r"AC-[^/]+", path)[0]
    damage = "UPDATE financing_creditaccount SET credit_limit = 'x' WHERE number = ?"
    with damaged(visit) as database:
        limit = "SELECT credit_limit FROM financing_creditaccount WHERE number = ?"
        was = database.execute(limit, (number,)).fetchone()[0]
        database.execute(damage, (number,))
        visit.open(path)
        yield "something went wrong"
        database.execute(damage.replace("'x'", "?"), (was, number))
        database.execute("ALTER TABLE django_session RENAME TO django_session_away")
        try:
            visit.open("/dashboard/")
            yield "outage"
        finally:
            database.execute("ALTER TABLE django_session_away RENAME TO django_session")
    visit.open("/dashboard/")


@contextmanager
def damaged(visit: Visit) -> Iterator[sqlite3.Connection]:
    """The portal's database, to be damaged."""
    file = Path(visit.portal["maildir"]).parent / "portal.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None, timeout=20)) as database:
        yield database


def administration(visit: Visit) -> Stops:
    visit.give_password("staff")
    visit.open("/administration/")
    yield "administration"
    visit.control.post("/faults", json={"name": "report_stale", "path": "/nowhere/"})
    lists = [link.get_attribute("href") for link in visit.page.locator("#content-main th a").all()]
    for path in lists:
        visit.open(path)
        yield f"{path} list"
        change = visit.page.locator("#result_list tbody th a")
        if change.count():
            visit.going(change.first)
            yield f"{path} record"
            visit.follow("History", within="body")
            yield f"{path} history"
    visit.open("/administration/accounts/")
    yield "administration of a part"
    for path in ("faults/activefault", "status/maintenancewindow", "status/incident"):
        visit.open(f"/administration/{path}/add/")
        yield f"{path} new"
        visit.press("Save")
        yield f"{path} new, nothing typed"
    visit.open("/administration/faults/activefault/")
    visit.going(visit.page.locator("#result_list tbody th a").first)
    visit.follow("Delete")
    yield "fault, delete?"
    visit.going(visit.page.locator("main form [type=submit]"))
    yield "fault deleted"
    visit.open("/administration/accounts/provider/?q=amara")
    visit.page.locator("#action-toggle").check()
    visit.page.get_by_label("Action:").select_option("unlock")
    visit.going(visit.page.locator("button[name=index]"))
    yield "accounts unlocked"
