"""The tour's applications, sales and refunds."""

from __future__ import annotations

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


def applications(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/applications/")
    yield "applications"
    visit.open("/applications/?status=cancelled")
    yield "applications, a status that is none"
    for status in ("pending", "declined"):
        visit.open(f"/applications/?status={status}")
        visit.open(visit.link_of(r"^/applications/A-"))
        yield f"application, {status}"
        visit.follow("See the decision")
        yield f"decision, {status}"
    visit.open("/applications/new/")
    yield "application, new"
    for step, answers in ANSWERS.items():
        visit.press("Save and continue")
        yield f"application, {step}, nothing typed"
        visit.fill(**answers)
        visit.press("Save and continue")
    yield "application, review"
    visit.press("Submit application")
    yield "application, without consent"
    visit.press("Save and finish later")
    yield "applications, saved"
    visit.open(visit.link_of(r"^/applications/A-"))
    yield "application, draft"
    draft = visit.page.url
    visit.open(f"{draft}delete/")
    yield "application, delete?"
    visit.open(draft)
    visit.follow("Continue application")
    visit.page.get_by_label("The patient has read").check()
    visit.press("Submit application")
    yield "decision, approved"
    visit.follow("See the application")
    yield "application, approved"
    visit.open("/applications/new/")
    visit.fill(first_name="Only")
    visit.press("Save and finish later")
    visit.open(visit.link_of(r"^/applications/A-"))
    visit.open(f"{visit.page.url}review/")
    yield "application, a step left out"


def existing_patients(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/applications/existing/")
    yield "application, existing patient"
    visit.press("Search")
    yield "application, existing patient, nothing typed"
    visit.open("/applications/existing/?q=Ba")
    yield "application, existing patients found"
    visit.going(visit.page.locator("tbody a").first)
    yield "application, existing patient chosen"


def sale(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/plans/")
    yield "plans"
    visit.open("/plans/?amount=1000")
    yield "plans for an amount"
    visit.open("/plans/?amount=x")
    yield "plans, no amount"
    visit.open("/transactions/new-sale/")
    yield "sale, account"
    visit.press("Search")
    yield "sale, account, nothing typed"
    visit.fill(q="nobody has this name")
    visit.press("Search")
    yield "sale, account, none found"
    visit.open("/transactions/new-sale/?q=Ba")
    yield "sale, accounts found"
    visit.open(_with_credit(visit))
    yield "sale, details"
    visit.press("Continue")
    yield "sale, details, nothing typed"
    visit.fill(amount="500", description="Root canal")
    visit.press("Continue")
    yield "sale, plan"
    visit.press("Continue")
    yield "sale, plan, none chosen"
    visit.page.get_by_role("radio").first.check()
    visit.press("Continue")
    yield "sale, check"
    visit.follow("Change the details")
    yield "sale, change"
    visit.press("Continue")
    visit.page.get_by_role("radio").first.check()
    visit.press("Continue")
    visit.press("Post sale")
    yield "sale, receipt"
    visit.follow("See the sale")
    yield "sale"
    visit.follow("Refund this sale")
    yield "refund"
    visit.fill(amount="")
    visit.press("Post refund")
    yield "refund, nothing typed"
    visit.fill(amount="100")
    visit.press("Post refund")
    yield "refund, receipt"
    visit.follow("See the refund")
    yield "refund, detail"


def transactions(visit: Visit) -> Stops:
    visit.give_password("basic")
    visit.open("/transactions/")
    yield "transactions"
    visit.open("/transactions/?page=2&sort=-amount")
    yield "transactions, second page"
    visit.open("/transactions/?q=nobody+has+this+name")
    yield "transactions, none found"
    visit.open("/transactions/?since=2026-13-01&until=x")
    yield "transactions, dates that are none"
    visit.open("/transactions/overdue/")
    yield "overdue"


def _with_credit(visit: Visit) -> str:
    """The sale on the first account whose available credit is enough for the smallest sale."""
    for row in visit.page.locator("tbody tr").all():
        credit = float(row.locator(".number").inner_text().replace("$", "").replace(",", ""))
        if credit >= 1000 and (choice := row.locator("a")).count():
            return choice.get_attribute("href")
    raise AssertionError("no account has credit left")
