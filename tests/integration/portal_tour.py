"""A visitor who sees every page of the portal in every state that looks different.

Each part of the tour is a generator: it brings the browser to a page and yields what is to
be seen there. Whoever goes along looks at the page, in whatever way, and asks for the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
from playwright.sync_api import Locator, Page, Response, expect

from tests.waiting import wait_until

Stops = Iterator[str]
SECONDS = 10
# When the page was opened, and all that can be read on it.
_SHOWN = "[performance.timeOrigin, document.body.innerText]"


@dataclass
class Visit:
    """A browser's page on a portal, and what else it takes to get everywhere."""

    page: Page
    portal: dict[str, Any]  # what ``python -m portal --json`` has printed
    control: httpx.Client  # of the control API
    seen: set[str] = field(default_factory=set)  # the paths of pages that were shown
    _shown: list[Any] = field(default_factory=list)  # at the last stop

    def __post_init__(self) -> None:
        self.page.on("response", self._remember)

    def account(self, key: str) -> dict[str, Any]:
        return self.portal["accounts"][key]

    def at(self, stop: str, heading: str | re.Pattern[str], *, error: bool = False) -> str:
        """The name of a stop, once it is one: another page than before, or another state of it.

        ``error``: whether the page's title begins with that word.
        """
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        title = self.page.title()
        assert title.startswith("Error: ") is error, f"{stop}: {title}"
        shown = self.page.evaluate(_SHOWN)
        assert shown != self._shown, f"{stop}: still at the stop before"
        self._shown = shown
        return stop

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def press(self, name: str, within: str = "main") -> None:
        """Presses a button of the page and waits for what it leads to."""
        self.going(self.page.locator(within).get_by_role("button", name=name, exact=True))

    def follow(self, name: str | re.Pattern[str], within: str = "main") -> None:
        self.going(self.page.locator(within).get_by_role("link", name=name).first)

    def fill(self, **fields: str) -> None:
        """Fills in fields by name."""
        for name, value in fields.items():
            control = self.page.locator(f"main [name='{name}']:visible").first
            if control.evaluate("field => field.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)

    def forget_everything(self) -> None:
        self.page.context.clear_cookies()

    def give_password(self, key: str, password: str = "", *, remember: bool = False) -> None:
        account = self.account(key)
        self.open("/sign-in/")
        self.fill(user_id=account["user_id"], password=password or account["password"])
        if remember:
            self.page.get_by_label("Remember me").check()
        self.press("Sign in")

    def sign_in(self, key: str) -> None:
        """As a new visitor."""
        self.forget_everything()
        self.give_password(key)

    def code_of_app(self, key: str) -> str:
        return pyotp.TOTP(self.account(key)["totp"]).now()

    def link_of(self, pattern: str) -> str:
        """The address of the first link of the page whose address fits ``pattern``."""
        found = [a.get_attribute("href") for a in self.page.locator("main a[href]").all()]
        return next(path for path in found if re.search(pattern, path))

    def mailed(self, pattern: str, but: str = "") -> str:
        """What fits ``pattern`` in the newest mail that has it, once it is not ``but``."""

        def found() -> str:
            mail = re.search(pattern, httpx.get(self.portal["inbox"]).text)
            return mail[0] if mail and mail[0] != but else ""

        return wait_until(found, seconds=SECONDS, what=f"a mail with {pattern}")

    def going(self, control: Locator) -> None:
        """Clicks on ``control`` and waits for the page that it leads to."""
        with self.page.expect_navigation():
            control.click()

    def _remember(self, response: Response) -> None:
        path = response.url.removeprefix(self.portal["url"])
        # Without the inbox: that has an address of its own.
        is_ours = path.startswith("/") and response.status < 300
        if is_ours and response.request.is_navigation_request():
            self.seen.add(path.partition("?")[0])


Part = Callable[[Visit], Stops]
