"""Where somebody may stand in the portal: each door opens on forms that the others do not see."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import httpx

from tests.integration import robust_portal as at
from tests.integration.portal_forms import Form, Page, Visitor, crawl
from tests.integration.robust_portal import RobustPortal

_EVERYWHERE = "/"
_RECOVERY_BEGINS = ("/recovery/password/",)


@dataclass(frozen=True)
class Door:
    """How to get to where the forms are, and which of the portal's paths lie behind it."""

    enter: Callable[[RobustPortal], Visitor]
    starts: tuple[str, ...]
    within: str = _EVERYWHERE  # a walk goes no further
    lost: tuple[str, ...] = ("/sign-in/",)  # where whoever no longer stands here is led
    prepare: Callable[[RobustPortal, Visitor], list[str]] = lambda portal, visitor: []


@dataclass
class Walk:
    """What was found behind a door, and who stands there."""

    door: Door
    visitor: Visitor
    pages: list[Page]
    forms: list[Form]

    def led_away(self, portal: RobustPortal, answer: httpx.Response) -> bool:
        """Whether ``answer`` shows that nobody stands here any more; then somebody new does."""
        if urlsplit(answer.headers.get("location", "")).path not in self.door.lost:
            return False
        self.visitor = self.door.enter(portal)
        if self.door.within != _EVERYWHERE:  # elsewhere what was prepared is still there
            self.door.prepare(portal, self.visitor)
        return True


def walks(portal: RobustPortal) -> dict[str, Walk]:
    """A walk through every door; a form counts for the first that leads to it."""
    found: dict[str, Walk] = {}
    known: set[tuple[object, ...]] = set()
    for name, door in DOORS.items():
        walk = found[name] = walk_through(portal, door)
        keys = {form.key for form in walk.forms}
        # What is asked for elsewhere, too, is another question to who stands here alone.
        own = [form for form in walk.forms if form.key not in known]
        walk.forms = own or [form for form in walk.forms if form.action.startswith(door.within)]
        known |= keys
    return found


def walk_through(portal: RobustPortal, door: Door) -> Walk:
    """The pages behind a door."""
    visitor = door.enter(portal)
    pages = crawl(visitor, [*door.starts, *door.prepare(portal, visitor)], within=door.within)
    forms = {form.key: form for page in pages for form in page.forms}
    return Walk(door, visitor, pages, list(forms.values()))


def _remembered(portal: RobustPortal) -> Visitor:
    visitor = portal.visitor()
    account = portal.accounts["basic"]
    values = {"user_id": account["user_id"], "password": account["password"], "remember": "on"}
    visitor.fill("/sign-in/", **values)
    visitor.send(next(f for f in visitor.page("/account/").forms if f.action == "/sign-out/"))
    return visitor


def _work(portal: RobustPortal, visitor: Visitor) -> list[str]:
    """A sale, an application, a request and a chat, each at every stage; and another session."""
    at.signed_in(portal)
    review = at.begun_application(visitor)
    sold = at.begun_sale(visitor)
    receipt = visitor.fill(sold).headers["location"]
    return [
        "/status.json",
        receipt,
        re.sub("receipt/$", "refund/", receipt),
        at.begun_sale(visitor),
        *(re.sub("confirm/$", f"{part}/", at.begun_sale(visitor)) for part in ("details", "plan")),
        review,
        re.sub("review/$", "", review),
        *(re.sub("review/$", f"{step}/", review) for step in at.APPLICANT),
        at.sent_request(visitor),
        at.begun_chat(portal, visitor),
    ]


def _begin_app(portal: RobustPortal, visitor: Visitor) -> list[str]:
    password = portal.accounts["no_factor_yet"]["password"]
    visitor.fill("/account/security/change/set-up-app/", password=password)
    return ["/account/security/app/"]


def _trusted(portal: RobustPortal) -> Visitor:
    """Signed in with every second factor, on a trusted device."""
    visitor = at.between_factors(portal)
    visitor.fill("/sign-in/another-way/", factor="backup")
    codes = portal.accounts["all_factors"]["backup_codes"]
    # Each is good once.
    for code in codes:
        answer = visitor.fill("/sign-in/code/", code=code, trust="on")
        if answer.status_code == 302:
            return visitor
    raise AssertionError("no backup code is left")


def _chosen(portal: RobustPortal, visitor: Visitor, factor: str) -> list[str]:
    visitor.fill("/sign-in/another-way/", factor=factor)
    return ["/sign-in/code/"]


DOORS = {
    "signed out": Door(RobustPortal.visitor, ("/", "/clear-cookies/", "/nowhere/")),
    "remembered": Door(_remembered, ("/sign-in/",), "/sign-in/"),
    "signed in": Door(at.signed_in, ("/dashboard/",), prepare=_work),
    "setting up": Door(
        partial(at.signed_in, key="no_factor_yet"), ("/account/",), "/account/", prepare=_begin_app
    ),
    "all factors": Door(_trusted, ("/account/security/",), "/account/"),
    "between": Door(at.between_factors, ("/sign-in/code/",), "/sign-in/"),
    "mailed code": Door(
        at.between_factors, (), "/sign-in/", prepare=partial(_chosen, factor="email")
    ),
    "backup code": Door(
        at.between_factors, (), "/sign-in/", prepare=partial(_chosen, factor="backup")
    ),
    "recovery code": Door(
        at.with_recovery_code_sent, ("/recovery/code/",), "/recovery/", _RECOVERY_BEGINS
    ),
    "new password": Door(
        at.with_recovery_link, ("/recovery/new-password/",), "/recovery/", _RECOVERY_BEGINS
    ),
    "expired": Door(
        partial(at.signed_in, key="expired_password"), ("/account/password/",), "/account/password/"
    ),
}


def paths(found: dict[str, Walk]) -> set[str]:
    """Every path that was seen or that a form is sent to."""
    seen = {urlsplit(page.url).path for walk in found.values() for page in walk.pages}
    forms = [form for walk in found.values() for form in walk.forms]
    return seen | {form.action.partition("?")[0] for form in forms}
