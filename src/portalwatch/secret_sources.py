"""Where a secret comes from: a variable of the environment, a file, a keyring, a command."""

from __future__ import annotations

import atexit
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from portalwatch.daemon_thread import in_daemon_thread
from portalwatch.errors import ConfigError, first_line
from portalwatch.secrets import Secret

LONGEST = 4096  # characters; a setup code or a list of backup codes is far below
ENOUGH = 65_536  # bytes of what a command prints: the secret is its first line
LOOK_EVERY = 0.1  # seconds, whether a command that still has its output open has ended
PATIENCE = 30.0  # seconds for a keyring or a command: one that asks a person gives no secret

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Variable:
    """``{env: NAME}``: the variable NAME, or the file that the variable NAME_FILE names.

    Files are how container platforms hand over secrets; an editor's last newline is
    no part of one.
    """

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold it, or say where it is."""
        return self.name, f"{self.name}_FILE"

    def resolve(self, environ: Mapping[str, str]) -> Secret:
        """The secret itself.

        Raises:
            ConfigError: one line, without a place in the plan, which never holds the value.
        """
        _, pointer = self.variables
        value, file = environ.get(self.name), environ.get(pointer)
        if value is not None and file is not None:
            raise ConfigError(f"{self} and {pointer} are both set (unset one of them)")
        if value:
            if not value.isprintable() and "\udc80" <= max(value) <= "\udcff":
                raise ConfigError(f"{self} is not text in UTF-8 (write it in UTF-8)")
            return _secret(str(self), value)
        if value is not None:
            raise ConfigError(f"{self} is set but empty (give it the value)")
        if file is None:
            raise ConfigError(f"{self} is not set (set it, or {pointer} to a file's path)")
        if "/" not in file and not Path(file).exists():
            # Not quoted: it may well be the secret itself.
            raise ConfigError(
                f"{pointer} is not the path of a file (set it to one, or {self} to the value)"
            )
        try:
            held = Path(file).read_text(encoding="utf-8")
        except OSError as exc:
            reason = exc.strerror or type(exc).__name__
            raise ConfigError(f"{pointer} names '{file}', which cannot be read: {reason}") from exc
        except ValueError:  # not UTF-8, or a path with a null byte
            # Not chained: what could not be decoded stands in the exception.
            raise ConfigError(f"{pointer} names '{file}', which is not text in UTF-8") from None
        held = _without_last_newline(held)
        if not held:
            raise ConfigError(f"{pointer} names '{file}', which is empty (write the value to it)")
        return _secret(f"{pointer} names '{file}', which", held)


@dataclass(frozen=True, slots=True)
class KeyringEntry:
    """``{keyring: SERVICE/USER}``: an entry of the system's keyring."""

    service: str
    user: str

    def __str__(self) -> str:
        return f"keyring {self.service}/{self.user}"

    @property
    def variables(self) -> tuple[str, ...]:
        """None."""
        return ()

    def resolve(self, environ: Mapping[str, str]) -> Secret:
        """As of a variable."""
        # Here, for most plans have no use for it, and it looks for its backends at once.
        try:
            import keyring
            from keyring.errors import NoKeyringError
        except ImportError as exc:
            raise ConfigError(
                f"{self}: the package keyring is not installed (pip install 'portalwatch[keyring]')"
            ) from exc
        try:
            value = in_daemon_thread(lambda: keyring.get_password(self.service, self.user)).result(
                PATIENCE
            )
        except TimeoutError as exc:
            raise ConfigError(
                f"{self}: the keyring gave nothing within {PATIENCE:g} s (it must not ask"
                " anybody: unlock it first)"
            ) from exc
        except NoKeyringError as exc:
            raise ConfigError(
                f"{self}: this machine has no keyring (install one, such as gnome-keyring or"
                " keyrings.alt, or use {env: NAME})"
            ) from exc
        except Exception as exc:  # locked, or a backend that cannot be loaded
            raise ConfigError(f"{self}: the keyring gives nothing: {first_line(exc)}") from exc
        if not value:
            raise ConfigError(
                f"{self}: there is no such entry (keyring set {self.service} {self.user})"
            )
        return _secret(str(self), value)


@dataclass(frozen=True, slots=True)
class Command:
    """``{command: [pass, show, portal/basic]}``: the first line that a command prints.

    It is started without a shell and without a terminal: one that would ask a person ends.
    """

    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"command '{self.words[0]}'"  # arguments may tell more than they should

    @property
    def variables(self) -> tuple[str, ...]:
        """None."""
        return ()

    def resolve(self, environ: Mapping[str, str]) -> Secret:
        """As of a variable."""
        try:
            # In a group of its own, so that all that it started ends with it. What it complains
            # of is read by nobody: it may hold a secret just as well.
            process = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(environ),
                start_new_session=True,
            )
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or first_line(exc)
            raise ConfigError(
                f"{self} cannot be started: {reason} (install it, or write its whole path)"
            ) from exc
        end = partial(_end_group, process)
        atexit.register(end)  # where the program ends before it does
        with process:
            try:
                told = _told_by(process)
            except subprocess.TimeoutExpired as exc:
                end()
                raise ConfigError(
                    f"{self} gave nothing within {PATIENCE:g} s (it must not ask anybody:"
                    " sign in to it, or unlock it, first)"
                ) from exc
            except BaseException:  # Ctrl-C, SIGTERM: it would be waited for, and outlive us
                end()
                raise
            finally:
                atexit.unregister(end)
        if code := process.returncode:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise ConfigError(f"{self} failed: {how} (run it by hand to see why)")
        try:
            # pass keeps notes below the password.
            value = _without_last_newline(told.decode().partition("\n")[0])
        except UnicodeDecodeError:
            raise ConfigError(f"{self} printed no text in UTF-8") from None
        if not value:
            raise ConfigError(f"{self} printed nothing (it must print the secret)")
        return _secret(f"what {self} printed", value)


SecretSource = Variable | KeyringEntry | Command
"""A place that has a secret, as the plan names it. ``str()`` names it in messages."""


def secret_source(value: Any) -> SecretSource:
    """Of ``{env: NAME}`` and the like, as YAML gives it; else refused without quoting it.

    Raises:
        ValueError: one line with the fix.
    """
    if isinstance(value, str | int | float):
        raise ValueError(
            "a secret is written in the clear"
            " (write {env: NAME} and put the value into that environment variable)"
        )
    if not isinstance(value, dict) or len(value) != 1 or not set(value) <= set(_KINDS):
        raise ValueError(
            "is not a source of a secret"
            " (write {env: NAME}, {keyring: SERVICE/USER} or {command: [PROGRAM, ARGUMENT]})"
        )
    ((kind, place),) = value.items()
    return _KINDS[kind](place)


def _variable(place: Any) -> SecretSource:
    if not isinstance(place, str) or not _VARIABLE.fullmatch(place):
        raise ValueError("env is not the name of an environment variable (try {env: NAME})")
    return Variable(place)


def _keyring_entry(place: Any) -> SecretSource:
    service, slash, user = place.rpartition("/") if isinstance(place, str) else ("", "", "")
    if not (service and slash and user):
        raise ValueError("keyring names no entry (try {keyring: SERVICE/USER})")
    return KeyringEntry(service, user)


def _command(place: Any) -> SecretSource:
    words = isinstance(place, list) and place and all(isinstance(w, str) and w for w in place)
    if not words:
        raise ValueError(
            "command is no list of words, and no shell reads it"
            " (try {command: [pass, show, portal/basic]})"
        )
    return Command(tuple(place))


_KINDS: Mapping[str, Callable[[Any], SecretSource]] = {
    "env": _variable,
    "keyring": _keyring_entry,
    "command": _command,
}


def _secret(where: str, value: str) -> Secret:
    """``value``, unless it can be none that a portal has given to anybody."""
    if value.isspace():
        raise ConfigError(f"{where} is blank (give it the value)")
    if "\0" in value:
        raise ConfigError(f"{where} holds a null byte (give it the value as text)")
    if len(value) > LONGEST:
        raise ConfigError(f"{where} is longer than {LONGEST} characters (give it the value alone)")
    return Secret(value)


def _told_by(process: subprocess.Popen[bytes]) -> bytes:
    """What ``process`` prints, until it has ended; raises ``TimeoutExpired`` where it goes on.

    Something that it leaves in the background may keep its output open for ever, or be what
    prints the secret: it is waited for only where no line has come.
    """
    assert process.stdout is not None
    last, told, more = time.monotonic() + PATIENCE, bytearray(), True
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while more and not (b"\n" in told and process.poll() is not None):
            left = last - time.monotonic()
            if left <= 0:
                break
            if selector.select(min(left, LOOK_EVERY)):
                piece = os.read(process.stdout.fileno(), 65536)
                more = bool(piece)
                told += piece[: ENOUGH - len(told)]
    process.wait(max(0.0, last - time.monotonic()))
    if more and not told:
        raise subprocess.TimeoutExpired(process.args, PATIENCE)
    return bytes(told)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:  # else its number may be somebody else's by now
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(process.pid, signal.SIGKILL)


def _without_last_newline(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
