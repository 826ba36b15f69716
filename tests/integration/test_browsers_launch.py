"""Every browser that is installed here, started, used and ended in every way it can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Error, Playwright, expect

from portalwatch.browsers import (
    KNOWN,
    BrowserSpec,
    FoundBrowser,
    find_all,
    launch,
    open_page,
)
from portalwatch.errors import OperatorError
from portalwatch.secret_fields import WrongOrigin, fill_on, teach_origins
from tests.asynchronous import another_playwright

SPECS = (*KNOWN.values(), BrowserSpec("full-chromium", "chromium", channel="chromium"))
FOUND = [browser for browser in find_all(SPECS) if isinstance(browser, FoundBrowser)]
MINIBROWSERS = [browser for browser in FOUND if browser.minibrowser]
LAUNCHED = [browser for browser in FOUND if not browser.minibrowser]

LOGIN = """<!doctype html><title>Sign in</title><form action="/dashboard">
<label>User ID <input name="user"></label>
<label>Password <input name="password" type="password"></label><button>Sign in</button></form>"""
DASHBOARD = "<!doctype html><title>Dashboard</title><h1>Welcome</h1>"


def by_name(browser: FoundBrowser) -> str:
    return browser.name


class Portal(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = (DASHBOARD if self.path.startswith("/dashboard") else LOGIN).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        # As the bundled portal: some browsers give such a page a process of its own.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Portal) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for everything temporary; at the end it is empty, and nothing runs in it."""
    # Not pytest's own: with that, the path of Chromium's socket would be too long.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monkeypatch.setenv("TMPDIR", name)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield folder
        _, alive = psutil.wait_procs(processes_of(folder), timeout=10)
        assert alive == []
        assert [path.name for path in folder.iterdir()] == []


@pytest.fixture
def playwright(temporary: Path) -> Iterator[Playwright]:
    with another_playwright() as playwright:
        yield playwright


def processes_of(temporary: Path) -> list[psutil.Process]:
    """All processes of this machine that were started with this temporary folder."""
    started = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR", "").startswith(str(temporary)):
                started.append(process)
        except psutil.Error:
            continue
    return [process for process in started if process.pid != os.getpid()]


def driver_process(temporary: Path) -> psutil.Process:
    (driver,) = [p for p in processes_of(temporary) if Path(p.exe()).name == "node"]
    return driver


def test_it_finds_the_browsers_that_setting_up_installs() -> None:
    assert {"chromium", "firefox"} <= {browser.name for browser in FOUND}


@pytest.mark.parametrize("found", FOUND, ids=by_name)
def test_it_signs_in_goes_back_and_leaves_nothing(
    found: FoundBrowser, playwright: Playwright, portal: str
) -> None:
    running = launch(playwright, found)
    with running.open_context(base_url=portal) as context:
        page = open_page(context)
        page.goto("/login")
        page.get_by_label("User ID").fill("alice")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        expect(page).to_have_url("/dashboard?user=alice&password=correct+horse")
        page.go_back()
        expect(page).to_have_title("Sign in")
        page.go_forward()
        expect(page).to_have_title("Dashboard")
        assert running.alive
        assert all(psutil.pid_exists(pid) for pid in running.pids)
        assert running.pids
    info = running.info
    assert (info.engine, info.protocol) == (found.engine, found.protocol)
    assert info.version.split(".")[0] == (found.version or "").split(".")[0]
    running.close()
    assert running.pids == ()


@pytest.mark.parametrize("found", FOUND, ids=by_name)
def test_a_secret_is_typed_on_an_allowed_origin_alone(
    found: FoundBrowser, playwright: Playwright, portal: str
) -> None:
    teach_origins(playwright)
    running = launch(playwright, found)
    with running.open_context(base_url=portal) as context:
        page = open_page(context)
        page.goto("/login")
        field = page.get_by_label("Password")
        with pytest.raises(WrongOrigin, match=portal):
            fill_on(["https://portal.example"], field, "correct horse")
        expect(field).to_have_value("")
        fill_on(["https://portal.example", portal], field, "correct horse")
        expect(field).to_have_value("correct horse")
    running.close()


@pytest.mark.parametrize("found", FOUND, ids=by_name)
def test_its_contexts_share_nothing(
    found: FoundBrowser, playwright: Playwright, portal: str
) -> None:
    running = launch(playwright, found)
    with running.open_context() as alice, running.open_context() as bob:
        for context in (alice, bob):
            open_page(context).goto(portal)
        open_page(alice).evaluate("document.cookie = 'who=alice'; localStorage.who = 'alice'")
        kept = open_page(bob).evaluate("[document.cookie, localStorage.length]")
    assert kept == ["", 0]
    running.close()


@pytest.mark.parametrize("found", FOUND, ids=by_name)
def test_it_is_killed_in_mid_journey_and_leaves_nothing(
    found: FoundBrowser, playwright: Playwright, portal: str
) -> None:
    running = launch(playwright, found)
    with running.open_context() as context:
        page = open_page(context)
        page.goto(portal)
        running.kill()
        assert running.pids == ()
        with pytest.raises(Error):
            page.goto(portal)
    assert found.minibrowser or not running.alive
    running.close()


@pytest.mark.parametrize("found", LAUNCHED, ids=by_name)
def test_it_ends_a_browser_whose_driver_has_died(
    found: FoundBrowser, temporary: Path, portal: str
) -> None:
    """Stock Firefox stays running when the driver dies, and so does its profile."""
    with another_playwright() as playwright:
        running = launch(playwright, found)
        # A dead driver is a plain Exception to its client, not an Error.
        with running.open_context() as context:
            page = open_page(context)
            page.goto(portal)
            driver_process(temporary).kill()
            with pytest.raises(Exception, match=r".+"):
                page.title()
        running.kill()
        assert not running.alive


@pytest.mark.parametrize("found", LAUNCHED, ids=by_name)
def test_it_tells_the_browser_from_an_orphan_of_it_that_this_process_adopted(
    found: FoundBrowser, temporary: Path
) -> None:
    """Firefox leaves its crash helper to whoever adopts: to pytest, as a container's first."""
    script = f"""
import psutil
from playwright.sync_api import sync_playwright
from portalwatch.browsers import BrowserSpec, find, launch
from portalwatch.lanes.processes import adopt_orphans
adopt_orphans()
with sync_playwright() as playwright:
    running = launch(playwright, find({found.spec!r}))
    (pid,) = running.pids
    browser = psutil.Process(pid)
    print(browser.parent().exe().rpartition("/")[2], flush=True)
    browser.kill()
    browser.wait()
    print(running.alive)
    running.kill()
"""
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert told.stdout == "node\nFalse\n", told.stderr


@pytest.mark.parametrize("found", LAUNCHED, ids=by_name)
def test_it_raises_playwrights_error_where_a_browser_does_not_start(
    found: FoundBrowser, playwright: Playwright
) -> None:
    broken = FoundBrowser(found.spec, "/bin/false", found.build, found.protocol)
    with pytest.raises(Error):
        launch(playwright, broken)


@pytest.mark.parametrize("found", MINIBROWSERS, ids=by_name)
def test_a_minibrowser_that_does_not_start_is_an_error(
    found: FoundBrowser, playwright: Playwright
) -> None:
    broken = FoundBrowser(found.spec, "/bin/false", found.build, found.protocol)
    with pytest.raises(Error, match="503"), launch(playwright, broken).open_context():
        pytest.fail("there is no browser")


@pytest.mark.parametrize("found", MINIBROWSERS, ids=by_name)
def test_a_minibrowser_takes_what_it_can_and_refuses_the_rest(
    found: FoundBrowser, playwright: Playwright, portal: str
) -> None:
    running = launch(playwright, found)
    with running.open_context(
        user_agent="portalwatch/1",
        extra_http_headers={"X-Probe": "yes"},
        ignore_https_errors=True,
        viewport=None,
    ) as context:
        page = open_page(context)
        with page.expect_request("**/headers") as request:
            page.goto(f"{portal}/headers")
        assert request.value.all_headers()["x-probe"] == "yes"
        assert page.evaluate("navigator.userAgent") == "portalwatch/1"
    with (
        pytest.raises(OperatorError, match="browser webkit: MiniBrowser has no locale, offline"),
        running.open_context(locale="de", offline=True),
    ):
        pytest.fail("it was opened")
    running.close()


@pytest.mark.parametrize("found", MINIBROWSERS, ids=by_name)
def test_a_minibrowser_ends_with_the_process_that_opened_it(
    found: FoundBrowser, temporary: Path
) -> None:
    """Also when that is killed, and can clean up nothing."""
    script = (
        "from playwright.sync_api import sync_playwright\n"
        "from portalwatch.browsers import KNOWN, find, launch\n"
        "with sync_playwright() as playwright:\n"
        "    running = launch(playwright, find(KNOWN['webkit']))\n"
        "    with running.open_context():\n"
        "        print(*running.pids, flush=True)\n"
        "        input()\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with worker:
        assert worker.stdout is not None
        host = psutil.Process(int(worker.stdout.readline()))
        tree = [host, *host.children(recursive=True)]
        assert {"MiniBrowser", "Xvfb"} <= {process.name() for process in tree}
        assert {os.getpgid(process.pid) for process in tree} == {host.pid}
        worker.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(tree, timeout=10)
        assert alive == []


@pytest.mark.parametrize("found", MINIBROWSERS, ids=by_name)
def test_a_minibrowser_host_ends_with_its_minibrowser(
    found: FoundBrowser, playwright: Playwright, portal: str
) -> None:
    running = launch(playwright, found)
    with running.open_context() as context:
        open_page(context).goto(portal)
        (pid,) = running.pids
        host = psutil.Process(pid)
        (minibrowser,) = [p for p in host.children(recursive=True) if p.name() == "MiniBrowser"]
        minibrowser.kill()
        _, alive = psutil.wait_procs([host], timeout=10)
        assert alive == []
    assert running.pids == ()
