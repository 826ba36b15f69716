"""The control API: who may use it, what it refuses, what it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.faults.models import ActiveFault
from portal.sign_in import lockout

TOKEN = "a-token-for-tests"


@pytest.fixture(autouse=True)
def with_token(rolled_back, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(switchboard, "FRESH_SECONDS", 3600)
        configured = replace(settings.CONFIGURATION, control_token=TOKEN)
        with override_settings(CONFIGURATION=configured):
            yield
        ActiveFault.objects.all().delete()
    switchboard.changed()


@pytest.fixture
def ask(client):
    def ask(method: str, path: str, body: object = None, token: str = TOKEN):
        return client.generic(
            method,
            f"/control/{path}",
            b"" if body is None else as_json(body),
            content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )

    return ask


def as_json(body: object) -> bytes:
    import json

    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.mark.parametrize("path", ["faults", "reset", "accounts/amara.okafor", "faults/1"])
def test_without_a_token_set_there_is_no_control_api(client, path):
    with override_settings(CONFIGURATION=replace(settings.CONFIGURATION, control_token="")):
        answer = client.post(f"/control/{path}", headers={"authorization": "Bearer "})
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text


@pytest.mark.parametrize("path", ["faults", "reset", "accounts/amara.okafor", "faults/1"])
@pytest.mark.parametrize("header", ["", "Bearer wrong", f"Basic {TOKEN}", "Bearer", "Bearer ü"])
def test_it_refuses_a_wrong_token(client, path, header):
    answer = client.post(f"/control/{path}", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in answer.text


def test_it_asks_for_the_right_method(ask):
    answer = ask("GET", "reset")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_it_turns_faults_on_and_off(ask):
    made = ask("POST", "faults", {"name": "status_503", "path": "/dashboard/", "seconds": 60})
    assert made.status_code == 201
    assert made.json()["parameters"] == {"retry_after": 30.0}
    assert made.json()["expires_at"]
    assert switchboard.active("status_503", "anybody") is None  # not on that path
    listed = ask("GET", "faults").json()
    assert [fault["name"] for fault in listed["active"]] == ["status_503"]
    assert listed["catalogue"]["hang"]["line"] == "No answer, on an open connection."
    assert ask("DELETE", f"faults/{made.json()['id']}").status_code == 204
    assert ask("GET", "faults").json()["active"] == []
    assert ask("DELETE", f"faults/{made.json()['id']}").status_code == 404


def test_it_turns_all_faults_off(ask):
    for name in ("mail_lost", "sms_lost"):
        assert ask("POST", "faults", {"name": name}).status_code == 201
    assert switchboard.active("mail_lost") is not None
    assert ask("DELETE", "faults").status_code == 204
    assert switchboard.active("mail_lost") is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[" * 50_000, "the body is not JSON"),
        ([], "the body is not a JSON object"),
        ({"name": "nothing_such"}, "name: there is no fault 'nothing_such' (GET lists them)"),
        ({"name": 7}, "name: not a line of at most 40 characters"),
        ({"name": "hang", "browser": "lynx"}, "browser: none of chromium, firefox, webkit"),
        ({"name": "hang", "probability": 2}, "probability: not a number from 0 to 1"),
        ({"name": "hang", "seconds": -1}, "seconds: not a number from 0 to 3.1536e+07"),
        ({"name": "hang", "path": "/\0"}, "path: not a line of at most 200 characters"),
        ({"name": "hang", "parameters": []}, "parameters: not a JSON object"),
        ({"name": "hang", "parameters": {"x": 1}}, "hang has no parameter 'x' (it has: seconds)"),
        ({"name": "hang", "scope": 1}, "unknown key 'scope'"),
        (
            {"name": "hang", "parameters": {"seconds": -1}},
            "seconds: -1 is not a number from 0 to 86400",
        ),
        (
            {"name": "totp_clock_skew", "parameters": {"seconds": -86401}},
            "seconds: -86401 is not a number from -86400 to 86400",
        ),
        (
            {"name": "recovery_secret_question", "account": "amara.okafor"},
            "recovery_secret_question has no account: it is played before it is known whose it is."
            " Leave it out",
        ),
    ],
)
def test_it_says_what_is_wrong_with_a_fault(ask, body, message):
    answer = ask("POST", "faults", body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(message)
    assert not ActiveFault.objects.exists()


def test_it_refuses_a_body_that_is_too_large(ask):
    assert ask("POST", "faults", b" " * 100_000).status_code == 413


def test_it_changes_the_standing_of_an_account(ask, basic):
    changes = {"standing": "suspended", "password_expired": True}
    answer = ask("POST", f"accounts/{basic.user_id}", changes)
    assert answer.json() == {
        "user_id": basic.user_id,
        "standing": "suspended",
        "password_expired": True,
        "locked_until": None,
        "password_disabled": False,
    }
    provider = Provider.objects.get(user_id=basic.user_id)
    assert (provider.standing, provider.password_expired) == ("suspended", True)


def test_it_lifts_a_lock(ask, basic):
    for _ in range(settings.CONFIGURATION.lock_tries):
        lockout.failed(None, basic.user_id)
    assert ask("GET", f"accounts/{basic.user_id}").json()["locked_until"]
    assert ask("POST", f"accounts/{basic.user_id}", {"unlock": True}).json()["locked_until"] is None
    assert lockout.lock_of(basic.user_id) is None


def test_it_tells_a_disabled_password_from_a_lock(ask, basic):
    with override_settings(CONFIGURATION=replace(settings.CONFIGURATION, disable_tries=3)):
        for _ in range(3):
            lockout.failed(None, basic.user_id)
        told = ask("GET", f"accounts/{basic.user_id}").json()
        assert (told["locked_until"], told["password_disabled"]) == (None, True)
        told = ask("POST", f"accounts/{basic.user_id}", {"unlock": True}).json()
    assert (told["locked_until"], told["password_disabled"]) == (None, False)


@pytest.mark.parametrize(
    ("user_id", "body", "status"),
    [
        ("nobody.here", {}, 404),
        ("amara.okafor", {"standing": "retired"}, 400),
        ("amara.okafor", {"password_expired": "yes"}, 400),
        ("amara.okafor", {"unlock": 1}, 400),
        ("amara.okafor", {"name": "x"}, 400),
    ],
)
def test_it_says_what_is_wrong_with_a_change(ask, user_id, body, status):
    assert ask("POST", f"accounts/{user_id}", body).status_code == status


def test_it_plans_and_ends_maintenance(client, ask):
    made = ask("POST", "maintenance", {"seconds": 120, "message": "New servers"})
    assert made.status_code == 201
    page = client.get("/sign-in/")
    assert page.status_code == 503
    assert ask("GET", "maintenance").json()["windows"][0]["message"] == "New servers"
    assert ask("DELETE", "maintenance").status_code == 204
    assert ask("GET", "maintenance").json()["windows"] == []
    assert client.get("/sign-in/").status_code == 200


@pytest.mark.parametrize("body", [{"seconds": -1}, {"starts_in": "x"}, {"message": 7}, {"x": 1}])
def test_it_says_what_is_wrong_with_a_maintenance(ask, body):
    assert ask("POST", "maintenance", body).status_code == 400


def test_it_needs_neither_session_nor_csrf_token(client, ask):
    client.handler.enforce_csrf_checks = True
    answer = ask("POST", "faults", {"name": "hang"})
    assert answer.status_code == 201
    assert not answer.cookies
