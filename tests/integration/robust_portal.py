"""A portal that is tried hard, and the visitors who have come to one of its doors each."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from itertools import cycle
from pathlib import Path

import httpx
import psutil
from websockets.sync.client import connect

from tests.integration.portal_forms import Visitor
from tests.integration.portal_process import portal_process
from tests.waiting import wait_until

CONTROL_TOKEN = "a-token-for-tests"
# Whose passwords nothing else needs: those of the others are given at the sign-in.
ACCOUNTS = 72
_RECOVERING = cycle(f"parallel-{number:03}" for number in range(53, ACCOUNTS + 1))
_NEW_SALE = "/transactions/new-sale/"


@dataclass(frozen=True)
class RobustPortal:
    """The process, what it said of itself, and where its log is written."""

    process: subprocess.Popen[str]
    url: str
    accounts: dict[str, dict[str, str]]
    maildir: Path
    log: Path
    visitors: ExitStack  # closed with the portal

    def visitor(self) -> Visitor:
        """Somebody who has not been here before."""
        return self.visitors.enter_context(Visitor(self.url))

    def memory(self) -> int:
        """Bytes that it holds now."""
        return psutil.Process(self.process.pid).memory_info().rss

    def troubles(self) -> list[str]:
        """Lines of its log that tell of an error nobody expected."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return [line for line in lines if re.search(r"Traceback|\bERROR\b|\bCRITICAL\b", line)]

    def mails(self, to: str = "") -> list[Message]:
        """What was mailed, to one address or to all, the oldest first."""
        files = sorted((self.maildir / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        found = [message_from_bytes(file.read_bytes()) for file in files]
        return [message for message in found if to in ("", message["Delivered-To"])]


@contextmanager
def robust_portal(folder: Path, *arguments: str, **environment: str) -> Iterator[RobustPortal]:
    """``python -m portal`` with its log in ``folder``. Limits are wide, for everything is odd."""
    log = folder / "portal.log"
    settings = {
        "PORTAL_LOCK_TRIES": "1000000",
        "PORTAL_DISABLE_TRIES": "1000000",
        "PORTAL_RESEND_SECONDS": "1",
        "PORTAL_CONTROL_TOKEN": CONTROL_TOKEN,
        "PORTAL_BODY_SECONDS": "5",
    }
    started = portal_process(*arguments, environment={**settings, **environment}, log=log)
    with started as (process, said), ExitStack() as visitors:
        yield RobustPortal(
            process, said["url"], said["accounts"], Path(said["maildir"]), log, visitors
        )


def signed_in(portal: RobustPortal, key: str = "basic") -> Visitor:
    """A visitor who is in, on an account without a second factor."""
    visitor = portal.visitor()
    assert visitor.sign_in(portal.accounts[key]).headers["location"] == "/dashboard/"
    return visitor


def between_factors(portal: RobustPortal) -> Visitor:
    """A visitor who has given the password of an account with every second factor."""
    visitor = portal.visitor()
    answer = visitor.sign_in(portal.accounts["all_factors"])
    assert answer.headers["location"].startswith("/sign-in/code/")
    return visitor


def with_recovery_code_sent(portal: RobustPortal) -> Visitor:
    """A visitor who is asked for the code of a recovery."""
    visitor = portal.visitor()
    answer = visitor.fill(
        "/recovery/password/", user_id=portal.accounts["recovery"]["user_id"], by="code"
    )
    assert answer.headers["location"] == "/recovery/code/"
    return visitor


def with_recovery_link(portal: RobustPortal, key: str = "") -> Visitor:
    """A visitor who has opened a recovery link and may set a new password.

    Of one account after the other, if none is named: only so many links are sent to each.
    """
    account = portal.accounts[key or next(_RECOVERING)]
    link = mailed_link(
        portal,
        account,
        lambda: portal.visitor().fill("/recovery/password/", user_id=account["user_id"], by="link"),
    )
    visitor = portal.visitor()
    visitor.client.get(link)
    return visitor


def mailed_link(
    portal: RobustPortal, account: dict[str, str], ask: Callable[[], httpx.Response]
) -> str:
    """The link in the mail that ``ask`` leads to."""
    before = len(portal.mails(account["email"]))

    def link() -> str | None:
        texts = (mail.get_payload(decode=True).decode() for mail in portal.mails(account["email"]))
        found = (re.search(r"http://\S+/recovery/link/\S+", text) for text in list(texts)[before:])
        return next((match[0] for match in found if match), None)

    ask()
    return wait_until(link, seconds=10, what="a mail with a recovery link")


# --- Things that are there only after somebody has worked with the portal


def begun_sale(visitor: Visitor, amount: str = "250.00") -> str:
    """The address of a sale that only needs to be confirmed."""
    found = [link for name in "abcm" for link in visitor.page(f"{_NEW_SALE}?q={name}").links]
    account = next(link for link in found if f"{_NEW_SALE}AC-" in link)
    plan = visitor.fill(account, amount=amount, description="Crown").headers["location"]
    page = visitor.form(plan, plan="")
    return visitor.send(page, plan=page.choices["plan"][0]).headers["location"]


APPLICANT = {
    "patient": {"first_name": "Grace", "last_name": "Bellamy", "birth_date": "1985-04-27"},
    "contact": {
        "email": "grace@example.com",
        "phone": "(202) 555-0143",
        "street": "1 Main Street",
        "city": "Asheville",
        "state": "NC",
        "postcode": "28801",
    },
    "income": {"yearly_income": "64000", "yearly_housing": "12000"},
    "treatment": {"treatment": "Implant", "amount": "2500"},
}


def begun_application(visitor: Visitor) -> str:
    """The address of the review of an application whose steps are all complete."""
    address = "/applications/new/"
    for step in APPLICANT.values():
        address = visitor.fill(address, **step).headers["location"]
    assert address.endswith("/review/")
    return address


def sent_request(visitor: Visitor) -> str:
    """The address of a request to support."""
    values = {"topic": "other", "subject": "A question", "message": "What now?"}
    return visitor.fill("/support/", **values).headers["location"]


def begun_chat(portal: RobustPortal, visitor: Visitor) -> str:
    """The address of a chat's transcript."""
    address = portal.url.replace("http", "ws", 1) + "/support/chat/"
    cookie = f"session={visitor.client.cookies['session']}"
    headers = {"Cookie": cookie, "Origin": portal.url}
    with connect(address, additional_headers=headers) as chat:
        chat.send(json.dumps({"type": "hello", "conversation": "", "seen": 0}))
        while (told := json.loads(chat.recv(timeout=10)))["type"] != "conversation":
            pass
    return f"/support/chats/{told['number']}/transcript.txt"
