"""What a destructive check has changed of an account is known to the next run, whatever happens."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from portalwatch.account import Account
from portalwatch.account_changes import (
    AccountChanges,
    Changes,
    changed_accounts,
    forget_changes,
    told_of_changes,
)
from portalwatch.errors import AccountUnavailable
from portalwatch.secrets import Secret
from tests.clock import Clock

PORTAL = "https://portal.example"
PLANNED, NEW, NEWER = Secret("Harbor-Lantern-27"), Secret("the new one"), Secret("a newer one")
ACCOUNT = Account("dedicated", "lena.fischer", "Lena Fischer", password=PLANNED, dedicated=True)
CHECK = "recovery.password_is_recovered_by_link"


class Died(Exception):
    """Stands for the end of the process: nothing is done about it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "account-changes"


def changes(folder: Path, account: Account = ACCOUNT, portal: str = PORTAL) -> AccountChanges:
    return AccountChanges(folder, portal, account, clock=Clock(1_800_000_000.0))


def begun(folder: Path) -> AccountChanges:
    found = changes(folder)
    found.begin(CHECK)
    return found


def test_of_an_account_that_nothing_has_changed_nothing_is_left(folder: Path) -> None:
    assert changes(folder).left is None
    assert changes(folder).account == ACCOUNT
    assert not folder.exists()


def test_a_check_that_came_to_its_end_leaves_nothing(folder: Path) -> None:
    begun(folder).end()
    assert changes(folder).left is None
    assert list(folder.iterdir()) == []


def test_a_check_that_did_not_is_told_to_the_next_run(folder: Path) -> None:
    begun(folder)
    left = changes(folder).left
    assert left is not None
    assert (left.check, left.at, left.passwords, left.sure) == (CHECK, 1_800_000_000.0, (), True)
    assert changes(folder).account == ACCOUNT


def test_a_password_that_was_set_is_the_next_runs(folder: Path) -> None:
    found = begun(folder)
    with found.password(NEW):
        pass
    found.end()
    assert changes(folder).account == replace(ACCOUNT, password=NEW)
    assert found.account == replace(ACCOUNT, password=NEW)


def test_the_plans_password_put_back_leaves_nothing(folder: Path) -> None:
    found = begun(folder)
    with found.password(NEW):
        pass
    with found.password(PLANNED):
        pass
    assert changes(folder).account == ACCOUNT
    found.end()
    assert changes(folder).left is None


def test_who_dies_in_the_middle_leaves_every_password_that_may_be(folder: Path) -> None:
    found = begun(folder)
    with pytest.raises(Died), found.password(NEW):
        raise Died
    left = changes(folder).left
    assert left is not None
    assert (left.passwords, left.sure) == ((PLANNED, NEW), False)
    again = changes(folder)
    again.begin("recovery.another")
    with pytest.raises(Died), again.password(NEWER):
        raise Died
    left = changes(folder).left
    assert left is not None
    assert left.passwords == (PLANNED, NEW, NEWER)


def test_kill_9_before_the_portal_has_answered_loses_nothing(folder: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from portalwatch.account import Account; from portalwatch.secrets import Secret;"
        "from portalwatch.account_changes import AccountChanges;"
        f"password = Secret({PLANNED.reveal()!r});"
        "account = Account('dedicated', 'lena.fischer', 'Lena', password=password);"
        f"changes = AccountChanges(Path(sys.argv[1]), {PORTAL!r}, account);"
        f"changes.begin({CHECK!r});"
        f"changes.password(Secret({NEW.reveal()!r})).__enter__();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )  # fmt: skip
    ended = subprocess.run([sys.executable, "-c", script, str(folder)], check=False)
    assert ended.returncode == -9
    left = changes(folder).left
    assert left is not None
    assert left.passwords == (PLANNED, NEW)


def test_what_is_kept_shows_no_password_and_nobody_else_may_read_it(folder: Path) -> None:
    found = begun(folder)
    with found.password(NEW):
        pass
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for secret in (PLANNED, NEW):
        assert secret.reveal() not in file.read_text()
        assert secret.reveal() not in repr(found.left)


@pytest.mark.parametrize(
    "other",
    [
        replace(ACCOUNT, password=NEWER),
        replace(ACCOUNT, user_id="somebody.else"),
        replace(ACCOUNT, totp_secret=Secret("GEZDGNBVGY3TQOJQ")),
    ],
)
def test_what_other_secrets_have_sealed_is_not_written_over(other: Account, folder: Path) -> None:
    with begun(folder).password(NEW):
        pass
    (file,) = folder.iterdir()
    before = file.read_bytes()
    told = r"is sealed with other secrets than the plan has now .*accounts resume dedicated\)"
    with pytest.raises(AccountUnavailable, match=told):
        changes(folder, other)
    assert file.read_bytes() == before
    assert changes(folder).account == replace(ACCOUNT, password=NEW)


def test_another_portal_knows_nothing_of_it(folder: Path) -> None:
    begun(folder)
    assert changes(folder, portal="https://other.example").left is None


def test_what_cannot_be_kept_is_not_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    found = changes(folder)
    with pytest.raises(AccountUnavailable, match="cannot be kept: No space left on device"):
        found.begin(CHECK)
    with (
        pytest.raises(AccountUnavailable, match="see that its disk has room"),
        found.password(NEW),
    ):
        pytest.fail("nothing is typed")


def test_an_account_without_a_secret_keeps_nothing(folder: Path) -> None:
    bare = replace(ACCOUNT, password=None)
    with pytest.raises(AccountUnavailable, match=r"accounts\.dedicated: has no secret of its own"):
        changes(folder, bare).begin(CHECK)


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b"{}", b"[]", b'{"sealed": "1"}'])
def test_what_is_damaged_is_told(damage: bytes, folder: Path) -> None:
    begun(folder)
    (file,) = folder.iterdir()
    file.write_bytes(damage)
    with pytest.raises(AccountUnavailable, match="cannot be read"):
        changes(folder)


def test_an_account_that_was_seen_to_by_hand_is_as_the_plan_says(folder: Path) -> None:
    begun(folder)
    changes(folder, portal="https://other.example").begin(CHECK)
    assert forget_changes(folder, "dedicat") == 0
    assert forget_changes(folder, "dedicated") == 2
    assert changes(folder).left is None


def test_people_are_told_which_accounts_were_left_behind(folder: Path) -> None:
    assert changed_accounts(folder) == {}
    begun(folder)
    (folder / "damaged.0123456789abcdef.json").write_text("{")
    assert changed_accounts(folder) == {"dedicated": Changes(CHECK, 1_800_000_000.0)}


def test_it_says_what_to_do(folder: Path) -> None:
    left = begun(folder).left
    assert left is not None
    assert told_of_changes(ACCOUNT, left) == (
        "account 'dedicated' was left behind by recovery.password_is_recovered_by_link at"
        " 2027-01-15 08:00 UTC, which locked it, or changed it, and did not come to its end"
        " (write flows/restore.py with restore_account(journey), or set the account right by"
        " hand, then: portalwatch accounts resume dedicated)"
    )


def test_a_file_of_before_is_whole_until_the_new_one_is(folder: Path) -> None:
    found = begun(folder)
    (file,) = folder.iterdir()
    before = json.loads(file.read_text())
    with found.password(NEW):
        assert json.loads(file.read_text()) != before
    assert [each.name for each in folder.iterdir()] == [file.name]
