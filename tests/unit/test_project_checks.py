"""What the source of a project says of its checks, without running any of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from portalwatch.check_files import describe_checks
from portalwatch.errors import ConfigError


def write(root: Path, **sources: str) -> Path:
    (root / "checks").mkdir(exist_ok=True)
    for name, source in sources.items():
        (root / "checks" / f"{name}.py").write_text(source)
    return root


def problems_of(root: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        describe_checks(root)
    return caught.value.problems


def test_it_describes_checks_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    write(
        tmp_path,
        two_factor='def check_b(journey):\n    """B."""\n\ndef check_a(journey): "A."\n',
        login=(
            'raise RuntimeError("never run")\n\n'
            "def check_signs_in(journey) -> None:\n"
            '    """\n    A provider signs in.\n\n    More.\n    """\n'
        ),
        conftest='def check_no(journey): "Not a check."\n',
        _private='def check_no(journey): "Not a check."\n',
    )
    described = describe_checks(tmp_path)
    assert list(described) == ["login.signs_in", "two_factor.b", "two_factor.a"]
    check = described["login.signs_in"]
    assert (check.title, check.file, check.line) == (
        "A provider signs in.",
        "checks/login.py",
        3,
    )
    assert (check.module, check.function_name) == ("checks.login", "check_signs_in")
    assert "checks.login" not in sys.modules


def test_it_sees_which_checks_are_marked_as_destructive(tmp_path: Path) -> None:
    write(
        tmp_path,
        lockout="from portalwatch import destructive as marks\n"
        "from portalwatch.destructive import destructive\n"
        '@destructive\ndef check_a(journey): "A."\n'
        '@marks.destructive\ndef check_b(journey): "B."\n'
        '@staticmethod\ndef check_c(journey): "C."\n'
        'def check_d(journey): "D."\n',
    )
    marked = {name: check.destructive for name, check in describe_checks(tmp_path).items()}
    assert marked == {
        "lockout.a": True, "lockout.b": True, "lockout.c": False, "lockout.d": False,
    }  # fmt: skip


def test_it_sees_a_changed_file_at_once(tmp_path: Path) -> None:
    write(tmp_path, login='def check_a(journey): "A."\n')
    describe_checks(tmp_path)
    write(tmp_path, login='def check_b(journey): "B."\n')
    assert list(describe_checks(tmp_path)) == ["login.b"]


def test_it_takes_only_functions_of_the_module_itself(tmp_path: Path) -> None:
    write(
        tmp_path,
        login=(
            "from other import check_elsewhere\n"
            "check_value = 1\n"
            "def check_(journey): 'No name.'\n"
            "def helper(journey): ...\n"
            "class Page:\n    def check_method(self): ...\n"
        ),
    )
    assert describe_checks(tmp_path) == {}


def test_a_project_without_checks_has_none(tmp_path: Path) -> None:
    assert describe_checks(tmp_path) == {}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "def check_a(journey):\n    pass\n",
            "checks/login.py:1: check_a has no docstring"
            " (its first line is the check's title in every report)",
        ),
        (
            'def check_a(journey):\n    """   """\n',
            "checks/login.py:1: check_a has no docstring"
            " (its first line is the check's title in every report)",
        ),
        (
            'async def check_a(journey):\n    "A."\n',
            "checks/login.py:1: check_a is asynchronous"
            " (write 'def', and call the journey's methods without 'await')",
        ),
        (
            '\ndef check_a(journey): "A."\n\ndef check_a(journey): "Again."\n',
            "checks/login.py:4: check_a is defined here and on line 2 (rename one)",
        ),
        (
            'def check_a(journey):\n    "A.\n',
            "checks/login.py:2: is not Python: unterminated string literal (detected at line 2)"
            " (mend the line)",
        ),
    ],
)
def test_it_says_what_is_wrong_with_a_check(tmp_path: Path, source: str, problem: str) -> None:
    assert problems_of(write(tmp_path, login=source)) == (problem,)


@pytest.mark.parametrize(
    "parameters",
    ["", "page", "journey, account", "*journey", "**journey", "*, journey", "journey, *more"],
)
def test_it_refuses_other_parameters_than_a_journey(tmp_path: Path, parameters: str) -> None:
    write(tmp_path, login=f'def check_a({parameters}): "A."\n')
    assert problems_of(tmp_path) == (
        "checks/login.py:1: check_a must take exactly one parameter (write 'def check_a(journey)')",
    )


def test_it_tells_the_problems_of_all_files_at_once(tmp_path: Path) -> None:
    write(tmp_path, a="def check_a(): ...\n", b="def (\n", c='def check_c(journey): "Well."\n')
    (tmp_path / "checks" / "d.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "checks" / "e.py").write_bytes(b"x = 1\0\n")
    (tmp_path / "checks" / "f.py").mkdir()
    said = problems_of(tmp_path)
    assert [problem.partition(" ")[0] for problem in said] == [
        "checks/a.py:1:",
        "checks/a.py:1:",
        "checks/b.py:1:",
        "checks/d.py:1:",
        "checks/e.py:1:",
        "checks/f.py:",
    ]
