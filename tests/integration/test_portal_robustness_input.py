"""Nothing that is put into a form, a list's address or a path breaks the portal.

The forms are found by walking through the portal, so a new one is tried without anybody
thinking of it. ``PORTALWATCH_TEST_FULL=1`` tries many more values.
"""

from __future__ import annotations

import os
import re
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration import portal_doors
from tests.integration import robust_portal as at
from tests.integration.odd_values import BODIES, NAMES, ODD, SHARP, likely, odd_values
from tests.integration.portal_doors import Walk
from tests.integration.portal_forms import TOKEN, Form, Page, crawl, shape
from tests.integration.portal_routes import routes
from tests.integration.robust_portal import RobustPortal

_LONGEST_QUERY = 60_000  # httpx sends no longer address
FULL = bool(os.environ.get("PORTALWATCH_TEST_FULL"))
tries = partial(
    settings,
    derandomize=not FULL,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def _fields(form: Form, data: st.DataObject) -> list[tuple[str, str | bytes]]:
    """What is sent: some fields as they should be, some odd, missing or twice."""
    sent: list[tuple[str, str | bytes]] = []
    for name, value in form.fields.items():
        if name == TOKEN:
            continue
        good = st.just(likely(name, value, form.choices.get(name, [])))
        times = data.draw(st.sampled_from((1, 1, 1, 1, 0, 2)), label=f"times {name}")
        for _ in range(times):
            sent.append((name, data.draw(st.one_of(good, good, odd_values), label=name)))
    if form.buttons:
        sent.append(data.draw(st.sampled_from(form.buttons), label="button"))
    if data.draw(st.integers(0, 9)) == 0:
        sent.append((data.draw(st.sampled_from(NAMES)), data.draw(odd_values)))
    return sent


def _sound(portal: RobustPortal, answer: httpx.Response, secrets: list[str]) -> None:
    """No error, nothing told that is nobody's business, nothing taken as markup or a header."""
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}"
    assert "x-odd" not in answer.headers
    assert "odd=1" not in answer.headers.get("set-cookie", "")
    if "location" in answer.headers:
        place = urlsplit(answer.headers["location"])
        assert place.netloc in ("", urlsplit(portal.url).netloc)
        assert place.scheme in ("", "http")
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return
    assert Page(answer).marked == []
    assert not re.search(r"Traceback \(most|django\.|sqlite3|OperationalError", answer.text)
    assert [secret for secret in secrets if secret in answer.text] == []


def _known_secrets(portal: RobustPortal) -> list[str]:
    kept = [account["password"] for account in portal.accounts.values()]
    return kept + [account["totp"] for account in portal.accounts.values() if account["totp"]]


@pytest.mark.parametrize("name", portal_doors.DOORS)
def test_no_form_breaks_by_what_is_put_in(robust, walks, name):
    walk = walks[name]
    assert walk.forms, "behind this door is no form of its own"
    for form in walk.forms:
        _try(robust, walk, form)


def _try(portal: RobustPortal, walk: Walk, form: Form) -> None:
    known = _known_secrets(portal)
    reached = 0

    @tries(max_examples=300 if FULL else 8)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        nonlocal reached
        fields = _fields(form, data)
        client = walk.visitor.client
        if form.method == "get":
            path = form.action.partition("?")[0]
            answer = client.get(f"{path}?{urlencode(fields)[:_LONGEST_QUERY]}")
            _sound(portal, answer, known)
            reached += not walk.led_away(portal, answer)
            return
        if "csrf" not in client.cookies:
            walk.visitor.page("/sign-in/")
        fields.insert(0, (TOKEN, client.cookies["csrf"]))
        body = data.draw(st.sampled_from(BODIES), label="body")
        answer = client.post(form.action, **body(fields))
        hidden = [
            value
            for name, value in fields
            if name in form.secrets and isinstance(value, str) and len(value) > 12
        ]
        # A page that shows a text of the same form has not told a password.
        shown = [str(value) for name, value in fields if name not in form.secrets]
        told = [secret for secret in hidden if not any(secret in text for text in shown)]
        _sound(portal, answer, known + told)
        reached += not walk.led_away(portal, answer)

    one()
    assert reached, f"{form.action}: every try was led away from it"


@pytest.mark.parametrize("name", portal_doors.DOORS)
def test_no_field_takes_markup_or_lines_for_more_than_text(robust, walks, name):
    """One field after the other, with all the others as they should be."""
    walk, known = walks[name], _known_secrets(robust)
    for form in (form for form in walk.forms if form.method == "post"):
        good = {n: likely(n, v, form.choices.get(n, [])) for n, v in form.fields.items()}
        for field in (field for field in form.fields if field != TOKEN):
            for odd in ODD if FULL else SHARP:
                if "csrf" not in walk.visitor.client.cookies:
                    walk.visitor.page("/sign-in/")
                token = {TOKEN: walk.visitor.client.cookies["csrf"]}
                fields = {**good, field: odd, **token}
                answer = walk.visitor.client.post(form.action, data=fields)
                _sound(robust, answer, known)
                # What was kept is shown on the page that this leads to.
                if answer.is_redirect and not walk.led_away(robust, answer):
                    _sound(robust, walk.visitor.client.get(answer.headers["location"]), known)


def test_no_next_leads_away(robust):
    """Neither from the sign-in, nor for somebody who is signed in already."""
    known = _known_secrets(robust)
    inside = at.signed_in(robust)
    for odd in ODD:
        address = f"/sign-in/?{urlencode({'next': odd[:2_000]})}"
        _sound(robust, inside.client.get(address), known)
        token = {TOKEN: inside.client.cookies["csrf"]}
        posted = inside.client.post("/sign-in/forget/", data={**token, "next": odd})
        _sound(robust, posted, known)
    newcomer = robust.visitor()
    account = robust.accounts["basic"]
    form = newcomer.form("/sign-in/", user_id="", password="")
    for odd in ODD if FULL else [odd for odd in ODD if "/" in odd]:
        answer = newcomer.send(
            form, user_id=account["user_id"], password=account["password"], next=odd
        )
        assert answer.status_code == 302
        _sound(robust, answer, known)
        newcomer = robust.visitor()
        form = newcomer.form("/sign-in/", user_id="", password="")


def test_no_value_of_an_address_breaks_its_page(robust, walks):
    """Every name that links and searches put into an address, one after the other."""
    known = _known_secrets(robust)
    for name in ("signed out", "signed in"):
        for number, (path, field) in enumerate(sorted(_asked(walks[name].pages))):
            for odd in ODD if FULL else ODD[number % 4 :: 4]:
                query = urlencode({field: odd[:5_000]})
                _sound(robust, walks[name].visitor.client.get(f"{path}?{query}"), known)


def _asked(pages: list[Page]) -> set[tuple[str, str]]:
    """Paths and the names that are put into their address; one path of each shape."""
    found = {}
    for page in pages:
        for link in (page.url, *page.links):
            for name, _ in parse_qsl(urlsplit(link).query, keep_blank_values=True):
                found[shape(link), name] = (urlsplit(link).path, name)
        for form in (form for form in page.forms if form.method == "get"):
            for name in form.fields:
                found[shape(form.action), name] = (urlsplit(form.action).path, name)
    return set(found.values())


def test_every_page_was_walked_through(walks):
    """A page that no walk comes to may have a form that nobody tries."""
    paths = portal_doors.paths(walks)
    missed = {
        route.name
        for route in routes()
        if not route.name.startswith("control:") and not any(map(route.matches, paths))
    }
    assert missed <= {
        "None",  # leads on to the dashboard
        "healthz",
        "compatibility:unsupported",  # for old browsers
        "second_factor:backup_codes",  # shown once
        # Pages that only say that something was done.
        "sign_in:signed_out",
        "recovery:done",
        "recovery:link",
        "recovery:link_sent",
        "recovery:user_id_sent",
        # For the portal's own staff, and without a form.
        "status:maintenance_preview",
        "status:outage_preview",
    }


def test_no_address_breaks_by_its_query(robust, walks):
    known = _known_secrets(robust)
    for name in ("signed out", "signed in"):
        walk = walks[name]
        paths = {shape(page.url): urlsplit(page.url).path for page in walk.pages}
        for path in sorted(paths.values()):
            _ask(robust, walk, path, known)


def _ask(portal: RobustPortal, walk: Walk, path: str, known: list[str]) -> None:
    @tries(max_examples=60 if FULL else 2)
    @given(st.lists(st.tuples(st.sampled_from(NAMES), odd_values), min_size=3, max_size=12))
    def one(query: list[tuple[str, str | bytes]]) -> None:
        _sound(portal, walk.visitor.client.get(f"{path}?{urlencode(query)[:30_000]}"), known)

    one()


def test_no_path_breaks_by_what_stands_in_it(robust, walks):
    client = at.signed_in(robust).client
    for route in (route for route in routes() if route.variables):
        for odd in ODD if FULL else ODD[::5]:
            text = odd[:1500]
            path = route.path(**{name: quote(text, safe="") for name in route.variables})
            headers = {"Authorization": f"Bearer {at.CONTROL_TOKEN}"}
            answer = client.get(path, headers=headers if "/control/" in path else None)
            assert answer.status_code in (200, 302, 400, 404, 405, 431), f"{path} {answer}"
            assert Page(answer).marked == []


def test_what_was_kept_is_shown_as_text(robust, walks):
    """All that was put in above, on every page that shows it again."""
    visitor = at.signed_in(robust)
    for page in crawl(visitor, ["/dashboard/"], alike=6):
        assert page.marked == [], page.url


def test_no_header_or_receiver_came_into_a_mail(robust, walks):
    known = {account["email"] for account in robust.accounts.values()}
    known.add("provider.support@meridian.example")
    messages = robust.mails()
    assert messages  # what was put in above has led to some
    for message in messages:
        assert {"x-odd", "bcc", "cc"}.isdisjoint(name.lower() for name in message)
        assert message["Delivered-To"] in known


def test_the_portal_still_lets_people_in(robust, walks):
    """After all of the above; without a word in its log."""
    visitor = at.signed_in(robust, "basic")
    assert "Welcome, Dr. Amara Okafor" in visitor.client.get("/dashboard/").text
    assert robust.troubles() == []
