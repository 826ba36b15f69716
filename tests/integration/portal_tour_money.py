"""The tour's applications, sales and refunds."""

from __future__ import annotations

import re

from tests.integration.portal_tour import Stops, Visit

ANSWERS = {
    "patient": {"first_name": "Grace", "last_name": "Bellamy", "birth_date": "1984-03-27"},
    "contact": {
        "email": "grace@example.com",
        "phone": "(202) 555-0143",
        "street": "12 Orchard Lane",
        "city": "Asheville",
        "state": "NC",
        "postcode": "28801",
    },
    "income": {"yearly_income": "60000", "yearly_housing": "12000"},
    "treatment": {"treatment": "Root canal", "amount": "2500"},
}
STEPS = {
    "patient": "Patient",
    "contact": "Contact",
    "income": "Income",
    "treatment": "Treatment and amount",
}


def applications(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/applications/")
    yield visit.at("applications", "Applications")
    visit.open("/applications/?status=cancelled")
    yield visit.at("applications, a status that is none", "Applications")
    for status in ("pending", "declined"):
        visit.open(f"/applications/?status={status}")
        visit.open(visit.link_of(r"^/applications/A-"))
        yield visit.at(f"application, {status}", re.compile(r"^Application A-"))
        visit.follow("See the decision")
        yield visit.at(
            f"decision, {status}", re.compile(rf"^The (decision|application) is {status}")
        )
    visit.open("/applications/new/")
    yield visit.at("application, new", "Patient")
    for step, answers in ANSWERS.items():
        visit.press("Save and continue")
        yield visit.at(f"application, {step}, nothing typed", STEPS[step], error=True)
        visit.fill(**answers)
        visit.press("Save and continue")
    yield visit.at("application, review", "Review and consent")
    visit.press("Submit application")
    yield visit.at("application, without consent", "Review and consent", error=True)
    visit.press("Save and finish later")
    yield visit.at("applications, saved", "Applications")
    visit.open(visit.link_of(r"^/applications/A-"))
    yield visit.at("application, draft", re.compile(r"^Application A-"))
    draft = visit.page.url
    visit.open(f"{draft}delete/")
    yield visit.at("application, delete?", re.compile(r"^Delete draft A-"))
    visit.open(draft)
    visit.follow("Continue application")
    visit.page.get_by_label("The patient has read").check()
    visit.press("Submit application")
    yield visit.at("decision, approved", "The application is approved")
    visit.follow("See the application")
    yield visit.at("application, approved", re.compile(r"^Application A-"))
    visit.open("/applications/new/")
    visit.fill(first_name="Only")
    visit.press("Save and finish later")
    visit.open(visit.link_of(r"^/applications/A-"))
    visit.open(f"{visit.page.url}review/")
    yield visit.at("application, a step left out", "Patient")


def existing_patients(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/applications/existing/")
    yield visit.at("application, existing patient", "Application for an existing patient")
    visit.press("Search")
    yield visit.at(
        "application, existing patient, nothing typed", "Application for an existing patient"
    )
    visit.open("/applications/existing/?q=Ba")
    yield visit.at("application, existing patients found", "Application for an existing patient")
    visit.going(visit.page.locator("tbody a").first)
    yield visit.at("application, existing patient chosen", re.compile(r"^Application for [A-Z]"))


def sale(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/plans/")
    yield visit.at("plans", "Payment plans")
    visit.open("/plans/?amount=1000")
    yield visit.at("plans for an amount", "Payment plans")
    visit.open("/plans/?amount=x")
    yield visit.at("plans, no amount", "Payment plans", error=True)
    visit.open("/transactions/new-sale/")
    yield visit.at("sale, account", "New sale")
    visit.press("Search")
    yield visit.at("sale, account, nothing typed", "New sale", error=True)
    visit.fill(q="nobody has this name")
    visit.press("Search")
    yield visit.at("sale, account, none found", "New sale")
    visit.open("/transactions/new-sale/?q=Ba")
    yield visit.at("sale, accounts found", "New sale")
    visit.open(_with_credit(visit))
    yield visit.at("sale, details", "Sale details")
    visit.press("Continue")
    yield visit.at("sale, details, nothing typed", "Sale details", error=True)
    visit.fill(amount="500", description="Root canal")
    visit.press("Continue")
    yield visit.at("sale, plan", "Choose a payment plan")
    visit.press("Continue")
    yield visit.at("sale, plan, none chosen", "Choose a payment plan", error=True)
    visit.page.get_by_role("radio").first.check()
    visit.press("Continue")
    yield visit.at("sale, check", "Check the sale")
    visit.follow("Change the details")
    yield visit.at("sale, change", "Sale details")
    visit.press("Continue")
    visit.page.get_by_role("radio").first.check()
    visit.press("Continue")
    visit.press("Post sale")
    yield visit.at("sale, receipt", "Sale complete")
    visit.follow("See the sale")
    yield visit.at("sale", re.compile(r"^Sale T-"))
    visit.follow("Refund this sale")
    yield visit.at("refund", "Refund a sale")
    visit.fill(amount="")
    visit.press("Post refund")
    yield visit.at("refund, nothing typed", "Refund a sale", error=True)
    visit.fill(amount="100")
    visit.press("Post refund")
    yield visit.at("refund, receipt", "Refund complete")
    visit.follow("See the refund")
    yield visit.at("refund, detail", re.compile(r"^Refund T-"))


def transactions(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/transactions/")
    yield visit.at("transactions", "Transactions")
    visit.open("/transactions/?page=2&sort=-amount")
    yield visit.at("transactions, second page", "Transactions")
    visit.open("/transactions/?q=nobody+has+this+name")
    yield visit.at("transactions, none found", "Transactions")
    visit.open("/transactions/?since=2026-13-01&until=x")
    yield visit.at("transactions, dates that are none", "Transactions", error=True)
    visit.open("/transactions/overdue/")
    yield visit.at("overdue", "Overdue payments")


def _with_credit(visit: Visit) -> str:
    """The sale on the first account whose available credit is enough for the smallest sale."""
    for row in visit.page.locator("tbody tr").all():
        credit = float(row.locator(".number").inner_text().replace("$", "").replace(",", ""))
        if credit >= 1000 and (choice := row.locator("a")).count():
            return choice.get_attribute("href")
    raise AssertionError("no account has credit left")
