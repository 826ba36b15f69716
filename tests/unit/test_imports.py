"""The engine's layers: a module imports only from those before it.

Read top to bottom and left to right, the table is the order in which the engine can be
understood: nothing needs what comes later. A package (``browsers``, ``store``) counts as
one module; inside it, its own modules may import each other.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "src" / "portalwatch"

LAYERS = (
    # 0: the standard library only
    "errors record model secrets destructive daemon_thread",
    # 1: pure
    "schedule status diagnosis summary github stopwatch totp account check_files project yaml_lines"
    " plan_values secret_sources plan plan_sections plan_conflicts plan_warnings config credentials"
    " order",
    # 2: one outside thing each
    "fibers browsers mailbox store metrics alerts render report_file secret_forms redaction"
    " leak_scan credentials_seen secrets_in_sight har evidence"
    " results_file",
    # 3: one run
    "problems short_names code_frame recorder scene account_file code_ledger one_time_codes sealing"
    " account_state account_table attempt_budget account_tries account_metrics secret_watch"
    " waiting_line leases secret_fields awaited_message account_changes sign_in_states"
    " saved_sign_in soft_claims journey aftermath browser_death runner",
    # 4: many runs, and who asks for them
    "entries site timetable broadcast project_watch lanes console bookkeeping once"
    " served_evidence server web report_server monitor drill scaffold pytest_plugin cli",
)
ORDER = [module for layer in LAYERS for module in layer.split()]

ROOT_FOLDERS = {"flows", "checks", "fixtures", "reports", "portal"}
# What a project's author writes against: the journey, and the values it deals in.
FOR_AUTHORS = {
    f"portalwatch.{module}"
    for module in (
        *("account", "awaited_message", "destructive", "diagnosis", "errors", "journey", "model"),
        "secrets",
    )
}
MAY_IMPORT = {
    "flows": {"flows"} | FOR_AUTHORS,
    "checks": {"flows", "checks"} | FOR_AUTHORS,
    # Pure functions of the records.
    "reports": {"reports", "portalwatch.model", "portalwatch.status"},
    # A site like any other: it knows nothing of who watches it.
    "portal": {"portal"},
}


def imports_of(source: str, package: str = "") -> Iterator[tuple[int, str]]:
    """Line and full name of everything that ``source``, in ``package``, imports anywhere.

    ``from a import b`` counts as ``a.b``: whether b is a module does not matter here.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *filter(None, [node.module])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def source_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.py") if "__pycache__" not in file.parts)


def package_of(file: Path, top: Path) -> str:
    return ".".join(file.parent.relative_to(top.parent).parts)


def module_of(file: Path) -> str:
    """The engine module, or package as a whole, that ``file`` belongs to."""
    return file.relative_to(ENGINE).with_suffix("").parts[0]


def wrong_directions(module: str, source: str, package: str = "portalwatch") -> list[str]:
    """The engine's modules that ``module`` imports although they come after it."""
    wrong = []
    for line, name in imports_of(source, package):
        top, _, rest = name.partition(".")
        imported = rest.partition(".")[0]
        if top != "portalwatch" or imported == module or imported not in ORDER:
            continue
        if ORDER.index(imported) > ORDER.index(module):
            wrong.append(f"line {line}: {module} imports {imported}, which comes after it")
    return wrong


def test_every_module_of_the_engine_has_its_place_in_one_layer() -> None:
    assert len(ORDER) == len(set(ORDER))
    modules = {module_of(file) for file in source_files(ENGINE)} - {"__init__", "__main__"}
    assert sorted(modules - set(ORDER)) == [], "give each of these its place in LAYERS"


@pytest.mark.parametrize("file", source_files(ENGINE), ids=lambda f: str(f.relative_to(ENGINE)))
def test_a_module_imports_only_what_comes_before_it(file: Path) -> None:
    if module_of(file) in ORDER:
        package = package_of(file, ENGINE)
        assert wrong_directions(module_of(file), file.read_text(), package) == []


@pytest.mark.parametrize("file", source_files(ENGINE), ids=lambda f: str(f.relative_to(ENGINE)))
def test_the_engine_imports_nothing_of_the_project(file: Path) -> None:
    names = {name.partition(".")[0] for _, name in imports_of(file.read_text(), "portalwatch")}
    assert names & ROOT_FOLDERS == set()


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_of_the_project_imports_only_what_it_may(folder: str) -> None:
    wrong = []
    for file in source_files(ROOT / folder):
        package = package_of(file, ROOT / folder)
        for line, name in imports_of(file.read_text(), package):
            if name.partition(".")[0] not in {*ROOT_FOLDERS, "portalwatch"}:
                continue
            if not any(f"{name}.".startswith(f"{allowed}.") for allowed in MAY_IMPORT[folder]):
                wrong.append(f"{file.relative_to(ROOT)}:{line}: {name}")
    assert wrong == []


def test_the_standard_library_is_all_that_the_lowest_layer_needs() -> None:
    lowest = set(LAYERS[0].split())
    for module in sorted(lowest):
        for line, name in imports_of((ENGINE / f"{module}.py").read_text(), "portalwatch"):
            top, _, rest = name.partition(".")
            known = top in sys.stdlib_module_names or rest.partition(".")[0] in lowest
            assert known, f"{module}.py:{line} imports {name}"


@pytest.mark.parametrize(
    "source",
    [
        "from portalwatch import cli",
        "import portalwatch.cli",
        "from portalwatch.cli import main",
        "from . import cli",
        "from .cli import main",
        "def late():\n    from portalwatch.cli import main",
        "if TYPE_CHECKING:\n    from portalwatch.cli import main",
        "try:\n    import portalwatch.cli as c\nexcept ImportError:\n    pass",
    ],
)
def test_it_sees_an_import_in_the_wrong_direction_wherever_it_stands(source: str) -> None:
    (wrong,) = wrong_directions("config", source)
    assert wrong.endswith("config imports cli, which comes after it")
    assert wrong_directions("cli", source.replace("cli", "config")) == []


def test_it_resolves_relative_imports_of_a_package_in_the_engine() -> None:
    source = "from ..cli import main\nfrom .schema import tables\n"
    assert [name for _, name in imports_of(source, "portalwatch.store")] == [
        "portalwatch.cli.main",
        "portalwatch.store.schema.tables",
    ]


@pytest.mark.parametrize(
    ("process", "others"),
    [
        ("cli.watch", {"playwright", "alembic"}),
        ("lanes.worker", {"sqlalchemy", "pydantic", "yaml", "starlette", "jinja2", "typer"}),
    ],
)
def test_neither_the_monitor_nor_a_worker_loads_what_only_the_other_needs(
    process: str, others: set[str]
) -> None:
    """It would stay in the memory of a process that runs for months."""
    script = f"import sys, portalwatch.{process}\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert f"portalwatch.{process}" in loaded.stdout.split(), loaded.stderr
    assert others & set(loaded.stdout.split()) == set()
