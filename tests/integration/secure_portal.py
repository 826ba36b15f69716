"""A portal that speaks HTTPS, with a control API that can be reached whatever it shows."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import expect

from portalwatch.journey import Journey
from tests.integration.test_portal_messages import running

TOKEN = "a-token-for-tests"


class SecurePortal:
    """Where it is, who signs its certificates, and what is wrong with them."""

    def __init__(self, started: dict[str, Any]) -> None:
        self.url: str = started["url"]
        self.accounts: dict[str, dict[str, Any]] = started["accounts"]
        self.authority = Path(started["ca"])
        self.turned_on: set[str] = set()  # so far, by this test
        self.trust = ssl.create_default_context(cafile=self.authority)
        # Not checked: a fault must not lock out whoever is to turn it off.
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self.control = httpx.Client(
            base_url=f"{self.url}/control", headers=headers, verify=False, timeout=30
        )

    def turn_on(self, name: str, **scope: object) -> httpx.Response:
        self.turned_on.add(name)
        return self.control.post("/faults", json={"name": name, **scope})

    def all_well(self) -> None:
        assert self.control.delete("/faults").status_code == 204

    def visitor(self, **options: Any) -> httpx.Client:
        """Somebody who trusts the authority; follows no redirect by itself."""
        return httpx.Client(
            **{"base_url": self.url, "verify": self.trust, "timeout": 30, **options}
        )


def sign_in_is_there(journey: Journey) -> None:
    """The sign-in page opens."""
    with journey.step("open"):
        journey.page.goto("/sign-in/")
        expect(journey.page.get_by_role("heading", name="Sign in")).to_be_visible()


@contextmanager
def secure_portal() -> Iterator[SecurePortal]:
    with running("--tls", "good", PORTAL_CONTROL_TOKEN=TOKEN) as started:
        portal = SecurePortal(started)
        yield portal
        portal.control.close()
