"""Fifty people at once: each ends up in their own account, and nobody is lost."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pyotp

from tests.integration.portal_forms import TOKEN, Visitor
from tests.integration.robust_portal import RobustPortal, begun_sale, signed_in

PEOPLE = 50


def _all_at_once(visit: Callable[[int], str]) -> list[str]:
    """What ``visit`` gives to each; they begin together."""
    ready = threading.Barrier(PEOPLE)

    def one(number: int) -> str:
        ready.wait(30)
        return visit(number)

    with ThreadPoolExecutor(PEOPLE) as people:
        return list(people.map(one, range(PEOPLE)))


def _sent(visitor: Visitor, path: str, **values: str) -> httpx.Response:
    answer = visitor.fill(path, **values)
    assert answer.status_code == 302, answer.text
    return answer


def _greeting(visitor: Visitor) -> str:
    page = visitor.client.get("/dashboard/")
    assert page.status_code == 200
    return re.search(r"<h1>(.*?)</h1>", page.text)[1]


def test_fifty_providers_sign_in_at_once(robust: RobustPortal) -> None:
    accounts = [robust.accounts[f"parallel-{number:03}"] for number in range(1, PEOPLE + 1)]
    visitors = [robust.visitor() for _ in accounts]

    def visit(number: int) -> str:
        visitor, account = visitors[number], accounts[number]
        assert visitor.sign_in(account).headers["location"] == "/sign-in/code/"
        _sent(visitor, "/sign-in/code/", code=pyotp.TOTP(account["totp"]).now())
        return _greeting(visitor)

    greetings = _all_at_once(visit)
    assert greetings == [f"Welcome, {account['name']}" for account in accounts]
    # And so it stays: the name on every page, and a session of one's own.
    assert [_owner(visitor) for visitor in visitors] == [a["user_id"] for a in accounts]
    assert len({visitor.client.cookies["session"] for visitor in visitors}) == PEOPLE


def _owner(visitor: Visitor) -> str:
    text = visitor.client.get("/account/").text
    return re.search(r"parallel-\d{3}(?!@)", text)[0]


def test_fifty_sign_in_to_the_same_account_at_once(robust: RobustPortal) -> None:
    account = robust.accounts["basic"]
    visitors = [robust.visitor() for _ in range(PEOPLE)]

    def visit(number: int) -> str:
        assert visitors[number].sign_in(account).headers["location"] == "/dashboard/"
        return _greeting(visitors[number])

    assert _all_at_once(visit) == [f"Welcome, {account['name']}"] * PEOPLE
    # One who leaves takes nobody along.
    first, second = visitors[:2]
    token = {TOKEN: first.client.cookies["csrf"]}
    assert first.client.post("/sign-out/", data=token).headers["location"] == "/signed-out/"
    assert first.client.get("/dashboard/").status_code == 302
    assert _greeting(second) == f"Welcome, {account['name']}"


def test_one_code_sent_fifty_times_at_once_lets_one_in(robust: RobustPortal) -> None:
    account = robust.accounts["totp_1"]
    visitors = [robust.visitor() for _ in range(PEOPLE)]
    for visitor in visitors:
        assert visitor.sign_in(account).headers["location"] == "/sign-in/code/"
    code = pyotp.TOTP(account["totp"]).now()

    def visit(number: int) -> str:
        answer = visitors[number].fill("/sign-in/code/", code=code)
        assert answer.status_code in (200, 302)
        return answer.headers.get("location", "refused")

    answers = _all_at_once(visit)
    assert sorted(answers) == ["/dashboard/"] + ["refused"] * (PEOPLE - 1)


def test_fifty_clicks_on_one_sale_make_one(robust: RobustPortal) -> None:
    visitor = signed_in(robust, "no_factor_yet")
    confirm = begun_sale(visitor)
    form = visitor.form(confirm)
    before = _transactions(visitor)

    def visit(number: int) -> str:
        return httpx.post(
            f"{robust.url}{form.action}",
            data=form.fields,
            cookies=dict(visitor.client.cookies),
            timeout=60,
        ).headers["location"]

    assert len(set(_all_at_once(visit))) == 1
    assert _transactions(visitor) == before + 1


def _transactions(visitor: Visitor) -> int:
    text = visitor.client.get("/transactions/").text
    return int(re.search(r"of ([\d,]+)", text)[1].replace(",", ""))
