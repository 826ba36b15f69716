"""The session, as a browser holds it: its cookie, its end, and the warning before."""

from __future__ import annotations

from typing import Any

from flows import lifetimes, pages
from portalwatch.journey import Journey


def cookie(journey: Journey) -> dict[str, Any] | None:
    """The session's cookie, as the browser would send it."""
    cookies = journey.page.context.cookies()
    return next((dict(each) for each in cookies if each["name"] in pages.SESSION_COOKIES), None)


def put(journey: Journey, *cookies: dict[str, Any]) -> None:
    """Put cookies into the browser, in the place of those of their names."""
    journey.page.context.add_cookies(list(cookies))


def forget_everything(journey: Journey) -> None:
    """Be a browser that has never been here."""
    journey.page.context.clear_cookies()


def stale_cookie(journey: Journey, value: str) -> dict[str, Any]:
    """A session's cookie that this portal has not made, or made long ago."""
    return {"name": pages.SESSION_COOKIES[0], "value": value, "url": journey.base_url}


def clear_cookies(journey: Journey) -> None:
    """Press the button of the page that clears the portal's cookies."""
    journey.page.goto(pages.CLEAR_COOKIES)
    pages.clear_cookies_button(journey.page).click()
    pages.cookies_cleared_heading(journey.page).wait_for()


def sign_out_everywhere_else(journey: Journey) -> None:
    """End every session of the provider but this one."""
    journey.page.goto(pages.ACCOUNT)
    pages.sign_out_everywhere_button(journey.page).click()


def stay_away_until_it_ends(journey: Journey) -> None:
    """Leave the portal, and ask it for nothing until the idle time of the session is over."""
    page = journey.page
    page.goto(pages.ACCOUNT)
    (idle_time,) = pages.IDLE_TIME.findall(pages.idle_note(page).inner_text())
    page.goto("about:blank")  # a page of the portal would sign out by itself, by its own clock
    lifetimes.wait_until_over(journey, idle_time, "ended_after_seconds")


def be_idle(journey: Journey, minutes: int) -> None:
    """Let so much time pass on the page that is open, by its own clock alone."""
    journey.page.clock.fast_forward(minutes * 60_000)
