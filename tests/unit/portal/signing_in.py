"""How tests sign in, and see whether somebody is."""

from __future__ import annotations

import pytest
from django.test import Client


def is_open(client: Client) -> bool:
    return client.get("/dashboard/").status_code == 200


def credentials(member, **changes: str) -> dict[str, str]:
    return {"user_id": member.user_id, "password": member.password, **changes}


@pytest.fixture
def elsewhere(basic):
    """The same provider on another browser."""
    other = Client()
    other.post("/sign-in/", {"user_id": basic.user_id, "password": basic.password})
    return other
