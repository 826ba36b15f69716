"""What can be set, and what is said of a value that cannot be used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.configuration import Configuration, ConfigurationError

ROOT = Path(__file__).parents[3]


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
