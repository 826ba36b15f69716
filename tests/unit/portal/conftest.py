"""Django for the portal's unit tests: a real SQLite database, rolled back after each test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace

import pytest

# Settings are read when the first of the portal's models is imported, so before any test is.
_FOLDER = tempfile.TemporaryDirectory(prefix="meridian-unit-")
os.environ["PORTAL_DATA"] = _FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core import mail  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment, teardown_test_environment  # noqa: E402

from portal.accounts.cast import CastMember, cast  # noqa: E402
from portal.accounts.models import Provider  # noqa: E402
from portal.recovery import delivery  # noqa: E402
from portal.seeding import prepare  # noqa: E402
from tests.unit.portal.records import (  # noqa: E402, F401 - fixtures
    account,
    foreign,
    fresh,
    march,
    nothing_known,
    patient,
    provider,
    sale,
    theirs,
    under_way,
)
from tests.unit.portal.signing_in import elsewhere  # noqa: E402, F401 - a fixture


@pytest.fixture(scope="session", autouse=True)
def seeded_database() -> Iterator[None]:
    setup_test_environment()
    prepare(cast())
    yield
    teardown_test_environment()
    connection.close()
    _FOLDER.cleanup()


@pytest.fixture(autouse=True)
def rolled_back(seeded_database: None) -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def members() -> dict[str, CastMember]:
    return {member.key: member for member in cast()}


@pytest.fixture
def basic(members: dict[str, CastMember]) -> CastMember:
    return members["basic"]


@pytest.fixture
def with_totp(members: dict[str, CastMember]) -> CastMember:
    return members["totp"]


@pytest.fixture
def signed_in(client: Client, basic: CastMember) -> Client:
    client.post("/sign-in/", {"user_id": basic.user_id, "password": basic.password})
    return client


@pytest.fixture
def between_factors(client: Client, with_totp: CastMember) -> Client:
    client.post("/sign-in/", {"user_id": with_totp.user_id, "password": with_totp.password})
    return client


@pytest.fixture
def practice(basic: CastMember):
    return Provider.objects.get(user_id=basic.user_id).practice


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mail goes to Django's own outbox, and links begin with an address of ours."""
    configured = replace(
        settings.CONFIGURATION, smtp="mail.example:25", public_url="https://portal.example"
    )
    monkeypatch.setattr(settings, "CONFIGURATION", configured)
    mail.outbox = []
    yield
    delivery.drain()


@pytest.fixture
def clara(members: dict[str, CastMember]) -> Provider:
    return Provider.objects.get(user_id=members["recovery"].user_id)
