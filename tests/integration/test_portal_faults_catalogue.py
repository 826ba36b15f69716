"""The faults there are: listed in every place that lists them, none on, each one proved."""

from __future__ import annotations

import html
import re
import subprocess
import sys

from portal.faults.catalogue import CATALOGUE, Fault
from tests.integration.portal_process import ROOT
from tests.integration.test_portal_command import run


def test_the_command_lists_them_one_a_line():
    listed = run("faults")
    assert (listed.returncode, listed.stderr) == (0, "")
    lines = listed.stdout.splitlines()
    assert len(lines) >= 40
    assert [line.split()[0] for line in lines] == list(CATALOGUE)
    assert all(fault.line in line for fault, line in zip(CATALOGUE.values(), lines, strict=True))


def test_the_page_about_them_has_a_row_for_each():
    page = (ROOT / "portal" / "FAULTS.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(map(as_row, CATALOGUE.values()))


def as_row(fault: Fault) -> str:
    """What FAULTS.md says of it."""
    parameters = ", ".join(
        f"`{name}` = {value:g}" if isinstance(value, float) else f"`{name}` = {value}"
        for name, value in fault.parameters.items()
    )
    path = "" if fault.path == "*" else f"`{fault.path}`"
    return f"| `{fault.name}` | {fault.line} | {parameters} | {path} |"


def test_the_administration_offers_them_and_shows_what_is_on(troubled):
    staff = troubled.signed_in("staff")
    page = html.unescape(staff.get("/administration/faults/activefault/add/").text)
    offered = re.search(r'<select name="name".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r'<option value="(\w+)"', offered) == list(CATALOGUE)
    assert all(fault.line in offered for fault in CATALOGUE.values())
    troubled.turn_on("latency_fixed", account="amara.okafor", path="/reports/*")
    page = staff.get("/administration/faults/activefault/").text
    assert all(text in page for text in ("latency_fixed", "amara.okafor", "/reports/*"))


def test_the_control_api_lists_them_and_none_is_on(breakable):
    breakable.reset()
    listed = breakable.faults()
    assert listed["active"] == []
    assert {name: fault["line"] for name, fault in listed["catalogue"].items()} == {
        name: fault.line for name, fault in CATALOGUE.items()
    }


def test_a_fault_is_on_from_one_request_to_the_next(troubled):
    visitor = troubled.visitor()
    for _ in range(3):
        fault = troubled.turn_on("status_504")
        assert visitor.get("/healthz").status_code == 504
        troubled.turn_off(fault)
        assert visitor.get("/healthz").status_code == 200


def test_every_fault_is_proved_visible_from_outside():
    """Add ``@proves("its_name")`` to the test that shows what a new fault does."""
    files = ROOT.glob("tests/*/test_*.py")
    tests = [file for file in files if "from tests.proofs import" in file.read_text()]
    collect = ["-m", "pytest", "--collect-only", "-q", "-p", "tests.proofs"]
    found = subprocess.run(
        [sys.executable, *collect, *map(str, tests)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-3000:]
    proved = set(re.findall(r"^proved: (\w+)$", found.stdout, re.MULTILINE))
    assert proved - set(CATALOGUE) == set(), "proved, and not in the catalogue"
    assert set(CATALOGUE) - proved == set(), "without a proof"
