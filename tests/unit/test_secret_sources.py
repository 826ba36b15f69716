"""Secrets from a keyring and from commands: each with an error of its own, and never shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import psutil
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked
from keyrings.alt.file import PlaintextKeyring

from portalwatch import secret_sources
from portalwatch.daemon_thread import in_daemon_thread
from portalwatch.errors import ConfigError
from portalwatch.secret_sources import Command, KeyringEntry, Variable, secret_source
from portalwatch.secrets import Secret
from tests.waiting import wait_until

ENTRY = KeyringEntry("portal.example", "amara")
VALUE = "Harbor-Lantern-27"


@pytest.fixture
def file_keyring(tmp_path: Path) -> Iterator[PlaintextKeyring]:
    before = keyring.get_keyring()
    backend = PlaintextKeyring()
    backend.file_path = str(tmp_path / "keyring")
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ({"env": "NAME"}, Variable("NAME")),
        ({"keyring": "portal.example/amara"}, ENTRY),
        ({"keyring": "https://a.example/amara"}, KeyringEntry("https://a.example", "amara")),
        ({"command": ["pass", "show", "a"]}, Command(("pass", "show", "a"))),
    ],
)  # fmt: skip
def test_a_plan_names_a_source(written: object, source: object) -> None:
    assert secret_source(written) == source


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (VALUE, "a secret is written in the clear"),
        (27, "a secret is written in the clear"),
        (None, "is not a source of a secret"),
        ({}, "is not a source of a secret"),
        ({"env": "A", "keyring": "b/c"}, "is not a source of a secret"),
        ({"file": "/run/secrets/a"}, "is not a source of a secret"),
        ({"env": "two words"}, "env is not the name of an environment variable"),
        ({"keyring": "service"}, "keyring names no entry"),
        ({"keyring": "/user"}, "keyring names no entry"),
        ({"keyring": ["a", "b"]}, "keyring names no entry"),
        ({"command": "pass show a"}, "command is no list of words"),
        ({"command": []}, "command is no list of words"),
        ({"command": ["pass", 1]}, "command is no list of words"),
        ({"command": ["pass", ""]}, "command is no list of words"),
    ],
)
def test_anything_else_is_refused_without_being_quoted(written: object, told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        secret_source(written)
    assert VALUE not in str(refused.value)


# Keyrings.


def test_it_takes_a_secret_from_the_keyring(file_keyring: PlaintextKeyring) -> None:
    keyring.set_password("portal.example", "amara", VALUE)
    assert ENTRY.resolve({}) == Secret(VALUE)


def test_an_entry_that_is_not_there_is_told(file_keyring: PlaintextKeyring) -> None:
    with pytest.raises(ConfigError) as problem:
        ENTRY.resolve({})
    assert str(problem.value) == (
        "keyring portal.example/amara: there is no such entry (keyring set portal.example amara)"
    )


def test_a_machine_without_a_keyring_is_told(file_keyring: PlaintextKeyring) -> None:
    keyring.set_keyring(NoKeyring())
    with pytest.raises(ConfigError, match="this machine has no keyring"):
        ENTRY.resolve({})


def test_a_keyring_that_is_locked_is_told(
    file_keyring: PlaintextKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(service: str, user: str) -> str:
        raise KeyringLocked("Failed to unlock the collection!")

    monkeypatch.setattr(file_keyring, "get_password", locked)
    with pytest.raises(ConfigError, match="gives nothing: Failed to unlock the collection!"):
        ENTRY.resolve({})


def test_a_keyring_that_asks_somebody_is_not_waited_for(
    file_keyring: PlaintextKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(secret_sources, "PATIENCE", 0.01)
    monkeypatch.setattr(file_keyring, "get_password", lambda *_: answered.wait())
    with pytest.raises(ConfigError, match=r"gave nothing within 0\.01 s \(it must not ask"):
        ENTRY.resolve({})
    answered.set()


# Commands.


def python(script: str) -> Command:
    return Command((sys.executable, "-c", script))


@pytest.mark.parametrize("printed", [VALUE, f"{VALUE}\n", f"{VALUE}\r\n", f"{VALUE}\nnotes\n"])
def test_it_takes_the_first_line_that_a_command_prints(printed: str) -> None:
    source = python(f"import sys; sys.stdout.write({printed!r})")
    assert source.resolve(os.environ) == Secret(VALUE)


def test_a_command_has_the_environment() -> None:
    source = python("import os; print(os.environ['PLACE'])")
    assert source.resolve({**os.environ, "PLACE": VALUE}) == Secret(VALUE)


def test_no_shell_reads_it() -> None:
    assert Command(("echo", "$HOME;", "`id`")).resolve(os.environ) == Secret("$HOME; `id`")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (Command(("/nowhere/pass", "show", "a")), "cannot be started: No such file or directory"),
        (Command(("a\0b",)), "cannot be started: embedded null byte"),
        (
            python("import sys; print('Harbor'); sys.exit('gpg: no secret key\\nmore')"),
            r"failed: exit code 1 \(run it by hand to see why\)$",
        ),
        (python("import os; os.kill(os.getpid(), 9)"), "failed: was ended by SIGKILL"),
        (python(""), "printed nothing"),
        (python("print()"), "printed nothing"),
        (python("import sys; sys.stdout.buffer.write(b'\\xff')"), "printed no text in UTF-8"),
        (python("input()"), "failed: exit code 1"),  # there is nobody to ask
    ],
)
def test_a_command_that_gives_nothing_is_told(source: Command, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as problem:
        source.resolve(os.environ)
    (line,) = problem.value.problems
    assert line.startswith(f"command '{source.words[0]}' ")
    assert "Harbor" not in line


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (" \t", "is blank"),
        ("Harbor\0", "holds a null byte"),
        ("Harbor" * 1000, "is longer than 4096 characters"),
    ],
)
def test_what_no_portal_has_given_to_anybody_is_refused(
    printed: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=f"^what command '.*' printed {told}") as problem:
        python(f"print({printed!r})").resolve(os.environ)
    assert "Harbor" not in str(problem.value)
    file = tmp_path / "secret"
    file.write_text(printed)
    with pytest.raises(ConfigError, match=f"^NAME_FILE names '.*', which {told}"):
        Variable("NAME").resolve({"NAME_FILE": str(file)})


def test_a_value_in_the_place_of_a_path_is_not_quoted() -> None:
    told = r"^NAME_FILE is not the path of a file \(set it to one, or NAME to the value\)$"
    with pytest.raises(ConfigError, match=told):
        Variable("NAME").resolve({"NAME_FILE": VALUE})


def test_a_command_is_not_waited_for_by_what_it_leaves_in_the_background(tmp_path: Path) -> None:
    note = tmp_path / "child"
    script = f"setsid tail -f /dev/null & echo $! > '{note}'; echo {VALUE}"
    assert Command(("sh", "-c", script)).resolve(os.environ) == Secret(VALUE)
    os.kill(int(note.read_text()), signal.SIGKILL)


def test_what_a_command_leaves_in_the_background_may_print_the_secret(tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    script = f"(read line < '{go}'; echo {VALUE}) & exit 0"
    told = in_daemon_thread(lambda: Command(("sh", "-c", script)).resolve(os.environ))
    go.write_text("go\n")  # opened as soon as somebody reads it
    assert told.result(30) == Secret(VALUE)


def test_a_command_that_never_ends_is_ended_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(secret_sources, "PATIENCE", 2.0)
    note = tmp_path / "child"
    source = Command(("sh", "-c", f"tail -f /dev/null & echo $! > '{note}'; wait"))
    with pytest.raises(ConfigError, match="gave nothing within 2 s"):
        source.resolve(os.environ)
    wait_until(lambda: not _runs(note), seconds=10, what="the end of what it started")


def _runs(note: Path) -> bool:
    try:
        return psutil.Process(int(note.read_text())).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_program_that_is_interrupted_ends_the_command(tmp_path: Path) -> None:
    note = tmp_path / "command"
    words = ("sh", "-c", f"echo $$ > '{note}'; exec tail -f /dev/null")
    script = f"from portalwatch.secret_sources import Command; Command({words!r}).resolve({{}})"
    program = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    wait_until(lambda: note.exists() and note.read_text(), seconds=30, what="the command")
    program.send_signal(signal.SIGINT)
    assert program.wait(30) != 0
    pid = int(note.read_text())
    wait_until(lambda: not psutil.pid_exists(pid), seconds=30, what="its end")


def test_a_plan_without_one_does_not_load_the_keyring() -> None:
    script = "import sys, portalwatch.site; assert 'keyring' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
