"""What no part of a plan can see by itself: values that cannot all hold together.

Each function yields conflicts as ``(path, text)``: the key to change, and what and why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from portalwatch.plan import AccountPlan, CheckPlan, MailboxesPlan, RunPlan
from portalwatch.plan_values import duration_text
from portalwatch.yaml_lines import Document, KeyPath, dotted

Conflict = tuple[KeyPath, str]


def of_times(
    run: RunPlan, path: KeyPath, written: Collection[str], defaults: RunPlan | None = None
) -> Iterator[Conflict]:
    """Times of a check, or of the defaults, that exclude each other.

    ``written`` are the keys that stand at ``path`` itself. Where a check inherits from
    ``defaults`` what is wrong there already, and makes it no worse, they alone are blamed.
    """
    own = set(written)

    def at_fault(too_long: str, limit: str) -> bool:
        excess = _excess(run, too_long, limit)
        if excess < 0 or not own & {too_long, limit}:
            return False
        inherits = defaults is not None and not own >= {too_long, limit}
        return not inherits or excess > _excess(defaults, too_long, limit)

    deadline, every = duration_text(run.deadline), duration_text(run.every)
    if at_fault("timeout", "deadline"):
        key = "deadline" if "deadline" in own else "timeout"
        what = f"the deadline of {deadline} is not longer than the timeout of "
        fix = "raise the deadline or lower the timeout"
        yield (*path, key), f"{what}{duration_text(run.timeout)} ({fix})"
    if at_fault("jitter", "every"):
        key = "jitter" if "jitter" in own else "every"
        what = f"the jitter of {duration_text(run.jitter)} is not shorter than the interval of "
        yield (*path, key), f"{what}{every} (lower the jitter or raise 'every')"
    if isinstance(run, CheckPlan) and run.slow_after and run.slow_after > run.deadline:
        what = f"{duration_text(run.slow_after)} is beyond the deadline of {deadline}"
        yield (*path, "slow_after"), f"{what} (lower it or raise the deadline)"


def of_sign_ins(checks: Iterable[tuple[KeyPath, CheckPlan]]) -> Iterator[Conflict]:
    """Sign-ins to be used again of nobody."""
    for path, check in checks:
        if check.reuse_sign_in and check.account is None:
            what = "nobody signs in without an account (add 'account: NAME', or remove it)"
            yield (*path, "reuse_sign_in"), what


def of_destruction(
    checks: Iterable[tuple[KeyPath, CheckPlan]],
    accounts: Mapping[str, AccountPlan],
    destructive: Collection[str],
) -> Iterator[Conflict]:
    """Accounts that are given to checks which lock or change them, and are not meant for that."""
    for path, check in checks:
        if check.check not in destructive:
            continue
        given = [n for n, a in accounts.items() if check.account == n or check.account in a.tags]
        kept = [name for name in given if not accounts[name].destructive]
        if kept or not given:
            whose = f"accounts.{kept[0]} is not one for that" if kept else "it has no account"
            what = f"'{check.check}' locks or changes its account, and {whose}"
            yield (*path, "account"), f"{what} (name one that has 'destructive: true')"


def _excess(run: RunPlan | None, too_long: str, limit: str) -> float:
    """By how many seconds one time of ``run`` is above another."""
    return float(getattr(run, too_long) - getattr(run, limit))


def of_watches(
    checks: Iterable[tuple[KeyPath, CheckPlan]], document: Document
) -> Iterator[Conflict]:
    """Entries that watch one check on one browser twice: it has one status there."""
    watched: dict[tuple[str, str], KeyPath] = {}
    for path, check in checks:
        for browser in check.browsers:
            first = watched.setdefault((check.check, browser), path)
            if first != path:
                place = f"{dotted(first)}, line {document.value_line(first)}"
                what = f"'{check.check}' is on {browser} already by {place}"
                yield (*path, "check"), f"{what} (remove one, or part their browsers)"
                break


def of_inboxes(accounts: Mapping[str, AccountPlan], boxes: MailboxesPlan) -> Iterator[Conflict]:
    """Addresses of accounts whose messages nothing says how to read."""
    for name, account in accounts.items():
        for key in ("mail", "texts"):
            if getattr(account, key) is not None and getattr(boxes, key) is None:
                what = f"nothing says where it can be read (add 'mailboxes: {{{key}: …}}')"
                yield ("accounts", name, key), what


def of_names(
    browsers: Collection[str],
    known_browsers: Collection[str],
    accounts: Collection[str],
    tags: Mapping[str, KeyPath],
) -> Iterator[Conflict]:
    """Names that mean two things: a check's ``account`` is the name or the tag of one."""
    for name in browsers:
        if name in known_browsers:
            what = f"'{name}' is a well-known browser (choose another name)"
            yield ("browsers", name), what
    for tag, path in tags.items():
        if tag in accounts:
            yield path, f"'{tag}' is also the name of an account (rename one of them)"
