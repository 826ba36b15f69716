"""Which checks of this project may go on with an earlier sign-in, and which never do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from portalwatch.project import Project
from portalwatch.site import read_plan

ROOT = Path(__file__).parents[2]
# Those that are about the way in and out, or about who is kept out.
NEVER = ("login", "two_factor", "sent_codes", "recovery", "lockout", "session", "access")


def calling(name: str) -> set[str]:
    """The checks whose own code calls ``name`` of flows/login.py."""
    return {
        f"{file.stem}.{function.name.removeprefix('check_')}"
        for file in (ROOT / "checks").glob("*.py")
        for function in ast.parse(file.read_text()).body
        if isinstance(function, ast.FunctionDef)
        if any(
            isinstance(node, ast.Attribute) and ast.unparse(node) == f"login.{name}"
            for node in ast.walk(function)
        )
    }


def test_the_plan_lets_those_checks_reuse_a_sign_in_that_ask_for_one() -> None:
    plan, _ = read_plan(Project(ROOT))
    assert {check.check for check in plan.checks if check.reuse_sign_in} == calling("be_signed_in")


@pytest.mark.parametrize("part", NEVER)
def test_checks_of_signing_in_and_out_never_do(part: str) -> None:
    assert not [check for check in calling("be_signed_in") if check.startswith(f"{part}.")]


def test_a_sign_in_is_over_in_the_plan_before_it_is_on_the_portal() -> None:
    idle_seconds = 900  # PORTAL_IDLE_SECONDS
    plan, _ = read_plan(Project(ROOT))
    longest = max(check.reuse_sign_in or 0 for check in plan.checks)
    assert 0 < longest < idle_seconds
