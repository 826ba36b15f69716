"""The changes that can be made to a provider's factors: one table, each behind the password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.accounts.models import Provider
from portal.second_factor import backup, factors, totp, trust
from portal.second_factor.factors import Overview
from portal.second_factor.models import Factor, SentChannel


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and the words for it."""

    heading: str
    lead: str
    button: str
    is_possible: Callable[[Provider, Overview], bool]
    make: Callable[[Provider], None]
    told: str = ""  # by mail, once it is made; "" where another step comes first


def _turn_on(factor: Factor) -> Callable[[Provider], None]:
    def make(provider: Provider) -> None:
        SentChannel.objects.get_or_create(provider=provider, factor=factor)

    return make


def _turn_off(factor: Factor) -> Callable[[Provider], None]:
    def make(provider: Provider) -> None:
        if factor is Factor.APP:
            totp.remove(provider)
        SentChannel.objects.filter(provider=provider, factor=factor).delete()
        if not factors.of(provider):
            # Nothing is left that these could stand in for.
            backup.remove(provider)
            trust.forget(provider)

    return make


CHANGES = {
    "set-up-app": Change(
        heading="Set up an authenticator app",
        lead="You need a phone or tablet with an app for one-time codes."
        " Enter your password first, so that nobody else can do this for you.",
        button="Continue",
        is_possible=lambda provider, now: True,
        make=totp.begin,
    ),
    "turn-off-app": Change(
        heading="Turn off the authenticator app",
        lead="Codes of your app will no longer be accepted.",
        button="Turn off",
        is_possible=lambda provider, now: now.app,
        make=_turn_off(Factor.APP),
        told="Codes of an authenticator app have been turned off for your account.",
    ),
    "turn-on-email": Change(
        heading="Turn on codes by email",
        lead="When you sign in, you can have a code sent to the email address we hold for you.",
        button="Turn on",
        is_possible=lambda provider, now: not now.email,
        make=_turn_on(Factor.EMAIL),
        told="Codes by email have been turned on for your account.",
    ),
    "turn-off-email": Change(
        heading="Turn off codes by email",
        lead="We will no longer email you codes.",
        button="Turn off",
        is_possible=lambda provider, now: now.email,
        make=_turn_off(Factor.EMAIL),
        told="Codes by email have been turned off for your account.",
    ),
    "turn-on-sms": Change(
        heading="Turn on codes by text",
        lead="When you sign in, you can have a code sent to the phone number we hold for you.",
        button="Turn on",
        is_possible=lambda provider, now: bool(provider.phone) and not now.sms,
        make=_turn_on(Factor.SMS),
        told="Codes by text have been turned on for your account.",
    ),
    "turn-off-sms": Change(
        heading="Turn off codes by text",
        lead="We will no longer text you codes.",
        button="Turn off",
        is_possible=lambda provider, now: now.sms,
        make=_turn_off(Factor.SMS),
        told="Codes by text have been turned off for your account.",
    ),
    "new-backup-codes": Change(
        heading="Make new backup codes",
        lead="You get ten codes, each good once, for when you cannot get one any other way."
        " Codes that you made before stop working.",
        button="Make backup codes",
        is_possible=lambda provider, now: now.is_on,
        make=lambda provider: None,  # the view makes them: they have to be shown
        told="New backup codes have been made for your account. Earlier ones no longer work.",
    ),
}
