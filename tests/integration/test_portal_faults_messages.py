"""Faults of mail and texts on their way: over real SMTP, and to a real gateway."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest

from tests.integration.troubled_portal import TroubledPortal, Visitor
from tests.proofs import proved_by_each
from tests.waiting import wait_until

SECONDS = 20  # to wait at most for what must arrive


@dataclass(frozen=True)
class Way:
    """Something that is asked for, and comes by mail or text."""

    account: str
    kind: str  # "mail" or "sms": whose faults it meets

    def ask(self, troubled: TroubledPortal) -> Visitor:
        """Somebody new asks, and is told that it is on its way."""
        visitor, account = troubled.visitor(), troubled.accounts[self.account]
        if self in (LINK, OTHER_LINK):
            visitor.fill("/recovery/password/", user_id=account["user_id"], by="link")
            assert "Only the newest link works" in visitor.get("/recovery/password/sent/").text
        else:
            assert visitor.sign_in(account).status_code == 302
            assert "Type the code that we" in visitor.get("/sign-in/code/").text
        return visitor

    def arrived(self, troubled: TroubledPortal) -> list[tuple[float, str]]:
        """What has come, oldest first, with the moment at which it did."""
        account = troubled.accounts[self.account]
        if self.kind == "sms":
            return troubled.texts(account["phone"])
        return troubled.mails(account["email"])

    def wait_for(self, troubled: TroubledPortal, number: int = 1) -> list[tuple[float, str]]:
        """The same once ``number`` of them are there."""
        return wait_until(
            lambda: len(found := self.arrived(troubled)) >= number and found,
            seconds=SECONDS,
            what=f"{number} by {self.kind}",
        )

    def helps(self, visitor: Visitor, message: str) -> bool:
        """Whether its code signs the visitor in, or its link leads to a new password."""
        if self is LINK:
            link = re.search(r"http://\S+/recovery/link/\S+", message)
            return bool(link) and visitor.get(link[0]).headers["Location"].endswith("new-password/")
        code = re.search(r"\b\d{6}\b", message)
        return bool(code) and visitor.give_code(code[0]).status_code == 302 and visitor.is_in


MAIL, TEXT = Way("email_code", "mail"), Way("sms_code", "sms")
LINK, OTHER_LINK = Way("recovery", "mail"), Way("recovery_totp", "mail")


def ways(fault: str) -> tuple[Way, ...]:
    return (TEXT,) if fault.startswith("sms_") else (MAIL, LINK)


@pytest.mark.parametrize("way", [MAIL, LINK, TEXT])
def test_each_arrives_once_and_helps_when_all_is_well(troubled, way):
    visitor = way.ask(troubled)
    ((_, message),) = way.wait_for(troubled)
    assert way.helps(visitor, message)


@pytest.mark.parametrize("fault", proved_by_each("mail_lost", "sms_lost"))
def test_it_is_lost_and_nobody_is_told(troubled, fault):
    for way in ways(fault):
        lost = troubled.turn_on(fault, account=troubled.accounts[way.account]["user_id"])
        way.ask(troubled)
        # Links are sent in turn, after the answer: with this one the one before was, too.
        OTHER_LINK.ask(troubled)
        OTHER_LINK.wait_for(troubled)
        assert way.arrived(troubled) == []
        troubled.turn_off(lost)
        visitor = way.ask(troubled)
        ((_, message),) = way.wait_for(troubled)
        assert way.helps(visitor, message)


@pytest.mark.parametrize("fault", proved_by_each("mail_late", "sms_late"))
def test_it_is_late_and_helps_in_the_end(troubled, fault):
    troubled.turn_on(fault, parameters={"seconds": 1.5})
    for way in ways(fault):
        asked_at = time.time()
        visitor = way.ask(troubled)
        ((at, message),) = way.wait_for(troubled)
        assert at - asked_at >= 1.5
        assert way.helps(visitor, message)


@pytest.mark.parametrize("fault", proved_by_each("mail_duplicated", "sms_duplicated"))
def test_it_comes_twice_and_the_first_one_helps_already(troubled, fault):
    troubled.turn_on(fault)
    for way in ways(fault):
        visitor = way.ask(troubled)
        (_, message), (_, again) = way.wait_for(troubled, 2)
        assert message == again
        assert way.helps(visitor, message)


@pytest.mark.parametrize("fault", proved_by_each("mail_garbled", "sms_garbled"))
def test_its_digits_and_links_are_damaged(troubled, fault):
    troubled.turn_on(fault)
    for way in ways(fault):
        visitor = way.ask(troubled)
        ((_, message),) = way.wait_for(troubled)
        assert not re.search(r"\d|://", message)
        assert ("http:/#" if way is LINK else "######") in message
        assert not way.helps(visitor, message)


def test_trouble_with_mail_leaves_texts_alone(troubled):
    for fault in ("mail_lost", "mail_garbled", "mail_duplicated"):
        troubled.turn_on(fault)
    visitor = TEXT.ask(troubled)
    ((_, message),) = TEXT.wait_for(troubled)
    assert TEXT.helps(visitor, message)


def test_what_is_late_does_not_come_after_a_reset(troubled):
    troubled.turn_on("mail_late", parameters={"seconds": 1.0})
    MAIL.ask(troubled)
    troubled.reset()
    troubled.turn_on("mail_late", parameters={"seconds": 1.5})
    asked_at = time.time()
    MAIL.ask(troubled)
    ((at, _),) = MAIL.wait_for(troubled)
    assert at - asked_at >= 1.5  # that of the second, though the first was due before it


def test_trouble_keeps_to_the_path_whose_mail_it_is_for(troubled):
    troubled.turn_on("mail_lost", path="/sign-in/*")
    troubled.turn_on("mail_duplicated", path="/recovery/*")
    MAIL.ask(troubled)
    LINK.ask(troubled)
    assert len(LINK.wait_for(troubled, 2)) == 2
    assert MAIL.arrived(troubled) == []
