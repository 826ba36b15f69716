"""Finding a project, importing its code, and refusing whatever stands in its place."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from portalwatch.errors import ConfigError
from portalwatch.project import (
    FOLDERS,
    Project,
    activate,
    find_root,
    load_checks,
    load_object,
    portal_says,
    refuse_read_only,
    start_portal,
)

LOGIN = '''\
from flows import login


def check_signs_in(journey):
    """A provider signs in.

    And more that no heading needs.
    """
    login.sign_in(journey)
'''


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A small project; whatever is imported from it is forgotten at the end."""
    (tmp_path / "portalwatch.yaml").write_text("portal: {}\n")
    for folder in ("flows", "checks", "fixtures"):
        write(tmp_path / folder / "__init__.py", "")
    write(tmp_path / "flows/login.py", "def sign_in(journey):\n    journey.append('signed in')\n")
    write(tmp_path / "checks/login.py", LOGIN)
    path = list(sys.path)
    kept = {name: sys.modules.pop(name) for name in project_modules()}
    yield tmp_path
    for name in project_modules():
        del sys.modules[name]
    sys.modules.update(kept)
    sys.path[:] = path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def project_modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in FOLDERS]


def problems_of_loading(root: Path) -> tuple[str, ...]:
    activate(root)
    with pytest.raises(ConfigError) as caught:
        load_checks(root)
    return caught.value.problems


def test_it_finds_the_nearest_plan_upward(root: Path) -> None:
    deep = root / "checks" / "deeper"
    deep.mkdir()
    assert find_root(deep) == root
    write(root / "checks/portalwatch.yaml", "")
    assert find_root(deep) == root / "checks"


def test_it_says_where_it_looked_for_a_plan(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find_root(tmp_path)
    assert str(caught.value) == (
        f"portalwatch.yaml: is neither in {tmp_path} nor in a folder above it"
        " (change into a project)"
    )


def test_it_knows_the_places_of_a_project(root: Path) -> None:
    project = activate(root)
    assert project == Project(root)
    assert project.plan_file == root / "portalwatch.yaml"
    assert project.var == root / "var"


def test_it_puts_the_project_first_on_the_path_once(root: Path) -> None:
    activate(root)
    activate(root)
    assert sys.path[0] == str(root)
    assert sys.path.count(str(root)) == 1


def test_it_imports_checks_that_can_be_called(root: Path) -> None:
    activate(root)
    checks = load_checks(root)
    assert list(checks) == ["login.signs_in"]
    check = checks["login.signs_in"]
    assert check.description.title == "A provider signs in."
    journey: list[str] = []
    check.function(journey)
    assert journey == ["signed in"]


def test_it_refuses_a_namesake_imported_from_elsewhere(root: Path) -> None:
    namesake = types.ModuleType("flows")
    namesake.__file__ = "/elsewhere/flows/__init__.py"
    sys.modules["flows"] = namesake
    before = list(sys.path)
    with pytest.raises(ConfigError) as caught:
        activate(root)
    assert str(caught.value) == (
        f"{root}/flows: 'flows' is already imported from /elsewhere/flows/__init__.py"
        " (start a fresh process)"
    )
    assert sys.path == before


def test_it_refuses_a_namesake_that_python_would_prefer(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere / "fixtures/__init__.py", "")
    sys.path.insert(0, str(elsewhere))
    (root / "fixtures/__init__.py").unlink()
    with pytest.raises(ConfigError) as caught:
        activate(root)
    assert str(caught.value) == (
        f"{root}/fixtures: 'fixtures' would be imported from {elsewhere}/fixtures/__init__.py"
        f" (add {root}/fixtures/__init__.py)"
    )


def test_it_accepts_its_own_folders_already_imported(root: Path) -> None:
    activate(root)
    load_checks(root)
    assert activate(root) == Project(root)


def test_it_tells_every_check_module_that_cannot_be_imported(root: Path) -> None:
    write(root / "checks/login.py", LOGIN + "\n\nx = unknown\n")
    write(root / "checks/lockout.py", LOGIN.replace("import login", "import lockout"))
    write(root / "checks/recovery.py", LOGIN + "\nraise SystemExit(3)\n")
    assert problems_of_loading(root) == (
        "checks/lockout.py:1: cannot be imported: ImportError: cannot import name 'lockout' from"
        f" 'flows' ({root}/flows/__init__.py)",
        "checks/login.py:12: cannot be imported: NameError: name 'unknown' is not defined",
        "checks/recovery.py:11: cannot be imported: SystemExit: 3",
    )


def test_it_says_where_below_a_check_an_import_failed(root: Path) -> None:
    write(root / "flows/login.py", "import math\n\nmath.nothing\n")
    write(root / "flows/odd.py", "def sign_in(:\n")
    write(root / "checks/odd.py", LOGIN.replace("import login", "import odd"))
    assert problems_of_loading(root) == (
        "checks/login.py:1: cannot be imported: AttributeError: module 'math' has no attribute"
        " 'nothing' (at flows/login.py:3)",
        "checks/odd.py:1: cannot be imported: SyntaxError: invalid syntax (odd.py, line 1)"
        " (at flows/odd.py:1)",
    )


def test_it_leaves_no_module_behind_when_an_import_fails(root: Path) -> None:
    write(root / "checks/zz.py", LOGIN + "\n1 / 0\n")
    problems_of_loading(root)
    assert project_modules() == []
    write(root / "checks/zz.py", LOGIN)
    assert list(load_checks(root)) == ["login.signs_in", "zz.signs_in"], "it can be mended"


def test_it_keeps_the_modules_of_before_when_an_import_fails(root: Path) -> None:
    activate(root)
    load_checks(root)
    write(root / "checks/zz.py", LOGIN + "\n1 / 0\n")
    problems_of_loading(root)
    assert sorted(project_modules()) == ["checks", "checks.login", "flows", "flows.login"]
    assert not hasattr(sys.modules["checks"], "zz")


def test_it_refuses_a_check_that_its_module_rebinds(root: Path) -> None:
    write(root / "checks/login.py", LOGIN + "\n\ncheck_signs_in = None\n")
    assert problems_of_loading(root) == (
        "checks/login.py:4: check_signs_in is no function after its module was imported"
        " (do not rebind the name)",
    )


def test_it_loads_an_object_by_its_path(root: Path) -> None:
    write(root / "fixtures/portal.py", "def serve():\n    return 'https://portal.example'\n")
    project = activate(root)
    assert load_object(project, "fixtures.portal:serve")() == "https://portal.example"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "fixtures.absent:serve",
            "fixtures.absent:serve: there is no module fixtures.absent (write fixtures/absent.py)",
        ),
        (
            "fixtures.portal:start",
            "fixtures.portal:start: fixtures/portal.py has no 'start' (define it there)",
        ),
        (
            "fixtures.broken:serve",
            "fixtures/broken.py:2: cannot be imported: ModuleNotFoundError:"
            " No module named 'absent_library'",
        ),
    ],
)
def test_it_says_why_an_object_cannot_be_loaded(root: Path, path: str, message: str) -> None:
    write(root / "fixtures/portal.py", "def serve(): ...\n")
    write(root / "fixtures/broken.py", "import math\nimport absent_library\n")
    project = activate(root)
    with pytest.raises(ConfigError) as caught:
        load_object(project, path)
    assert str(caught.value) == message


def test_it_is_imported_without_what_a_worker_does_not_need() -> None:
    heavy = "pydantic yaml typer rich sqlalchemy playwright"
    code = (
        "import sys, portalwatch.project\n"
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("rules", ["None", "[('locked', 'account_locked')]", "3"])
def test_rules_of_diagnosis_that_are_none_are_refused(root: Path, rules: str) -> None:
    write(root / "flows/pages.py", f"PORTAL_SAYS = {rules}\n")
    with pytest.raises(ConfigError, match=r"^flows/pages\.py: PORTAL_SAYS is no list"):
        portal_says(activate(root))


def test_rules_of_diagnosis_may_stand_in_a_package(root: Path) -> None:
    write(root / "flows/pages/__init__.py", "PORTAL_SAYS = 3\n")
    with pytest.raises(ConfigError, match=r"^flows/pages/__init__\.py: PORTAL_SAYS is no list"):
        portal_says(activate(root))


SERVES = """
from contextlib import contextmanager

@contextmanager
def serve():
    {body}
    yield
"""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("1 / 0", "fixtures/portal.py:6: the portal does not start: ZeroDivisionError: "),
        ("pass", "fixtures.portal:serve: gave NoneType, not a portalwatch.project.StartedPortal"),
    ],
)
def test_a_portal_that_does_not_start_is_a_line_for_whoever_wrote_it(
    root: Path, body: str, problem: str
) -> None:
    write(root / "fixtures/portal.py", SERVES.format(body=body))
    with (
        pytest.raises(ConfigError, match=re.escape(problem)),
        start_portal(activate(root), "fixtures.portal:serve"),
    ):
        pytest.fail("it started")


def test_a_project_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_read_only(tmp_path)
    monkeypatch.setattr(
        "portalwatch.project.os.access", lambda *_: False
    )  # root may write anywhere
    told = (
        r": cannot be written, and runs keep .* in var/ \(give this user the right to write there"
    )
    with pytest.raises(ConfigError, match=f"^{tmp_path}{told}"):
        refuse_read_only(tmp_path)
    (tmp_path / "var").mkdir()
    with pytest.raises(ConfigError, match=f"^{tmp_path}/var{told}"):
        refuse_read_only(tmp_path)


def test_a_file_in_the_place_of_its_folder_for_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(ConfigError, match=r"/var: is no folder, .* \(move it away\)$"):
        refuse_read_only(tmp_path)
