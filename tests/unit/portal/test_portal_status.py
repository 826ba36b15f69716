"""Maintenance, the public status and the page of an outage."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.dashboard import figures
from portal.status import checks, maintenance
from portal.status.models import Incident, MaintenanceWindow, Phase

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_known(rolled_back):
    """What one test made is not known to the next."""
    maintenance.forget()
    checks.forget()
    yield
    maintenance.forget()
    checks.forget()


def plan(starts_in: timedelta, lasts: timedelta = HOUR, **values) -> MaintenanceWindow:
    starts_at = timezone.now() + starts_in
    return MaintenanceWindow.objects.create(
        starts_at=starts_at, planned_end=starts_at + lasts, **values
    )


@pytest.fixture
def under_way() -> MaintenanceWindow:
    return plan(-HOUR / 2, message="We change <the> database.")


# --- Maintenance


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


# --- The status page


@pytest.fixture
def configured(monkeypatch):
    def configure(**changes):
        monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, **changes))
        checks.forget()

    return configure


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def states() -> dict[str, str]:
    return {part.key: part.state for part in checks.components()}


def test_it_reports_what_works(client):
    answer = client.get("/status.json").json()
    assert answer["status"] == "operational"
    assert [(part["name"], part["status"]) for part in answer["components"]] == [
        ("Sign-in", "operational"),
        ("Dashboard", "operational"),
        ("Payments", "operational"),
        ("Messaging", "not set up"),
    ]
    page = client.get("/status/").text
    assert "<h1>Portal status</h1>" in page
    assert "All systems operational" in page


def test_it_finds_a_mail_server_and_a_gateway_that_answer(configured):
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with socket.create_server(("127.0.0.1", 0)) as gateway:
            port = gateway.getsockname()[1]
            configured(smtp=f"127.0.0.1:{controller.port}", sms_url=f"http://127.0.0.1:{port}/")
            assert states()["messaging"] == "operational"
    finally:
        controller.stop()


def test_it_finds_what_does_not_answer(configured, client):
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        there = f"http://127.0.0.1:{gateway.getsockname()[1]}/"
        configured(smtp=f"127.0.0.1:{free_port()}", sms_url=there)
        assert states()["messaging"] == "degraded"
        assert "Mail cannot be sent at the moment." in client.get("/status/").text
    configured(sms_url=f"http://127.0.0.1:{free_port()}/")
    assert states()["messaging"] == "outage"
    assert client.get("/status.json").json()["status"] == "degraded"
    assert "Mail and Texts cannot be sent" in client.get("/status/").text


def test_it_looks_once_in_fifteen_seconds(configured, client, monkeypatch):
    looks = []
    monkeypatch.setattr(checks, "_look", lambda look=checks._look: looks.append(1) or look())
    for _ in range(5):
        client.get("/status/")
    assert looks == [1]


def test_nobody_waits_while_another_looks(monkeypatch):
    before = checks.components()
    checks.forget()
    asked, go_on = threading.Event(), threading.Event()

    def slow():
        asked.set()
        go_on.wait(10)
        return ()

    monkeypatch.setattr(checks, "_look", slow)
    looking = threading.Thread(target=checks.components)
    looking.start()
    try:
        assert asked.wait(10)
        assert checks.components() == before
    finally:
        go_on.set()
        looking.join()


def test_it_reports_maintenance(client, under_way):
    answer = client.get("/status.json").json()
    assert answer["status"] == "maintenance"
    assert {part["status"] for part in answer["components"]} == {"maintenance"}
    assert answer["maintenance"][0]["status"] == "under way"
    assert answer["maintenance"][0]["message"] == "We change <the> database."


def test_it_tells_incidents_and_past_maintenance(client):
    Incident.objects.create(
        component="payments", title="Refunds <late>", began_at=NOW, resolved_at=NOW + HOUR
    )
    Incident.objects.create(component="sign-in", title="Slow sign-in", began_at=NOW + HOUR)
    plan(-48 * HOUR, ended_at=timezone.now() - 47 * HOUR, message="Cables.")
    page = client.get("/status/").text
    assert page.index("Slow sign-in") < page.index("Refunds &lt;late&gt;")
    assert "not resolved yet" in page
    assert "Cables." in page
    assert "Done: " in page
    answer = client.get("/status.json").json()
    assert [incident["title"] for incident in answer["incidents"]] == [
        "Slow sign-in",
        "Refunds <late>",
    ]


@pytest.fixture
def without_database():
    """Every query fails, as when the server is gone."""

    def refuse(execute, sql, params, many, context):
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        yield


def test_it_reports_an_outage_of_the_database_also_to_who_has_a_session(
    signed_in, without_database
):
    answer = signed_in.get("/status.json").json()
    assert answer["status"] == "outage"
    page = signed_in.get("/status/")
    assert page.status_code == 200
    assert "The portal is not available" in page.text
    assert "Incidents and maintenance cannot be shown at the moment." in page.text


def test_it_has_a_page_for_an_outage(signed_in, without_database):
    signed_in.raise_request_exception = False
    response = signed_in.get("/dashboard/")
    assert response.status_code == 503
    assert "<h1>The portal is not available</h1>" in response.text
    assert response["Retry-After"] == "60"
    assert "the server is gone" not in response.text


def test_it_takes_its_own_mistakes_for_no_outage(signed_in, monkeypatch):
    def broken(practice, now):
        raise RuntimeError("oops")

    monkeypatch.setattr(figures, "summary", broken)
    signed_in.raise_request_exception = False
    assert signed_in.get("/dashboard/").status_code == 500


@pytest.mark.parametrize("path", ["/status/", "/status.json"])
def test_it_answers_only_to_be_read(client, path):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200
