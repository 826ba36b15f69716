"""Whom a fault is for: a path, an account, a browser, a share of requests, a while."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.integration.test_portal_faults_messages import MAIL
from tests.integration.troubled_portal import ENGINES, SIGN_IN, TroubledPortal, Visitor
from tests.proofs import proves
from tests.waiting import wait_until

MANY = 200  # requests: that fewer than 50 or more than 150 of them meet an even chance is 1e-12


# --- One of each part of the portal that plays faults, and how it is seen


def is_refused(visitor: Visitor) -> bool:
    """status_500, by the transport."""
    return visitor.get("/dashboard/").status_code == 500


def has_no_figures(visitor: Visitor) -> bool:
    """dashboard_without_data, by the dashboard."""
    return "Nothing yet." in visitor.get("/dashboard/").text


def is_damaged(visitor: Visitor) -> bool:
    """download_broken, by the pages' middleware."""
    return not visitor.get("/resources/getting-started.pdf").content.rstrip().endswith(b"%%EOF")


def shows_somebody_else(visitor: Visitor) -> bool:
    """account_switched, by the viewers' middleware."""
    name = "Amara Okafor"
    return name not in visitor.get("/account/").text


def is_taken_without_token(visitor: Visitor) -> bool:
    """csrf_off, by the pages' middleware, before it is known who asks."""
    return visitor.post("/account/sign-out-everywhere/").status_code == 302


def outlives_its_end(visitor: Visitor) -> bool:
    """sign_out_keeps_session, likewise."""
    old = visitor.cookies["session"]
    visitor.fill("/account/", to="/sign-out/")
    visitor.cookies.set("session", old)
    return visitor.get("/account/").status_code == 200


SEEN: dict[str, Callable[[Visitor], bool]] = {
    "status_500": is_refused,
    "dashboard_without_data": has_no_figures,
    "download_broken": is_damaged,
    "account_switched": shows_somebody_else,
    "csrf_off": is_taken_without_token,
    "sign_out_keeps_session": outlives_its_end,
}
EACH = pytest.mark.parametrize("fault", SEEN)


# --- Account


@EACH
def test_a_fault_of_an_account_leaves_the_others(troubled, fault):
    troubled.turn_on(fault, account="Amara.Okafor")
    theirs, another = troubled.signed_in("basic"), troubled.signed_in("recovery")
    assert SEEN[fault](theirs)
    if fault == "account_switched":
        assert "Clara Novak" in another.get("/account/").text
    else:
        assert not SEEN[fault](another)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("credentials_store_down", "We cannot sign you in right now"),
        ("lockout_everyone", "temporarily locked"),
    ],
)
def test_a_fault_of_the_sign_in_is_for_the_account_that_is_tried(troubled, fault, text):
    troubled.turn_on(fault, account="amara.okafor")
    assert text in troubled.visitor().sign_in(troubled.accounts["basic"]).text
    assert troubled.signed_in("recovery").is_in


def test_the_mail_of_one_account_is_lost(troubled):
    troubled.turn_on("mail_lost", account="sofia.brandt")
    MAIL.ask(troubled)
    assert MAIL.arrived(troubled) == []
    troubled.all_well()
    troubled.turn_on("mail_lost", account="amara.okafor")
    MAIL.ask(troubled)
    assert len(MAIL.arrived(troubled)) == 1


@proves("chat_silent")
@pytest.mark.parametrize(
    ("scope", "answered"),
    [
        ({"account": "amara.okafor"}, False),
        ({"account": "clara.novak"}, True),
        ({"path": "/support/*"}, False),
        ({"path": "/reports/*"}, True),
        ({"browser": "chromium"}, False),
        ({"browser": "firefox"}, True),
    ],
)
def test_the_chat_is_silent_for_whom_it_is_meant(troubled, scope, answered):
    troubled.turn_on("chat_silent", **scope)
    cookie = troubled.signed_in("basic").cookies["session"]
    with connect(
        f"ws://{urlsplit(troubled.url).netloc}/support/chat/",
        additional_headers={"Cookie": f"session={cookie}"},
        origin=troubled.url,
        user_agent_header=ENGINES["chromium"],
    ) as chat:
        chat.send(json.dumps({"type": "hello", "conversation": "", "seen": 0}))
        said = {"type": "say", "key": str(uuid.uuid4()), "text": "What are your hours?"}
        chat.send(json.dumps(said))
        assert is_answered(chat, patience=10 if answered else 1) is answered


def is_answered(chat: ClientConnection, patience: float) -> bool:
    """Whether the agent begins to type before nothing more comes."""
    try:
        while json.loads(chat.recv(timeout=patience))["type"] != "typing":
            pass
    except TimeoutError:
        return False
    return True


# --- Path


def test_a_fault_of_a_path_leaves_the_others(troubled):
    troubled.turn_on("status_503", path="/reports/*")
    visitor = troubled.signed_in()
    pages = ["/reports/", "/reports/report.csv", "/dashboard/", "/static/portal.css", "/healthz"]
    statuses = [visitor.get(page).status_code for page in pages]
    assert statuses == [503, 503, 200, 200, 200]


def test_a_fault_has_the_path_that_suits_it_unless_told_otherwise(troubled):
    assert troubled.turn_on("missing_stylesheet")["path"] == "/static/*.css"
    visitor = troubled.visitor()
    assert visitor.get("/static/portal.css").status_code == 404
    troubled.all_well()
    troubled.turn_on("missing_stylesheet", path="/static/support.css")
    assert visitor.get("/static/portal.css").status_code == 200
    assert visitor.get("/static/support.css").status_code == 404


def test_the_ways_to_turn_it_off_stay_open(troubled):
    staff = troubled.signed_in("staff")
    troubled.turn_on("status_500")
    troubled.turn_on("hang", path="/control/*")
    assert staff.get("/dashboard/").status_code == 500
    assert staff.get("/administration/").status_code == 200
    assert len(troubled.faults()["active"]) == 2


# --- Browser


@pytest.mark.parametrize("browser", ENGINES)
def test_a_fault_of_a_browser_leaves_the_others(troubled, browser):
    troubled.turn_on("status_502", browser=browser)
    met = [name for name in ENGINES if is_502(troubled.visitor(name))]
    assert met == [browser]


def is_502(visitor: Visitor) -> bool:
    return visitor.get(SIGN_IN).status_code == 502


def test_a_fault_of_an_account_in_a_browser_is_for_neither_alone(troubled):
    troubled.turn_on("dashboard_without_data", account="amara.okafor", browser="firefox")
    met = {
        (account, engine): has_no_figures(troubled.signed_in(account, engine))
        for account in ("basic", "recovery")
        for engine in ("chromium", "firefox")
    }
    assert [who for who, meets in met.items() if meets] == [("basic", "firefox")]


# --- Probability


@pytest.mark.parametrize(
    ("probability", "least", "most"), [(0, 0, 0), (0.5, 50, 150), (1, MANY, MANY)]
)
@pytest.mark.parametrize("fault", ["status_503", "cookie_without_flags"])
def test_a_fault_comes_as_often_as_it_is_said_to(troubled, fault, probability, least, most):
    troubled.turn_on(fault, probability=probability)
    visitor = troubled.visitor()
    path = "/healthz" if fault == "status_503" else SIGN_IN
    answers = [visitor.get(path) for _ in range(MANY)]
    if fault == "status_503":
        met = sum(answer.status_code == 503 for answer in answers)
    else:
        met = sum("HttpOnly" not in answer.headers["Set-Cookie"] for answer in answers)
    assert least <= met <= most


# --- Duration


@EACH
def test_a_fault_is_over_by_itself(troubled: TroubledPortal, fault):
    visitor = troubled.signed_in()
    began = time.monotonic()
    troubled.turn_on(fault, seconds=1.5)

    def is_over() -> bool:
        signs_out = fault == "sign_out_keeps_session"
        return not SEEN[fault](troubled.signed_in() if signs_out else visitor)

    wait_until(is_over, seconds=20, what=f"the end of {fault}")
    assert time.monotonic() - began >= 1.5
    assert troubled.faults()["active"] == []
