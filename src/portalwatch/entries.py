"""The entries of a plan: each of its checks on each of its browsers, narrowed where asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from portalwatch.browsers import KNOWN, BrowserSpec
from portalwatch.check_files import CheckDescription
from portalwatch.errors import ConfigError
from portalwatch.order import Order, new_run_id
from portalwatch.plan import CheckPlan, Plan
from portalwatch.plan_values import choose

Checks = Mapping[str, CheckDescription]


@dataclass(frozen=True, slots=True)
class Entry:
    """One check on one browser: what is scheduled, and what has a status."""

    plan: CheckPlan
    title: str
    browser: str

    @property
    def key(self) -> tuple[str, str]:
        return self.plan.check, self.browser

    def order(self, base_url: str, *, scheduled_at: float) -> Order:
        """A new run of this entry."""
        plan = self.plan
        return Order(
            run_id=new_run_id(scheduled_at),
            check=plan.check,
            title=self.title,
            browser=self.browser,
            base_url=base_url,
            scheduled_at=scheduled_at,
            deadline=plan.deadline,
            timeout=plan.timeout,
            slow_after=plan.slow_after,
            reuse_sign_in=plan.reuse_sign_in,
            confirm=plan.confirm,
            trace=plan.trace,
            tags=plan.tags,
        )


def entries_of(
    plan: Plan,
    checks: Checks,
    *,
    only_checks: Collection[str] = (),
    only_browsers: Collection[str] = (),
) -> list[Entry]:
    """The plan's checks on their browsers, narrowed where asked.

    A check is asked for by its id or by the file it stands in ("login"). A browser that
    is asked for is used also where the plan does not name it for a check. Raises
    ``ConfigError`` for words that are neither.
    """
    _refuse_unknown(plan, only_checks, only_browsers)
    planned = [
        Entry(check, checks[check.check].title, browser)
        for check in plan.checks
        if not only_checks or {check.check, check.check.partition(".")[0]} & set(only_checks)
        for browser in check.browsers
    ]
    if not only_browsers:
        return planned
    # A check may stand in several entries of the plan, each for other browsers.
    wanted = dict.fromkeys(entry.plan.check for entry in planned)
    browsers = dict.fromkeys(only_browsers)
    return [entry_for(plan, checks, check, browser) for check in wanted for browser in browsers]


def entry_for(plan: Plan, checks: Checks, check_id: str, browser: str) -> Entry:
    """The entry of a check on a browser; by the plan's defaults where it has none."""
    fitting = [check for check in plan.checks if check.check == check_id]
    named = [check for check in fitting if browser in check.browsers]
    for check in (*named, *fitting):
        return Entry(check, checks[check_id].title, browser)
    check = CheckPlan.model_construct(check=check_id, **plan.defaults.model_dump())
    return Entry(check, checks[check_id].title, browser)


def known_browsers(plan: Plan) -> dict[str, BrowserSpec]:
    """The well-known browsers and the plan's own, by name: all that it may name."""
    own = {
        name: BrowserSpec(
            name=name,
            engine=browser.engine,
            channel=browser.channel,
            executable=browser.executable,
            args=browser.args,
        )
        for name, browser in plan.browsers.items()
    }
    return {**KNOWN, **own}


def _refuse_unknown(plan: Plan, checks: Collection[str], browsers: Collection[str]) -> None:
    ids = {check.check for check in plan.checks}
    words = ids | {check_id.partition(".")[0] for check_id in ids}
    problems = [
        f"--check {word}: the plan has no such check ({choose(word, words)})"
        for word in checks
        if word not in words
    ]
    names = known_browsers(plan)
    problems += [
        f"--browser {name}: not a browser ({choose(name, names)})"
        for name in browsers
        if name not in names
    ]
    if problems:
        raise ConfigError(*problems)
