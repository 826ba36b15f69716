"""A portal with its control API, its inbox, and visitors that need no browser."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pyotp

from tests.integration.test_portal_messages import running

TOKEN = "a-token-for-tests"
SIGN_IN = "/sign-in/"
LOCK_TRIES = 3
ENGINES = {
    "chromium": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
    "firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "webkit": "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15",
}
_TOKEN_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor(httpx.Client):
    """A browser's cookies and forms; follows no redirect by itself."""

    def __init__(self, url: str, engine: str = "chromium") -> None:
        super().__init__(base_url=url, headers={"User-Agent": ENGINES[engine]}, timeout=30)

    def fill(self, path: str, to: str = "", **fields: str) -> httpx.Response:
        """Fetches the page at ``path`` and posts its form, to ``to`` where that is elsewhere."""
        token = _TOKEN_FIELD.search(self.get(path).text)[1]
        return self.post(to or path, data={"csrfmiddlewaretoken": token, **fields})

    def sign_in(self, account: dict[str, str], password: str = "") -> httpx.Response:
        """The password, and nothing more."""
        password = password or account["password"]
        return self.fill(SIGN_IN, user_id=account["user_id"], password=password)

    def give_code(self, code: str) -> httpx.Response:
        return self.fill("/sign-in/code/", code=code)

    @property
    def is_in(self) -> bool:
        return self.get("/dashboard/").status_code == 200


class Control:
    """The control API of the portal at ``url``."""

    def __init__(self, url: str) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._client = httpx.Client(base_url=f"{url}/control", headers=headers, timeout=30)
        self.turned_on: set[str] = set()  # so far, by this test

    def turn_on(self, name: str, **scope: object) -> dict[str, Any]:
        answer = self._client.post("/faults", json={"name": name, **scope})
        assert answer.status_code == 201, answer.text
        self.turned_on.add(name)
        return answer.json()

    def turn_off(self, fault: dict[str, Any]) -> None:
        assert self._client.delete(f"/faults/{fault['id']}").status_code == 204

    def faults(self) -> dict[str, Any]:
        return self._client.get("/faults").json()

    def all_well(self) -> None:
        assert self._client.delete("/faults").status_code == 204

    def reset(self) -> float:
        answer = self._client.post("/reset")
        assert answer.status_code == 200, answer.text
        return answer.json()["seconds"]

    def close(self) -> None:
        self._client.close()


class TroubledPortal(Control):
    """A portal whose faults are turned on and off, and where its messages arrive."""

    def __init__(self, started: dict[str, Any]) -> None:
        super().__init__(started["url"])
        self.url: str = started["url"]
        self.accounts: dict[str, dict[str, Any]] = started["accounts"]
        self._maildir = Path(started["maildir"])
        self._inbox: str = started["inbox"]
        self._visitors: list[Visitor] = []

    def visitor(self, engine: str = "chromium") -> Visitor:
        """Somebody new; gone with the end of the test."""
        self._visitors.append(Visitor(self.url, engine))
        return self._visitors[-1]

    def signed_in(self, account: str = "basic", engine: str = "chromium") -> Visitor:
        """Somebody with a session."""
        visitor, account = self.visitor(engine), self.accounts[account]
        answer = visitor.sign_in(account)
        if account["totp"]:
            answer = visitor.give_code(pyotp.TOTP(account["totp"]).now())
        assert answer.headers["Location"] == "/dashboard/"
        return visitor

    def mails(self, to: str) -> list[tuple[float, str]]:
        """The mails to an address, oldest first, each with the moment of its arrival."""
        box = mailbox.Maildir(self._maildir)
        found = [
            ((self._maildir / "new" / key).stat().st_mtime, message.get_payload(decode=True))
            for key, message in box.iteritems()
            if message["Delivered-To"] == to
        ]
        return sorted((at, text.decode()) for at, text in found)

    def texts(self, to: str) -> list[tuple[float, str]]:
        """The texts to a number, likewise."""
        kept = httpx.get(f"{self._inbox}/messages", params={"to": to}).json()
        return [
            (datetime.fromisoformat(text["at"]).timestamp(), text["text"])
            for text in reversed(kept)
        ]

    def back_to_normal(self) -> None:
        """What a test leaves behind is gone before the next."""
        for visitor in self._visitors:
            visitor.close()
        self._visitors.clear()
        self.turned_on.clear()
        self.reset()


@contextmanager
def troubled_portal() -> Iterator[TroubledPortal]:
    """A portal of its own, quick to lock and to send codes again."""
    with running(
        PORTAL_CONTROL_TOKEN=TOKEN,
        PORTAL_RESEND_SECONDS="1",
        PORTAL_LOCK_TRIES=str(LOCK_TRIES),
    ) as started:
        portal = TroubledPortal(started)
        yield portal
        portal.close()
