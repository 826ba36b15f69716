"""The process that stands between Playwright and one MiniBrowser of WebKitGTK.

    python -m portalwatch.browsers.minibrowser_host --listen FD --folder DIR [--headed]
        -- /path/to/MiniBrowser [ARGUMENT …]

It starts Xvfb and MiniBrowser, waits until the page can be inspected, and serves what
``webkit.connect_over_cdp`` asks for and MiniBrowser lacks: ``GET /json``, the list of
targets. It ends when its standard input closes, so also with its parent, and when
MiniBrowser ends; it leaves no process, no zombie and no folder behind.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import http.client
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil

READY_SECONDS = 25.0  # less than the parent waits, so that it hears why
POLL_SECONDS = 0.02
# A portal that isolates itself by that header gets a process of its own, and the inspector
# stays with the old one: such a page could not be opened at all.
_NO_SWAP = "--features=!CrossOriginOpenerPolicy"

_TARGET = re.compile(
    r'class="targeturl">(?P<url>[^<]*)<.*?(?P<socket>/socket/\d+/\d+/WebPage)', re.DOTALL
)
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class _EndedByParent(Exception):
    """The parent has gone or wants us to go."""


def main() -> int:
    """Run until the parent or MiniBrowser ends; the exit status is 0 unless MiniBrowser failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--headed", action="store_true")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    # WebKit's own processes become our children when MiniBrowser is killed: without
    # this they would stay zombies wherever process 1 does not reap.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # A service that is stopped signals all its processes: the parent first finishes
    # its journeys. (A handler, since an ignored signal would stay ignored in Xvfb.)
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    listener = socket.socket(fileno=arguments.listen)
    try:
        environ = _environment(arguments.folder)
        if not arguments.headed:
            environ["DISPLAY"] = _start_xvfb()
        browser, target = _start_minibrowser(arguments.command, environ)
        _serve(listener, target, browser)
    except _EndedByParent:
        pass
    except RuntimeError as error:
        _refuse(listener, str(error))
        return 1
    finally:
        _end_all()
        shutil.rmtree(arguments.folder, ignore_errors=True)
    return 0


def _environment(folder: Path) -> dict[str, str]:
    """Ours, with everything MiniBrowser would write or share moved into ``folder``."""
    home = {name: str(folder) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    return {
        **os.environ,
        **home,
        "XDG_DATA_HOME": str(folder),
        "TMPDIR": str(folder),
        # No session bus and no stored settings: either would start daemons that stay.
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        "GSETTINGS_BACKEND": "memory",
        "NO_AT_BRIDGE": "1",
    }


def _start_xvfb() -> str:
    """Start a display of our own; returns its name, ":7"."""
    reading, writing = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],  # noqa: S607 - found on PATH by the parent
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[writing],
    )
    os.close(writing)
    with os.fdopen(reading) as numbers:
        ready, _, _ = select.select([numbers, sys.stdin], [], [], READY_SECONDS)
        if sys.stdin in ready:
            raise _EndedByParent
        number = numbers.readline().strip() if ready else ""
    if not number:
        raise RuntimeError(f"Xvfb did not start (exit status {xvfb.poll()})")
    return f":{number}"


def _start_minibrowser(
    command: list[str], environ: dict[str, str]
) -> tuple[subprocess.Popen[bytes], str]:
    """Start MiniBrowser; returns it with the address of its page's inspector socket."""
    port = _free_port()
    # The inspector's port may be taken by another between here and there. The address
    # of the first page tells ours from another MiniBrowser that listens on it.
    start_page = f"about:blank#{secrets.token_hex(8)}"
    browser = subprocess.Popen(
        [command[0], "--private", "--enable-page-cache=false", _NO_SWAP, *command[1:], start_page],
        env={**environ, "WEBKIT_INSPECTOR_HTTP_SERVER": f"127.0.0.1:{port}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(int(READY_SECONDS / POLL_SECONDS)):
        path = _inspected_page(port, start_page)
        if path is not None:
            return browser, f"ws://127.0.0.1:{port}{path}"
        if browser.poll() is not None:
            raise RuntimeError(f"MiniBrowser ended at its start (exit status {browser.returncode})")
        if select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
            raise _EndedByParent
    raise RuntimeError(f"MiniBrowser did not answer on 127.0.0.1:{port}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _inspected_page(port: int, url: str) -> str | None:
    """The socket's path of the page at ``url``, once the inspector lists it."""
    try:
        with _DIRECT.open(f"http://127.0.0.1:{port}/", timeout=1) as answer:
            index = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    pages = {page["url"]: page["socket"] for page in _TARGET.finditer(index)}
    return pages.get(url)


# The machine's proxy is for the portal, not for the loopback interface.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _serve(listener: socket.socket, target: str, browser: subprocess.Popen[bytes]) -> None:
    """Answer ``GET /json`` until the parent or ``browser`` ends."""
    targets = json.dumps([{"type": "page", "webSocketDebuggerUrl": target}])
    ended = os.pidfd_open(browser.pid)
    while True:
        ready, _, _ = select.select([listener, sys.stdin, ended], [], [])
        if listener not in ready:
            return
        _answer(listener, "200 OK", "application/json", targets)


def _refuse(listener: socket.socket, reason: str) -> None:
    """Answer the parent's first request with why there is no browser to speak to."""
    ready, _, _ = select.select([listener, sys.stdin], [], [], READY_SECONDS)
    if listener in ready:
        _answer(listener, f"503 {reason}", "text/plain", reason)


def _answer(listener: socket.socket, status: str, media_type: str, text: str) -> None:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):
        connection.settimeout(5)
        connection.recv(65536)  # a request for /json: nothing else is asked here
        connection.sendall(head.encode() + body)


def _end_all() -> None:
    """End and reap every process below us: Xvfb gently, so that it removes its lock file."""
    gently = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name() == "Xvfb":
                process.terminate()
                gently.append(process)
            else:
                process.kill()
    _, stubborn = psutil.wait_procs(gently, timeout=2)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


if __name__ == "__main__":
    sys.exit(main())
