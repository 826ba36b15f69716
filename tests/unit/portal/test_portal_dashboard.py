"""The dashboard's links, and the navigation that leads from every page to each part."""

from __future__ import annotations

import re

import pytest

from portal import navigation
from portal.dashboard import figures
from portal.financing.models import Transaction


def entries(page: str) -> list[str]:
    primary = page[page.index('aria-label="Primary"') :]
    return re.findall(r">([A-Z][a-z]+)</a>", primary[: primary.index("</nav>")])


def test_its_rows_lead_to_what_they_tell_of(signed_in, practice):
    page = signed_in.get("/dashboard/").text
    for row in figures.recent_activity(practice):
        path = row.page.partition(":")[0]
        assert f'href="/{path}/{row.reference}/"' in page
        assert signed_in.get(f"/{path}/{row.reference}/").status_code == 200


def test_its_alerts_lead_to_what_asks_for_attention(signed_in, practice):
    page = signed_in.get("/dashboard/").text
    assert '<a href="/applications/?status=pending">See the applications</a>' in page
    assert '<a href="/transactions/overdue/">See the overdue payments</a>' in page
    waiting = practice.applications.filter(status="pending").count()
    applications = "applications are" if waiting > 1 else "application is"
    assert f"{waiting} {applications} waiting for a decision." in page


def test_it_says_that_a_sale_was_declined(practice):
    newest = practice.transactions.filter(kind="sale").first()
    Transaction.objects.filter(pk=newest.pk).update(status="declined")
    rows = figures.recent_activity(practice, limit=200)
    assert {row.status for row in rows if row.reference == newest.reference} <= {"Declined"}


def test_the_navigation_leads_to_the_parts_that_are_there(signed_in):
    page = signed_in.get("/dashboard/").text
    shown = entries(page)
    assert shown[:3] == ["Dashboard", "Applications", "Transactions"]
    assert shown[-1] == "Account"
    for path in re.findall(r'<li><a href="([^"]+)"[^>]*>[A-Z]', page[: page.index("<main")]):
        assert signed_in.get(path).status_code == 200


def test_an_entry_without_a_part_is_left_out(signed_in, monkeypatch):
    monkeypatch.setattr(
        navigation, "_ENTRIES", (("Dashboard", "dashboard:home"), ("Nowhere", "nowhere:home"))
    )
    assert entries(signed_in.get("/dashboard/").text) == ["Dashboard"]


@pytest.mark.parametrize(
    ("path", "current", "kind"),
    [
        ("/dashboard/", "Dashboard", "page"),
        ("/transactions/", "Transactions", "page"),
        ("/transactions/new-sale/", "Transactions", "true"),
        ("/applications/new/", "Applications", "true"),
        ("/account/", "Account", "page"),
    ],
)
def test_the_navigation_shows_where_one_is(signed_in, path, current, kind):
    page = signed_in.get(path).text
    primary = page[page.index('aria-label="Primary"') : page.index("</nav>")]
    assert re.findall(r'aria-current="(\w+)">(\w+)<', primary) == [(kind, current)]


def test_the_navigation_is_for_those_who_are_signed_in(client):
    assert 'aria-label="Primary"' not in client.get("/sign-in/").text
