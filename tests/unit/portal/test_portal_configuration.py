"""What can be set, and what is said of a value that cannot be used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.configuration import Configuration, ConfigurationError
from portal.faults.catalogue import CATALOGUE

ROOT = Path(__file__).parents[3]
README = (ROOT / "portal" / "README.md").read_text("utf-8")


def test_it_has_safe_defaults():
    configuration = Configuration.from_environ({"PORTAL_DATA": "x"})
    assert (configuration.idle_seconds, configuration.session_seconds) == (900, 43200)
    assert not configuration.https
    assert configuration.hosts == ()
    assert len(configuration.secret_key) >= 50
    assert configuration.secret_key != Configuration.from_environ({"PORTAL_DATA": "x"}).secret_key


def test_it_reads_every_setting():
    assert Configuration.from_environ(
        {
            "PORTAL_DATA": "x",
            "PORTAL_SECRET_KEY": "k",
            "PORTAL_IDLE_SECONDS": "5",
            "PORTAL_SESSION_SECONDS": "60",
            "PORTAL_HTTPS": "1",
            "PORTAL_HOSTS": "portal.example, other.example,",
        }
    ) == Configuration(Path("x"), "k", 5, 60, True, ("portal.example", "other.example"))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORTAL_IDLE_SECONDS", "soon", "'soon' is not a whole number of seconds above 0"),
        ("PORTAL_IDLE_SECONDS", "0", "'0' is not a whole number of seconds above 0"),
        ("PORTAL_SESSION_SECONDS", "-1", "'-1' is not a whole number of seconds above 0"),
        ("PORTAL_SESSION_SECONDS", "1.5", "'1.5' is not a whole number of seconds above 0"),
        ("PORTAL_HTTPS", "maybe", "'maybe' is neither 1 nor 0"),
        ("PORTAL_LOCK_TRIES", "no", "'no' is not a whole number above 0"),
        ("PORTAL_DISCLOSURE", "some", "'some' is none of explicit, generic"),
        ("PORTAL_SMTP", "localhost", "'localhost' is not of the form host:port"),
        ("PORTAL_SMTP", "localhost:99999", "'localhost:99999' is not of the form host:port"),
        ("PORTAL_LOCK_SECONDS", "9" * 20, "the largest number of seconds is 315360000"),
        ("PORTAL_LOCK_TRIES", "9" * 5000, "the largest number is 315360000"),
        ("PORTAL_HOSTS", "a.example,http://b", "'http://b' is not the name of a host"),
        ("PORTAL_HOSTS", "a b", "'a b' is not the name of a host"),
        ("PORTAL_MAIL_FROM", "me", "'me' is not of the form Name <name@example.com>"),
        (
            "PORTAL_PUBLIC_URL",
            "http://[x",
            "'http://[x' is not an address with http:// or https://",
        ),
        ("PORTAL_SMS_URL", "http://h:x", "'http://h:x' is not an address with http:// or https://"),
        (
            "PORTAL_SMS_URL",
            "localhost/sms",
            "'localhost/sms' is not an address with http:// or https://",
        ),
    ],
)
def test_it_says_what_is_wrong_with_a_setting(name, value, message):
    with pytest.raises(ConfigurationError) as caught:
        Configuration.from_environ({"PORTAL_DATA": "x", name: value})
    assert str(caught.value) == f"{name}: {message}"


@pytest.mark.parametrize(
    "value",
    ["mysql://u:secret@h/x", "nonsense", "postgresql://", "postgresql://u:secret@h:port/x", "://"],
)
def test_it_says_what_a_database_is_written_like_and_no_password(value):
    with pytest.raises(ConfigurationError) as caught:
        Configuration.from_environ({"PORTAL_DATA": "x", "PORTAL_DATABASE_URL": value})
    assert str(caught.value) == (
        "PORTAL_DATABASE_URL: not of the form postgresql://user:password@host:port/name"
    )


@pytest.mark.parametrize("value", ["two words", "tökén", "line\nbreak"])
def test_it_wants_a_token_that_a_header_can_carry_and_does_not_tell_it(value):
    with pytest.raises(ConfigurationError) as caught:
        Configuration.from_environ({"PORTAL_DATA": "x", "PORTAL_CONTROL_TOKEN": value})
    assert str(caught.value) == (
        "PORTAL_CONTROL_TOKEN: has spaces or characters that no header can carry"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_DATABASE_URL", "postgresql://u:p@db.example:5432/portal"),
        ("PORTAL_DATABASE_URL", "sqlite:////tmp/x.sqlite3"),
        ("PORTAL_HOSTS", "portal.example,.example.com,*,[::1],10.0.0.1,my_host"),
        ("PORTAL_SMTP", "[::1]:25"),
        ("PORTAL_MAIL_FROM", "portal@example.com"),
        ("PORTAL_PUBLIC_URL", "https://[::1]:8443"),
        ("PORTAL_LOCK_SECONDS", "315360000"),
    ],
)
def test_it_takes_what_it_can_use(name, value):
    Configuration.from_environ({"PORTAL_DATA": "x", name: value})


def test_its_table_of_settings_names_each_of_them_and_no_other():
    source = (ROOT / "portal" / "configuration.py").read_text()
    table = re.findall(r"^\| `(PORTAL_\w+)` \|", README, re.M)
    assert sorted(table) == sorted(set(re.findall(r'"(PORTAL_[A-Z_]+)"', source)))


def test_its_table_of_settings_has_the_defaults_that_hold():
    rows = dict(re.findall(r"^\| `PORTAL_(\w+)` \| (\d+) \|", README, re.M))
    configuration = Configuration.from_environ({"PORTAL_DATA": "x"})
    assert {name: int(value) for name, value in rows.items()} == {
        name: int(getattr(configuration, name.lower())) for name in rows
    }
    assert len(rows) >= 9


def test_its_table_of_parts_names_each_of_them():
    parts = {path.parent.name for path in (ROOT / "portal").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)/` \|", README, re.M)) == parts


def test_its_examples_of_faults_are_faults():
    named = re.findall(r'"name": "(\w+)"', README)
    assert named
    assert set(named) <= set(CATALOGUE)


def test_it_needs_a_folder_for_its_data():
    with pytest.raises(ConfigurationError, match="PORTAL_DATA is not set"):
        Configuration.from_environ({})


def test_it_makes_its_cookies_secure_behind_tls(tmp_path):
    # Settings are read once a process, so this takes one of its own.
    script = (
        "from portal import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS)"
    )
    output = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PORTAL_HTTPS": "1", "PORTAL_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.split() == ["__Host-session", "__Host-csrf", "True", "True", "31536000"]


def test_it_has_a_migration_for_every_model():
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
