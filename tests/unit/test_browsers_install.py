"""What ``install`` chooses, with a stand-in for apt-get and one for the downloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portalwatch.browsers import Places, install
from portalwatch.browsers.apt import Apt
from portalwatch.browsers.downloads import Downloads
from portalwatch.errors import OperatorError


def make_executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


class FakeDownloads(Downloads):
    """Playwright's servers, as far as a test lets them be reached."""

    def __init__(self, places: Places) -> None:
        self.asked: list[str] = []
        self.reachable = False
        self.runs = True
        self.libraries_can_be_added = True
        self._registry = places.registry

    def get(self, engine: str) -> bool:
        self.asked.append(engine)
        if self.reachable:
            folder = self._registry / "firefox-2000"
            script = "echo Firefox 157.0" if self.runs else "exit 127"
            make_executable(folder / "firefox/firefox", script)
            (folder / "INSTALLATION_COMPLETE").touch()
        return self.reachable

    def get_branded(self, name: str) -> bool:
        self.asked.append(name)
        return False

    def add_libraries(self, engine: str) -> bool:
        self.asked.append(f"libraries of {engine}")
        return self.libraries_can_be_added


@dataclass
class Machine:
    """An empty machine with an apt-get that writes down what it is asked for."""

    folder: Path
    said: list[str] = field(default_factory=list)
    find_apt: Callable[[], Apt | None] = Apt.of_this_machine

    def __post_init__(self) -> None:
        self.places = Places(
            root=self.folder,
            path=(self.folder / "usr/bin",),
            registry=self.folder / "registry",
            driver=self.folder / "driver",
        )
        self.downloads = FakeDownloads(self.places)
        driver = self.folder / "driver"
        driver.mkdir()
        listing = [
            {"name": name, "revision": "2000", "browserVersion": "157.0"}
            for name in ("chromium", "chromium-headless-shell", "firefox", "webkit")
        ]
        (driver / "browsers.json").write_text(json.dumps({"browsers": listing}))
        self.log = self.folder / "apt.log"
        make_executable(self.folder / "bin/sudo", 'shift; exec "$@"')
        make_executable(
            self.folder / "bin/apt-cache",
            f'cat "{self.folder}/candidates/$2" 2>/dev/null',
        )
        # "apt-get -o … install … firefox-esr" puts down what the package would.
        make_executable(
            self.folder / "bin/apt-get",
            f'echo "$@" >> {self.log}\n'
            f'case "$*" in *firefox-esr*) cp -r {self.folder}/packages/. {self.folder}/ ;; esac\n'
            f"[ ! -e {self.folder}/apt-is-broken ]",
        )

    def offer(self, package: str, version: str) -> None:
        candidate = self.folder / "candidates" / package
        candidate.parent.mkdir(exist_ok=True)
        candidate.write_text(f"{package}:\n  Installed: (none)\n  Candidate: {version}\n")

    def install(self, *engines: str) -> None:
        install(
            engines,
            say=self.said.append,
            places=self.places,
            downloads=self.downloads,
            find_apt=self.find_apt,
        )

    @property
    def apt_was_asked(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return machine


def test_it_leaves_playwrights_build_alone(machine: Machine) -> None:
    machine.downloads.reachable = True
    machine.install("firefox")
    machine.downloads.asked.clear()
    machine.said.clear()

    machine.install("firefox")
    assert machine.downloads.asked == []
    assert machine.said == [
        "firefox: Playwright's build, version 157.0"
        f" ({machine.folder}/registry/firefox-2000/firefox/firefox)"
    ]


def test_it_takes_the_systems_browser_where_nothing_can_be_downloaded(machine: Machine) -> None:
    path = machine.folder / "usr/bin/firefox-esr"
    make_executable(path, "echo Mozilla Firefox 153.7.0esr")
    machine.install("firefox")
    assert machine.said == [f"firefox: the system's, version 153.7.0 ({path})"]
    assert machine.apt_was_asked == ""


def test_it_installs_the_package_where_there_is_no_browser(machine: Machine) -> None:
    machine.offer("firefox-esr", "153.7.0esr-1")
    make_executable(machine.folder / "packages/usr/bin/firefox-esr", "echo Firefox 153.7.0esr")
    machine.install("firefox")
    assert machine.said == [
        "firefox: downloading Playwright's build",
        "firefox: installing firefox-esr",
        f"firefox: the system's, version 153.7.0 ({machine.folder}/usr/bin/firefox-esr)",
    ]
    update, install = machine.apt_was_asked.splitlines()
    assert update.endswith(" update")  # old lists name versions that are gone, or too old
    assert install.endswith(" install --yes --no-install-recommends firefox-esr")


def test_it_puts_a_newer_firefox_in_the_place_of_one_that_is_too_old(machine: Machine) -> None:
    path = machine.folder / "usr/bin/firefox-esr"
    make_executable(path, "echo Mozilla Firefox 140.12.0esr")
    machine.offer("firefox-esr", "153.7.0esr-1")
    make_executable(machine.folder / "packages/usr/bin/firefox-esr", "echo Firefox 153.7.0esr")
    machine.install("firefox")
    assert machine.said[-1] == f"firefox: the system's, version 153.7.0 ({path})"


def test_it_says_where_the_newest_package_is_too_old(machine: Machine) -> None:
    machine.offer("firefox-esr", "140.12.0esr-1")
    make_executable(machine.folder / "packages/usr/bin/firefox-esr", "echo Firefox 140.12.0esr")
    with pytest.raises(OperatorError) as error:
        machine.install("firefox")
    assert str(error.value) == (
        "firefox: the newest firefox-esr of this system is no help: browser firefox:"
        f" {machine.folder}/usr/bin/firefox-esr is Firefox 140.12.0, and Playwright can drive"
        " a system's Firefox from 143 on (fix: let this machine reach Playwright's downloads)"
    )


def test_it_adds_the_headless_shell_where_there_is_such_a_package(machine: Machine) -> None:
    machine.offer("chromium", "156.0")
    machine.offer("chromium-headless-shell", "156.0")
    with pytest.raises(OperatorError, match="not installed"):  # this apt-get puts none down
        machine.install("chromium")
    assert "chromium: installing chromium and chromium-headless-shell" in machine.said

    (machine.folder / "candidates/chromium-headless-shell").unlink()
    with pytest.raises(OperatorError, match="not installed"):
        machine.install("chromium")
    assert "chromium: installing chromium" in machine.said


def test_it_says_where_there_is_no_package(machine: Machine) -> None:
    with pytest.raises(OperatorError, match="no package firefox-esr that is not a snap"):
        machine.install("firefox")


def test_it_refreshes_the_lists_once(machine: Machine) -> None:
    apt = Apt()
    assert not apt.offers("firefox-esr")
    assert apt.install(["firefox-esr"])
    assert machine.apt_was_asked.count("update") == 1


def test_it_does_not_take_a_package_that_only_points_to_a_snap(machine: Machine) -> None:
    machine.offer("chromium", "2:1snap1-0ubuntu2")
    with pytest.raises(OperatorError, match="no package chromium that is not a snap"):
        machine.install("chromium")
    assert "install --yes" not in machine.apt_was_asked


def test_it_says_which_package_could_not_be_installed(machine: Machine) -> None:
    machine.offer("firefox-esr", "153.7.0esr-1")
    (machine.folder / "apt-is-broken").touch()
    with pytest.raises(OperatorError) as error:
        machine.install("firefox")
    assert str(error.value) == (
        "firefox: installing firefox-esr failed (fix: apt-get install firefox-esr, and see why)"
    )


def test_it_says_what_to_do_where_packages_cannot_be_installed(machine: Machine) -> None:
    machine.find_apt = lambda: None
    with pytest.raises(OperatorError) as error:
        machine.install("firefox")
    assert str(error.value) == (
        "firefox: Playwright's build cannot be downloaded, and this user cannot install packages"
        " with apt-get (fix: apt-get install firefox-esr, as root)"
    )


def test_it_adds_the_libraries_that_a_fresh_download_lacks(machine: Machine) -> None:
    machine.downloads.reachable = True
    machine.downloads.runs = False
    machine.install("firefox")
    assert machine.downloads.asked == ["firefox", "libraries of firefox"]


def test_it_does_not_call_a_download_without_its_libraries_installed(machine: Machine) -> None:
    machine.downloads.reachable = True
    machine.downloads.runs = False
    machine.downloads.libraries_can_be_added = False
    with pytest.raises(OperatorError, match="lacks libraries of the system"):
        machine.install("firefox")


def test_it_tries_every_engine_and_reports_each_that_failed(machine: Machine) -> None:
    path = machine.folder / "usr/bin/firefox-esr"
    make_executable(path, "echo Mozilla Firefox 153.7.0esr")
    with pytest.raises(OperatorError) as error:
        machine.install("opera", "chrome", "firefox")
    assert str(error.value).splitlines() == [
        "no such browser: 'opera' (install chromium, firefox, webkit, chrome, edge)",
        "chrome: could not be installed (fix: install its vendor's package)",
    ]
    assert machine.said[-1].startswith("firefox: the system's")


def test_it_finds_no_apt_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Apt.of_this_machine() is None


def test_it_goes_through_sudo_only_where_that_asks_no_password(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    apt = Apt.of_this_machine()
    assert apt is not None
    assert apt.install(["firefox-esr"])
    assert "firefox-esr" in machine.apt_was_asked

    make_executable(machine.folder / "bin/sudo", "exit 1")
    assert Apt.of_this_machine() is None
