"""What every test of recovery does: ask, read the mail, open the link, set a password."""

from __future__ import annotations

import re
from datetime import timedelta

from django.core import mail
from django.test import Client

from portal.recovery import delivery
from portal.recovery.models import RecoveryRequest

NEW = "Larkspur-Tunnel-Mosaic-90"
SHORT = "Larkspur9x"  # enough beside a second factor


def sent() -> list[str]:
    delivery.drain()
    return [message.body for message in mail.outbox]


def ask(client: Client, user_id: str, by: str = "link"):
    return client.post("/recovery/password/", {"user_id": user_id, "by": by})


def newest_link() -> str:
    return re.search(r"https://portal\.example(/recovery/link/\S+)", sent()[-1])[1]


def newest_code() -> str:
    return re.search(r"^(\d{6})$", sent()[-1], re.MULTILINE)[1]


def open_link(client: Client, link: str):
    return client.get(link, follow=True)


def set_password(client: Client, password: str = NEW):
    return client.post("/recovery/new-password/", {"password": password}, follow=True)


def heading(response) -> str:
    return re.search(r"<h1>(.*?)</h1>", response.text)[1]


def age(seconds: int) -> None:
    for made in RecoveryRequest.objects.all():
        made.expires_at -= timedelta(seconds=seconds)
        made.save()
