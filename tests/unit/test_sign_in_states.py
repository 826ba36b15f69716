"""Kept sign-ins: opened by the account's own secrets alone, and by nobody after their time."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portalwatch.account import Account
from portalwatch.secrets import Secret
from portalwatch.sign_in_states import SignInState, SignInStates, StateKey
from tests.clock import Clock

PORTAL = "https://portal.example"
NOW = 1_800_000_000.0
AMARA = Account(
    "basic",
    "amara.okafor",
    "Dr. Amara Okafor",
    password=Secret("Harbor-Lantern-27"),
    totp_secret=Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
)
KEY = StateKey(PORTAL, AMARA, "chromium")
STATE = SignInState(
    NOW - 60,
    [{"name": "session", "value": "k7w2-the-session", "httpOnly": True}],
    {"theme": "dark"},
    {"token": '{"bearer": ["eyJhbGciOiJIUzI1NiJ9"]}'},
)
WITHIN = 600.0


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "sign-ins"


@pytest.fixture
def states(folder: Path, clock: Clock) -> SignInStates:
    return SignInStates(folder, clock=clock)


def only_file(folder: Path) -> Path:
    (file,) = folder.glob("*.state")
    return file


def test_a_state_comes_back_as_it_was(states: SignInStates) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    assert states.take(KEY, within=WITHIN) == STATE


def test_who_takes_it_has_it_alone(states: SignInStates) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    assert states.has(PORTAL, "basic", "chromium")
    assert states.take(KEY, within=WITHIN) is not None
    assert not states.has(PORTAL, "basic", "chromium")
    assert states.take(KEY, within=WITHIN) is None


def test_the_newest_one_is_kept(states: SignInStates, folder: Path) -> None:
    newer = replace(STATE, signed_in_at=NOW - 5)
    for state in (STATE, newer):
        states.keep(KEY, state, within=WITHIN)
    assert only_file(folder)
    assert states.take(KEY, within=WITHIN) == newer


@pytest.mark.parametrize(
    "other",
    [
        StateKey("https://staging.example", AMARA, "chromium"),
        StateKey(PORTAL, AMARA, "firefox"),
        StateKey(PORTAL, replace(AMARA, key="other"), "chromium"),
    ],
    ids=["portal", "browser", "account"],
)
def test_portals_accounts_and_browsers_are_kept_apart(
    states: SignInStates, folder: Path, other: StateKey
) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    assert not states.has(other.portal, other.account.key, other.browser)
    assert states.take(other, within=WITHIN) is None
    # Not even where somebody puts one file in the place of the other.
    ours = only_file(folder)
    states.keep(other, STATE, within=WITHIN)
    (theirs,) = set(folder.glob("*.state")) - {ours}
    ours.replace(theirs)
    assert states.take(other, within=WITHIN) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"password": Secret("Harbor-Lantern-28")},
        {"totp_secret": Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")},
        {"totp_secret": None},
        {"user_id": "somebody.else"},
        {"password": None, "totp_secret": None},
    ],
    ids="-".join,
)
def test_it_ends_with_the_secrets_that_it_is_of(
    states: SignInStates, changed: dict[str, object]
) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    other = replace(AMARA, **changed)  # type: ignore[arg-type]
    assert states.take(replace(KEY, account=other), within=WITHIN) is None
    assert states.take(KEY, within=WITHIN) is None, "what does not open is removed"


def test_an_account_without_secrets_has_none_kept(states: SignInStates, folder: Path) -> None:
    key = replace(KEY, account=Account("bare", "user", "Name"))
    states.keep(key, STATE, within=WITHIN)
    assert not folder.exists()


def test_it_expires_by_the_time_of_the_sign_in(states: SignInStates, clock: Clock) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    clock.now = STATE.signed_in_at + WITHIN - 1
    assert states.has(PORTAL, "basic", "chromium")
    clock.now += 1
    assert not states.has(PORTAL, "basic", "chromium")
    assert states.take(KEY, within=WITHIN) is None


def test_a_check_may_ask_for_a_fresher_one(states: SignInStates) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    assert states.take(KEY, within=60.0) is None


def test_a_sign_in_of_the_future_is_not_used(states: SignInStates, clock: Clock) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    clock.now = STATE.signed_in_at - 1
    assert states.take(KEY, within=WITHIN) is None


def test_what_has_expired_is_not_kept(states: SignInStates, folder: Path) -> None:
    states.keep(KEY, replace(STATE, signed_in_at=NOW - WITHIN), within=WITHIN)
    assert not folder.exists()


def test_what_others_have_left_behind_is_dropped(
    states: SignInStates, folder: Path, clock: Clock
) -> None:
    for port in (1, 2, 3):
        key = replace(KEY, portal=f"http://127.0.0.1:{port}")
        states.keep(key, STATE, within=WITHIN)
    (folder / "basic.chromium.0123.part").write_bytes(b"of a writer that was killed")
    clock.now += WITHIN
    states.keep(KEY, replace(STATE, signed_in_at=clock.now), within=WITHIN)
    assert {file.name for file in folder.iterdir()} == {"lock", only_file(folder).name}


def test_its_files_are_for_the_owner_alone_and_show_nothing(
    states: SignInStates, folder: Path
) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secrets = {AMARA.user_id, *AMARA.secrets(), *STATE.values(), "session", PORTAL}
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        for secret in secrets:
            assert secret.encode() not in file.read_bytes(), secret


def test_two_files_of_one_state_have_nothing_in_common(states: SignInStates, folder: Path) -> None:
    """A nonce used twice would tell what the two hold."""
    contents = []
    for _ in range(2):
        states.keep(KEY, STATE, within=WITHIN)
        contents.append(only_file(folder).read_bytes()[-64:])
    assert contents[0] != contents[1]


def damages(sealed: bytes) -> Iterator[bytes]:
    for at in range(0, len(sealed), 7):
        yield sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
    yield from (sealed[:end] for end in (0, 10, 30, 45, len(sealed) - 1))
    yield sealed + b"\0"


def test_what_was_tampered_with_is_not_opened(states: SignInStates, folder: Path) -> None:
    states.keep(KEY, STATE, within=WITHIN)
    file = only_file(folder)
    sealed = file.read_bytes()
    for damaged in damages(sealed):
        file.write_bytes(damaged)
        assert states.take(KEY, within=WITHIN) is None
    file.write_bytes(sealed)
    assert states.take(KEY, within=WITHIN) == STATE


def test_what_cannot_be_read_or_written_costs_no_more_than_a_sign_in(
    states: SignInStates, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        states.keep(KEY, STATE, within=WITHIN)
    assert "cannot be kept" in caplog.text
    assert not states.has(PORTAL, "basic", "chromium")
    assert states.take(KEY, within=WITHIN) is None


def test_values_to_mask_are_also_those_in_the_json_of_a_page() -> None:
    assert set(STATE.values()) == {
        "k7w2-the-session",
        "dark",
        '{"bearer": ["eyJhbGciOiJIUzI1NiJ9"]}',
        "eyJhbGciOiJIUzI1NiJ9",
    }


def test_it_shows_none_of_them_itself() -> None:
    assert not any(value in repr(STATE) for value in STATE.values())


WRITER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from portalwatch.sign_in_states import SignInStates
from tests.unit.test_sign_in_states import KEY, STATE
states = SignInStates(Path(sys.argv[1]))
long = {"document": sys.argv[2] * 200_000}
state = replace(STATE, signed_in_at=time.time(), local=long)
taken = 0
print("ready", flush=True)
sys.stdin.readline()
for _ in range(60):
    states.keep(KEY, state, within=600)
    found = states.take(KEY, within=600)
    if found is not None:
        (letter,) = set(found.local["document"])
        taken += len(found.local["document"]) == 200_000
print(taken)
"""


def test_processes_that_write_at_once_tear_nothing(folder: Path) -> None:
    """Every file that any of them finds is whole, and none says that it was damaged."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), letter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        for letter in "abc"
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n", writer.stderr and writer.stderr.read()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    told = [writer.communicate() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 3, told
    assert [error for _, error in told] == [""] * 3
    # Each keeps and takes in turn; what another has taken meanwhile is missed, and no more.
    assert 60 <= sum(int(taken) for taken, _ in told) <= 180
    assert [file.name for file in folder.iterdir()] == ["lock"]
