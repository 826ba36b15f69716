"""Texts to a provider's phone: posted as JSON to the gateway that the configuration names."""

from __future__ import annotations

import http.client
import json
import logging
import re
import urllib.request
from functools import partial

from django.conf import settings

from portal.faults import messages

log = logging.getLogger(__name__)

SECONDS = 10  # for the gateway to answer
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
# Straight to the gateway: one on this machine is behind no proxy, whatever the environment says.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def send(to: str, text: str) -> bool:
    """Sends ``text`` to the number ``to``, in the form +12025550143; False where it was not taken.

    Never raises for the gateway's sake; see ``mail.send``.
    """
    address = settings.CONFIGURATION.sms_url
    if not address:
        log.warning("no text goes out: PORTAL_SMS_URL is not set")
        return False
    if not _NUMBER.fullmatch(to):
        log.error("the text was not sent: its number is not of the form +12025550143")
        return False
    return messages.deliver("sms", to, text, partial(_hand_over, address, to))


def _hand_over(address: str, to: str, text: str) -> bool:
    request = urllib.request.Request(  # noqa: S310 - http or https: the configuration sees to it
        address,
        data=json.dumps({"to": to, "text": text}).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with _open(request, timeout=SECONDS):
            return True
    except (OSError, http.client.HTTPException) as error:
        log.error("the text was not taken by %s: %s", address, error)
        return False
