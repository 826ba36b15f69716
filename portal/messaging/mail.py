"""Mail to a provider: plain text, handed to the SMTP server that the configuration names."""

from __future__ import annotations

import logging
import smtplib
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from portal.brand import BRAND
from portal.faults import messages

log = logging.getLogger(__name__)


def send(to: str, subject: str, template: str, **context: object) -> bool:
    """Sends ``template`` filled with ``context``; False where no server took it.

    Never raises for the server's sake: whether a code or a notice went out must not decide
    which page is shown, or an answer would tell who has an account.
    """
    if not settings.CONFIGURATION.smtp:
        log.warning("no mail goes out: PORTAL_SMTP is not set")
        return False
    text = render_to_string(f"mail/{template}.txt", {"brand": BRAND, **context})
    return messages.deliver("mail", to, text, partial(_hand_over, to, subject))


def _hand_over(to: str, subject: str, text: str) -> bool:
    try:
        EmailMessage(subject, text, settings.CONFIGURATION.mail_from, [to]).send()
    except ValueError:
        # Django refuses headers with line breaks, and what cannot be encoded.
        log.error("mail was not sent: its address or subject cannot stand in a header")
        return False
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail was not taken by %s: %s", settings.CONFIGURATION.smtp, error)
        return False
    return True
