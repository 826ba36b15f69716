"""The administration: who gets in, by which way, and what can be done there."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.faults.models import ActiveFault
from portal.sign_in import lockout

HOME = "/administration/"
LISTS = (
    "accounts/provider/",
    "accounts/practice/",
    "faults/activefault/",
    "axes/accessattempt/",
    "support/ticket/",
    "support/conversation/",
    "status/maintenancewindow/",
    "status/incident/",
)


@pytest.fixture(autouse=True)
def all_well(rolled_back, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(switchboard, "FRESH_SECONDS", 3600)
        yield
        ActiveFault.objects.all().delete()
    switchboard.changed()


@pytest.fixture
def staff(client: Client, members) -> Client:
    member = members["staff"]
    client.post("/sign-in/", {"user_id": member.user_id, "password": member.password})
    return client


@pytest.fixture
def provider(basic) -> Provider:
    return Provider.objects.get(user_id=basic.user_id)


def act(staff: Client, action: str, provider: Provider) -> None:
    chosen = {"action": action, "_selected_action": [provider.pk]}
    answer = staff.post(f"{HOME}accounts/provider/", chosen)
    assert answer.status_code == 302


@pytest.mark.parametrize("path", ["", "login/", *LISTS, "logout/", "password_change/"])
def test_whoever_is_not_signed_in_is_sent_to_the_portals_sign_in(client, path):
    answer = client.get(f"{HOME}{path}")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", ["", *LISTS])
def test_a_provider_has_no_access(signed_in, path):
    answer = signed_in.get(f"{HOME}{path}", follow=True)
    assert answer.status_code == 403
    assert "<h1>You do not have access to this page</h1>" in answer.text


@pytest.mark.parametrize("path", ["", *LISTS])
def test_staff_see_each_list(staff, path):
    answer = staff.get(f"{HOME}{path}")
    assert answer.status_code == 200
    assert "Meridian administration" in answer.text


def test_its_pages_need_no_unsafe_policy(staff, provider):
    paths = ("", "accounts/provider/", f"accounts/provider/{provider.pk}/change/")
    for path in (*paths, "faults/activefault/add/", "status/maintenancewindow/add/"):
        answer = staff.get(f"{HOME}{path}")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        inline = r"<style|\sstyle=|\son\w+=|<script(?![^>]*(\ssrc=|application/json))"
        assert not re.search(inline, answer.text)


def test_staff_suspend_an_account_and_its_sessions_end(staff, provider, basic):
    browser = Client()
    browser.post("/sign-in/", {"user_id": basic.user_id, "password": basic.password})
    assert browser.get("/dashboard/").status_code == 200
    act(staff, "suspend", provider)
    provider.refresh_from_db()
    assert provider.standing == "suspended"
    assert browser.get("/dashboard/").status_code == 302
    act(staff, "activate", provider)
    provider.refresh_from_db()
    assert provider.standing == "active"


def test_staff_lift_a_lock(staff, provider):
    for _ in range(settings.CONFIGURATION.lock_tries):
        lockout.failed(None, provider.user_id)
    assert lockout.lock_of(provider.user_id)
    act(staff, "unlock", provider)
    assert lockout.lock_of(provider.user_id) is None


def test_staff_see_the_failures_of_accounts_and_not_what_else_was_typed(staff, provider):
    for user_id in (provider.user_id, "Correct-Horse-9"):
        lockout.failed(None, user_id)
    page = staff.get(f"{HOME}axes/accessattempt/").text
    assert provider.user_id in page
    assert "In a row, over all locks" in page
    assert "Correct-Horse-9" not in page


def test_staff_turn_a_fault_on_and_off(staff):
    form = {"name": "chat_silent", "probability": "1", "parameters": "{}", "path": "/support/*"}
    assert staff.post(f"{HOME}faults/activefault/add/", form).status_code == 302
    fault = ActiveFault.objects.get()
    assert (fault.name, fault.path) == ("chat_silent", "/support/*")
    assert [row.name for row in switchboard.rows()] == ["chat_silent"]
    chosen = {"action": "delete_selected", "_selected_action": [fault.pk], "post": "yes"}
    staff.post(f"{HOME}faults/activefault/", chosen)
    assert switchboard.rows() == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "nothing_such"}, "Select a valid choice"),
        ({"parameters": '{"minutes": 1}'}, "has no parameter"),
        ({"parameters": "[]x"}, "Enter a valid JSON"),
        ({"probability": "2"}, "less than or equal to 1"),
        ({"name": "recovery_secret_question", "account": "amara.okafor"}, "has no account"),
        ({"name": "mail_late", "parameters": '{"seconds": -5}'}, "not a number from 0 to 86400"),
    ],
)
def test_a_fault_that_cannot_be_turned_on_says_why(staff, changes, message):
    form = {"name": "chat_silent", "probability": "1", "parameters": "{}"} | changes
    answer = staff.post(f"{HOME}faults/activefault/add/", form)
    assert answer.status_code == 200
    assert message in answer.text
    assert not ActiveFault.objects.exists()


def test_no_account_is_made_or_deleted_here(staff, provider):
    assert staff.get(f"{HOME}accounts/provider/add/").status_code == 403
    assert staff.post(f"{HOME}accounts/provider/{provider.pk}/delete/").status_code == 403


def test_nothing_shows_a_password(staff, provider):
    page = staff.get(f"{HOME}accounts/provider/{provider.pk}/change/").text
    assert "argon2" not in page


def test_leaving_it_leaves_the_portal(staff):
    assert staff.get(f"{HOME}logout/").headers["Location"] == "/dashboard/"
    assert staff.post(f"{HOME}logout/").headers["Location"] == "/signed-out/"
    assert staff.get(HOME).status_code == 302
