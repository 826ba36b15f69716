"""No step of a secret is submitted twice, whoever asks."""

from __future__ import annotations

import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import AccountUnavailable
from portalwatch.totp import Totp

PORTAL = "https://portal.example"
SECRET = Totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")


@pytest.fixture
def ledger(tmp_path: Path) -> CodeLedger:
    return CodeLedger(tmp_path / "var" / "codes.sqlite3")


def test_a_step_is_taken_once(ledger: CodeLedger) -> None:
    assert ledger.take(PORTAL, SECRET, 100)
    assert not ledger.take(PORTAL, SECRET, 100)
    assert ledger.take(PORTAL, SECRET, 101)


def test_a_step_before_one_that_was_taken_is_taken_too(ledger: CodeLedger) -> None:
    assert ledger.take(PORTAL, SECRET, 100)
    assert not ledger.take(PORTAL, SECRET, 99)


def test_a_step_of_a_clock_that_was_ahead_voids_none_of_now(ledger: CodeLedger) -> None:
    assert ledger.take(PORTAL, SECRET, 1300)
    assert ledger.take(PORTAL, SECRET, 100)
    assert not ledger.take(PORTAL, SECRET, 100)
    assert not ledger.take(PORTAL, SECRET, 1300)
    assert ledger.take(PORTAL, SECRET, 1301)


def test_steps_of_long_ago_are_forgotten(ledger: CodeLedger) -> None:
    assert ledger.take(PORTAL, SECRET, 100)
    assert ledger.take(PORTAL, SECRET, 100 + 20_001)
    assert ledger.take(PORTAL, SECRET, 100)


def test_a_ledger_that_is_damaged_is_told(ledger: CodeLedger, tmp_path: Path) -> None:
    file = tmp_path / "var" / "codes.sqlite3"
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(AccountUnavailable, match=r"codes\.sqlite3: used one-time codes cannot be"):
        ledger.take(PORTAL, SECRET, 100)


def test_secrets_and_portals_are_counted_apart(ledger: CodeLedger) -> None:
    assert ledger.take(PORTAL, SECRET, 100)
    assert ledger.take(PORTAL, Totp("MFXG65DIMVZA"), 100)
    assert ledger.take("https://staging.example", SECRET, 100)


def test_a_backup_code_is_taken_once(ledger: CodeLedger, tmp_path: Path) -> None:
    assert ledger.take_code(PORTAL, "amara", "k7w2-9fxd")
    assert not ledger.take_code(PORTAL, "amara", "k7w2-9fxd")
    assert ledger.take_code(PORTAL, "amara", "p3mz-1hqa")
    assert ledger.take_code(PORTAL, "bruno", "k7w2-9fxd")
    assert ledger.take_code("https://staging.example", "amara", "k7w2-9fxd")
    again = CodeLedger(tmp_path / "var" / "codes.sqlite3")
    assert not again.take_code(PORTAL, "amara", "k7w2-9fxd")
    assert b"k7w2" not in (tmp_path / "var" / "codes.sqlite3").read_bytes()


def test_it_remembers_over_a_restart(tmp_path: Path) -> None:
    assert CodeLedger(tmp_path / "codes").take(PORTAL, SECRET, 100)
    assert not CodeLedger(tmp_path / "codes").take(PORTAL, SECRET, 100)


def test_its_files_are_for_the_owner_alone_and_hold_no_secret(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    ledger = CodeLedger(folder / "codes")
    ledger.take(PORTAL, SECRET, 100)
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert SECRET.secret.encode() not in file.read_bytes()


RACER = """
import sys
from pathlib import Path
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import AccountUnavailable
from portalwatch.totp import Totp
ledger = CodeLedger(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
totp = Totp("MFXG65DIMVZA")
print(*[step for step in range(200) if ledger.take("https://portal.example", totp, step)])
"""


def test_of_processes_that_race_for_a_step_one_gets_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACER, str(tmp_path / "codes")]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    taken = [step for racer in racers for step in map(int, racer.communicate()[0].split())]
    assert [racer.returncode for racer in racers] == [0] * 4
    assert sorted(taken) == sorted(set(taken))
    assert max(taken) == 199


OPENER = """
import sys
from pathlib import Path
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import AccountUnavailable
for line in sys.stdin:
    CodeLedger(Path(line.strip()))
    print("opened", flush=True)
"""


def test_processes_that_make_it_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    with ExitStack() as stack:
        openers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", OPENER],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            for _ in range(4)
        ]
        for number in range(300):  # each new file is one chance to lose the race for it
            for opener in openers:
                assert opener.stdin is not None
                opener.stdin.write(f"{tmp_path}/{number}/codes\n")
                opener.stdin.flush()
            for opener in openers:
                assert opener.stdout is not None
                if opener.stdout.readline() != "opened\n":
                    pytest.fail(opener.stdout.read())
