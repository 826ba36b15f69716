"""The command line's manners: usage, output that is piped, watched or cut off, its exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.acceptance.conftest import COMMAND, IS_THERE, Portalwatch
from tests.integration.yard import command_of
from tests.small_project import make_project, portal_was_started, users_environment
from tests.waiting import wait_until

NEVER_ENDS = '''
def check_never_ends(journey: Journey) -> None:
    """The check takes its time."""
    journey.page.goto("/")
    journey.page.evaluate("new Promise(() => {})")
'''


def test_the_help_fits_a_terminal_of_80_columns(portalwatch: Portalwatch, tmp_path: Path) -> None:
    own = ("", "run", "validate", "report", "browsers", "browsers install", "accounts")
    for command in (*own, "accounts resume"):
        ran = portalwatch(*command.split(), "--help", at=tmp_path)
        assert ran.returncode == 0
        assert max(len(line) for line in ran.stdout.splitlines()) <= 80
        assert "..." not in ran.stdout.replace("[ARGS]...", "").replace("[BROWSER]...", "")


def test_the_browsers_are_listed_in_80_columns_outside_of_a_project(
    portalwatch: Portalwatch, tmp_path: Path
) -> None:
    ran = portalwatch("browsers", at=tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert max(len(line) for line in lines) <= 80
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == ["chromium", "headless-shell", "chrome", "edge", "firefox", "webkit"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--json"], "--json: only together with --once"),
        (["run", "--headed", "-c", "home"], "--headed, --check: only together with --once"),
        (["run", "--nonsense"], "No such option: --nonsense"),
        (["browsers", "install", "mosaic"], "portalwatch: no such browser: 'mosaic'"),
        (["report", "--last", "0"], "Invalid value for '--last'"),
        (["accounts", "resume", "nobody"], "'nobody' is not an account"),
        (["report"], "holds no results yet (portalwatch run --once makes some)"),
        (["run", "--once", "--base-url", "nowhere"], "--base-url nowhere: not an address"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(
    portalwatch: Portalwatch, small: Path, arguments: list[str], said: str
) -> None:
    ran = portalwatch(*arguments, at=small)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_every_unknown_word_is_named_at_once(portalwatch: Portalwatch, small: Path) -> None:
    ran = portalwatch("run", "--once", "-c", "hoem", "-c", "nor.this", "-b", "mosaic", at=small)
    assert ran.returncode == 2
    said = [line for line in ran.stderr.splitlines() if "starting" not in line]
    assert [line.partition(":")[0] for line in said] == ["portalwatch"] * 3
    assert "--check hoem: " in said[0]
    assert "--check nor.this: " in said[1]
    assert "--browser mosaic: " in said[2]


def test_every_mistake_of_a_plan_is_named_at_once_before_anything_starts(
    portalwatch: Portalwatch, small: Path
) -> None:
    with (small / "portalwatch.yaml").open("a") as plan:
        plan.write("    every: 5x\n    acount: amara\n")
    for command in (["validate"], ["run", "--once"], ["run"], ["report"]):
        ran = portalwatch(*command, at=small)
        assert ran.returncode == 2
        assert ran.stdout == ""
        assert ran.stderr.splitlines() == [
            "portalwatch: portalwatch.yaml:15: checks[0].every: '5x' is not a duration (try '5m')",
            "portalwatch: portalwatch.yaml:16: checks[0].acount: is not a known key"
            " (did you mean 'account'?)",
        ]
    assert not portal_was_started(small)


def assert_refused(ran: subprocess.CompletedProcess[str], line: str) -> None:
    """It ended as wrong usage does, and with nothing but ``line``."""
    assert ran.returncode == 2
    assert ran.stderr == f"portalwatch: {line}\n"


def test_outside_of_a_project_it_says_so(portalwatch: Portalwatch, tmp_path: Path) -> None:
    assert_refused(
        portalwatch("run", at=tmp_path),
        f"portalwatch.yaml: is neither in {tmp_path} nor in a folder above it"
        " (change into a project)",
    )


def test_a_valid_project_is_counted_and_what_it_does_not_watch_is_named(
    portalwatch: Portalwatch, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", IS_THERE + NEVER_ENDS)
    ran = portalwatch("validate", "--project", "checks", at=project)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == (
        "portalwatch.yaml: 1 check, 1 entry, 1 account\n"
        "checks/home.py:15: home.never_ends is in no entry of the plan: it is not watched\n"
    )


def test_many_checks_that_are_not_watched_take_few_lines(
    portalwatch: Portalwatch, tmp_path: Path
) -> None:
    more = [IS_THERE.replace("check_is_there", f"check_more_{n}") for n in range(11)]
    project = make_project(tmp_path / "project", IS_THERE + "".join(more))
    ran = portalwatch("validate", at=project)
    assert ran.returncode == 0, ran.stderr
    first, second, *names = ran.stdout.splitlines()
    assert first == "portalwatch.yaml: 1 check, 1 entry, 1 account"
    assert second == "11 checks are in no entry of the plan, and not watched:"
    assert " ".join(names).split(", ") == [f"home.more_{n}" for n in range(11)]


def test_secrets_that_are_missing_and_code_that_fails_are_found_by_validate(
    portalwatch: Portalwatch, small: Path
) -> None:
    plan = (small / "portalwatch.yaml").read_text()
    plan = plan.replace("start: fixtures.portal:serve", "url: https://portal.example")
    (small / "portalwatch.yaml").write_text(plan + "    account: amara\n")
    (small / "checks/home.py").write_text("import nothing_of_this_name\n" + IS_THERE)
    ran = portalwatch("validate", at=small)
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == [
        "portalwatch: checks/home.py:1: cannot be imported: ModuleNotFoundError:"
        " No module named 'nothing_of_this_name'",
        "portalwatch: portalwatch.yaml:12: accounts.amara.password: AMARA_PASSWORD is not set"
        " (set it, or AMARA_PASSWORD_FILE to a file's path)",
    ]


@pytest.mark.parametrize("command", [["run", "--once"], ["run"]])
def test_a_place_for_results_that_cannot_be_used_is_told_in_a_line(
    portalwatch: Portalwatch, small: Path, command: list[str]
) -> None:
    (small / "var").touch()
    assert_refused(
        portalwatch(*command, at=small),
        f"{small}/var: is no folder, and runs keep their results in it (move it away)",
    )


def test_a_project_without_its_reports_folder_is_told_in_a_line(
    portalwatch: Portalwatch, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", IS_THERE, reports=False)
    assert_refused(
        portalwatch("run", at=project),
        f"{project}/reports: there is no such folder (copy it from portalwatch's own)",
    )


def test_json_is_all_that_stands_on_standard_output(
    portalwatch: Portalwatch, tmp_path: Path
) -> None:
    talkative = IS_THERE.replace(
        "    with journey", "    print('a check that talks')\n    with journey"
    )
    project = make_project(tmp_path / "project", talkative)
    ran = portalwatch("run", "--once", "--json", at=project)
    assert ran.returncode == 0, ran.stderr
    (result,) = json.loads(ran.stdout)
    assert result["check"] == "home.is_there"
    assert "a check that talks" in ran.stderr


def test_on_a_terminal_a_bar_counts_the_journeys(small: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "run", "--once"],
        cwd=small,
        env={**users_environment(), "TERM": "xterm-256color", "COLUMNS": "100"},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # Linux: the last writer has closed the terminal
            pass
        os.close(ours)
    assert process.returncode == 0
    assert b"journeys" in shown
    assert b"0/1" in shown
    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown)
    assert b"PASS  home.is_there [chromium]" in plain
    assert b"1 passed" in plain


def test_a_reader_that_leaves_ends_it_without_a_traceback(small: Path) -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [*COMMAND, "run", "--once"],
        cwd=small,
        env=users_environment(),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(write)
        os.close(read)
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 128 + signal.SIGPIPE
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_run_leaves_nothing_behind(
    tmp_path: Path, temporary: Path, number: signal.Signals
) -> None:
    plan = "  - {check: home.never_ends, deadline: 60s}\n"
    project = make_project(tmp_path / "project", NEVER_ENDS, plan=plan)
    with subprocess.Popen(
        [*COMMAND, "run", "--once"],
        cwd=project,
        env={**users_environment(), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        tree = psutil.Process(process.pid)
        wait_until(
            lambda: any("type=renderer" in " ".join(command_of(p)) for p in descendants(tree)),
            seconds=60,
            what="the browser has a page",
        )
        started = descendants(tree)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert errors.splitlines()[1:] == ["portalwatch: interrupted"]  # [0]: the portal starts
    assert [p for p in started if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    assert list(temporary.iterdir()) == []


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """The living processes below ``process``, as far as they can be seen at this moment."""
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
