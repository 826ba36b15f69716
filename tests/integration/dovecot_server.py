"""A real Dovecot with one mailbox, for as long as a test needs it."""

from __future__ import annotations

import getpass
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import trustme
from imapclient import IMAPClient

from tests.ports import free_port
from tests.waiting import wait_until

PROGRAM = Path("/usr/sbin/dovecot")  # installed by scripts/test-tools.sh
USER, PASSWORD = "reader@mail.example", "horse battery & staple"
ZOE, HER_PASSWORD = "zoë@mail.example", "pässwörd"  # reads the same mailbox

_CONFIGURATION = """\
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
disable_plaintext_auth = yes
auth_mechanisms = plain
auth_username_chars =
auth_failure_delay = 0
mail_location = maildir:{folder}/mail
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
# A sign-in that is refused, as some tests want it, makes the next one wait no longer.
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@dataclass
class MailServer:
    """Where it listens, and whose signature its certificate bears."""

    plain: int  # the port without encryption, whose clients are on this machine
    secure: int
    ca: Path
    folder: Path
    process: subprocess.Popen[bytes]

    def deliver(
        self, to: str, text: str, subject: str = "A message", folder: str = "INBOX"
    ) -> None:
        """Put a mail into the mailbox, by the server itself."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "portal@mail.example", to, subject
        mail.set_content(text, cte="quoted-printable")
        with self._client() as client:
            client.append(folder, mail.as_bytes())

    def delete(self, number: int) -> None:
        """Take the mail with this UID out of the mailbox, as another of its readers would."""
        with self._client() as client:
            client.select_folder("INBOX")
            client.delete_messages(number)
            client.expunge()

    def make_folder(self, name: str) -> None:
        """A folder with nothing in it, in the place of any that had its name."""
        with self._client() as client:
            if client.folder_exists(name):
                client.delete_folder(name)
            client.create_folder(name)

    def flags(self) -> list[tuple[bytes, ...]]:
        """The flags of each message: none has been read."""
        with self._client() as client:
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search("ALL"), ["FLAGS"])
            return [message[b"FLAGS"] for message in found.values()]

    def _client(self) -> IMAPClient:
        context = ssl.create_default_context(cafile=str(self.ca))
        client = IMAPClient("localhost", self.secure, ssl_context=context, timeout=10)
        client.login(USER, PASSWORD)
        return client


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server with an empty mailbox."""
    folder = Path(tempfile.mkdtemp(prefix="portalwatch-imap-"))
    user, group = ("nobody", "nogroup") if os.geteuid() == 0 else (getpass.getuser(),) * 2
    plain, secure = free_port(), free_port()
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n{ZOE}:{{PLAIN}}{HER_PASSWORD}\n")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        folder / "server.pem"
    )
    values = {"folder": folder, "user": user, "group": group, "plain": plain, "secure": secure}
    (folder / "dovecot.conf").write_text(_CONFIGURATION.format(**values))
    if os.geteuid() == 0:  # no mail is read as root
        shutil.chown(folder, user, group)
    process = subprocess.Popen([PROGRAM, "-F", "-c", folder / "dovecot.conf"])
    server = MailServer(plain, secure, folder / "ca.pem", folder, process)
    try:
        wait_until(
            lambda: _answers(server), seconds=30, what="Dovecot", said=lambda: _log_of(folder)
        )
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder)


def _answers(server: MailServer) -> bool:
    assert server.process.poll() is None, _log_of(server.folder)
    try:
        with server._client():
            return True
    except OSError:
        return False


def _log_of(folder: Path) -> str:
    log = folder / "dovecot.log"
    return log.read_text() if log.exists() else "no log"
