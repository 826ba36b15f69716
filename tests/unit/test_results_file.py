"""Results in a file: what is written is read, and what is lost is said."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from portalwatch.model import Evidence, Outcome, Result
from portalwatch.results_file import (
    ResultsWriter,
    evidence_folder,
    read_results,
    without_repeats,
)
from tests.records import attempt, result

PASSED = replace(result("run-1"), node="checks/login.py::check_a[chromium]")
FAILED = replace(result("run-2", Outcome.FAIL), node="checks/login.py::check_b[chromium]")


def write(file: Path, *results: Result, exit_code: int = 0, root: Path | None = None) -> Path:
    writer = ResultsWriter(file, started_at=1.0)
    for each in results:
        writer.add(each, root)
    writer.end(title="Provider portal", exit_code=exit_code)
    return file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    read = read_results(write(tmp_path / "new" / "a.jsonl", PASSED, FAILED))
    assert read.results == (PASSED, FAILED)
    assert (read.title, read.damage) == ("Provider portal", ())


def test_tries_at_one_test_are_the_attempts_of_one_run(tmp_path: Path) -> None:
    again = replace(result("run-3"), node=FAILED.node)
    (run, other) = read_results(write(tmp_path / "a.jsonl", FAILED, PASSED, again)).results
    assert [a.outcome for a in run.attempts] == [Outcome.FAIL, Outcome.PASS]
    assert (run.run_id, run.flaky, run.scheduled_at) == ("run-3", True, FAILED.scheduled_at)
    assert other == PASSED


def test_evidence_is_copied_beside_the_file_for_its_owner_alone(tmp_path: Path) -> None:
    root = tmp_path / "evidence"
    (root / "run-2").mkdir(parents=True)
    (root / "run-2" / "1-page.txt").write_text("Welcome")
    kept = Evidence("page_text", "1-page.txt", "run-2/1-page.txt", "text/plain", 7)
    gone = replace(kept, path="run-2/gone.txt")
    failed = replace(attempt(Outcome.FAIL), evidence=(kept, gone))
    shown = replace(FAILED, attempts=(failed,))
    read = read_results(write(tmp_path / "a.jsonl", shown, root=root))
    assert read.results[0].last.evidence == (kept,)
    copy = read.evidence / kept.path
    assert copy.read_text() == "Welcome"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    write(tmp_path / "a.jsonl")
    assert not copy.exists()  # a new file has no evidence of the one before


@pytest.mark.parametrize(
    ("damaged", "said", "left"),
    [
        (lambda text: text[: text.rindex('{"end"')], "a.jsonl: has no end: ", 2),
        (lambda text: text[: text.rindex('{"end"') - 40], "a.jsonl:3: is damaged: ", 1),
        (lambda text: text.replace('"run_id":"run-1"', '"run_id":'), "a.jsonl:2: is damaged: ", 1),
        (lambda text: text.replace('"outcome":"fail"', '"outcome":"odd"'), "a.jsonl:3: is dam", 1),
        (lambda text: "\n".join(text.split("\n")[:2] + text.split("\n")[3:]), "1 results of 2", 1),
        (lambda text: text.replace('"exit_code":0', '"exit_code":2'), "early, with exit code 2", 2),
        (
            lambda text: text.replace('"portalwatch_results":1', '"portalwatch_results":9'),
            ":1: ",
            0,
        ),
        (lambda text: text.replace('"seconds":2.0', '"seconds":NaN'), "a.jsonl:2: is dam", 0),
        (lambda text: text.replace('"started_at":9', '"started_at":9e99'), "is dam", 0),
        (lambda text: text.replace('"message":"it', '"message":"\\ud83d it'), "a.jsonl:3: is", 1),
        (lambda text: text.replace('"account":"amara"', '"account":[]'), "is damaged", 0),
        (lambda text: text.replace('"steps":[', f'"steps":{"[" * 100_000}'), "is damaged", 0),
        (lambda text: "", "a.jsonl: is empty: its run was cut off at the start", 0),
        (lambda text: "[]\n", "a.jsonl:1: is no file of results", 0),
    ],
)
def test_what_is_lost_is_said_and_the_rest_is_read(tmp_path, damaged, said, left) -> None:
    file = write(tmp_path / "a.jsonl", PASSED, FAILED)
    file.write_text(damaged(file.read_text()))
    read = read_results(file)
    assert any(said in line for line in read.damage), read.damage
    assert len(read.results) == left


def test_a_failure_that_no_result_explains_is_said(tmp_path: Path) -> None:
    read = read_results(write(tmp_path / "a.jsonl", PASSED, exit_code=1))
    assert read.damage == (
        f"{tmp_path}/a.jsonl: pytest failed, by its exit code 1, and none of these checks did",
    )
    assert read_results(write(tmp_path / "a.jsonl", PASSED, FAILED, exit_code=1)).damage == ()


def test_files_that_differ_in_their_ending_alone_have_their_own_evidence(tmp_path: Path) -> None:
    assert evidence_folder(tmp_path / "shard.1") != evidence_folder(tmp_path / "shard.2")


def test_a_file_that_is_not_there_is_damage_too(tmp_path: Path) -> None:
    assert read_results(tmp_path / "none.jsonl").damage == (
        f"{tmp_path}/none.jsonl: No such file or directory",
    )


def test_every_line_is_there_before_the_end(tmp_path: Path) -> None:
    writer = ResultsWriter(tmp_path / "a.jsonl", started_at=1.0)
    writer.add(PASSED, None)
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert [list(json.loads(line)) for line in lines] == [
        ["portalwatch_results", "started_at"],
        ["run", "result"],
    ]
    writer.end(title="", exit_code=0)


def test_a_file_that_is_given_twice_counts_once(tmp_path: Path) -> None:
    first = read_results(write(tmp_path / "a.jsonl", PASSED))
    second = read_results(write(tmp_path / "b.jsonl", PASSED, FAILED))
    results, notes = without_repeats([first, second])
    assert results == [PASSED, FAILED]
    assert notes == [
        f"{tmp_path}/b.jsonl: 1 of its results were in a file before it, and are counted once"
    ]
