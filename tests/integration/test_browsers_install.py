"""Playwright's real installer, against a server of ours that has a browser or has none."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portalwatch.browsers import KNOWN, BrowserSpec, Places, find, install
from portalwatch.browsers.downloads import Downloads
from portalwatch.browsers.places import PlaywrightBuild
from tests.asynchronous import another_playwright


def browser_archive() -> bytes:
    """A zip of the layout of Playwright's Firefox, with a script for the browser."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        entry = zipfile.ZipInfo("firefox/firefox")
        entry.external_attr = 0o755 << 16
        zipped.writestr(entry, "#!/bin/sh\necho Mozilla Firefox 157.0\n")
    return archive.getvalue()


class DownloadServer(ThreadingHTTPServer):
    """Stands where Playwright's servers are."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.offers: bytes | None = None
        self.asked: list[str] = []


class _Answer(BaseHTTPRequestHandler):
    server: DownloadServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.offers
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DownloadServer]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    with DownloadServer() as server:
        monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def test_it_downloads_playwrights_build_and_finds_it(server: DownloadServer) -> None:
    server.offers = browser_archive()
    said: list[str] = []
    install(["firefox"], say=said.append)
    found = find(KNOWN["firefox"])
    assert (found.build, found.protocol) == ("playwright", "juggler")
    assert said[-1].startswith("firefox: Playwright's build, version ")

    asked = len(server.asked)
    install(["firefox"], say=said.append)
    assert len(server.asked) == asked


def test_it_remembers_a_refused_download(server: DownloadServer) -> None:
    downloads = Downloads(Places.of_this_machine())
    assert not downloads.get("firefox")
    asked = len(server.asked)
    assert asked
    assert not downloads.get("firefox")
    assert len(server.asked) == asked


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
def test_it_looks_for_a_build_where_playwright_itself_would(
    server: DownloadServer, engine: str
) -> None:
    places = Places.of_this_machine()
    with another_playwright() as playwright:
        path = Path(getattr(playwright, engine).executable_path)
    path.parent.mkdir(parents=True)
    path.touch(mode=0o755)
    folder = places.registry / path.relative_to(places.registry).parts[0]
    (folder / "INSTALLATION_COMPLETE").touch()
    build = places.playwright_build(engine)
    assert isinstance(build, PlaywrightBuild)
    assert build.path == path
    spec = BrowserSpec(engine, engine, channel="chromium" if engine == "chromium" else None)
    assert find(spec, places=places).path == str(path)
