import pytest

from portalwatch.model import Cause
from portalwatch.render import PlannedCheck
from portalwatch.status import Flip, State, Status
from reports import status_page
from tests.unit.reports.records import BOTH, NOW, SIGNS_IN, TOTP, WRONG_PASSWORD, facts


def status(check, browser="chromium", state=State.UP, **values):
    values = {"since": NOW - 600, "last_run_at": NOW - 20, "last_run_id": "run", **values}
    return Status(check, browser, state, **values)


def page(*statuses, checks=None, flips=()):
    return status_page.build(
        facts().checks if checks is None else checks,
        statuses=statuses,
        hours=[],
        latencies={},
        flips=flips,
        now=NOW,
    )


def planned(*ids):
    return tuple(PlannedCheck(id_, f"Title of {id_}.", BOTH, 60.0) for id_ in ids)


ON_BOTH = [status("login.a"), status("login.a", "firefox")]
DOWN = {"state": State.DOWN, "cause": Cause.UNREACHABLE}
MISSING = {"state": State.UNKNOWN, "cause": Cause.BROWSER_MISSING}


@pytest.mark.parametrize(
    ("statuses", "sentence", "more"),
    [
        ([], "Waiting for the first results", ""),
        (ON_BOTH, "The only check is passing", ""),
        (ON_BOTH[:1], "All checks that have run are passing", "1 check still to run"),
        (
            [status("login.a", **DOWN), ON_BOTH[1]],
            "1 check is down",
            "Title of login.a (Chromium)",
        ),
        (
            [status("login.a", **DOWN), status("login.a", "firefox", **DOWN)],
            "1 check is down",
            "Title of login.a (Chromium, Firefox)",
        ),
        (
            [status("login.a", state=State.FAILING), ON_BOTH[1]],
            "1 check failed, to be confirmed",
            "Title of login.a (Chromium)",
        ),
        (
            [ON_BOTH[0], status("login.a", "firefox", **MISSING)],
            "We cannot tell: the browser is not installed here",
            "Title of login.a (Firefox)",
        ),
        (
            [
                status("login.a", **MISSING),
                status("login.a", "firefox", state=State.UNKNOWN, cause=Cause.BROWSER_CRASHED),
            ],
            "We cannot tell: the trouble is on our side",
            "Title of login.a (Chromium, Firefox)",
        ),
    ],
)
def test_it_says_how_the_portal_is_in_one_sentence(statuses, sentence, more):
    verdict = page(*statuses, checks=planned("login.a")).verdict
    assert (verdict.sentence, verdict.more) == (sentence, more)


def test_it_counts_checks_and_names_three_of_them_at_most():
    ids = [f"login.{name}" for name in "abcde"]
    down = [status(id_, browser, **DOWN) for id_ in ids for browser in BOTH]
    verdict = page(*down, checks=planned(*ids)).verdict
    assert verdict.sentence == "5 checks are down"
    assert verdict.more.count("Title of") == 3
    assert verdict.more.endswith("and 2 more")


def test_it_says_that_all_checks_pass_when_all_do():
    up = [status(check.id, browser) for check in facts().checks for browser in BOTH]
    assert page(*up).verdict.sentence == "All 6 checks are passing"


def test_it_says_so_when_nothing_is_planned():
    assert page(checks=()).verdict.sentence == "No checks are planned"


def test_it_prefers_a_failure_of_the_portal_to_a_fault_of_ours():
    shown = page(status(TOTP, **MISSING), status(SIGNS_IN, **DOWN))
    assert shown.verdict.state is State.DOWN


def test_it_lists_trouble_worst_and_newest_first():
    shown = page(
        status(WRONG_PASSWORD, state=State.UNKNOWN),
        status(SIGNS_IN, state=State.DOWN, since=NOW - 900),
        status(TOTP, state=State.DOWN, since=NOW - 60),
        status(TOTP, "firefox", state=State.FAILING),
    )
    assert [(x.check.id, x.status.browser) for x in shown.trouble] == [
        (TOTP, "chromium"),
        (SIGNS_IN, "chromium"),
        (TOTP, "firefox"),
        (WRONG_PASSWORD, "chromium"),
    ]


def test_it_groups_checks_by_module_with_trouble_first():
    calm = page()
    assert [group.heading for group in calm.groups] == ["Login", "Two factor", "Access"]
    shown = page(status(TOTP, state=State.DOWN))
    assert [group.heading for group in shown.groups] == ["Two factor", "Login", "Access"]


def test_it_shows_a_planned_check_without_results_as_pending():
    assert {line.status.state for group in page().groups for line in group.lines} == {State.PENDING}


def test_it_leaves_out_a_check_that_has_left_the_plan():
    shown = page(status("old.check", state=State.DOWN), checks=planned("login.a"))
    assert shown.verdict.sentence == "Waiting for the first results"
    assert shown.trouble == ()


def test_it_does_not_call_a_check_up_that_has_stopped_running():
    silent = [status("login.a", browser, last_run_at=NOW - 900) for browser in BOTH]
    shown = page(*silent, checks=planned("login.a"))
    assert shown.verdict.sentence == "We cannot tell: checks have stopped running"
    assert {line.status.since for line in shown.trouble} == {NOW - 900}


def test_it_keeps_a_check_down_that_has_stopped_running():
    silent = status("login.a", state=State.DOWN, last_run_at=NOW - 900)
    assert page(silent, checks=planned("login.a")).verdict.state is State.DOWN


def test_it_tells_how_long_the_state_before_a_flip_had_lasted():
    down = Flip(SIGNS_IN, "firefox", State.UP, State.DOWN, NOW - 600, None, "", "a")
    other = Flip(SIGNS_IN, "chromium", State.UP, State.DOWN, NOW - 500, None, "", "b")
    up = Flip(SIGNS_IN, "firefox", State.DOWN, State.UP, NOW - 360, None, "", "c")
    lines = page(flips=[up, other, down]).flips
    assert [line.lasted for line in lines] == [240.0, None, None]
    assert lines[0].title == "A provider signs in and out again"


def test_it_gives_the_json_interface_the_same_facts():
    data = status_page.as_json(page(status(TOTP, **DOWN)))
    assert data["verdict"]["state"] == "down"
    entry = next(s for s in data["statuses"] if s["check"] == TOTP and s["browser"] == "chromium")
    assert entry["cause"] == "unreachable"
    assert entry["uptime"] == {"24h": None, "7d": None, "30d": None}
    assert entry["overdue"] is False
