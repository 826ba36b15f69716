"""The public status and the page of an outage."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from portal.dashboard import figures
from portal.status import checks
from portal.status.models import Incident
from tests.ports import free_port
from tests.unit.portal.records import plan

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


# What one test made is not known to the next.
pytestmark = pytest.mark.usefixtures("nothing_known")


@pytest.fixture
def configured(monkeypatch):
    def configure(**changes):
        monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, **changes))
        checks.forget()

    return configure


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
