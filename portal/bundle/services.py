"""Starts what the configuration leaves to the bundle."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from django.template.loader import render_to_string

from portal.brand import BRAND
from portal.bundle.gateway import Gateway
from portal.bundle.letters import Letters
from portal.bundle.smtp import SmtpServer
from portal.bundle.texts import Texts
from portal.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Services:
    """What was started; "" and None for what the configuration names itself."""

    inbox: str = ""  # the address that people open
    maildir: Path | None = None
    texts: Texts | None = None
    letters: Letters | None = None
    ends: tuple[Callable[[], None], ...] = ()

    def close(self) -> None:
        """Ends what was started, whatever it is in the middle of."""
        for end in self.ends:
            end()
        if self in _STARTED:
            _STARTED.remove(self)

    def empty(self) -> None:
        """Forgets every mail and text."""
        if self.letters:
            self.letters.empty()
        if self.texts:
            self.texts.empty()


_STARTED: list[Services] = []


def start(configuration: Configuration, environ: MutableMapping[str, str]) -> Services:
    """Starts the SMTP server and the gateway that are wanted, and names them in ``environ``.

    To be called before Django's settings are read, which take the addresses from there.
    """
    maildir, ends = None, []
    if not configuration.smtp:
        maildir = configuration.data / "mail"
        server = SmtpServer(maildir)
        environ["PORTAL_SMTP"] = server.address
        ends.append(server.stop)
    if configuration.smtp and configuration.sms_url:
        return Services(ends=tuple(ends))
    texts = Texts()
    letters = Letters(maildir) if maildir else None
    gateway = Gateway(texts, letters, _page)
    if not configuration.sms_url:
        environ["PORTAL_SMS_URL"] = f"{gateway.url}/messages"
    gateway.start()
    started = Services(gateway.url, maildir, texts, letters, (*ends, gateway.stop))
    _STARTED.append(started)
    return started


def empty() -> None:
    """Forgets every mail and text that this process has taken in, if it takes any."""
    for started in _STARTED:
        started.empty()


def _page(texts: Texts, letters: Letters | None) -> str:
    return render_to_string(
        "bundle/inbox.html",
        {"brand": BRAND, "texts": texts.to()[:200], "letters": letters.newest() if letters else []},
    )
