"""Setting up a fresh clone: scripts/setup.sh as `make setup` runs it, and what it relies on.

The clone holds a portalwatch of one file without dependencies, so that pip and venv are
the real ones and nothing is downloaded.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

# A build backend in the source tree (PEP 517, PEP 660): one wheel with one script.
BACKEND = '''
import zipfile

METADATA = """Metadata-Version: 2.1
Name: portalwatch
Version: 0.1.0
Provides-Extra: portal
Provides-Extra: dev
"""
FILES = {
    "portalwatch_stand_in.py": "import sys\\ndef main(): print(*sys.argv[1:])\\n",
    "portalwatch-0.1.0.dist-info/METADATA": METADATA,
    "portalwatch-0.1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nTag: py3-none-any\\n",
    "portalwatch-0.1.0.dist-info/entry_points.txt":
        "[console_scripts]\\nportalwatch = portalwatch_stand_in:main\\n",
}

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "portalwatch-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        for path, text in FILES.items():
            wheel.writestr(path, text)
        record = "".join(f"{path},,\\n" for path in FILES)
        wheel.writestr("portalwatch-0.1.0.dist-info/RECORD", record)
    return name
'''


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "constraints.txt").write_text("")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


def set_up(clone: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "scripts/setup.sh"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_sets_up_once_and_again_only_after_a_change(clone: Path) -> None:
    first = set_up(clone)
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(
        r"setup: making \.venv with Python 3\.\d+\.\d+\S*\n"
        r"setup: installing portalwatch and what it needs\n"
        r"browsers install chromium firefox\n",
        first.stdout,
    )
    again = set_up(clone)
    assert again.stdout == "browsers install chromium firefox\n"

    (clone / "constraints.txt").write_text("# changed\n")
    changed = set_up(clone)
    assert changed.stdout == (
        "setup: installing portalwatch and what it needs\nbrowsers install chromium firefox\n"
    )


def test_it_makes_a_new_environment_where_the_folder_was_moved(clone: Path) -> None:
    set_up(clone)
    moved = clone.rename(clone.with_name("moved"))
    outcome = set_up(moved)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("setup: making .venv with Python")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with nothing but what every system has, and an apt that fails."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for tool in ("cat", "dirname", "env", "id", "sha256sum", "sh"):
        (folder / tool).symlink_to(shutil.which(tool) or "")
    for tool in ("apt-cache", "apt-get", "sudo"):
        make_executable(folder / tool, "exit 1")
    return folder


def make_executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_it_says_so_where_python_is_too_old(clone: Path, tools: Path) -> None:
    make_executable(tools / "python3", "exit 1")
    outcome = set_up(clone, PATH=str(tools))
    assert outcome.returncode == 1
    assert outcome.stderr == "setup: Python 3.11 or newer is needed, and there is none on PATH\n"


def test_it_says_which_package_is_missing_where_python_has_no_venv(
    clone: Path, tools: Path
) -> None:
    """As Debian's Python without python3-venv, for a user who may not install it."""
    real = f'exec {sys.executable} "$@"'
    make_executable(tools / "python3", f'case "$*" in *"import ensurepip"*) exit 1 ;; esac\n{real}')
    outcome = set_up(clone, PATH=str(tools))
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    assert outcome.returncode == 1
    assert outcome.stdout == f"setup: installing {package}\n"
    assert outcome.stderr == (
        f"setup: Python's venv is missing: install {package} as root, then try again\n"
    )


def test_it_says_so_where_pip_fails(clone: Path) -> None:
    (clone / "backend.py").write_text("raise RuntimeError('no network')\n")
    outcome = set_up(clone)
    assert outcome.returncode == 1
    assert "setup: pip could not install portalwatch's dependencies: see above\n" in outcome.stderr
    assert not (clone / ".venv/setup.stamp").exists()


def test_it_pins_a_version_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        needed += extra
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    versions = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins}
    for requirement in map(Requirement, needed):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    assert all(pin.url is None for pin in pins)


def test_make_alone_says_what_there_is() -> None:
    outcome = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("setup", "run", "test", "check", "bench", "clean", "browsers"):
        assert f"  make {target} " in outcome.stdout


def test_ci_runs_what_make_test_runs() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec make test")
