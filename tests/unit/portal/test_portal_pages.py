"""What the pages show and send, whoever asks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from portal.dashboard import figures
from portal.financing.models import Application

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def apply(practice, number: int, status: str, amount: int, submitted_at: datetime) -> None:
    Application.objects.create(
        practice=practice,
        reference=f"T-{number}",
        first_name="Pat",
        last_name="Doe",
        treatment="Crown",
        amount=amount,
        status=status,
        created_at=submitted_at,
        submitted_at=submitted_at,
    )


def owe(sale, number: int, amount: int, days: int, *, paid: bool = False) -> None:
    due = NOW + timedelta(days=days)
    sale.instalments.create(
        practice=sale.practice,
        number=number,
        amount=amount,
        due_on=due.date(),
        paid_at=due if paid else None,
    )


@pytest.fixture
def records(practice):
    """A practice with these records and no others."""
    practice.applications.all().delete()
    account = practice.credit_accounts.first()
    practice.transactions.all().delete()
    sale = practice.transactions.create(
        account=account, reference="S-1", kind="sale", amount=630, at=NOW - timedelta(hours=1)
    )
    apply(practice, 1, "approved", 100, NOW)
    apply(practice, 2, "approved", 250, NOW.replace(day=1, hour=0))
    apply(practice, 3, "declined", 900, NOW - timedelta(days=1))
    apply(practice, 4, "pending", 700, NOW.replace(month=2))
    apply(practice, 5, "approved", 800, NOW.replace(month=2))
    owe(sale, 1, 10, days=0)
    owe(sale, 2, 20, days=7)
    owe(sale, 3, 40, days=8)
    owe(sale, 4, 80, days=-1)
    owe(sale, 5, 160, days=-2, paid=True)
    owe(sale, 6, 320, days=3, paid=True)
    return practice


def test_it_sums_up_the_practice(records):
    assert figures.summary(records, NOW) == figures.Summary(
        applications=3,
        approved_amount=Decimal(350),
        pending=1,
        due_count=2,
        due_amount=Decimal(30),
        overdue=1,
    )


def test_it_alerts_to_what_is_overdue_first(records):
    alerts = figures.alerts(figures.summary(records, NOW))
    assert [alert.text for alert in alerts] == [
        "1 payment is overdue. Contact the patient or offer a new plan.",
        "1 application is waiting for a decision.",
    ]


def test_it_lists_the_newest_activity_first(records):
    rows = figures.recent_activity(records, limit=3)
    assert [row.reference for row in rows] == ["T-1", "S-1", "T-3"]
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)


def test_it_shows_the_dashboard(signed_in):
    page = signed_in.get("/dashboard/").text
    for heading in ("Alerts", "Summary", "Recent activity"):
        assert re.search(rf"<h2[^>]*>{heading}</h2>", page)
    assert "Cedar Grove Dental" in page
    assert page.count("<tr>") == 9


def test_it_shows_only_the_practice_of_who_is_signed_in(signed_in, members):
    theirs = Application.objects.exclude(practice__name="Cedar Grove Dental")
    page = signed_in.get("/dashboard/").text
    assert not [a for a in theirs if a.reference in page]


@pytest.mark.parametrize(("key", "state"), [("basic", "Off"), ("totp_1", "On")])
def test_it_shows_whether_the_second_factor_is_on(client, members, key, state):
    from portal.accounts.models import Provider

    client.force_login(Provider.objects.get(user_id=members[key].user_id))
    page = client.get("/account/").text
    assert members[key].practice in page
    assert f">{state}</span>" in page


@pytest.mark.parametrize("path", ["/sign-in/", "/signed-out/", "/dashboard/", "/nowhere/"])
def test_it_sends_its_security_headers(signed_in, path):
    if path.startswith("/sign"):
        signed_in.logout()
    headers = signed_in.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_it_has_no_script_or_style_in_its_pages(signed_in):
    for path in ("/dashboard/", "/account/", "/signed-out/"):
        page = signed_in.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_it_marks_its_cookies(client, basic):
    client.get("/sign-in/")
    client.post("/sign-in/", {"user_id": basic.user_id, "password": basic.password})
    for name in ("session", "csrf"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"
        assert client.cookies[name]["path"] == "/"


def test_it_answers_a_health_check(client, django_assert_no_queries):
    with django_assert_no_queries():
        response = client.get("/healthz")
    assert response.json() == {"status": "ok"}


def test_it_has_its_own_page_for_what_is_not_there(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.text


def test_it_has_its_own_page_for_its_own_fault(signed_in, monkeypatch, caplog):
    def broken(practice, now):
        raise RuntimeError("the secret of the stack")

    monkeypatch.setattr(figures, "summary", broken)
    signed_in.raise_request_exception = False
    response = signed_in.get("/dashboard/")
    assert response.status_code == 500
    assert "<h1>Sorry, something went wrong</h1>" in response.text
    assert "the secret of the stack" not in response.text
    assert "Internal Server Error: /dashboard/" in caplog.text


def test_it_refuses_a_host_that_is_not_its_own():
    response = Client().get("/sign-in/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "<h1>We could not read that request</h1>" in response.text


@pytest.fixture
def django_assert_no_queries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    class NoQueries(CaptureQueriesContext):
        def __exit__(self, *raised):
            super().__exit__(*raised)
            assert self.captured_queries == []

    return lambda: NoQueries(connection)
