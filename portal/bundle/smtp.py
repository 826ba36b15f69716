"""An SMTP server that delivers everything into one maildir."""

from __future__ import annotations

import asyncio
import mailbox
import threading
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from portal import serving

_LARGEST = 5_000_000  # bytes of a message


class MaildirDelivery:
    """aiosmtpd's handler. A message is in ``new`` when it is whole: a maildir sees to that."""

    def __init__(self, folder: Path) -> None:
        for part in ("cur", "new", "tmp"):  # mailbox takes whatever is there for a maildir
            (folder / part).mkdir(parents=True, exist_ok=True)
        self._maildir = mailbox.Maildir(folder)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keeps the message, with the addresses of its envelope on top."""
        # The envelope says who gets it; the headers may name others.
        lines = [f"Return-Path: <{_one_line(envelope.mail_from or '')}>"]
        lines += [f"Delivered-To: {_one_line(to)}" for to in envelope.rcpt_tos]
        top = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        self._maildir.add(top + envelope.original_content.replace(b"\r\n", b"\n"))
        return "250 Message accepted for delivery"


def _one_line(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


class SmtpServer:
    """The server, in a thread of its own: started when it is made.

    The thread ends with the process. A message that was accepted is on the disk by then.
    """

    def __init__(self, folder: Path) -> None:
        bound = serving.bind("127.0.0.1", 0)
        host, port = bound.getsockname()[:2]
        self.address = f"{host}:{port}"
        self._handler = MaildirDelivery(folder)
        self._loop = asyncio.new_event_loop()
        # Connections are taken from here on, and answered once the thread runs.
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._answer, sock=bound)
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it, with the connections it has."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _answer(self) -> SMTP:
        return SMTP(
            self._handler,
            loop=self._loop,
            data_size_limit=_LARGEST,
            enable_SMTPUTF8=True,
            hostname="mail.meridian.example",
            ident="Meridian mail",
        )
