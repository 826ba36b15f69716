"""Maintenance: planned, announced, under way, over."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.status.models import MaintenanceWindow, Phase
from tests.unit.portal.records import plan
from tests.unit.portal.signing_in import credentials

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


# What one test made is not known to the next.
pytestmark = pytest.mark.usefixtures("nothing_known")


@pytest.mark.parametrize(
    ("starts", "ended", "phase"),
    [
        (1, None, Phase.PLANNED),
        (0, None, Phase.UNDER_WAY),
        (-9, None, Phase.UNDER_WAY),
        (-9, 0, Phase.DONE),
        (-9, 1, Phase.UNDER_WAY),
    ],
)
def test_a_window_ends_when_its_people_say_so(starts, ended, phase):
    window = MaintenanceWindow(
        starts_at=NOW + starts * HOUR,
        planned_end=NOW + (starts + 1) * HOUR,
        ended_at=None if ended is None else NOW + ended * HOUR,
    )
    assert window.phase(NOW) is phase


def test_a_window_must_end_after_its_start():
    with pytest.raises(ValidationError, match="The end must come after the start"):
        MaintenanceWindow(starts_at=NOW, planned_end=NOW).full_clean()


@pytest.mark.parametrize(
    "path", ["/", "/sign-in/", "/dashboard/", "/nowhere/", "/recovery/user-id/"]
)
def test_it_is_closed_during_maintenance(client, under_way, path):
    response = client.get(path)
    assert response.status_code == 503
    assert "<h1>We are working on the portal</h1>" in response.text
    assert f"{under_way.planned_end:%Y, %H:%M} UTC" in response.text
    assert "We change &lt;the&gt; database." in response.text
    again = parsedate_to_datetime(response["Retry-After"])
    assert abs(again - under_way.planned_end) < timedelta(seconds=2)
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_it_closes_to_who_is_signed_in_and_opens_to_them_again(signed_in, under_way):
    assert signed_in.get("/dashboard/").status_code == 503
    assert signed_in.post("/sign-out/").status_code == 503
    under_way.ended_at = timezone.now()
    under_way.save()
    assert signed_in.get("/dashboard/").status_code == 200


def test_it_says_when_maintenance_takes_longer_than_planned(client):
    plan(-2 * HOUR)
    response = client.get("/sign-in/")
    assert response.status_code == 503
    assert "It takes longer than planned." in response.text
    assert parsedate_to_datetime(response["Retry-After"]) > timezone.now()


@pytest.mark.parametrize("path", ["/status/", "/status.json", "/healthz", "/static/portal.css"])
def test_it_leaves_open_what_watches_it(client, under_way, path):
    response = client.get(path)
    response.close()
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/control/faults", "/administration/"])
def test_it_leaves_open_what_runs_it(client, under_way, path):
    assert client.get(path).status_code != 503


def test_it_lets_its_people_sign_in_to_end_the_maintenance(client, members, under_way):
    page = client.get("/sign-in/", {"next": "/administration/"})
    assert "<h1>Sign in</h1>" in page.text
    staff = {"user_id": members["staff"].user_id, "password": members["staff"].password}
    answer = client.post("/sign-in/", {**staff, "next": "/administration/"})
    assert answer["Location"] == "/administration/"
    assert client.get("/sign-in/", {"next": "/dashboard/"}).status_code == 503
    assert client.get("/dashboard/", {"next": "/administration/"}).status_code == 503


def test_it_announces_maintenance_on_every_page(signed_in, client):
    window = plan(23 * HOUR, message="New reports.")
    for path in ("/dashboard/", "/account/", "/signed-out/", "/supported-browsers/"):
        page = signed_in.get(path).text
        assert 'role="region" aria-label="Planned maintenance"' in page
        assert f"{window.starts_at:%H:%M} UTC" in page
        assert "New reports." in page


@pytest.mark.parametrize(
    ("starts_in", "hours", "is_shown"), [(25, 24, False), (25, 48, True), (3, 2, False)]
)
def test_it_announces_as_early_as_the_window_says(client, starts_in, hours, is_shown):
    plan(starts_in * HOUR, banner_hours=hours)
    assert ("Planned maintenance" in client.get("/sign-in/").text) is is_shown


def test_it_asks_the_database_once_a_second_at_most(client):
    with CaptureQueriesContext(connection) as captured:
        began = time.monotonic()
        for _ in range(20):
            client.get("/supported-browsers/")
        seconds = time.monotonic() - began
    asked = [query for query in captured if "status_maintenancewindow" in query["sql"]]
    assert len(asked) <= 1 + seconds


# --- What staff may look at beforehand


def test_staff_see_the_page_of_the_window_that_is_announced(client, members):
    window = plan(HOUR)
    client.post("/sign-in/", credentials(members["staff"]))
    answer = client.get("/status/preview/maintenance/")
    assert answer.status_code == 200
    assert "Retry-After" not in answer
    assert "<h1>We are working on the portal</h1>" in answer.text
    assert f"{window.planned_end:%Y, %H:%M} UTC" in answer.text


def test_staff_see_the_page_of_an_outage(client, members):
    client.post("/sign-in/", credentials(members["staff"]))
    answer = client.get("/status/preview/outage/")
    assert answer.status_code == 200
    assert "<h1>The portal is not available</h1>" in answer.text


@pytest.mark.parametrize("page", ["maintenance", "outage"])
def test_a_provider_sees_no_preview(client, signed_in, page):
    assert signed_in.get(f"/status/preview/{page}/").status_code == 403
    client.cookies.clear()
    assert client.get(f"/status/preview/{page}/")["Location"].startswith("/sign-in/")
