"""The status page: every check on every browser, what is wrong first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portalwatch.status import Flip, State, Status
from reports import charts, uptime
from reports.inputs import PlannedCheck, Point, UptimeHour

_WORST_FIRST = (State.DOWN, State.FAILING, State.UNKNOWN, State.PENDING, State.UP)
_TROUBLE = frozenset({State.DOWN, State.FAILING, State.UNKNOWN})
RUNS = 30  # on a sparkline

_SLACK = 60.0  # seconds over three intervals before a silent check is called overdue


@dataclass(frozen=True, slots=True)
class Line:
    """One check on one browser."""

    check: PlannedCheck
    status: Status
    availability: uptime.Availability
    spark: charts.Chart
    overdue: bool = False

    @property
    def trouble(self) -> bool:
        return self.status.state in _TROUBLE

    @property
    def latest(self) -> charts.Mark | None:
        """The newest run that has a duration."""
        return self.spark.marks[-1] if self.spark.marks else None


@dataclass(frozen=True, slots=True)
class CheckBlock:
    """A check with a line for each of its browsers."""

    check: PlannedCheck
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The checks of one module of the project: "login", "two_factor"."""

    module: str
    blocks: tuple[CheckBlock, ...]

    @property
    def heading(self) -> str:
        return self.module.replace("_", " ").capitalize()

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for block in self.blocks for line in block.lines)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole portal in one sentence; ``more`` says which checks are meant."""

    state: State
    sentence: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class FlipLine:
    """A change of state with the heading of its check."""

    flip: Flip
    title: str
    lasted: float | None  # seconds that the state before it had lasted, None if not known


@dataclass(frozen=True, slots=True)
class StatusPage:
    """All that the status page's template needs."""

    verdict: Verdict
    trouble: tuple[Line, ...]
    groups: tuple[Group, ...]
    flips: tuple[FlipLine, ...]


def build(
    checks: Iterable[PlannedCheck],
    *,
    statuses: Iterable[Status],
    hours: Iterable[UptimeHour],
    latencies: Mapping[tuple[str, str], Sequence[Point]],
    flips: Iterable[Flip],
    now: float,
    watching_since: float = 0.0,
) -> StatusPage:
    """The page at ``now``, of a monitor that has run since ``watching_since``.

    What is not in the plan any more is left out.
    """
    known = {(s.check, s.browser): s for s in statuses}
    counted = uptime.by_check(hours)
    blocks = []
    for check in checks:
        keys = [(check.id, browser) for browser in check.browsers]
        blocks.append(
            CheckBlock(
                check,
                tuple(
                    line(
                        check,
                        known.get(k, Status(*k)),
                        counted.get(k, ()),
                        latencies.get(k, ()),
                        now,
                        watching_since,
                    )
                    for k in keys
                ),
            )
        )
    lines = [entry for block in blocks for entry in block.lines]
    planned = {(entry.check.id, entry.status.browser) for entry in lines}
    titles = {block.check.id: block.check.title for block in blocks}
    return StatusPage(
        verdict=verdict(lines),
        trouble=tuple(sorted((entry for entry in lines if entry.trouble), key=_rank)),
        groups=tuple(_groups(blocks)),
        flips=_flip_lines(
            [flip for flip in flips if (flip.check, flip.browser) in planned], titles
        ),
    )


def line(
    check: PlannedCheck,
    status: Status,
    hours: Sequence[UptimeHour],
    points: Sequence[Point],
    now: float,
    watching_since: float = 0.0,
) -> Line:
    """One check on one browser at ``now``. A check gone silent is unknown, not up."""
    silent = now - max(status.last_run_at, watching_since)
    overdue = bool(check.every and status.last_run_at and silent > 3 * check.every + _SLACK)
    if overdue and status.state is State.UP:
        status = replace(
            status, state=State.UNKNOWN, since=status.last_run_at, message="No run since then"
        )
    return Line(
        check, status, uptime.availability(hours, now), charts.sparkline(points), overdue=overdue
    )


def verdict(lines: Sequence[Line]) -> Verdict:
    """The sentence at the top, about checks; a check is down if it is so on any browser."""
    if not lines:
        return Verdict(State.PENDING, "No checks are planned")
    worst = min((entry.status.state for entry in lines), key=_WORST_FIRST.index)
    meant = [entry for entry in lines if entry.status.state is worst]
    count = len({entry.check.id for entry in meant})
    total = len({entry.check.id for entry in lines})
    checks = f"{count} check{'' if count == 1 else 's'}"
    be = "is" if count == 1 else "are"
    match worst:
        case State.DOWN:
            return Verdict(worst, f"{checks} {be} down", _named(meant))
        case State.FAILING:
            return Verdict(worst, f"{checks} failed, to be confirmed", _named(meant))
        case State.UNKNOWN:
            return Verdict(worst, f"We cannot tell: {_why(meant)}", _named(meant))
        case State.PENDING if len(meant) == len(lines):
            return Verdict(worst, "Waiting for the first results")
        case State.PENDING:
            return Verdict(
                State.UP, "All checks that have run are passing", f"{checks} still to run"
            )
        case _:
            subject = "The only check is" if total == 1 else f"All {total} checks are"
            return Verdict(worst, f"{subject} passing")


def as_json(page: StatusPage) -> dict[str, Any]:
    """The page's facts for ``/api/status``; uptimes are from 0 to 1, or null."""
    return {
        "verdict": {
            "state": page.verdict.state.value,
            "sentence": page.verdict.sentence,
            "more": page.verdict.more,
        },
        "statuses": [
            {
                **entry.status.to_json(),
                "title": entry.check.title,
                "overdue": entry.overdue,
                "uptime": {
                    name.replace(" ", ""): window.uptime
                    for name, window in entry.availability.windows
                },
            }
            for group in page.groups
            for entry in group.lines
        ],
    }


def _flip_lines(flips: Sequence[Flip], titles: Mapping[str, str]) -> tuple[FlipLine, ...]:
    """The flips, newest first, with the time to the one before of the same check and browser."""
    lines: list[FlipLine] = []
    before: dict[tuple[str, str], float] = {}
    for flip in reversed(flips):
        key = flip.check, flip.browser
        lasted = flip.at - before[key] if key in before else None
        title = titles.get(flip.check, flip.check).rstrip(".")
        lines.append(FlipLine(flip, title, lasted))
        before[key] = flip.at
    # By when they happened, which is not the order in which they were stored.
    return tuple(sorted(lines, key=lambda entry: entry.flip.at, reverse=True))


def _named(lines: Sequence[Line], at_most: int = 3) -> str:
    """The titles of the checks with their browsers, in words: "A (Firefox); B; and 2 more"."""
    browsers: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for entry in lines:
        titles[entry.check.id] = entry.check.title.rstrip(".")
        browsers.setdefault(entry.check.id, []).append(entry.status.browser.capitalize())
    names = [f"{titles[check]} ({', '.join(on)})" for check, on in browsers.items()]
    if len(names) > at_most:
        names[at_most:] = [f"and {len(names) - at_most} more"]
    return "; ".join(names)


def _why(lines: Sequence[Line]) -> str:
    causes = {entry.status.cause for entry in lines}
    cause = causes.pop() if len(causes) == 1 else None
    if cause:
        words = cause.words
        return words[0].lower() + words[1:]
    if all(entry.overdue for entry in lines):
        return "checks have stopped running"
    return "the trouble is on our side"


def _groups(blocks: Iterable[CheckBlock]) -> list[Group]:
    """By module in the plan's order, modules and checks with trouble first."""
    modules: dict[str, list[CheckBlock]] = {}
    for block in blocks:
        modules.setdefault(block.check.id.partition(".")[0], []).append(block)
    groups = [
        Group(module, tuple(sorted(of_module, key=lambda b: not _troubled(b.lines))))
        for module, of_module in modules.items()
    ]
    return sorted(groups, key=lambda g: not _troubled(g.lines))


def _troubled(lines: Iterable[Line]) -> bool:
    return any(entry.trouble for entry in lines)


def _rank(entry: Line) -> tuple[int, float]:
    return _WORST_FIRST.index(entry.status.state), -entry.status.since
