"""The run report as a file."""

import base64
import hashlib
import re
import stat
from pathlib import Path

import pytest

from portalwatch.model import Cause, Evidence
from portalwatch.render import Pages
from portalwatch.report_file import report_html, write_report
from tests.unit.reports.records import NOW, keep_evidence, result
from tests.unit.reports.unpacked import unpacked

REPORTS = Path(__file__).parents[2] / "reports"


@pytest.fixture(scope="module")
def pages():
    return Pages(REPORTS)


def report(pages, *results):
    return report_html(pages, results, title="nightly", started_at=NOW - 60, ended_at=NOW)


def packed(html):
    (data,) = re.findall(r'id="data">([^<]*)<', html)
    return unpacked(data)


def test_it_allows_in_a_report_only_the_style_and_script_it_carries(pages):
    html = report(pages, result())
    for element in ("style", "script"):
        (text,) = re.findall(f"<{element}>(.*?)</{element}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src &#39;sha256-{digest}&#39;" in html


def test_it_writes_a_report_that_needs_nothing_from_elsewhere(pages):
    html = report(pages, result(), result(cause=Cause.SLOW, message="slow", attempts=2))
    assert not re.search(r'(src|href)="(?!#)', html)
    assert "@import" not in html


HOSTILE = "</style></script><script>pwned=1</script>\"><img src=x onerror='pwned=1'>{{7*7}}"


def test_it_escapes_whatever_the_portal_wrote(pages):
    html = report(
        pages,
        result(cause=Cause.CONTENT_WRONG, message=HOSTILE, title=HOSTILE, account=HOSTILE),
    )
    assert html.count("<script>") == 1
    assert "<img" not in html
    assert "{{7*7}}" in html
    assert packed(html)["runs"][0]["title"] == HOSTILE


def write(pages, folder, evidence_root, *results, **options):
    return write_report(
        pages,
        folder,
        results,
        evidence_roots=[folder / "none", evidence_root],
        title="nightly",
        started_at=NOW - 60,
        ended_at=NOW,
        **options,
    )


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def kept(html):
    return [item["path"] for item in packed(html)["runs"][0]["attempts"][0].get("evidence", [])]


def test_it_writes_the_report_with_its_evidence_for_its_owner_alone(pages, tmp_path):
    evidence = keep_evidence(tmp_path / "var", "run-1")
    failed = result(cause=Cause.SLOW, message="slow", evidence=evidence)
    index = write(pages, tmp_path / "report", tmp_path / "var", failed)
    assert index == tmp_path / "report" / "index.html"
    assert kept(index.read_text()) == [item.path for item in evidence]
    copy = tmp_path / "report/evidence/run-1/1/screenshot.png"
    assert copy.read_bytes() == (tmp_path / "var" / evidence[0].path).read_bytes()
    assert (mode(copy), mode(tmp_path / "report/evidence")) == (0o600, 0o700)
    assert sorted(p.name for p in (tmp_path / "report").iterdir()) == ["evidence", "index.html"]


def test_a_single_file_has_its_evidence_inside(pages, tmp_path):
    evidence = keep_evidence(tmp_path / "var", "run-1")
    failed = result(cause=Cause.SLOW, message="slow", evidence=evidence)
    index = write(pages, tmp_path / "report", tmp_path / "var", failed, single_file=True)
    assert [p.name for p in (tmp_path / "report").iterdir()] == ["index.html"]
    for item in evidence:
        (inside,) = re.findall(f'id="evidence-{item.path}">([^<]*)<', index.read_text())
        assert base64.b64decode(inside) == (tmp_path / "var" / item.path).read_bytes()


def test_it_replaces_a_report_and_leaves_no_draft(pages, tmp_path):
    write(pages, tmp_path, tmp_path / "var", result(message="first"))
    index = write(pages, tmp_path, tmp_path / "var", result(cause=Cause.TLS, message="second"))
    assert packed(index.read_text())["runs"][0]["attempts"][0]["message"] == "second"
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_evidence_of_a_report_that_was_here_before_is_removed(pages, tmp_path):
    before = "20260921-141320-0a1b2c3d"
    evidence = keep_evidence(tmp_path / "var", before)
    failed = result(cause=Cause.SLOW, message="slow", evidence=evidence)
    write(pages, tmp_path / "report", tmp_path / "var", failed)
    (tmp_path / "report" / "evidence" / "of somebody").mkdir()
    write(pages, tmp_path / "report", tmp_path / "var", result())
    assert [file.name for file in (tmp_path / "report/evidence").iterdir()] == ["of somebody"]


@pytest.mark.parametrize("single_file", [False, True])
def test_it_leaves_out_evidence_that_is_gone_or_lies_outside(pages, tmp_path, single_file):
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    root = tmp_path / "var"
    root.mkdir()
    (root / "link.txt").symlink_to(outside)
    paths = ("../secret.txt", str(outside), "link.txt", "gone.txt")
    evidence = tuple(Evidence("attachment", p, p, "text/plain", 6) for p in paths)
    failed = result(cause=Cause.SLOW, message="slow", evidence=evidence)
    index = write(pages, tmp_path / "report", root, failed, single_file=single_file)
    assert kept(index.read_text()) == []
    assert 'id="evidence-' not in index.read_text()
    assert list((tmp_path / "report").rglob("*.txt")) == []
