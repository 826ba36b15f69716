"""The portal under test, and its visitors, who come through a proxy that ends TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.integration.test_portal_messages import running
from tests.integration.troubled_portal import ENGINES, TOKEN, TroubledPortal, Visitor
from tests.waiting import wait_until

HOST = "portal.example"
PUBLIC = f"https://{HOST}"
SESSION = "__Host-session"
INSIDE = "/dashboard/"
RECOVERY, NEW_PASSWORD = "/recovery/password/", "/recovery/new-password/"
LINK = r"https?://\S+/recovery/link/\S+"
CODE = r"(?m)^\d+$"

Account = dict[str, Any]


class EndOfTls(httpx.BaseTransport):
    """A proxy that ends TLS: what visitors ask of ``https://portal.example`` goes to the portal."""

    def __init__(self, url: str) -> None:
        self._portal = urlsplit(url)
        # Without certificates: to load them takes longer than a probe's requests.
        self._inner = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(
            scheme="http", host=self._portal.hostname, port=self._portal.port
        )
        headers = [*request.headers.raw, (b"X-Forwarded-Proto", b"https")]
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                url,
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        """Stays open with a visitor's end: all of them share it."""

    def shut(self) -> None:
        self._inner.close()


class Browser(Visitor):
    """A visitor over HTTPS, as far as the portal can tell."""

    def __init__(self, proxy: EndOfTls, engine: str) -> None:
        httpx.Client.__init__(
            self,
            base_url=PUBLIC,
            transport=proxy,
            trust_env=False,
            headers={"User-Agent": ENGINES[engine], "Origin": PUBLIC},
            timeout=30,
        )

    @property
    def session(self) -> str:
        """The session cookie's value; "" for none."""
        return self.cookies.get(SESSION, "")

    @session.setter
    def session(self, value: str) -> None:
        self.cookies.set(SESSION, value, domain=HOST, path="/")

    def asks_for_password(self, path: str) -> bool:
        """Whether the page at ``path`` has a form for a new password."""
        return 'name="password"' in self.get(path).text

    def set_password(self, password: str) -> httpx.Response:
        """On the page that a recovery link or code has led to."""
        return self.fill(NEW_PASSWORD, password=password)


class ConformingPortal(TroubledPortal):
    """A portal behind TLS, with its control API and what it has mailed."""

    def __init__(self, started: dict[str, Any], mode: str) -> None:
        super().__init__(started)
        self.mode = mode
        self._proxy = EndOfTls(started["url"])
        self.patience = 10.0  # seconds for what is to come; less where it is not to come

    def visitor(self, engine: str = "chromium") -> Browser:
        self._visitors.append(Browser(self._proxy, engine))
        return self._visitors[-1]

    def close(self) -> None:
        self._proxy.shut()
        super().close()

    def lets_in(self, account: Account, password: str = "") -> bool:
        """Whether the right password (or another) opens the portal to somebody new."""
        visitor = self.visitor()
        visitor.sign_in(account, password)
        return visitor.is_in

    def gets_past_password(self, account: Account) -> bool:
        """Whether the right password leads on, be it to the code alone."""
        return self.visitor().sign_in(account).status_code == 302

    def fail(self, account: Account, times: int, engine: str = "chromium") -> None:
        """Wrong passwords, from one browser."""
        visitor = self.visitor(engine)
        for _ in range(times):
            visitor.sign_in(account, "a wrong password")

    def locked_until(self, account: Account) -> str | None:
        """As the control API tells it: nothing that a visitor sees depends on it here."""
        return self._client.get(f"/accounts/{account['user_id']}").json()["locked_until"]

    def mailed(self, account: Account, pattern: str, what: str, number: int = 1) -> str:
        """What matches ``pattern`` in the ``number``-th mail to the account that has it."""

        def found() -> str | None:
            texts = [text for _, text in self.mails(account["email"])]
            matches = [match[0] for text in texts if (match := re.search(pattern, text))]
            return matches[number - 1] if len(matches) >= number else None

        return wait_until(found, seconds=self.patience, what=what)

    def ask_recovery(self, account: Account, by: str = "link") -> Browser:
        """Somebody new asks for a way back in."""
        visitor = self.visitor()
        visitor.fill(RECOVERY, user_id=account["user_id"], by=by)
        return visitor

    def recovery_link(self, account: Account, number: int = 1) -> str:
        """The path of the ``number``-th link that was mailed."""
        return urlsplit(self.mailed(account, LINK, "a mail with a recovery link", number)).path

    def recovering(self, account: Account, number: int = 1) -> Browser:
        """Somebody who has asked for a link and opened it."""
        visitor = self.ask_recovery(account)
        visitor.get(self.recovery_link(account, number))
        return visitor


@contextmanager
def conforming_portal(mode: str, **settings: str) -> Iterator[ConformingPortal]:
    """A portal of its own, with few records: it is back in its seeded state the sooner."""
    with running(
        *("--patients", "10", "--transactions", "50"),
        PORTAL_CONTROL_TOKEN=TOKEN,
        PORTAL_DISCLOSURE=mode,
        PORTAL_HTTPS="1",
        PORTAL_HOSTS=HOST,
        PORTAL_PUBLIC_URL=PUBLIC,
        PORTAL_RESEND_SECONDS="1",
        **settings,
    ) as started:
        portal = ConformingPortal(started, mode)
        yield portal
        portal.back_to_normal()
        portal.close()


__all__ = []
