"""The run report as a reader has it: a file opened from disk in a real headless Chromium."""

import re
import shlex
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from portalwatch.model import (
    Cause,
    CodeFrame,
    Evidence,
    Outcome,
    PageVitals,
    Step,
    UnmetClaim,
)
from portalwatch.render import Pages
from portalwatch.report_file import write_report
from tests.unit.reports.records import (
    NOW,
    SIGNS_IN,
    TITLES,
    TOTP,
    WRONG_CODE,
    keep_evidence,
    result,
)

REPORTS = Path(__file__).parents[2] / "reports"
CODE = CodeFrame(
    "checks/two_factor.py", 18, 16, ("def check(journey):", "    page = 1", "    claim(page)", "")
)
HOSTILE = "<img src=x onerror=\"document.title = 'pwned'\">"


def runs_of(evidence):
    """Every check on both browsers, and one run of each kind that is not a plain pass."""
    passed = [
        result(check, browser, ended_at=NOW - 30, run_id=f"{check}-{browser}")
        for check in TITLES
        for browser in ("chromium", "firefox")
    ]
    failed = result(
        TOTP,
        "firefox",
        cause=Cause.SECOND_FACTOR_REJECTED,
        message="“That code is not right.”",
        run_id="totp-failed",
        evidence=keep_evidence(evidence, "totp-failed"),
    )
    unmet = UnmetClaim(f"It says {HOSTILE}", Cause.CONTENT_WRONG, 1.2, CODE)
    last = replace(failed.last, code=CODE, unmet=(unmet,), worker="gw1")
    node = "checks/two_factor.py::check_provider_signs_in_with_totp[firefox]"
    return [
        *(replace(r, attempts=(replace(r.last, worker="gw0"),)) for r in passed),
        replace(failed, attempts=(last,), node=node),
        result(WRONG_CODE, cause=Cause.BROWSER_CRASHED, message="It is gone", run_id="crash"),
        result(skipped=True, message="A maintenance window is on", run_id="skipped"),
        result(attempts=2, run_id="flaky"),
    ]


def history():
    """The failing check passed an hour ago in half the time, and failed before that."""
    good = result(TOTP, "firefox", ended_at=NOW - 3600, run_id="good", seconds=1.0)
    slow = {"cause": Cause.SLOW, "message": "slow"}
    bad = result(TOTP, "firefox", ended_at=NOW - 7200, run_id="bad", **slow)
    return {(TOTP, "firefox"): [good, bad]}


def written(folder, **options):
    evidence = folder / "var"
    index = write_report(
        Pages(REPORTS),
        folder / "report",
        runs_of(evidence),
        evidence_roots=[evidence],
        title="nightly",
        started_at=NOW - 94,
        ended_at=NOW,
        **options,
    )
    return index.as_uri()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return written(tmp_path_factory.mktemp("report"), history=history())


def rows(page):
    return page.locator("details.run:visible")


def opened(visit, address, **options):
    page = visit(address, **options)
    expect(page.locator("html")).to_have_attribute("data-ready", re.compile(".*"))
    return page


def test_it_opens_a_failing_run_at_its_failed_step_first_of_all(report, visit):
    page = opened(visit, report)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 16 runs failed")
    first = rows(page).first
    expect(first).to_have_attribute("open", "")
    expect(first.locator(".failed-here")).to_contain_text("enter the code")
    expect(first.locator(".step-error")).to_have_text("“That code is not right.”")
    expect(first.locator(".error")).to_contain_text("The portal refused the second factor")
    first.get_by_role("img", name="Screenshot").scroll_into_view_if_needed()
    expect(page.locator(".shot img").first).to_have_js_property("naturalWidth", 64)


def test_it_shows_the_line_that_failed_and_each_soft_claim_as_text(report, visit):
    first = rows(opened(visit, report)).first
    expect(first.locator(".error .here")).to_have_text(re.compile(r"18 .*claim\(page\)"))
    expect(first.locator(".unmet")).to_contain_text(f"It says {HOSTILE}")
    expect(first.locator(".unmet .here")).to_contain_text("claim(page)")
    assert "pwned" not in first.page.title()


def poisoned(value, name=""):
    """A record with markup and a script in every text that a portal or a project wrote."""
    if is_dataclass(value):
        parts = {f.name: poisoned(getattr(value, f.name), f.name) for f in fields(value)}
        return replace(value, **parts)
    if isinstance(value, tuple):
        return tuple(poisoned(item, name) for item in value)
    ours = {"run_id", "engine", "kind", "media_type", "path"}
    if type(value) is not str or name in ours:
        return value
    return f"</script></style><script>pwned=1</script>{HOSTILE}\"'`{value}"


@pytest.mark.parametrize("single_file", [False, True])
def test_markup_in_any_field_is_only_text(tmp_path, visit, single_file):
    runs = [poisoned(run) for run in runs_of(tmp_path / "var")]
    no_address = replace(runs[-1].last, url="javascript:pwned=1")
    runs[-1] = replace(runs[-1], attempts=(no_address,))
    index = write_report(
        Pages(REPORTS),
        tmp_path / "report",
        runs,
        evidence_roots=[tmp_path / "var"],
        title=HOSTILE,
        started_at=NOW - 94,
        ended_at=NOW,
        history={(runs[0].check, runs[0].browser.name): [replace(runs[0], run_id="old")]},
        single_file=single_file,
    )
    page = opened(visit, index.as_uri())
    for by in ("check", "browser", "file", "cause", ""):
        page.get_by_label("Group by").select_option(by)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.evaluate("document.querySelectorAll('.run').forEach((each) => { each.open = true })")
    expect(page.locator(".run > .inside")).to_have_count(len(runs))
    assert page.evaluate("typeof pwned") == "undefined"
    assert HOSTILE in page.locator("header").inner_text()
    expect(page.locator("script:not([type]), style")).to_have_count(2)
    expect(page.locator("img[src='x'], a[href^='javascript']")).to_have_count(0)


def test_what_ended_steps_within_each_other_is_told_once(tmp_path, visit):
    steps = (
        Step("greet", Outcome.FAIL, 0.0, 0.2, 0, "Caught"),
        Step("sign in", Outcome.FAIL, 0.5, 1.5, 0, "It is not there"),
        Step("look", Outcome.FAIL, 1.0, 1.0, 1, "It is not there"),
    )
    run = result(cause=Cause.CONTENT_WRONG, message="It is not there", run_id="nested")
    index = write_report(
        Pages(REPORTS),
        tmp_path,
        [replace(run, attempts=(replace(run.last, steps=steps),))],
        evidence_roots=[],
        title="nightly",
        started_at=NOW,
        ended_at=NOW,
    )
    page = opened(visit, index.as_uri())
    expect(page.locator(".step-error")).to_have_text(["Caught", "It is not there"])


@pytest.mark.parametrize("single_file", [False, True])
def test_it_opens_from_disk_in_firefox(tmp_path, firefox, single_file):
    address = written(tmp_path, single_file=single_file, history=history())
    complaints = []
    with firefox.open_context() as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.get_by_role("searchbox").fill("status:failed")
        expect(page.locator("#count")).to_have_text("1 of 16 runs shown")
        rows(page).first.get_by_role("img", name="Screenshot").scroll_into_view_if_needed()
        expect(page.locator(".shot img").first).to_have_js_property("naturalWidth", 64)
    assert complaints == []


def test_it_tells_how_to_run_it_again(report, visit):
    page = opened(visit, report)
    commands = rows(page).first.locator(".command code")
    node = "checks/two_factor.py::check_provider_signs_in_with_totp[firefox]"
    expect(commands.last).to_have_text(f"pytest '{node}' --browser firefox")
    expect(commands.first).to_have_text("playwright show-trace evidence/totp-failed/1/trace.zip")
    crash = rows(page).nth(1)
    crash.locator("> summary").click()
    expect(crash.locator(".command code")).to_have_text(
        f"portalwatch run --once --check {WRONG_CODE} --browser chromium"
    )


def test_a_command_can_be_copied(report, visit):
    page = opened(visit, report, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("pytest 'checks/")


def test_it_shows_the_runs_before_and_what_changed(report, visit):
    page = opened(visit, report)
    first = rows(page).first
    expect(first.locator("> summary")).to_contain_text("new failure")
    marks = first.locator(".past li")
    expect(marks).to_have_count(3)
    expect(marks.first).to_contain_text("Failed, 1.42 s")
    expect(marks.nth(1)).to_contain_text("Passed, 1.00 s")
    marks.last.get_by_role("link").click()  # one of this report
    expect(page.locator(f'[id="run-{TOTP}-firefox"]')).to_be_focused()


def test_without_a_history_it_is_told_of_the_report_alone(tmp_path, visit):
    page = opened(visit, written(tmp_path))
    expect(rows(page).first.locator(".past li")).to_have_count(1)
    crash = rows(page).nth(1)
    crash.locator("> summary").click()
    expect(crash.locator(".past li")).to_have_count(1)


def test_it_compares_a_failure_with_the_last_good_run(report, visit):
    compare = rows(opened(visit, report)).first.locator(".compare")
    compare.locator("summary").click()
    differing = compare.locator(".differs")
    expect(differing).to_have_count(1)
    expect(differing).to_contain_text("enter the code")
    expect(differing).to_contain_text("failed")


def test_it_says_by_how_much_a_step_is_slower(tmp_path, visit):
    def steps(*seconds):
        return tuple(Step(f"step {n}", Outcome.PASS, n, s) for n, s in enumerate(seconds))

    good = result(ended_at=NOW - 60, run_id="good")
    slow = result(cause=Cause.SLOW, message="slow", run_id="slow")
    good = replace(good, attempts=(replace(good.last, steps=steps(1.0, 1.0, 1.0)),))
    slow = replace(slow, attempts=(replace(slow.last, steps=steps(1.05, 3.0, 2.0)),))
    index = write_report(
        Pages(REPORTS),
        tmp_path,
        [good, slow],
        evidence_roots=[],
        title="nightly",
        started_at=NOW - 94,
        ended_at=NOW,
    )
    compare = rows(opened(visit, index.as_uri())).first.locator(".compare")
    compare.locator("summary").click()
    expect(compare.locator(".differs")).to_have_text(re.compile("step 1.*3.00 s1.00 s\\+2.00 s"))


def test_it_leaves_a_passed_run_closed_until_it_is_asked_for(report, visit):
    page = opened(visit, report)
    last = rows(page).last
    expect(last.get_by_text("open the portal")).to_have_count(0)
    last.locator("> summary").focus()
    page.keyboard.press("Enter")
    expect(last.get_by_text("open the portal")).to_be_visible()


def test_attempts_are_tabs_that_the_arrow_keys_choose(report, visit):
    page = opened(visit, f"{report}#run-flaky")
    run = page.locator("details:has(> #run-flaky)")
    tabs = run.get_by_role("tab")
    expect(tabs).to_have_text(["Attempt 1: Failed", "Attempt 2: Passed"])
    expect(tabs.last).to_have_attribute("aria-selected", "true")
    expect(run.get_by_role("tabpanel")).to_have_count(1)
    tabs.last.press("ArrowLeft")
    expect(tabs.first).to_be_focused()
    expect(run.get_by_role("tabpanel")).to_contain_text("The dashboard took 9.8 s")


@pytest.mark.parametrize(
    ("button", "count"),
    [("1 Failed", 1), ("1 Errors", 1), ("1 Skipped", 1), ("13 Passed", 13), ("1 Flaky", 1)],
)
def test_it_filters_by_its_counters(report, visit, button, count):
    page = opened(visit, report)
    expect(rows(page)).to_have_count(16)
    page.get_by_role("button", name=button).click()
    expect(rows(page)).to_have_count(count)
    expect(page.locator("#count")).to_have_text(f"{count} of 16 runs shown")
    page.get_by_role("button", name="16 All").click()
    expect(rows(page)).to_have_count(16)


QUERIES = {
    "REFUSED second": 1,
    "two_factor": 6,
    "firefox": 7,
    "it is gone": 1,
    '"is gone"': 1,
    '"gone is"': 0,
    "!firefox": 9,
    "status:failed": 1,
    "status:failed,error": 2,
    "!status:passed": 3,
    "status:fl": 1,
    "is:flaky": 1,
    "is:new": 1,  # the crash is no verdict on the portal
    "browser:fire": 7,
    "browser:firefox status:passed": 6,
    "cause:second_factor_rejected": 1,
    "cause:slow": 1,
    "check:two_factor": 6,
    "file:checks/two_factor.py": 6,
    'step:"enter the code"': 15,
    "step:nonsense": 0,
    "account:ali": 16,
    "worker:gw1": 1,
    "@smoke": 16,
    "!@smoke": 0,
    '"login" @smoke !browser:chromium': 4,
    "says": 3,
    "": 16,
}


def test_the_search_language(report, visit):
    page = opened(visit, report)
    found = {}
    for query in QUERIES:
        page.get_by_role("searchbox").fill(query)
        found[query] = int(page.locator("#count").inner_text().partition(" ")[0])
        expect(page.locator("#problems")).to_have_text("")
    assert found == QUERIES


def test_it_says_that_nothing_is_new_where_nothing_was_before(tmp_path, visit):
    index = write_report(
        Pages(REPORTS),
        tmp_path,
        [result(run_id="first")],
        evidence_roots=[],
        title="nightly",
        started_at=NOW,
        ended_at=NOW + 1,
    )
    page = opened(visit, index.as_uri())
    said = "No run before these is known, to tell what is new or fixed."
    for query, told in (("is:new", said), ("!is:fix", said), ("is:fl", "")):
        page.get_by_role("searchbox").fill(query)
        expect(page.locator("#problems")).to_have_text(told)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colour:red", "There is no colour: to search for (status, is, browser, "),
        ("status:odd", "status: is one of failed, error, flaky, skipped, passed, not odd."),
        ("status:", "status: is one of failed, error, flaky, skipped, passed."),
        ("!is:", "is: is one of flaky, new, fixed."),
        ("browser:", "browser: needs a value (chromium, firefox)."),
        ("@", "tag: needs a value (smoke)."),
        ("step:", ""),
        ("!", ""),
    ],
)
def test_what_a_search_does_not_understand_it_says_and_leaves_out(report, visit, query, said):
    page = opened(visit, report)
    page.get_by_role("searchbox").fill(query)
    expect(page.locator("#problems")).to_contain_text(said)
    expect(rows(page)).to_have_count(16)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("browser:opera", "No run here has browser:opera (chromium, firefox)."),
        ("cause:tls", "No run here has cause:tls (browser_crashed, second_factor_rejected, slow)."),
        ("worker:gw7", "No run here has worker:gw7 (gw0, gw1)."),
        ("@slow", "No run here has tag:slow (smoke)."),
        ("account:zoe", "No run here has account:zoe (alice)."),
        ("https://portal.example/none", ""),
    ],
)
def test_what_no_run_has_it_says_with_what_there_is(report, visit, query, said):
    page = opened(visit, report)
    page.get_by_role("searchbox").fill(query)
    expect(page.locator("#problems")).to_have_text(said)
    expect(rows(page)).to_have_count(0)


def test_what_is_open_stays_open_while_it_is_searched(report, visit):
    page = opened(visit, f"{report}#run-flaky")
    page.locator("#run-flaky ~ .inside").get_by_role("tab").first.click()
    for query in ("firefox", "flaky", ""):
        page.get_by_role("searchbox").fill(query)
    run = page.locator("details:has(> #run-flaky)")
    expect(run).to_have_attribute("open", "")
    expect(run.get_by_role("tab").first).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(
    "word", ["plain.name", "a.py::b[firefox]", "it's", "$(reboot)", "`reboot`", "a\nb", "é", ""]
)
def test_a_copied_command_is_read_by_a_shell_as_it_was_meant(report, visit, word):
    page = opened(visit, report)
    assert shlex.split(page.evaluate("quoted", word)) == [word]


@pytest.mark.parametrize(
    ("outcomes", "changes"),
    [
        ("pass fail fail pass", " new  fixed"),
        ("fail error pass skip pass fail", "  fixed   new"),
        ("error fail", " "),
        ("pass pass", " "),
    ],
)
def test_a_change_is_from_the_verdict_before(report, visit, outcomes, changes):
    page = opened(visit, report)
    marked = page.evaluate(
        """outcomes => {
            const past = outcomes.map((outcome, at) => ({ outcome, at, change: "" }));
            markChanges(past);
            return past.map(({ change }) => change);
        }""",
        outcomes.split(),
    )
    assert marked == changes.split(" ")


def test_runs_that_began_at_once_are_no_change_of_each_other(report, visit):
    page = opened(visit, report)
    past = [{"outcome": outcome, "at": 1, "change": ""} for outcome in ("pass", "fail", "pass")]
    assert page.evaluate("p => (markChanges(p), p.map((r) => r.change))", past) == ["", "", ""]


@pytest.mark.parametrize(
    ("by", "first", "count"),
    [
        ("check", "A provider with the right password and code reaches the dashboard.", 6),
        ("browser", "Firefox 153.7.0", 2),
        ("file", "checks/two_factor.py", 3),
        ("cause", "The portal refused the second factor", 3),
    ],
)
def test_it_groups_its_runs_the_worst_first(report, visit, by, first, count):
    page = opened(visit, report)
    page.get_by_label("Group by").select_option(by)
    groups = page.locator("details.group")
    expect(groups).to_have_count(count)
    expect(groups.first.get_by_role("heading", level=3)).to_have_text(first)
    expect(groups.first.locator("> summary")).to_contain_text("1 failed")
    page.locator("#run-totp-failed").click()  # or those below it are out of sight, and not made
    expect(rows(page)).to_have_count(16)
    for group in groups.all():
        group.locator("> summary").click()
    expect(rows(page)).to_have_count(0)
    again = opened(visit, page.url)
    expect(again.get_by_label("Group by")).to_have_value(by)


def test_a_link_to_a_run_that_is_not_here_says_so(report, visit):
    page = opened(visit, f"{report}#run-of-yesterday")
    told = page.get_by_text("The run that the link names is not in this report.")
    expect(told).to_be_visible()
    page.get_by_label("Search runs").fill("status:passed")
    expect(told).to_be_hidden()


def test_it_is_used_by_keys_alone(report, visit):
    page = opened(visit, report)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("two_factor")
    expect(rows(page)).to_have_count(6)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Keys").focus()
    for key, run in [("j", "totp-failed"), ("j", "crash"), ("k", "totp-failed"), ("n", "crash")]:
        page.keyboard.press(key)
        expect(page.locator(f"#run-{run}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("details:has(> #run-crash)")).to_have_attribute("open", "")
    page.keyboard.press("p")
    expect(page.locator("#run-totp-failed")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_the_time_line_opens_the_run_of_the_bar_that_is_clicked(report, visit):
    page = opened(visit, report)
    page.locator("#timeline > summary").click()
    canvas = page.locator("#timeline canvas")
    # It is drawn a moment after it is opened; of the runs only the crash has this colour.
    place = page.wait_for_function(
        """() => {
            const canvas = document.querySelector("#timeline canvas");
            const fill = getComputedStyle(canvas).getPropertyValue("--odd-fill").trim();
            const pen = canvas.getContext("2d");
            pen.fillStyle = fill;
            const [r, g, b] = pen.fillStyle.match(/\\w\\w/g).map((part) => parseInt(part, 16));
            const { data, width } = pen.getImageData(0, 0, canvas.width, canvas.height);
            for (let at = 0; at < data.length; at += 4) {
                if (data[at] === r && data[at + 1] === g && data[at + 2] === b) {
                    return { x: (at / 4) % width + 2, y: Math.floor(at / 4 / width) + 2 };
                }
            }
        }"""
    ).json_value()
    canvas.hover(position=place)
    told = page.locator("#timeline p")
    expect(told).to_contain_text("A wrong one-time code is refused. (chromium): error after 1.42 s")
    canvas.click(position=place)
    expect(page.locator("#run-crash")).to_be_focused()
    expect(page.locator("details:has(> #run-crash)")).to_have_attribute("open", "")


def test_the_time_line_is_gone_through_by_keys(report, visit):
    page = opened(visit, report)
    page.locator("#timeline > summary").click()
    page.keyboard.press("Tab")
    expect(page.locator("#timeline canvas")).to_be_focused()
    told = page.locator("#timeline p")
    seen = []
    for key in ("Home", "ArrowRight", "ArrowLeft", "End"):
        page.keyboard.press(key)
        expect(told).to_contain_text(" started ")
        seen.append(told.text_content())
    first, second, again, last = seen
    assert first == again
    assert len({first, second, last}) == 3
    title = re.match(r"(.*?) \((\w+)\): ", last)
    page.keyboard.press("Enter")
    opened_run = page.locator("details.run[open] > summary:focus")
    expect(opened_run).to_contain_text(title[1])
    expect(told).to_contain_text("Point at a bar")


def test_it_says_when_no_run_matches(report, visit):
    page = opened(visit, report)
    page.get_by_role("searchbox").fill("no such words")
    expect(page.get_by_text("No run matches.")).to_be_visible()


def test_it_keeps_filter_and_search_in_its_address(report, visit):
    page = opened(visit, report)
    page.get_by_role("button", name="Passed").click()
    page.get_by_role("searchbox").fill("firefox login")
    expect(rows(page)).to_have_count(4)
    again = opened(visit, page.url)
    expect(rows(again)).to_have_count(4)
    expect(again.get_by_role("searchbox")).to_have_value("firefox login")
    expect(again.get_by_role("button", name="Passed")).to_have_attribute("aria-pressed", "true")


def test_it_opens_the_run_that_a_link_names(report, visit):
    page = opened(visit, f"{report}#run-flaky")
    expect(page.locator("details:has(> #run-flaky)")).to_have_attribute("open", "")
    expect(page.locator("#run-flaky")).to_be_in_viewport()
    expect(page.locator("#run-flaky")).to_be_focused()


def test_it_shows_a_linked_run_that_a_filter_had_hidden(report, visit):
    page = opened(visit, f"{report}#show=failed")
    expect(rows(page)).to_have_count(1)
    page.evaluate("location.hash = '#run-flaky'")
    expect(page.locator("#run-flaky")).to_be_in_viewport()


@pytest.mark.parametrize("hash_", ["#show=nonsense", "#run-none", "#run-%E0%A4%A", "#%%%"])
def test_it_opens_whatever_its_address_ends_on(report, visit, hash_):
    expect(rows(opened(visit, report + hash_))).to_have_count(16)


def test_of_many_runs_only_those_in_sight_are_made_and_all_can_be_reached(tmp_path, visit):
    index = write_report(
        Pages(REPORTS),
        tmp_path,
        [result(SIGNS_IN, run_id=f"run-{n}", ended_at=NOW + n) for n in range(1000)],
        evidence_roots=[],
        title="nightly",
        started_at=NOW,
        ended_at=NOW + 1000,
    )
    page = opened(visit, index.as_uri())
    expect(page.locator("#count")).to_have_text("1000 of 1000 runs shown")
    assert 0 < page.locator("details.run").count() < 200
    page.evaluate("location.hash = '#run-run-777'")
    expect(page.locator("#run-run-777")).to_be_focused()
    expect(page.locator("#run-run-777")).to_be_in_viewport()
    page.keyboard.press("j")
    expect(page.locator("#run-run-778")).to_be_focused()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("details.run")).to_have_count(1000)


def test_thousands_of_runs_at_once_are_a_time_line_that_is_drawn(tmp_path, visit):
    index = write_report(
        Pages(REPORTS),
        tmp_path,
        [result(SIGNS_IN, run_id=f"run-{n}") for n in range(5000)],
        evidence_roots=[],
        title="nightly",
        started_at=NOW,
        ended_at=NOW + 1,
    )
    page = opened(visit, index.as_uri())
    page.locator("#timeline > summary").click()
    height = page.wait_for_function(
        """() => {
            const canvas = document.querySelector("#timeline canvas");
            const drawn = canvas.getContext("2d").getImageData(10, 40, 1, 1).data[3];
            return drawn && canvas.height;
        }"""
    )
    assert height.json_value() < 4000


def test_a_value_of_nought_is_not_one_that_was_never_taken(tmp_path, visit):
    run = result(run_id="still")
    vitals = (PageVitals("https://portal.example/", ttfb=0.2, cls=0.0),)
    index = write_report(
        Pages(REPORTS),
        tmp_path,
        [replace(run, attempts=(replace(run.last, vitals=vitals),))],
        evidence_roots=[],
        title="nightly",
        started_at=NOW,
        ended_at=NOW,
    )
    page = opened(visit, f"{index.as_uri()}#run-still")
    cells = page.locator(".vitals tbody td")
    expect(cells).to_have_text(["https://portal.example/", "200 ms", "–", "–", "–", "0.000"])


def test_a_page_that_was_kept_inside_is_downloaded_and_never_opened(tmp_path, visit):
    kept = tmp_path / "var" / "run" / "page.html"
    kept.parent.mkdir(parents=True)
    kept.write_text("<script>document.title = 'pwned'</script>")
    page_of_it = Evidence("attachment", "page.html", "run/page.html", "text/html", 40)
    index = write_report(
        Pages(REPORTS),
        tmp_path / "report",
        [result(cause=Cause.SLOW, message="slow", run_id="run", evidence=(page_of_it,))],
        evidence_roots=[tmp_path / "var"],
        title="nightly",
        started_at=NOW,
        ended_at=NOW,
        single_file=True,
    )
    page = opened(visit, index.as_uri())
    with page.expect_download() as begun:
        page.get_by_role("link", name="page.html").click()
    assert Path(begun.value.path()).read_text() == kept.read_text()
    assert page.url.startswith(index.as_uri())


def test_a_browser_that_cannot_unpack_it_says_so(report, chromium):
    with chromium.open_context() as context:
        page = context.new_page()
        page.add_init_script("delete globalThis.DecompressionStream")
        page.goto(report)
        said = page.get_by_role("alert")
        expect(said).to_have_text(re.compile("cannot show the runs: DecompressionStream"))


def test_on_paper_there_are_the_runs_and_no_controls(report, visit):
    page = opened(visit, report)
    page.emulate_media(media="print")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(rows(page)).to_have_count(16)


def test_a_single_file_shows_its_evidence(tmp_path, visit):
    page = opened(visit, written(tmp_path, single_file=True))
    rows(page).first.get_by_role("img", name="Screenshot").scroll_into_view_if_needed()
    expect(page.locator(".shot img").first).to_have_js_property("naturalWidth", 64)
    with page.expect_download() as begun:
        rows(page).first.get_by_role("link", name="trace.zip").click()
    assert Path(begun.value.path()).read_bytes()[:4] == b"PK\x05\x06"


def test_without_javascript_it_says_what_failed(report, visit):
    page = visit(report, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 16 runs failed")
    expect(page.locator(".counts")).to_contain_text("Failed: 1")
    expect(page.locator(".troubled li")).to_have_count(2)
    expect(page.locator(".troubled li").first).to_contain_text("That code is not right.")
    expect(page.locator("#tools")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_has_no_accessibility_violation(report, visit, scheme, width):
    size = {"width": width, "height": 800}
    page = opened(visit, f"{report}#run-flaky", color_scheme=scheme, viewport=size)
    page.locator("#run-totp-failed").click()
    for shut in page.locator(".help, #timeline, .compare").all():
        shut.locator("> summary").click()
    page.get_by_label("Group by").select_option("check")
    page.get_by_role("searchbox").fill("colour:red")
    page.locator("#run-totp-failed").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_it_fits_a_narrow_phone(report, visit):
    page = opened(visit, report, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
