"""The portal's main pages, found as a visitor finds them: by the links on its lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

Get = Callable[[str], str]  # the page at a path
_LIST = re.compile(
    r"/(?:(?:transactions|patients|applications|reports)/(?:overdue/|new-sale/|report\.\w+)?"
    r"|patients/[^/]+/transactions/"
    r"|resources/faq/)(?:\?.*)?"
)


def is_list(path: str) -> bool:
    """True for a list, a search or a report: what grows with the records."""
    return _LIST.fullmatch(path) is not None


def public() -> Iterator[tuple[str, str]]:
    """Name and path of the pages that ask for no session."""
    yield "sign in", "/sign-in/"
    yield "forgotten User ID", "/recovery/user-id/"
    yield "forgotten password", "/recovery/password/"
    yield "supported browsers", "/supported-browsers/"
    yield "status", "/status/"


def signed_in(get: Get) -> Iterator[tuple[str, str]]:
    """Name and path of the main pages; ``get`` has a session."""
    yield "dashboard", "/dashboard/"
    yield from _transactions(get)
    yield from _patients(get)
    application = _first(r'href="(/applications/A-[^/"]+/)"', get("/applications/"))
    yield "applications", "/applications/"
    yield "application", application
    yield "new application", "/applications/new/"
    yield from _reports()
    yield "plans", "/plans/?amount=1500"
    yield "resources", "/resources/"
    yield "FAQ search", "/resources/faq/?q=refund"
    yield "support", "/support/"
    yield "account", "/account/"
    yield "security", "/account/security/"


def _transactions(get: Get) -> Iterator[tuple[str, str]]:
    listed = get("/transactions/")
    one = _first(r'href="(/transactions/T-[^/"]+/)"', listed)
    tail = one.rstrip("/").rpartition("-")[2]
    account = _first(r"AC-[0-9]+-[0-9]+", get(one))
    patient = _first(r"<dt>Patient</dt><dd>(?:<[^>]*>)?([^<]+)", get(one)).split()[-1]
    day = datetime.now(UTC).date()
    since = f"since={day - timedelta(days=200)}&until={day - timedelta(days=20)}"
    deep = _pages(listed)
    asked = {
        "transactions": "",
        "middle page": f"page={deep // 2}",
        "last page": f"page={deep}",
        "by amount": "sort=-amount",
        "by amount, middle page": f"sort=amount&page={deep // 2}",
        "oldest first": "sort=at",
        "sales": "kind=sale",
        "refunds": "kind=refund",
        "refunds by amount": "kind=refund&sort=-amount",
        "payments by amount, deep": f"kind=payment&sort=amount&page={deep // 3}",
        "posted": "status=posted",
        "declined": "status=declined",
        "declined by amount": "status=declined&sort=amount",
        "declined refunds": "status=declined&kind=refund",
        "half a year": since,
        "half a year by amount": f"{since}&sort=-amount",
        "half a year, refunds by amount": f"{since}&kind=refund&sort=amount",
        "search reference": f"q={tail}",
        "search reference's beginning": f"q={tail[:4]}",
        "search account": f"q={account}",
        "search name": f"q={quote(patient)}",
        "search name by amount": f"q={quote(patient)}&sort=amount",
        "search letter": "q=a",
        "search letter by amount": "q=m&sort=-amount&kind=payment",
        "search nothing found": "q=zzzzqqqq",
    }
    for name, query in asked.items():
        yield f"transactions: {name}" if query else name, f"/transactions/?{query}"
    yield "transaction", one
    yield "overdue payments", "/transactions/overdue/"
    yield "overdue payments, last page", f"/transactions/overdue/?page={10**6}"
    yield "new sale: find account", f"/transactions/new-sale/?q={quote(patient)}"
    yield "new sale: find by letter", "/transactions/new-sale/?q=a"
    yield "new sale", f"/transactions/new-sale/{account}/"


def _patients(get: Get) -> Iterator[tuple[str, str]]:
    listed = get("/patients/")
    account = _first(r'href="(/patients/AC-[^/"]+/)"', listed)
    month = f"{datetime.now(UTC):%Y-%m}"
    yield "patients", "/patients/"
    yield "patients: last page", f"/patients/?page={_pages(listed)}"
    yield "patients: search name", "/patients/?q=sm"
    yield "patients: search number", f"/patients/?q={account.strip('/')[-4:]}"
    yield "patients: search phone", "/patients/?q=555-0143"
    yield "patients: search birth date", "/patients/?q=04%2F27%2F1985"
    yield "patient's account", account
    yield "patient's transactions", f"{account}transactions/"
    yield "patient's transactions, last page", f"{account}transactions/?page={10**6}"
    yield "patient's statements", f"{account}statements/"
    yield "statement", f"{account}statements/{month}/"
    yield "statement as PDF", f"{account}statements/{month}.pdf"


def _reports() -> Iterator[tuple[str, str]]:
    day = datetime.now(UTC).date()
    years = f"range=custom&first={day - timedelta(days=1000)}&last={day}"
    yield "report", "/reports/"
    yield "report of the year", "/reports/?range=year"
    yield "report of three years", f"/reports/?{years}"
    yield "report as CSV", "/reports/report.csv?range=year"
    yield "report as PDF", "/reports/report.pdf?range=year"


def _pages(page: str) -> int:
    """How many pages a list has, by what it says itself."""
    return int((re.search(r"Page [0-9,]+ of ([0-9,]+)", page) or ["", "1"])[1].replace(",", ""))


def _first(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    if found is None:
        raise SystemExit(f"bench: nothing on the page is like {pattern}")
    return found[found.re.groups and 1]
