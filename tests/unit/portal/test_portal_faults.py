"""Faults that Django plays, and who they are for; transport ones have a test from outside."""

from __future__ import annotations

import time
from datetime import timedelta

import pyotp
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import messages, switchboard
from portal.faults.catalogue import CATALOGUE, BadParameters, listing
from portal.faults.models import ActiveFault
from portal.recovery import requests
from portal.recovery.models import RecoveryRequest
from portal.reports import figures
from portal.reports.ranges import Range
from portal.second_factor import totp
from portal.second_factor.verdict import Verdict
from portal.sign_in import lockout, refusal
from tests.unit.portal import recovering

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"


@pytest.fixture(autouse=True)
def all_well(rolled_back, monkeypatch):
    """No fault before and after; and no look into the database from another connection."""
    with monkeypatch.context() as patched:
        patched.setattr(switchboard, "FRESH_SECONDS", 3600)
        switchboard.changed()
        yield
        ActiveFault.objects.all().delete()
    switchboard.changed()


def turn_on(name: str, **scope: object) -> ActiveFault:
    return ActiveFault.objects.create(name=name, **scope)


def sign_in(client: Client, member, **options: object):
    details = {"user_id": member.user_id, "password": member.password}
    return client.post("/sign-in/", details, **options)


def test_it_has_forty_faults_each_with_a_line():
    assert len(CATALOGUE) >= 40
    lines = listing().splitlines()
    assert len(lines) == len(CATALOGUE)
    assert all(len(line.split("  ", 1)[1]) > 10 for line in lines)


def test_no_fault_is_on_by_default():
    assert not ActiveFault.objects.exists()
    assert all(switchboard.active(name) is None for name in CATALOGUE)


def test_a_fault_brings_its_defaults_and_what_was_set():
    assert CATALOGUE["latency_jitter"].completed({"most_seconds": 3}) == {
        "least_seconds": 0.1,
        "most_seconds": 3.0,
    }
    turn_on("latency_jitter", parameters={"most_seconds": 3.0})
    assert switchboard.active("latency_jitter") == {"least_seconds": 0.1, "most_seconds": 3.0}


@pytest.mark.parametrize(
    "given",
    [
        {"minutes": 1},
        {"seconds": "1"},
        {"seconds": True},
        {"seconds": 1e9},
        {"seconds": -1},
        {"seconds": float("nan")},
    ],
)
def test_a_fault_refuses_what_it_cannot_take(given):
    with pytest.raises(BadParameters):
        CATALOGUE["latency_fixed"].completed(given)


def test_a_clock_alone_may_be_wrong_either_way():
    assert CATALOGUE["totp_clock_skew"].completed({"seconds": -300}) == {"seconds": -300.0}
    assert [fault.name for fault in CATALOGUE.values() if fault.least] == ["totp_clock_skew"]


@pytest.mark.parametrize(
    ("scope", "about", "expected"),
    [
        ({"account": "amara.okafor"}, "amara.okafor", True),
        ({"account": "Amara.Okafor"}, "amara.okafor", True),
        ({"account": "amara.okafor"}, "daniel.reyes", False),
        ({"probability": 0.0}, "amara.okafor", False),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "amara.okafor", False),
        ({"expires_at": timezone.now() + timedelta(hours=1)}, "amara.okafor", True),
        ({"path": "/reports/*"}, "amara.okafor", False),
    ],
)
def test_a_fault_keeps_to_its_scope(scope, about, expected):
    turn_on("chat_silent", **scope)
    assert (switchboard.active("chat_silent", about) is not None) is expected


def test_a_fault_of_some_paths_leaves_the_others(rf):
    turn_on("chat_silent", path="/reports/*")
    assert switchboard.active("chat_silent", rf.get("/reports/export/")) is not None
    assert switchboard.active("chat_silent", rf.get("/dashboard/")) is None


def test_a_fault_comes_as_often_as_its_probability_says():
    turn_on("chat_silent", probability=0.5)
    seen = sum(switchboard.active("chat_silent") is not None for _ in range(400))
    assert 120 < seen < 280


@pytest.mark.parametrize(
    ("user_agent", "engine"),
    [(FIREFOX, "firefox"), (CHROME, "chromium"), (SAFARI, "webkit"), ("curl/8", "")],
)
def test_a_fault_of_one_browser_leaves_the_others(rf, user_agent, engine):
    request = rf.get("/", headers={"user-agent": user_agent})
    assert switchboard.engine(user_agent) == engine
    turn_on("chat_silent", browser="firefox")
    assert (switchboard.active("chat_silent", request) is not None) is (engine == "firefox")


@pytest.mark.parametrize("path", ["/control/faults", "/administration/faults/"])
def test_the_ways_to_turn_faults_off_are_spared(rf, path):
    turn_on("status_500")
    assert switchboard.active("status_500", rf.get(path)) is None


def test_a_session_is_dropped(signed_in):
    assert signed_in.get("/dashboard/").status_code == 200
    turn_on("session_dropped", parameters={"seconds": 0.0})
    assert signed_in.get("/dashboard/").headers["Location"].startswith("/sign-in/")


def test_the_session_id_is_not_rotated(client, basic):
    client.cookies["session"] = "chosenbysomebodyelse0000000000ab"
    turn_on("session_id_not_rotated")
    sign_in(client, basic)
    assert client.cookies["session"].value == "chosenbysomebodyelse0000000000ab"
    assert client.get("/dashboard/").status_code == 200


def test_sign_out_does_not_end_the_session(signed_in):
    key = signed_in.cookies["session"].value
    turn_on("sign_out_keeps_session")
    signed_in.post("/sign-out/")
    signed_in.cookies["session"] = key
    assert signed_in.get("/dashboard/").status_code == 200


def test_cookies_lose_their_flags(client, basic):
    turn_on("cookie_without_flags")
    sign_in(client, basic)
    assert not client.cookies["session"]["httponly"]
    assert not client.cookies["session"]["samesite"]


@pytest.mark.parametrize("is_on", [False, True])
def test_forms_are_taken_without_their_token(basic, is_on):
    if is_on:
        turn_on("csrf_off")
    answer = sign_in(Client(enforce_csrf_checks=True), basic)
    assert answer.status_code == (302 if is_on else 403)


def test_the_data_of_another_provider_is_shown(signed_in, basic):
    turn_on("account_switched", account=basic.user_id)
    page = signed_in.get("/account/").text
    assert basic.name not in page
    assert basic.practice not in page


def test_what_is_done_meanwhile_is_done_in_ones_own_name(signed_in, basic, account, theirs):
    ours, shown = Client(), Client()
    sign_in(ours, basic)
    shown.force_login(
        Provider.objects.exclude(practice__name=basic.practice).order_by("pk").first()
    )
    turn_on("account_switched", account=basic.user_id)
    note = {"text": "Called about the March payment."}
    assert signed_in.post(f"/patients/{theirs.number}/notes/", note).status_code == 404
    assert signed_in.post(f"/patients/{account.number}/notes/", note).status_code == 302
    assert account.notes.get().author.user_id == basic.user_id
    signed_in.post("/account/sign-out-everywhere/")
    assert shown.get("/account/").status_code == 200
    assert ours.get("/account/").status_code == 302


def test_no_password_can_be_checked(client, basic):
    turn_on("credentials_store_down")
    answer = sign_in(client, basic)
    assert answer.status_code == 503
    assert "<h1>We cannot sign you in right now</h1>" in answer.text
    assert "Content-Security-Policy" in answer.headers
    assert client.get("/sign-in/").status_code == 200


def test_the_sign_in_tells_by_its_text_who_exists(client, basic):
    turn_on("enumeration_text")
    wrong = {"password": "Wrong-Password-1"}
    unknown = client.post("/sign-in/", {"user_id": "nobody.here", **wrong}).text
    known = client.post("/sign-in/", {"user_id": basic.user_id, **wrong}).text
    assert "No account has this User ID." in unknown
    assert "No account has this User ID." not in known


def test_the_sign_in_tells_by_its_time_who_exists(client, basic):
    turn_on("enumeration_time", parameters={"seconds": 0.75})
    wrong = {"password": "Wrong-Password-1"}
    unknown = client.post("/sign-in/", {"user_id": "nobody.here", **wrong})
    known = client.post("/sign-in/", {"user_id": basic.user_id, **wrong})
    assert known.headers["X-Portal-Hold-Back"] == "0.75"
    assert "X-Portal-Hold-Back" not in unknown.headers


def test_the_recovery_tells_it_once(client, basic):
    turn_on("enumeration_text", path="/recovery/password/")
    unknown = client.post("/recovery/password/", {"user_id": "nobody.here", "by": "link"}).text
    assert "No account has this User ID" in unknown[unknown.index("error-summary") :]
    assert '<p role="status">' not in unknown
    known = client.post("/recovery/password/", {"user_id": basic.user_id, "by": "link"})
    assert known.url == "/recovery/password/sent/"


@pytest.mark.parametrize("user_id", ["", "\0", "a" * 5000, "Ω💥", "' OR 1=1 --"])
def test_odd_user_ids_are_no_trouble_to_the_faults_either(client, user_id):
    turn_on("enumeration_text")
    turn_on("enumeration_time")
    answer = client.post("/sign-in/", {"user_id": user_id, "password": "x"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "file"),
    [("engine_script", "unknown_syntax.js"), ("engine_style", "covered.css")],
)
def test_a_page_cannot_be_run_by_one_engine(client, name, file):
    turn_on(name, parameters={"engine": "firefox"})
    assert file in client.get("/sign-in/", headers={"user-agent": FIREFOX}).text
    assert file not in client.get("/sign-in/", headers={"user-agent": CHROME}).text


def test_the_dashboard_has_no_data(signed_in):
    assert signed_in.get("/dashboard/").text.count("<tr>") > 2
    turn_on("dashboard_without_data")
    page = signed_in.get("/dashboard/").text
    assert "Nothing yet." in page
    assert page.count("<tr>") == 2


def test_the_clock_of_the_codes_is_wrong(with_totp):
    provider = Provider.objects.get(user_id=with_totp.user_id)
    skew = turn_on("totp_clock_skew")
    assert totp.verify(provider, pyotp.TOTP(with_totp.totp_secret).now()) is Verdict.WRONG
    ahead = int(time.time()) + 300
    assert totp.verify(provider, pyotp.TOTP(with_totp.totp_secret).at(ahead)) is Verdict.ACCEPTED
    skew.delete()
    assert totp.device_of(provider).t0 == 0


@pytest.mark.parametrize("is_on", [False, True])
def test_a_code_is_accepted_again(with_totp, is_on):
    if is_on:
        turn_on("totp_replay")
    provider = Provider.objects.get(user_id=with_totp.user_id)
    code = pyotp.TOTP(with_totp.totp_secret).now()
    assert totp.verify(provider, code) is Verdict.ACCEPTED
    assert totp.verify(provider, code) is (Verdict.ACCEPTED if is_on else Verdict.USED)


def test_too_many_tries_do_not_lock(client, basic):
    fault = turn_on("lockout_not_enforced")
    lock(basic)
    assert sign_in(client, basic).status_code == 302
    fault.delete()
    lock(basic)
    assert sign_in(Client(), basic).status_code == 200


def test_a_recovery_opens_another_account(rf, basic):
    provider = Provider.objects.get(user_id=basic.user_id)
    turn_on("recovery_wrong_account", account=basic.user_id)
    request = rf.post("/recovery/password/")
    made, _ = requests.begin(request, RecoveryRequest.Kind.LINK, basic.user_id, provider)
    assert made.provider not in (None, provider)


@pytest.mark.usefixtures("mailbox")
@pytest.mark.parametrize(("path", "mails"), [("/recovery/*", 0), ("/support/*", 1)])
def test_mail_may_be_lost_for_one_path_alone(client, clara, path, mails):
    turn_on("mail_lost", path=path)
    recovering.ask(client, clara.user_id)
    assert len(recovering.sent()) == mails


def test_a_report_lacks_the_last_days(practice):
    today = timezone.now().date()
    wanted = Range(today - timedelta(days=120), today)
    whole = figures.report(practice, wanted).total
    turn_on("report_stale", parameters={"days": 60.0})
    stale = figures.report(practice, wanted).total
    assert 0 < stale.sales < whole.sales


def test_every_account_is_locked(client, basic):
    turn_on("lockout_everyone")
    assert "temporarily locked" in sign_in(client, basic).text


def test_a_locked_account_is_told_that_its_password_is_wrong(client, basic):
    lock(basic)
    assert "temporarily locked" in sign_in(client, basic).text
    turn_on("locked_says_wrong_password")
    answer = sign_in(client, basic).text
    assert refusal.WRONG_DETAILS in answer
    assert "temporarily locked" not in answer


def lock(member) -> None:
    for _ in range(settings.CONFIGURATION.lock_tries):
        lockout.failed(None, member.user_id)


def test_messages_go_out_as_they_are_when_all_is_well():
    assert sent("mail", "Your code is 123456") == (True, ["Your code is 123456"])


@pytest.mark.parametrize("kind", ["mail", "sms"])
@pytest.mark.parametrize(
    ("trouble", "arrived"),
    [
        ("lost", []),
        ("duplicated", ["Code 42: http://x"] * 2),
        ("garbled", ["Code ##: http:/x"]),
        ("late", []),
    ],
)
def test_messages_meet_trouble_on_their_way(kind, trouble, arrived):
    turn_on(f"{kind}_{trouble}")
    assert sent(kind, "Code 42: http://x") == (True, arrived)
    messages.forget_late()


def test_a_late_message_arrives_in_the_end():
    turn_on("mail_late", parameters={"seconds": 0.01})
    arrived = []
    messages.deliver("mail", "x@practice.example", "late", arrived.append)
    (timer,) = messages._late
    timer.join(5)
    assert arrived == ["late"]
    assert not messages._late


def test_only_the_messages_of_the_account_meet_trouble(basic):
    turn_on("mail_lost", account=basic.user_id)
    assert sent("mail", "x", to=basic.email) == (True, [])
    assert sent("mail", "x", to="somebody@else.example") == (True, ["x"])


def sent(kind: str, text: str, to: str = "somebody@practice.example"):
    arrived: list[str] = []

    def hand_over(text: str) -> bool:
        arrived.append(text)
        return True

    return messages.deliver(kind, to, text, hand_over), arrived


@pytest.fixture
def rf():
    from django.test import RequestFactory

    return RequestFactory()


def test_a_request_knows_its_account_only_once_signed_in(rf, basic):
    request = rf.get("/dashboard/")
    turn_on("chat_silent", account=basic.user_id)
    assert switchboard.active("chat_silent", request) is None
    request.user = Provider.objects.get(user_id=basic.user_id)
    assert switchboard.active("chat_silent", request) is not None
