"""The command line.

Exit codes: 0 all passed, 1 a claim about the portal failed, 2 wrong usage or configuration,
3 a fault of our own. Besides, as usual: 130 after Ctrl-C, 143 after SIGTERM, 141 where
whoever read the output has gone.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from portalwatch import __version__
from portalwatch.cli.accounts import app as accounts_app
from portalwatch.cli.browsers import app as browsers_app
from portalwatch.cli.merge import merge
from portalwatch.cli.report import app as report_app
from portalwatch.cli.run import run
from portalwatch.cli.shared import Exit, interrupted, tell
from portalwatch.cli.validate import validate
from portalwatch.errors import OperatorError

_NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class _Commands(TyperGroup):
    """The commands, with an end in good order where nobody waits for their output any more."""

    def invoke(self, ctx: Any) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes once more at its end, and would complain then.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(128 + signal.SIGPIPE)
        except KeyboardInterrupt:
            interrupted(signal.SIGINT)


app = typer.Typer(
    cls=_Commands,
    name="portalwatch",
    help="Journeys of a web portal, run as tests and as monitors from one source.",
    epilog="Exit codes: 0 all passed, 1 a claim failed, 2 wrong usage or configuration,"
    " 3 a fault of our own.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(short_help="Watch the portal, or run each check once.")(run)
app.command(short_help="Name every mistake in the project.")(validate)
report_app.command(short_help="Write one report of several pytest runs.")(merge)
app.add_typer(report_app, name="report")
app.add_typer(browsers_app, name="browsers")
app.add_typer(accounts_app, name="accounts")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"portalwatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; what the operator can mend is told in lines, without a traceback."""
    # Leave as Ctrl-C does: through every open context, so that nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: interrupted(signal.SIGTERM))
    try:
        app()
    except OperatorError as exc:
        tell(*str(exc).splitlines())
        sys.exit(Exit.USAGE)
    except OSError as exc:
        if exc.filename is None and exc.errno not in _NO_PLACE:
            _blame_ourselves()
        tell(f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc.strerror))
        sys.exit(Exit.USAGE)
    except Exception:
        _blame_ourselves()


def _blame_ourselves() -> NoReturn:
    traceback.print_exc()
    tell("this is a fault of portalwatch itself; please report it with the lines above")
    sys.exit(Exit.OURS)
