"""A report over HTTP, and its traces in the viewer that ships with Playwright."""

from __future__ import annotations

import asyncio
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from portalwatch.errors import OperatorError
from portalwatch.model import Cause, Evidence
from portalwatch.plan_values import Address
from portalwatch.render import Pages
from portalwatch.report_file import write_report
from portalwatch.report_server import create_report_app
from portalwatch.server import allowed_hosts, listen, serving
from tests.unit.reports.records import NOW, keep_evidence, result

REPORTS = Path(__file__).parents[2] / "reports"
LOOPBACK = Address("127.0.0.1", 0)


@pytest.fixture(scope="module")
def trace(chromium, tmp_path_factory) -> bytes:
    """A real trace, of a page with a heading."""
    file = tmp_path_factory.mktemp("trace") / "trace.zip"
    with chromium.open_context() as context:
        context.tracing.start(snapshots=True)
        page = context.new_page()
        page.set_content("<h1>Provider portal</h1>")
        page.get_by_role("heading").click()
        context.tracing.stop(path=file)
    return file.read_bytes()


@pytest.fixture(scope="module")
def folder(trace: bytes, tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("report")
    evidence = keep_evidence(root / "var", "totp-failed")
    (root / "var" / "totp-failed" / "1" / "trace.zip").write_bytes(trace)
    page = Evidence("attachment", "page.html", "totp-failed/1/page.html", "text/html", 9)
    (root / "var" / page.path).write_text("<script>pwned = 1</script>")
    failed = result(
        cause=Cause.SLOW, message="slow", run_id="totp-failed", evidence=(*evidence, page)
    )
    write_report(
        Pages(REPORTS),
        root / "report",
        [failed],
        evidence_roots=[root / "var"],
        title="nightly",
        started_at=NOW - 94,
        ended_at=NOW,
    )
    (root / "report" / "evidence" / ".hidden").write_text("hidden")
    (root / "report" / "evidence" / "link").symlink_to(root / "var")
    (root / "report" / "notes.txt").write_text("not of the report")
    return root / "report"


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    """The address of the report, served from a thread."""
    ready, told, stop = threading.Event(), [], asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        with listen(LOOPBACK) as listener:
            async with serving(create_report_app(folder, LOOPBACK), listener) as address:
                told.append(address)
                ready.set()
                await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield told[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def test_the_page_is_told_of_the_viewer_and_keeps_its_policy(served: str, folder: Path) -> None:
    answer = httpx.get(served)
    assert answer.status_code == 200
    meta = '<meta name="portalwatch-serve" content="/trace/index.html">'
    assert answer.text.replace(f"\n{meta}", "", 1) == (folder / "index.html").read_text()
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("evidence/totp-failed/1/screenshot.png", 200),
        ("evidence/totp-failed/1/gone.png", 404),
        ("evidence/.hidden", 404),
        ("evidence/link/totp-failed/1/page.txt", 404),
        ("evidence/%2e%2e/index.html", 404),
        ("evidence/..%2findex.html", 404),
        ("notes.txt", 404),
        ("trace/index.html", 200),
        ("trace/..%2f..%2fpackage.json", 404),
    ],
)
def test_it_serves_the_report_its_evidence_and_the_viewer_alone(
    served: str, path: str, code: int
) -> None:
    assert httpx.get(served + path).status_code == code


def test_the_viewer_sends_nothing_elsewhere(served: str, chromium) -> None:
    with chromium.open_context() as context:
        page = context.new_page()
        page.goto(f"{served}trace/index.html")
        elsewhere = "http://127.0.0.2:9/"
        with page.expect_console_message(lambda message: elsewhere in message.text) as refused:
            page.evaluate("url => fetch(url).catch(() => null)", elsewhere)
        assert "violates the following Content Security Policy" in refused.value.text


def test_a_page_among_the_evidence_is_only_downloaded(served: str) -> None:
    answer = httpx.get(f"{served}evidence/totp-failed/1/page.html")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_it_is_read_only_and_for_its_own_name(served: str) -> None:
    assert httpx.head(served).status_code == 200
    assert httpx.post(served).status_code == 405
    led_here = httpx.get(served, headers={"host": "attacker.example"})
    assert led_here.status_code == 400
    assert "nightly" not in led_here.text


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", ["localhost", "127.0.0.1"]),
        ("127.0.1.1", ["localhost", "127.0.1.1"]),
        ("localhost", ["localhost", "127.0.0.1"]),
        ("::1", ["localhost", "["]),
        ("0.0.0.0", ["*"]),
    ],
)
def test_whoever_listens_to_the_network_lets_others_ask(host: str, names: list[str]) -> None:
    assert allowed_hosts(Address(host, 0)) == names


def test_a_folder_without_a_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"index\.html: there is no such report"):
        create_report_app(tmp_path, LOOPBACK)


def test_a_trace_opens_in_the_viewer(served: str, visit) -> None:
    page = visit(f"{served}#run-totp-failed")
    run = page.locator("details:has(> #run-totp-failed)")
    with page.context.expect_page() as opened:
        run.get_by_role("link", name="Open the trace").click()
    viewer = opened.value
    expect(viewer.get_by_text("Click", exact=False).first).to_be_visible(timeout=20_000)
    snapshot = viewer.frame_locator("iframe[name=snapshot]").first
    viewer.get_by_text("Click", exact=False).first.click()
    expect(snapshot.get_by_role("heading", name="Provider portal")).to_be_visible()


def test_the_trace_is_a_file_to_download_as_well(served: str, trace: bytes, tmp_path: Path) -> None:
    answer = httpx.get(f"{served}evidence/totp-failed/1/trace.zip")
    assert answer.content == trace
    (tmp_path / "trace.zip").write_bytes(answer.content)
    assert zipfile.is_zipfile(tmp_path / "trace.zip")
