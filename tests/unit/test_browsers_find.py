"""Which browser is found, in made-up file trees with executables that tell a version."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portalwatch.browsers import (
    KNOWN,
    BrowserSpec,
    FoundBrowser,
    Missing,
    Places,
    find,
    find_all,
)
from portalwatch.browsers.places import registry
from portalwatch.errors import BrowserMissing, OperatorError

REVISIONS = {
    "chromium": "1000",
    "chromium-headless-shell": "1000",
    "firefox": "2000",
    "webkit": "3000",
}

PLAYWRIGHT_SHELL = (
    "chromium_headless_shell-1000/chrome-headless-shell-linux64/chrome-headless-shell"
)
PLAYWRIGHT_CHROMIUM = "chromium-1000/chrome-linux64/chrome"
STOCK_FIREFOX = "Mozilla Firefox 153.7.0esr"
PLAYWRIGHT_FIREFOX = "firefox-2000/firefox/firefox"
PLAYWRIGHT_WEBKIT = "webkit-3000/pw_run.sh"

SYSTEM_SHELL = "usr/lib/chromium/chromium-headless-shell"
SYSTEM_CHROMIUM = "usr/lib/chromium/chromium"
MINIBROWSER = "usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"


@dataclass
class Machine:
    """A file tree of a machine, with the browsers that a test puts there."""

    folder: Path
    display: str | None = None

    @property
    def places(self) -> Places:
        return Places(
            root=self.folder,
            path=(self.folder / "usr/local/bin", self.folder / "usr/bin"),
            registry=self.folder / "registry",
            driver=self.folder / "driver",
            display=self.display,
        )

    def add(self, path: str, prints: str = "Browser 99.1.2") -> str:
        executable = self.folder / path
        executable.parent.mkdir(parents=True, exist_ok=True)
        executable.write_text(f"#!/bin/sh\necho {prints}\n")
        executable.chmod(0o755)
        return str(executable)

    def add_playwrights(self, path: str, *, complete: bool = True) -> str:
        executable = self.add(f"registry/{path}")
        if complete:
            (self.folder / "registry" / path.split("/")[0] / "INSTALLATION_COMPLETE").touch()
        return executable

    def find(self, name: str, *, headed: bool = False) -> FoundBrowser:
        return find(KNOWN[name], headed=headed, places=self.places)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "driver").mkdir()
    listing = [
        {"name": name, "revision": revision, "browserVersion": f"{revision}.0"}
        for name, revision in REVISIONS.items()
    ]
    (tmp_path / "driver/browsers.json").write_text(json.dumps({"browsers": listing}))
    return Machine(tmp_path)


def test_it_takes_chromiums_in_the_order_of_what_a_journey_costs(machine: Machine) -> None:
    """Each shell before each full browser; of equals Playwright's first."""
    in_order = [
        machine.add_playwrights(PLAYWRIGHT_SHELL),
        machine.add(SYSTEM_SHELL),
        machine.add_playwrights(PLAYWRIGHT_CHROMIUM),
        machine.add(SYSTEM_CHROMIUM),
        machine.add("usr/bin/chromium"),
        machine.add("usr/bin/chromium-browser"),
        machine.add("usr/bin/google-chrome"),
    ]
    found = []
    for path in in_order:
        found.append(machine.find("chromium").path)
        Path(path).unlink()
    assert found == in_order


def test_it_takes_no_headless_shell_where_a_window_is_wanted(machine: Machine) -> None:
    machine.add_playwrights(PLAYWRIGHT_SHELL)
    machine.add(SYSTEM_SHELL)
    full = machine.add(SYSTEM_CHROMIUM)
    found = machine.find("chromium", headed=True)
    assert (found.path, found.headless_shell) == (full, False)
    assert found.launch_options()["headless"] is False


def test_it_takes_the_full_chromium_where_its_channel_is_named(machine: Machine) -> None:
    machine.add(SYSTEM_SHELL)
    full = machine.add(SYSTEM_CHROMIUM)
    spec = BrowserSpec("full", "chromium", channel="chromium")
    assert find(spec, places=machine.places).path == full


def test_it_takes_nothing_but_a_shell_where_a_shell_is_named(machine: Machine) -> None:
    machine.add(SYSTEM_CHROMIUM)
    with pytest.raises(BrowserMissing):
        machine.find("headless-shell")
    shell = machine.add(SYSTEM_SHELL)
    found = machine.find("headless-shell")
    assert (found.path, found.headless_shell, found.protocol) == (shell, True, "cdp")


def test_it_refuses_a_headless_shell_with_a_window(machine: Machine) -> None:
    machine.add(SYSTEM_SHELL)
    with pytest.raises(OperatorError, match="headless-shell: a headless shell has no window"):
        machine.find("headless-shell", headed=True)


def test_it_prefers_playwrights_firefox_and_drives_a_stock_one_over_bidi(machine: Machine) -> None:
    own = machine.add_playwrights(PLAYWRIGHT_FIREFOX)
    stock = machine.add("usr/bin/firefox-esr", prints=STOCK_FIREFOX)
    found = machine.find("firefox")
    assert (found.path, found.build, found.protocol) == (own, "playwright", "juggler")
    assert "channel" not in found.launch_options()

    Path(own).unlink()
    found = machine.find("firefox")
    assert (found.path, found.build, found.protocol) == (stock, "system", "bidi")
    options = found.launch_options()
    assert options["channel"] == "moz-firefox"
    assert options["firefox_user_prefs"] == {"fission.bfcacheInParent": False}


def test_it_takes_a_stock_firefox_where_its_channel_is_named(machine: Machine) -> None:
    machine.add_playwrights(PLAYWRIGHT_FIREFOX)
    stock = machine.add("usr/bin/firefox", prints=STOCK_FIREFOX)
    spec = BrowserSpec("stock", "firefox", channel="moz-firefox")
    assert find(spec, places=machine.places).path == stock


def test_it_passes_over_a_stock_firefox_that_is_too_old_for_playwright(machine: Machine) -> None:
    old = machine.add("usr/bin/firefox-esr", prints="Mozilla Firefox 140.12.0esr")
    with pytest.raises(BrowserMissing) as missing:
        machine.find("firefox")
    assert str(missing.value) == (
        f"browser firefox: {old} is Firefox 140.12.0, and Playwright can drive a system's Firefox"
        " from 143 on (fix: portalwatch browsers install firefox)"
    )
    with pytest.raises(BrowserMissing, match="fix: name a newer executable of old, or leave it"):
        find(BrowserSpec("old", "firefox", executable=old), places=machine.places)

    newer = machine.add("usr/bin/firefox", prints=STOCK_FIREFOX)
    assert machine.find("firefox").path == newer


@pytest.mark.parametrize(
    ("name", "path", "channel"),
    [
        ("chrome", "opt/google/chrome/chrome", "chrome"),
        ("edge", "opt/microsoft/msedge/msedge", "msedge"),
    ],
)
def test_it_finds_branded_browsers_where_their_vendors_put_them(
    machine: Machine, name: str, path: str, channel: str
) -> None:
    machine.add(SYSTEM_CHROMIUM)
    with pytest.raises(BrowserMissing, match=f"portalwatch browsers install {name}"):
        machine.find(name)
    branded = machine.add(path)
    found = machine.find(name)
    assert (found.path, found.launch_options()["channel"]) == (branded, channel)


def test_it_takes_minibrowser_for_webkit_where_playwrights_is_not(machine: Machine) -> None:
    minibrowser = machine.add(MINIBROWSER)
    machine.add("usr/bin/Xvfb")
    found = machine.find("webkit")
    assert (found.path, found.build, found.minibrowser) == (minibrowser, "system", True)
    assert "one context and one page a process" in found.gaps

    own = machine.add_playwrights(PLAYWRIGHT_WEBKIT)
    found = machine.find("webkit")
    assert (found.path, found.minibrowser, found.gaps) == (own, False, ())


def test_it_says_that_minibrowser_needs_a_display(machine: Machine) -> None:
    machine.add(MINIBROWSER)
    with pytest.raises(BrowserMissing, match="needs Xvfb, which is not installed") as missing:
        machine.find("webkit")
    assert missing.value.fix == "portalwatch browsers install webkit"
    with pytest.raises(BrowserMissing, match="DISPLAY is not set"):
        machine.find("webkit", headed=True)
    machine.display = ":0"
    assert machine.find("webkit", headed=True).headed


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "firefox",
            "browser firefox is not installed here (fix: portalwatch browsers install firefox)",
        ),
        (
            "chromium",
            "browser chromium is not installed here (fix: portalwatch browsers install chromium)",
        ),
        (
            "edge",
            "browser edge is not installed here (fix: portalwatch browsers install edge)",
        ),
    ],
)
def test_it_says_which_browser_is_missing_and_what_installs_it(
    machine: Machine, name: str, message: str
) -> None:
    with pytest.raises(BrowserMissing) as missing:
        machine.find(name)
    assert str(missing.value) == message


def test_it_takes_a_pinned_executable_and_nothing_else(machine: Machine) -> None:
    machine.add(SYSTEM_CHROMIUM)
    pinned = machine.add("opt/old/chromium-92", prints="Chromium 92.0.4515.107")
    found = find(BrowserSpec("old", "chromium", executable=pinned), places=machine.places)
    assert (found.path, found.build, found.version) == (pinned, "system", "92.0.4515.107")

    Path(pinned).unlink()
    with pytest.raises(BrowserMissing) as missing:
        find(BrowserSpec("old", "chromium", executable=pinned), places=machine.places)
    assert str(missing.value) == (
        f"browser old: its executable {pinned} is not a file that can be run"
        " (fix: correct the executable of old, or leave it out)"
    )


def test_it_knows_a_pinned_build_of_playwrights_by_its_folder(machine: Machine) -> None:
    pinned = machine.add_playwrights("firefox-1999/firefox/firefox")
    found = find(BrowserSpec("older", "firefox", executable=pinned), places=machine.places)
    assert (found.build, found.protocol) == ("playwright", "juggler")


def test_it_passes_over_a_download_that_was_cut_off(machine: Machine) -> None:
    machine.add_playwrights(PLAYWRIGHT_SHELL, complete=False)
    system = machine.add(SYSTEM_SHELL)
    assert machine.find("chromium").path == system


def test_it_passes_over_a_revision_that_playwright_does_not_ask_for(machine: Machine) -> None:
    machine.add_playwrights("firefox-1999/firefox/firefox")
    with pytest.raises(BrowserMissing):
        machine.find("firefox")


def test_it_passes_over_a_stub_that_only_names_a_snap(machine: Machine) -> None:
    stub = Path(machine.add("usr/bin/firefox"))
    stub.write_text("#!/bin/sh\necho 'install the firefox snap' >&2\nexit 1\n")
    with pytest.raises(BrowserMissing):
        machine.find("firefox")
    stub.write_text("#!/bin/sh\n# starts the snap\necho Mozilla Firefox 150.0\n")
    assert machine.find("firefox").version == "150.0"


def test_it_passes_over_a_link_to_snap_that_does_not_run(machine: Machine) -> None:
    snap = Path(machine.add("usr/bin/snap"))
    snap.write_text("#!/bin/sh\nexit 1\n")
    (machine.folder / "usr/bin/chromium").symlink_to(snap)
    with pytest.raises(BrowserMissing):
        machine.find("chromium")


def test_it_passes_over_files_that_cannot_be_run(machine: Machine) -> None:
    Path(machine.add(SYSTEM_CHROMIUM)).chmod(0o644)
    with pytest.raises(BrowserMissing):
        machine.find("chromium")


def test_it_refuses_an_engine_that_does_not_exist(machine: Machine) -> None:
    with pytest.raises(OperatorError, match="browser lynx: no such engine: 'text'"):
        find(BrowserSpec("lynx", "text"), places=machine.places)


def test_it_takes_the_version_of_playwrights_build_from_its_listing(machine: Machine) -> None:
    machine.add_playwrights(PLAYWRIGHT_FIREFOX)
    assert machine.find("firefox").version == "2000.0"


def test_it_asks_again_for_a_version_once_the_browser_was_upgraded(machine: Machine) -> None:
    path = Path(machine.add(SYSTEM_CHROMIUM, prints="Chromium 100.0.1"))
    assert machine.find("chromium").version == "100.0.1"
    machine.add(SYSTEM_CHROMIUM, prints="Chromium 101.0.1")
    changed = path.stat()
    # As a package manager does: another time of change.
    os.utime(path, ns=(changed.st_atime_ns, changed.st_mtime_ns + 1))
    assert machine.find("chromium").version == "101.0.1"


def test_it_gives_no_version_where_the_browser_tells_none(machine: Machine) -> None:
    path = Path(machine.add(SYSTEM_CHROMIUM))
    path.write_text("#!/bin/sh\necho 'libnss3.so: cannot open shared object file' >&2\nexit 127\n")
    found = machine.find("chromium")
    assert found.version is None
    assert found.info().version == "unknown"


def test_it_carries_the_spec_to_a_worker_and_back() -> None:
    spec = BrowserSpec("old", "chromium", executable="/opt/old/chrome", args=("--x",))
    assert BrowserSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_it_passes_the_plans_arguments_to_the_browser(machine: Machine) -> None:
    machine.add(SYSTEM_CHROMIUM)
    spec = BrowserSpec("mine", "chromium", args=("--lang=de",))
    options = find(spec, places=machine.places).launch_options()
    assert options["args"] == ["--lang=de"]
    assert (options["handle_sigint"], options["handle_sigterm"]) == (False, False)


def test_a_window_without_a_display_is_refused_where_it_needs_one(machine: Machine) -> None:
    machine.add(SYSTEM_CHROMIUM)
    bare = replace(machine.places, needs_display=True)
    with pytest.raises(OperatorError, match="DISPLAY is not set"):
        find(KNOWN["chromium"], headed=True, places=bare)
    assert find(KNOWN["chromium"], headed=True, places=replace(bare, display=":9")).headed
    assert not find(KNOWN["chromium"], places=bare).headed


@pytest.mark.parametrize(
    ("engine", "channel"), [("chromium", "msegde"), ("firefox", "chrome"), ("webkit", "canary")]
)
def test_it_puts_no_other_browser_in_the_place_of_a_channel_that_there_is_not(
    machine: Machine, engine: str, channel: str
) -> None:
    machine.add(SYSTEM_CHROMIUM)
    with pytest.raises(OperatorError, match=f"has no channel '{channel}'"):
        find(BrowserSpec("mine", engine, channel=channel), places=machine.places)


def test_it_lists_every_known_browser_found_or_missing(machine: Machine) -> None:
    machine.add(SYSTEM_SHELL, prints="Chromium 99.1.2")
    listed = {browser.name: browser for browser in find_all(places=machine.places)}
    assert set(listed) == set(KNOWN)
    assert isinstance(listed["firefox"], Missing)
    assert listed["firefox"].fix == "portalwatch browsers install firefox"
    chromium = listed["chromium"]
    assert isinstance(chromium, FoundBrowser)
    assert chromium.version == "99.1.2"
    assert chromium.gaps == ("notification permission is always denied",)


def test_it_looks_for_downloads_where_playwright_does(tmp_path: Path) -> None:
    driver = tmp_path / "driver"
    assert registry({"PLAYWRIGHT_BROWSERS_PATH": "/srv/b"}, driver) == Path("/srv/b")
    assert registry({"PLAYWRIGHT_BROWSERS_PATH": "0"}, driver) == driver / ".local-browsers"
    assert registry({"XDG_CACHE_HOME": "/c"}, driver) == Path("/c/ms-playwright")
    assert registry({"PLAYWRIGHT_BROWSERS_PATH": "b", "INIT_CWD": "/w"}, driver) == Path("/w/b")
