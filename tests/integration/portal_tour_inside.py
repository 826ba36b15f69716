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
    yield visit.at("dashboard", "Welcome, Dr. Amara Okafor")
    visit.page.locator("summary", has_text="Account menu").click()
    yield visit.at("account menu", "Welcome, Dr. Amara Okafor")
    visit.open("/dashboard/").locator("[data-session-warning]").evaluate("box => box.showModal()")
    yield visit.at("warning before the session ends", "Welcome, Dr. Amara Okafor")
    visit.open("/account/")
    yield visit.at("account", "Account")
    visit.press("Sign out everywhere else")
    yield visit.at("account, signed out elsewhere", "Account")
    visit.open("/account/password/")
    yield visit.at("change of password", "Change your password")
    visit.press("Change password")
    yield visit.at("change of password, nothing typed", "Change your password", error=True)
    visit.open("/nowhere/")
    yield visit.at("not found, signed in", "Page not found")
    visit.open("/administration/")
    yield visit.at("no access", "You do not have access to this page")


def patients(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/patients/")
    yield visit.at("patients", "Patients")
    account = visit.link_of(r"^/patients/AC-")
    last, first = visit.page.locator(f"main a[href='{account}']").first.inner_text().split(", ")
    patient = f"{first} {last}"
    visit.open("/patients/?page=3")
    yield visit.at("patients, third page", "Patients")
    visit.open("/patients/?q=nobody+has+this+name")
    yield visit.at("patients, none found", "Patients")
    visit.open("/patients/?q=13/45/1980")
    yield visit.at("patients, a date that is none", "Patients", error=True)
    visit.open(account)
    yield visit.at("patient", patient)
    visit.press("Add note")
    yield visit.at("patient, empty note", patient, error=True)
    visit.fill(text="Asked for a call about the next instalment, after 5 pm.\n" * 2)
    visit.press("Add note")
    for box in visit.page.locator("main details").all():
        box.locator("summary").click()
    yield visit.at("patient with a note and open plans", patient)
    visit.open(f"{account}transactions/")
    yield visit.at("transactions of a patient", "Account transactions")
    visit.open(f"{account}statements/")
    yield visit.at("statements", "Statements")
    visit.open(visit.link_of(r"/statements/\d{4}-\d\d/$"))
    yield visit.at("statement", re.compile(r"^Statement of "))
    overdue = visit.open("/dashboard/").locator("main .alert a").first
    visit.going(overdue)
    yield visit.at("where the first alert leads", "Overdue payments")


def reading(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/resources/")
    yield visit.at("resources", "Resources")
    visit.open("/resources/faq/")
    yield visit.at("questions", "Frequently asked questions")
    visit.open("/resources/faq/?q=refund")
    yield visit.at("questions, found", "Frequently asked questions")
    visit.open("/resources/faq/?q=zebra")
    yield visit.at("questions, none found", "Frequently asked questions")
    visit.open(f"/resources/faq/?q={'a' * 101}")
    yield visit.at("questions, too long a search", "Frequently asked questions", error=True)
    visit.open("/reports/")
    yield visit.at("reports", "Reports")
    visit.open("/reports/?range=custom&first=2001-01-01&last=2001-01-05")
    yield visit.at("reports, nothing then", "Reports")
    visit.open("/reports/?range=custom&first=2026-02-30&last=")
    yield visit.at("reports, a date that is none", "Reports", error=True)


def support(visit: Visit) -> Stops:
    visit.give_password("basic")
    page = visit.open("/support/")
    yield visit.at("support", "Support")
    visit.press("Send request")
    yield visit.at("support, nothing typed", "Support", error=True)
    visit.fill(topic="technical", subject="A code does not arrive", message="Since this morning.")
    visit.press("Send request")
    yield visit.at("request", re.compile(r"^Request SR-"))
    visit.open("/support/")
    page.get_by_role("button", name="Start chat").click()
    page.get_by_label("Your message").fill("How do I refund a sale?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".chat-line.agent").nth(1)).to_be_visible(timeout=15_000)
    yield visit.at("chat", "Support")
    page.get_by_role("button", name="End chat").click()
    expect(page.get_by_role("link", name="Download the transcript")).to_be_visible()
    yield visit.at("chat, over", "Support")


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
        yield visit.at("something went wrong", "Sorry, something went wrong")
        database.execute(damage.replace("'x'", "?"), (was, number))
        database.execute("ALTER TABLE django_session RENAME TO django_session_away")
        try:
            visit.open("/dashboard/")
            yield visit.at("outage", "The portal is not available")
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
    yield visit.at("administration", "Provider portal")
    visit.control.post("/faults", json={"name": "report_stale", "path": "/nowhere/"})
    lists = [link.get_attribute("href") for link in visit.page.locator("#content-main th a").all()]
    for path in lists:
        visit.open(path)
        kind = " ?".join(path.split("/")[-2])  # "activefault", and "active fault" on the page
        yield visit.at(f"{path} list", re.compile(rf"^Select {kind} to (change|view)$"))
        change = visit.page.locator("#result_list tbody th a")
        if change.count():
            visit.going(change.first)
            yield visit.at(f"{path} record", re.compile(rf"^(Change|View) {kind}$"))
            visit.follow("History", within="body")
            yield visit.at(f"{path} history", re.compile(r"^Change history: "))
    visit.open("/administration/accounts/")
    yield visit.at("administration of a part", "Accounts administration")
    visit.open("/administration/faults/activefault/add/")
    yield visit.at("fault, new", "Add active fault")
    visit.press("Save")
    yield visit.at("fault, as the form proposes it", "Select active fault to change")
    for model, kind in (("maintenancewindow", "maintenance window"), ("incident", "incident")):
        visit.open(f"/administration/status/{model}/add/")
        yield visit.at(f"{kind}, new", f"Add {kind}")
        visit.press("Save")
        yield visit.at(f"{kind}, nothing typed", f"Add {kind}", error=True)
    visit.open("/administration/faults/activefault/")
    visit.going(visit.page.locator("#result_list tbody th a").first)
    visit.follow("Delete")
    yield visit.at("fault, delete?", "Delete")
    visit.going(visit.page.locator("main form [type=submit]"))
    yield visit.at("fault deleted", "Select active fault to change")
    visit.open("/administration/accounts/provider/?q=amara")
    visit.page.locator("#action-toggle").check()
    visit.page.get_by_label("Action:").select_option("unlock")
    visit.going(visit.page.locator("button[name=index]"))
    yield visit.at("accounts unlocked", "Select provider to change")
