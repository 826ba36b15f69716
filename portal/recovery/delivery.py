"""The mails of recovery, sent after the answer: how long one takes tells nobody anything.

Not even by what sending takes from the answer's own work: it begins when that is out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context

from django.conf import settings
from django.shortcuts import resolve_url
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.messaging import mail
from portal.messaging.lifetimes import in_words
from portal.recovery import requests
from portal.recovery.models import RecoveryRequest

log = logging.getLogger(__name__)

# One, so that of two mails the newer is the one that arrives last.
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recovery-mail")
_under_way: set[Future[bool]] = set()
_hurry = threading.Event()
_ANSWERED = 0.25  # seconds after which an answer is out


def link(provider: Provider, token: str) -> None:
    """Sends the link to set a new password."""
    _send(
        provider.email,
        "Set a new password",
        "recovery_link",
        name=provider.name,
        link=public_address("recovery:link", provider, token=token),
        lifetime=in_words(settings.CONFIGURATION.recovery_seconds),
    )


def code(provider: Provider, digits: str) -> None:
    """Sends the code to type."""
    _send(
        provider.email,
        "Your code to set a new password",
        "recovery_code",
        name=provider.name,
        code=digits,
        lifetime=in_words(settings.CONFIGURATION.code_seconds),
    )


def refusal(provider: Provider) -> None:
    """Tells the owner of an account that is not in use, and nobody else, how to go on."""
    _send(provider.email, "About your account", "recovery_refused", name=provider.name)


def user_ids(providers: Sequence[Provider]) -> None:
    """Sends the User IDs of one email address to it: as it is kept, not as it was typed."""
    _send(
        providers[0].email,
        "Your User ID",
        "user_id_reminder",
        user_ids=[provider.user_id for provider in providers],
        sign_in=public_address("sign_in:password", providers[0]),
    )


def notice(provider: Provider) -> None:
    """Tells the owner that the password is a new one, without it (NIST SP 800-63B-4, 4.2.3)."""
    _send(
        provider.email,
        "Your password was changed",
        "password_reset_notice",
        name=provider.name,
        at=timezone.now(),
    )


def recover(made: RecoveryRequest, provider: Provider | None, secret: str) -> None:
    """Sends what ``made`` promises to ``provider``, if there is one and not too many came."""
    if provider is None or made.provider_id is None:
        return
    if not requests.can_recover(provider):
        refusal(provider)
    elif made.kind == RecoveryRequest.Kind.LINK:
        link(provider, secret)
    else:
        code(provider, secret)


def public_address(view: str, provider: Provider, **values: str) -> str:
    """An address for mail to ``provider``.

    The Host header has no say: whoever asks may have written it.
    """
    configuration = settings.CONFIGURATION
    scheme = "https" if configuration.https else "http"
    host = configuration.hosts[0] if configuration.hosts else "localhost"
    if switchboard.active("recovery_link_from_host", provider.user_id) is not None:
        return f"{scheme}://{switchboard.host()}{resolve_url(view, **values)}"
    return (configuration.public_url or f"{scheme}://{host}") + resolve_url(view, **values)


def drain() -> None:
    """Sends what was handed over at once, and waits until it has been."""
    _hurry.set()
    wait(list(_under_way))
    _hurry.clear()


def _send(to: str, subject: str, template: str, **context: object) -> None:
    due = time.monotonic() + _ANSWERED

    def deliver() -> bool:
        _hurry.wait(max(0.0, due - time.monotonic()))
        return mail.send(to, subject, template, **context)

    # With what is known of the request: a fault of the mail may be for its path or browser alone.
    job = _pool.submit(copy_context().run, deliver)
    _under_way.add(job)
    job.add_done_callback(_done)


def _done(job: Future[bool]) -> None:
    _under_way.discard(job)
    if error := job.exception():
        log.error("a mail of the recovery could not be made", exc_info=error)
