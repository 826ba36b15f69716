"""The values a plan is written in.

Each function takes what YAML gave (text, number, boolean, list, mapping or nothing) and
returns what the program works with, or raises ``ValueError`` with one line that says
what is wrong and, in brackets, how to mend it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
BYTES = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}

# How else people spell units of time, and the seconds that they mean.
_SPELLED = {
    r"ms(?:ecs?)?|millis(?:econds?)?": 0.001,
    r"s|secs?|seconds?": 1.0,
    r"m|mins?|minutes?": 60.0,
    r"h|hrs?|hours?": 3600.0,
    r"d|days?": 86400.0,
    r"w|weeks?": 7 * 86400.0,
    r"mo|months?": 30 * 86400.0,
    r"y|yrs?|years?": 365 * 86400.0,
}

_QUANTITY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s?([A-Za-z]+)")
_CLOCK = re.compile(r"(\d{1,3}):(\d{2})")
_OBJECT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens; port 0 means any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def shown(value: Any) -> str:
    """A value as a message quotes it: short, and never a whole list or mapping."""
    if value is None:
        return "an empty value"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    text = text if len(text) <= 60 else f"{text[:57]}…"
    return f"'{text}'" if isinstance(value, str) else text


def choose(word: str, options: Iterable[str]) -> str:
    """The fix for a word that is none of ``options``: the nearest of them, or all."""
    options = sorted(options)
    close = difflib.get_close_matches(word, options, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    if not options:
        return "there is none to choose from"
    more = ", …" if len(options) > 12 else ""
    return f"choose from: {', '.join(options[:12])}{more}"


def duration(value: Any, *, least: float = 0.001) -> float:
    """Seconds of ``500ms``, ``30s``, ``5m``, ``6h`` or ``90d``; at least ``least``."""
    if _is_number(value):
        raise ValueError(f"{value} has no unit (try '{value}s')")
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] not in SECONDS:
        raise ValueError(f"{shown(value)} is not a duration ({_duration_hint(value)})")
    seconds = float(match[1]) * SECONDS[match[2]]
    if seconds < least:
        raise ValueError(f"{shown(value)} is too short (at least '{duration_text(least)}')")
    return seconds


def _duration_hint(value: Any) -> str:
    """The duration that was probably meant: of ``1w``, ``1h30m``, ``5 minutes`` or ``1:30``."""
    written = value if isinstance(value, str) else ""
    if clock := _CLOCK.fullmatch(written):  # 1:30, which YAML 1.1 reads as 90
        return f"try '{int(clock[1]) * 60 + int(clock[2])}s'"
    meant, longest = _spelled_out(written)
    if meant:
        more = "; days are the largest unit" if longest > SECONDS["d"] else ""
        return f"try '{duration_text(meant)}'{more}"
    number = re.fullmatch(r"0*([1-9]\d{0,8})\s?[A-Za-z]?", written)
    return f"try '{number[1]}m'" if number else "try '30s'"


def _spelled_out(text: str) -> tuple[float, float]:
    """The seconds, to the millisecond, that ``text`` spells, and its longest unit; else zeros."""
    quantities = _QUANTITY.findall(text)
    if re.sub(r"[\s,]|\band\b", "", _QUANTITY.sub("", text)):
        return 0.0, 0.0  # there is more in it than quantities
    units = [_unit_spelled(unit) for _, unit in quantities]
    if not all(units):
        return 0.0, 0.0
    seconds = sum(float(number) * unit for (number, _), unit in zip(quantities, units, strict=True))
    return round(seconds, 3), max(units, default=0.0)


def _unit_spelled(word: str) -> float:
    matches = (s for spelling, s in _SPELLED.items() if re.fullmatch(spelling, word, re.IGNORECASE))
    return next(matches, 0.0)


def duration_text(seconds: float) -> str:
    """Seconds as a plan would say them, in the largest unit that is whole: 90 is ``90s``."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= SECONDS[unit] and seconds % SECONDS[unit] == 0:
            return f"{seconds / SECONDS[unit]:.0f}{unit}"
    return "0s" if seconds == 0 else f"{round(seconds * 1000)}ms"


def size(value: Any, *, least: int = 1) -> int:
    """Bytes of ``512MB``, ``1.5GB`` (powers of ten) or ``1GiB`` (powers of two)."""
    if _is_number(value):
        raise ValueError(f"{value} has no unit (try '{value}MB')")
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] not in BYTES:
        number = re.match(r"\d{1,9}(\.\d+)?", value) if isinstance(value, str) else None
        raise ValueError(
            f"{shown(value)} is not a size (try '{number[0] if number else 512}MB'; "
            f"units are {', '.join(BYTES)})"
        )
    number_of_bytes = round(float(match[1]) * BYTES[match[2]])
    if number_of_bytes < least:
        raise ValueError(f"{shown(value)} is too small (at least '{least // 10**6}MB')")
    return number_of_bytes


def whole_number(value: Any, *, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{shown(value)} is not a whole number (write one from {least} to {most})")
    if not least <= value <= most:
        raise ValueError(f"{value} is out of range (write a number from {least} to {most})")
    return value


def truth(value: Any) -> bool:
    """``true`` or ``false``, and none of the other words that YAML 1.1 took for them."""
    if isinstance(value, bool):
        return value
    meant = str(value).lower() in ("yes", "on", "true", "y", "1")
    raise ValueError(f"{shown(value)} is not true or false (write {'true' if meant else 'false'})")


def text(value: Any) -> str:
    """Text of one line that is not blank."""
    if isinstance(value, bool) or _is_number(value):
        kind = "true-or-false value" if isinstance(value, bool) else "number"
        word = shown(value)
        raise ValueError(f"{word} is a {kind} here, not text (put it in quotes: '{word}')")
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not text (write one line of text)")
    if not value.strip() or not value.isprintable():
        raise ValueError(f"{shown(value)} is blank or of many lines (write one line of text)")
    return value


def name(value: Any) -> str:
    """A name of letters, digits, ``-`` and ``_``: it becomes a label and part of a path."""
    word = text(value)
    if not _NAME.fullmatch(word):
        raise ValueError(f"{shown(word)} is not a name (use letters, digits, '-' and '_')")
    return word


def one_of(value: Any, *, options: tuple[str, ...]) -> str:
    """One of a few words."""
    if value not in options:
        raise ValueError(f"{shown(value)} is not known (choose from: {', '.join(options)})")
    return str(value)


def values(value: Any) -> tuple[Any, ...]:
    """A list, as a tuple; its items are checked one by one elsewhere."""
    if not isinstance(value, list | tuple):
        example = value if isinstance(value, str) else "…"
        raise ValueError(f"{shown(value)} is not a list (write [{example}])")
    for index, item in enumerate(value):
        if item in value[:index]:
            raise ValueError(f"{shown(item)} stands twice in the list (keep one)")
    return tuple(value)


def some_values(value: Any) -> tuple[Any, ...]:
    """A list of at least one item."""
    items = values(value)
    if not items:
        raise ValueError("is an empty list (name at least one, or remove the key)")
    return items


def address(value: Any) -> Address:
    """``host:port``, an IPv6 host in brackets: ``127.0.0.1:9464``, ``[::1]:9464``."""
    fix = "(try '127.0.0.1:9464')"
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not an address {fix}")
    if re.fullmatch(r":\d*", value):
        raise ValueError(
            f"{shown(value)} has no host (try '127.0.0.1{value}', "
            f"or '0.0.0.0{value}' for every interface)"
        )
    host, colon, port = value.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        raise ValueError(f"{shown(value)} has no port {fix}")
    if int(port) > 65535:
        raise ValueError(f"{shown(value)}: port {port} is out of range (0 to 65535)")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{shown(value)} is ambiguous (write the host as '[{host}]:{port}')")
    if not re.fullmatch(r"[A-Za-z0-9:._-]+", host):
        raise ValueError(f"{shown(value)} has no valid host {fix}")
    return Address(host, int(port))


def web_address(value: Any) -> str:
    """The address of a portal: http or https, without credentials, query or fragment."""
    word, parts, _ = _http(value)
    if parts.query or parts.fragment:
        raise ValueError(f"{shown(word)} has a query or fragment (end it before the '?' or '#')")
    return word


def origin(value: Any) -> str:
    """An origin as RFC 6454 serialises it: scheme, host, and the port if not the usual one."""
    word, parts, port = _http(value)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            f"{shown(word)} is more than an origin (write '{parts.scheme}://{parts.netloc}')"
        )
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def host_name(value: Any) -> str:
    """The name of a host, as addresses have it: no address, no port, no wildcard."""
    word = text(value)
    if "*" in word:
        raise ValueError(f"{shown(word)} is a wildcard (name each host by itself)")
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", word):
        raise ValueError(f"{shown(word)} is not the name of a host (try 'login.example.com')")
    return word.lower()


def _http(value: Any, *, instead: str = "put them under 'accounts'") -> tuple[str, Any, int | None]:
    word = text(value)
    try:
        parts = urlsplit(word)
        port = parts.port
    except ValueError:
        raise ValueError(
            f"{shown(word)} has no valid host or port (try 'https://host:443')"
        ) from None
    if parts.scheme not in ("http", "https"):
        bare = word.rpartition("://")[2]
        raise ValueError(f"{shown(word)} is no http or https address (try 'https://{bare}')")
    if not parts.hostname or any(c.isspace() for c in word):
        raise ValueError(f"{shown(word)} has no host (try 'https://portal.example')")
    if parts.username is not None or parts.password is not None:
        # Not quoted: it may hold a password.
        raise ValueError(f"has a user name or password in it ({instead})")
    return word, parts, port


def inbox_address(value: Any) -> str:
    """The address of an inbox, with ``{address}`` in the place of whose messages it lists."""
    word, _, _ = _http(value, instead="an inbox takes none: put a token into its query")
    if "{address}" not in word:
        raise ValueError(f"{shown(word)} does not say whose messages (try '{word}?to={{address}}')")
    return word


def imap_address(value: Any) -> str:
    """A mail server and a folder of it: ``imaps://mail.example.com/INBOX``."""
    word = text(value)
    fix = "(try 'imaps://mail.example.com/INBOX')"
    try:
        parts = urlsplit(word)
        parts.port  # noqa: B018 - raises where it is none
    except ValueError:
        raise ValueError(f"{shown(word)} has no valid host or port {fix}") from None
    if parts.scheme not in ("imap", "imaps"):
        raise ValueError(f"{shown(word)} is no imap or imaps address {fix}")
    if not parts.hostname or any(c.isspace() for c in word):
        raise ValueError(f"{shown(word)} has no host {fix}")
    if parts.username is not None or parts.password is not None:
        # Not quoted: it may hold a password.
        raise ValueError("has a user name or password in it (put them into 'user' and 'password')")
    if parts.scheme == "imap" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError(f"{shown(word)} would send the password in the clear (use imaps)")
    return word


def object_path(value: Any) -> str:
    """``module:function`` of the project, such as ``fixtures.portal:serve``."""
    if not isinstance(value, str) or not _OBJECT.fullmatch(value):
        raise ValueError(f"{shown(value)} is not module:function (try 'fixtures.portal:serve')")
    return value


def absolute_path(value: Any) -> str:
    """A path from the root of the file system."""
    word = text(value)
    if not PurePosixPath(word).is_absolute():
        raise ValueError(f"{shown(word)} is not an absolute path (begin it with '/')")
    return word


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
