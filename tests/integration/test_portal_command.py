"""``python -m portal`` as an operator meets it: mistakes in one line, and a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys

import pyotp
import pytest

from tests.integration.portal_process import ROOT
from tests.integration.test_portal import Visitor, running


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "x"], "argument --port: 'x' is not a whole number from 0 to 65535"),
        (["--port", "65536"], "argument --port: '65536' is not a whole number from 0 to 65535"),
        (["--accounts", "-1"], "argument --accounts: '-1' is not a whole number from 0 to 999"),
        (["--what"], "unrecognized arguments: --what"),
        (["--data", "/dev/null/here"], "cannot write in /dev/null/here: Not a directory"),
        (["--host", "a..b"], "cannot listen on a..b:0: that is no name of a host"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:0: Cannot assign requested address"),
    ],
)
def test_it_refuses_wrong_arguments_in_one_line(arguments, message):
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"portal: error: {message}")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORTAL_IDLE_SECONDS", "soon", ": 'soon' is not a whole number of seconds above 0"),
        (
            "PORTAL_DATABASE_URL",
            "mysql://portal:secret@db/portal",
            ": not of the form postgresql://user:password@host:port/name",
        ),
    ],
)
def test_it_refuses_a_wrong_setting_in_one_line(name, value, message):
    ended = run(**{name: value})
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"portal: error: {name}{message}\n"


def test_it_refuses_a_database_that_cannot_be_opened_in_one_line(tmp_path):
    ended = run(PORTAL_DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/portal.sqlite3")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "portal: error: cannot use the database of PORTAL_DATABASE_URL:"
        " unable to open database file\n"
    )


@pytest.mark.parametrize(
    ("taken", "message"),
    [
        ("seeded.sqlite3/", "cannot use the database in {folder}: [Errno 21] Is a directory"),
        ("mail", "cannot start the bundled mail server and SMS gateway: [Errno"),
    ],
)
def test_it_refuses_a_data_folder_with_something_in_its_way_in_one_line(tmp_path, taken, message):
    if taken.endswith("/"):
        (tmp_path / taken).mkdir()
    else:
        (tmp_path / taken).write_text("no maildir")
    ended = run("--data", str(tmp_path), PORTAL_CONTROL_TOKEN="t", TMPDIR=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"portal: error: {message.format(folder=tmp_path)}")
    assert ended.stderr.count("\n") == 1


def test_it_refuses_a_database_that_is_none_in_one_line(tmp_path):
    (tmp_path / "portal.sqlite3").write_text("these are my notes, not a database, " * 50)
    ended = run("--data", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"portal: error: cannot use the database in {tmp_path}: file is not a database\n"
    )


def test_it_refuses_a_port_in_use_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"portal: error: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_leaves_nothing_behind_when_told_to_stop(number, tmp_path):
    with running(TMPDIR=str(tmp_path)) as portal:
        assert len(list(tmp_path.iterdir())) == 1
        portal.process.send_signal(number)
        assert portal.process.wait(timeout=10) == 0
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_its_parent(tmp_path):
    with running(TMPDIR=str(tmp_path)) as portal:
        portal.process.stdin.close()
        assert portal.process.wait(timeout=10) == 0
    assert list(tmp_path.iterdir()) == []


def test_it_remembers_used_codes_over_a_restart(tmp_path):
    for expected in ("Welcome, Dr. Daniel Reyes", "Enter your code"):
        with running("--data", str(tmp_path)) as portal, Visitor(portal) as visitor:
            account = portal.accounts["totp"]
            visitor.send("/sign-in/", user_id=account["user_id"], password=account["password"])
            if expected.startswith("Welcome"):
                code = pyotp.TOTP(account["totp"]).now()
            answer = visitor.send("/sign-in/code/", code=code)
            assert f"<h1>{expected}</h1>" in (answer or visitor.get("/dashboard/"))
    assert "That code has already been used. Wait for the next one." in answer


def test_servers_that_are_not_there_are_told_on_the_page_and_in_the_log(tmp_path, capfd):
    nobody = {"PORTAL_SMTP": "127.0.0.1:1", "PORTAL_SMS_URL": "http://127.0.0.1:1/messages"}
    with running(**nobody) as portal:
        for key, sent in (("email_code", "mail"), ("sms_code", "the text")):
            with Visitor(portal) as visitor:
                member = portal.accounts[key]
                visitor.send("/sign-in/", user_id=member["user_id"], password=member["password"])
                assert "We could not send a code just now." in visitor.get("/sign-in/code/")
                assert f"{sent} was not taken by" in capfd.readouterr().err
        with Visitor(portal) as visitor:
            member = portal.accounts["basic"]
            visitor.send("/sign-in/", user_id=member["user_id"], password=member["password"])
            assert "Mail and Texts cannot be sent at the moment." in visitor.get("/status/")
            # A request is kept, and its mail is what is missing.
            page = visitor.get("/support/")
            key = re.search(r'name="form_key" value="([^"]+)"', page)[1]
            visitor.send(
                "/support/", form_key=key, topic="other", subject="Late", message="Where is it?"
            )
            kept = re.search(r'href="(/support/requests/[^"]+)"', visitor.get("/support/"))[1]
            assert "Mail is delayed at the moment" in visitor.get(kept)
        log = capfd.readouterr().err
    assert "mail was not taken by 127.0.0.1:1: " in log
    assert "Traceback" not in log
