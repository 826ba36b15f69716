"""``python -m portal``: the reference portal alone, on a database of its own.

Ends on SIGTERM or SIGINT with exit code 0. A mistake in an argument or a setting, or an
address that cannot be had, is one line on standard error and exit code 2.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from portal import serving
from portal.accounts.cast import CastMember, cast
from portal.bundle import services
from portal.bundle.services import Services
from portal.configuration import TLS, Configuration, ConfigurationError
from portal.faults.catalogue import listing

if TYPE_CHECKING:
    from portal.tls import Certificates

MAX_PARALLEL_ACCOUNTS = 999
MAX_RECORDS = 1_000_000
_PROGRAM = "python -m portal"


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Parses the arguments, prepares the database, serves until a signal."""
    arguments = _parser().parse_args(argv)
    if arguments.what == "faults":
        print(listing())
        raise SystemExit(0)
    serving.exit_on_signals()
    if arguments.with_parent:
        if sys.stdin is None:
            _refuse("--with-parent needs standard input, and it is closed")
        serving.exit_with_parent()
    try:
        bound = serving.bind(arguments.host, arguments.port)
    except OSError as error:
        _refuse(f"cannot listen on {arguments.host}:{arguments.port}: {error.strerror or error}")
    except UnicodeError:  # of a host whose parts are too long, or empty
        _refuse(f"cannot listen on {arguments.host}:{arguments.port}: that is no name of a host")
    with bound, _data_folder(arguments.data) as data:
        _run(arguments, bound, data)
    raise SystemExit(0)


def _run(arguments: argparse.Namespace, bound: socket.socket, data: Path) -> None:
    os.environ["PORTAL_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    if arguments.tls:
        os.environ["PORTAL_TLS"] = arguments.tls
    try:
        configuration = Configuration.from_environ(os.environ)
    except ConfigurationError as error:
        _refuse(str(error))

    try:
        started = services.start(configuration, os.environ)
    except OSError as error:
        _refuse(f"cannot start the bundled mail server and SMS gateway: {error}")
    with closing(started):
        _serve(arguments, bound, data, configuration, started)


def _serve(
    arguments: argparse.Namespace,
    bound: socket.socket,
    data: Path,
    configuration: Configuration,
    started: Services,
) -> None:
    certificates = _certificates(configuration, bound)
    url = serving.url_of(bound, "https" if certificates else "http")
    if not configuration.public_url and (certificates or not configuration.https):
        os.environ["PORTAL_PUBLIC_URL"] = url

    # Imports Django's models and settings, which need the variables above.
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        from portal.asgi import application
    except ImproperlyConfigured as error:  # a driver that is not installed
        _refuse(f"cannot use the database of PORTAL_DATABASE_URL: {_one_line(error)}")
    from portal.control import seeded
    from portal.seeding import Volume, prepare

    members = cast(arguments.accounts)
    size = Volume(arguments.patients, arguments.transactions)
    try:
        fresh = prepare(
            members, size, temporary=arguments.data is None and not configuration.database_url
        )
        if configuration.control_token:
            seeded.keep(members, size, fresh=fresh)
    except (DatabaseError, ImproperlyConfigured, sqlite3.Error, OSError) as error:
        which = "of PORTAL_DATABASE_URL" if configuration.database_url else f"in {data}"
        _refuse(f"cannot use the database {which}: {_one_line(error)}")
    ca = _write_authority(certificates, data) if certificates else None
    text = (_as_json if arguments.json else _for_people)(url, members, started, ca)
    serving.serve(
        application,
        bound,
        tls=certificates.context() if certificates else None,
        behind_tls=configuration.https,
        announce=lambda: print(text, flush=True),
    )


def _certificates(configuration: Configuration, bound: socket.socket) -> Certificates | None:
    if not configuration.tls:
        return None
    # What it needs is for this alone.
    from portal.tls import Certificates

    public = urlsplit(configuration.public_url).hostname
    hosts = [bound.getsockname()[0], *configuration.hosts, *([public] if public else [])]
    try:
        return Certificates(configuration.tls, hosts)
    except ValueError as error:
        _refuse(f"PORTAL_HOSTS: no certificate can be made for {', '.join(hosts)}: {error}")


def _write_authority(certificates: Certificates, data: Path) -> Path:
    path = data / "ca.pem"
    try:
        path.write_bytes(certificates.authority)
    except OSError as error:
        _refuse(f"cannot write {path}: {error.strerror}")
    return path


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineErrors(
        prog=_PROGRAM, description="Start the reference portal (settings: portal/README.md)."
    )
    parser.add_argument(
        "what", nargs="?", choices=["faults"], help="faults: list those there are, and end"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="port; 0 takes a free one (0)")
    parser.add_argument(
        "--tls",
        choices=TLS,
        help="speak HTTPS, with a certificate of an authority made at the start (plain HTTP)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the database here (a temporary folder)"
    )
    parser.add_argument(
        "--accounts",
        type=_count,
        default=0,
        metavar="N",
        help=f"add N interchangeable accounts, at most {MAX_PARALLEL_ACCOUNTS} (0)",
    )
    for name, usual in (("patients", 200), ("transactions", 2_000)):
        parser.add_argument(
            f"--{name}",
            type=_record_count,
            default=usual,
            metavar="N",
            help=f"{name} to begin with, at most {MAX_RECORDS:,} (%(default)s)",
        )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    parser.add_argument(
        "--with-parent", action="store_true", help="end when standard input is closed"
    )
    return parser


class _OneLineErrors(argparse.ArgumentParser):
    """A parser that reports a mistake in one line, without repeating the usage."""

    def error(self, message: str) -> NoReturn:
        _refuse(f"{message} (see --help)")


def _port(text: str) -> int:
    return _whole_number(text, 65535)


def _count(text: str) -> int:
    return _whole_number(text, MAX_PARALLEL_ACCOUNTS)


def _record_count(text: str) -> int:
    return _whole_number(text, MAX_RECORDS)


def _whole_number(text: str, largest: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > largest:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {largest}")
    return int(text)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _refuse(message: str) -> NoReturn:
    print(f"portal: error: {message}", file=sys.stderr)
    raise SystemExit(2)


@contextmanager
def _data_folder(kept: Path | None) -> Iterator[Path]:
    """The folder that was asked for, else a temporary one that goes at the end."""
    if kept is None:
        try:
            temporary = tempfile.TemporaryDirectory(prefix="meridian-portal-")
        except OSError as error:
            _refuse(f"cannot make a temporary folder (set TMPDIR, or --data): {error.strerror}")
        with temporary as folder:
            yield Path(folder)
        return
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=kept):
            pass
    except OSError as error:
        _refuse(f"cannot write in {kept}: {error.strerror}")
    yield kept.resolve()


def _as_json(url: str, members: Sequence[CastMember], started: Services, ca: Path | None) -> str:
    accounts = {
        member.key: {
            "user_id": member.user_id,
            "password": member.password,
            "name": member.name,
            "totp": member.totp_secret,
            "factors": member.factors,
            "email": member.email,
            "phone": member.phone,
            "backup_codes": member.backup_codes,
        }
        for member in members
    }
    return json.dumps(
        {
            "url": url,
            "accounts": accounts,
            "inbox": started.inbox or None,
            "maildir": str(started.maildir) if started.maildir else None,
            "ca": str(ca) if ca else None,
        }
    )


def _for_people(url: str, members: Sequence[CastMember], started: Services, ca: Path | None) -> str:
    rows = [("account", "User ID", "password", "TOTP secret", "codes also by")]
    rows += [
        (m.key, m.user_id, m.password, m.totp_secret or "none", ", ".join(m.factors) or "none")
        for m in members
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = "\n".join(
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    lines = [f"Meridian Provider Portal: {url}"]
    if ca:
        lines.append(f"Its certificates are signed by: {ca}")
    if started.inbox:
        lines.append(f"Inbox, for its mails and texts: {started.inbox}")
    if started.maildir:
        lines.append(f"Maildir: {started.maildir}")
    codes = [f"  {m.key}: {' '.join(m.backup_codes)}" for m in members if m.backup_codes]
    return "\n".join([*lines, "", table, "", "Backup codes:", *codes, "", "Stop it with Ctrl+C."])


if __name__ == "__main__":
    main()
