"""What the portal refuses, cleanly: forged forms and other people's records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest

from tests.integration import portal_doors
from tests.integration.portal_forms import TOKEN, Form, Page, Visitor, shape
from tests.integration.portal_routes import Route, routes
from tests.integration.robust_portal import RobustPortal, signed_in

# Paths with a variable part that is nobody's own.
_NOBODYS = {
    "second_factor:change",
    "recovery:link",
    "resources:file",
    "control:fault",
    "control:account",
}
# It helps those whose cookies do not work; another site's page is refused by where it comes from.
_NEEDS_NO_TOKEN = "/clear-cookies/"
# These lead somewhere else on a GET, whosever the record is.
_BY_POST_ONLY = ("/notes/", "/sign-out/")
_REFERENCE = re.compile(r"\d+|[A-Z]+-[0-9A-Z-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Of one provider alone: colleagues of the practice do not see them either.
_PRIVATE = {"sale_change", "sale_plan", "sale_confirm", "ticket", "transcript"}


def _forged(form: Form, visitor: Visitor) -> Iterator[httpx.Response]:
    """The form without its token, with other ones, from another site, and without cookies."""
    client, fields = visitor.client, {n: v for n, v in form.fields.items() if n != TOKEN}
    if "csrf" not in client.cookies:
        visitor.page("/sign-in/")
    yield client.post(form.action, data=fields)
    yield client.post(form.action, data={**fields, TOKEN: "x" * 64})
    yield client.post(form.action, data={**fields, TOKEN: "\0<b>'"})
    good = {**fields, TOKEN: client.cookies["csrf"]}
    yield client.post(form.action, data=good, headers={"Origin": "http://evil.example"})
    yield httpx.post(client.base_url.join(form.action), data=good)


@pytest.mark.parametrize("name", portal_doors.DOORS)
def test_no_form_is_taken_without_its_token(walks, name):
    forms = [f for f in walks[name].forms if f.method == "post" and f.action != _NEEDS_NO_TOKEN]
    assert forms
    for form in forms:
        for answer in _forged(form, walks[name].visitor):
            if form.action.startswith("/sign-in/") and answer.status_code == 302:
                # In the meantime signed in: the sign-in is done, and the form of no use.
                assert answer.headers["location"] == "/dashboard/"
                continue
            assert answer.status_code == 403, f"{form.action}: {answer}"
            assert "This page is out of date" in answer.text
            assert "Start again" in answer.text
            assert Page(answer).marked == []
            if "Cookie" not in answer.request.headers:
                assert "Your browser did not send our cookie" in answer.text


def test_another_site_cannot_clear_the_cookies(robust):
    visitor = signed_in(robust)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = visitor.client.post(_NEEDS_NO_TOKEN, headers=headers)
        assert answer.headers["location"] == _NEEDS_NO_TOKEN
        assert "set-cookie" not in answer.headers or "session=;" not in answer.headers["set-cookie"]
    assert visitor.client.get("/dashboard/").status_code == 200


@pytest.fixture(scope="module")
def owned() -> list[Route]:
    """The routes of what is somebody's own."""
    return [route for route in routes() if route.variables and route.name not in _NOBODYS]


@pytest.fixture(scope="module")
def records(robust: RobustPortal, owned: list[Route]) -> dict[str, str]:
    """For each route of somebody's records, a path on which their provider sees them."""
    walk = portal_doors.walk_through(robust, portal_doors.DOORS["signed in"])
    paths = [path for path in portal_doors.paths({"owner": walk}) if "<" in shape(path)]
    found = {route.name: path for route in owned for path in paths if route.matches(path)}
    for path in found.values():
        assert walk.visitor.client.get(path).status_code in (200, 302), path
    return found


def test_there_is_a_record_to_ask_for_on_every_route(owned, records):
    assert [route.name for route in owned if route.name not in records] == []


def test_records_of_another_practice_are_not_there(robust, records):
    stranger = robust.visitor()
    account = robust.accounts["totp"]
    stranger.sign_in(account)
    stranger.fill("/sign-in/code/", code=pyotp.TOTP(account["totp"]).now())
    assert f"Welcome, {account['name']}" in stranger.client.get("/dashboard/").text
    for path in records.values():
        assert_not_there(stranger, path)


def test_what_is_one_providers_own_is_not_there_for_a_colleague(robust, records):
    colleague = robust.visitor()
    assert colleague.sign_in(robust.accounts["lockout"]).status_code == 302
    own = [path for name, path in records.items() if name.partition(":")[2] in _PRIVATE]
    assert len(own) == len(_PRIVATE)
    for path in own:
        assert_not_there(colleague, path)


def assert_not_there(visitor: Visitor, path: str) -> None:
    """Neither to be read nor written, and told apart in nothing from what nobody has."""
    token = {TOKEN: visitor.client.cookies["csrf"]}
    theirs, nobodys = visitor.client.get(path), visitor.client.get(_nobodys(path))
    assert theirs.status_code in ((404, 302) if path.endswith(_BY_POST_ONLY) else (404,)), path
    assert _told(theirs) == _told(nobodys)
    posted, to_nobodys = (visitor.client.post(p, data=token) for p in (path, _nobodys(path)))
    assert posted.status_code in (404, 405), path
    assert _told(posted) == _told(to_nobodys)


def _nobodys(path: str) -> str:
    """The same path with a reference that nobody has."""
    parts = path.split("/")
    at = next(n for n, part in enumerate(parts) if _REFERENCE.fullmatch(part))
    if parts[at].isdigit():
        parts[at] = "999999"
    else:
        parts[at] = parts[at][:-4] + ("0000" if parts[at].count("-") == 4 else "ZZZZ")
    return "/".join(parts)


def _told(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, [line for line in answer.text.splitlines() if TOKEN not in line]


def test_a_signed_out_visitor_is_asked_to_sign_in_for_every_record(robust, records):
    visitor = robust.visitor()
    for path in records.values():
        answer = visitor.client.get(path)
        assert answer.status_code == 302
        assert urlsplit(answer.headers["location"]).path == "/sign-in/"
