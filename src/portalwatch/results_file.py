"""Results in a file: how the shards of a test run are brought together.

JSON lines: a head, a line for each try at a check as it comes, and an end. A process that
dies leaves all lines before it, and no end: whoever reads the file knows that something is
missing. Evidence lies in a folder beside the file: ``shard-1.jsonl`` has
``shard-1.jsonl.evidence/``.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portalwatch.model import Evidence, Outcome, Result
from portalwatch.render import evidence_file

FORMAT = 1
WHOLE = (0, 1, 5)  # exit codes of pytest after which no test is missing
_LATEST = 1e11  # seconds: in the year 5138


class ResultsWriter:
    """Writes ``file``, replacing what was there, each line at once.

    Raises ``OSError`` where it cannot be written.
    """

    def __init__(self, file: Path, *, started_at: float) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self._folder = evidence_folder(file)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lines = 0
        self._stream = file.open("w", encoding="utf-8")
        self._write({"portalwatch_results": FORMAT, "started_at": started_at})

    def add(self, result: Result, evidence_root: Path | None, *, run: str = "") -> None:
        """A try at a check, with copies of its evidence below ``evidence_root``.

        Tries of one name ``run`` are those of one run; it is the test's id where none is
        given. Evidence that is gone is left out.
        """
        attempts = tuple(
            replace(a, evidence=tuple(self._copied(a.evidence, evidence_root)))
            for a in result.attempts
        )
        told = replace(result, attempts=attempts).to_json()
        self._write({"run": run or result.node or result.run_id, "result": told})
        self._lines += 1

    def end(self, *, title: str, exit_code: int, stopped: str = "") -> None:
        """Nothing more will come.

        ``title``: of the portal; ``exit_code``: of pytest; ``stopped``: why it did not go on.
        """
        end = {
            "at": time.time(),
            "results": self._lines,
            "title": title,
            "exit_code": exit_code,
            "stopped": stopped,
        }
        self._write({"end": end})
        self._stream.close()

    def _copied(self, evidence: Iterable[Evidence], root: Path | None) -> Iterator[Evidence]:
        for item in evidence:
            source = evidence_file(root, item.path) if root else None
            if source is not None:
                target = self._folder / item.path
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.touch(mode=0o600)
                shutil.copyfile(source, target)
                yield item

    def _write(self, line: dict[str, Any]) -> None:
        self._stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._stream.flush()


@dataclass(frozen=True, slots=True)
class ReadResults:
    """What could be read of a file of results."""

    file: Path
    title: str = ""  # of the portal
    results: tuple[Result, ...] = ()
    damage: tuple[str, ...] = ()  # what is wrong with the file, a line each

    @property
    def evidence(self) -> Path:
        """The folder of its evidence."""
        return evidence_folder(self.file)


def evidence_folder(file: Path) -> Path:
    """Where the evidence of the results in ``file`` lies."""
    return file.with_name(f"{file.name}.evidence")


def read_results(file: Path) -> ReadResults:
    """All that ``file`` still gives. What it has lost is said in ``damage``; never raises."""
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as exc:
        return ReadResults(file, damage=(f"{file}: {exc.strerror}",))
    if lines == [b""]:
        return ReadResults(file, damage=(f"{file}: is empty: its run was cut off at the start",))
    head = _object(lines[0])
    if head is None or head.get("portalwatch_results") != FORMAT:
        told = "is no file of results of this version (pytest --portalwatch-results makes one)"
        return ReadResults(file, damage=(f"{file}:1: {told}",))
    runs: dict[str, Result] = {}  # tries of one name are the attempts of one run
    tries = 0
    damage: list[str] = []
    end: dict[str, Any] | None = None
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        read = _object(line) or {}
        try:
            if "end" in read:
                end = dict(read["end"])
                continue
            result = Result.from_json(read["result"])
            run = str(read.get("run") or result.run_id)
            _refuse_odd_times(result)
            runs[run] = result.after(runs[run]) if run in runs else result
            tries += 1
        except (KeyError, TypeError, ValueError):
            damage.append(f"{file}:{number}: is damaged: one result is lost")
    damage += _losses(file, end, tries + len(damage), list(runs.values()))
    title = str((end or {}).get("title", ""))
    return ReadResults(file, title, tuple(runs.values()), tuple(damage))


def without_repeats(files: Sequence[ReadResults]) -> tuple[list[Result], list[str]]:
    """The results of all ``files``, each once, and a line for each file that repeats some."""
    found: dict[str, Result] = {}
    notes = []
    for read in files:
        repeated = [result for result in read.results if result.run_id in found]
        if repeated:
            notes.append(
                f"{read.file}: {len(repeated)} of its results were in a file before it,"
                " and are counted once"
            )
        found |= {result.run_id: result for result in read.results if result not in repeated}
    return list(found.values()), notes


def _losses(
    file: Path, end: dict[str, Any] | None, lines: int, runs: Sequence[Result]
) -> Iterator[str]:
    if end is None:
        yield f"{file}: has no end: its run was cut off, or the file was"
        return
    code, stopped = end.get("exit_code"), " ".join(str(end.get("stopped") or "").split())
    if end.get("results") != lines:
        yield f"{file}: holds {lines} results of {end.get('results')}"
    elif stopped:
        yield f"{file}: its run ended early: {stopped}"
    elif code not in WHOLE:
        yield f"{file}: its run ended early, with exit code {code} of pytest"
    elif code == 1 and not any(_explains_failure(run) for run in runs):
        yield f"{file}: pytest failed, by its exit code 1, and none of these checks did"


def _explains_failure(run: Result) -> bool:
    return run.flaky or run.outcome in (Outcome.FAIL, Outcome.ERROR)


def _refuse_odd_times(result: Result) -> None:
    """Raise ``ValueError`` for times that no clock shows."""
    for attempt in result.attempts:
        if not (0 <= attempt.started_at < _LATEST and 0 <= attempt.seconds < _LATEST):
            raise ValueError("not a time")


def _object(line: bytes) -> dict[str, Any] | None:
    """The object on ``line``; None of anything else, and of what a report could not hold."""
    try:
        read = json.loads(line, parse_constant=_refuse)
        if b"\\ud" in line.lower():  # half of an emoji is no text that can be written
            json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")
