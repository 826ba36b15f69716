"""The forms in which pages, requests, traces and files hold a secret, and a search for them all.

Secrets of under four characters are left out: masking them would blank ordinary words
without protecting anything. So are forms of under six in which nobody would know it, for
they turn up by chance.
"""

from __future__ import annotations

import base64
import functools
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation, MatchKind

SHORTEST = 4  # characters of a secret
LARGE = 1_000_000  # bytes, from which on a faster search is worth its making
SHORTEST_FORM = 6  # characters of a form in other letters

# What is left unescaped by encodeURIComponent, by encodeURI, and by a form's own encoding.
_UNESCAPED = ("", "-_.!~*'()", "-_.!~*'();,/?:@&=+$#", "*-._")
_SHOWN = re.compile(r"[0-9]{4,12}|[A-Za-z2-7]{16,64}")  # codes, and the keys of their apps
_SHOWN_IN = (2, 3, 4)  # characters of a group, in which portals show codes and keys
_BETWEEN = (" ", "-", "\u00a0")
_UTF16 = ("utf-16-le", "utf-16-be")

Span = tuple[int, int]


class SecretForms:
    """Every form of ``secrets``, to be found in a text or in the bytes of a file.

    The search takes one pass, however many there are: a library's Aho-Corasick automaton.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self.secrets = frozenset(secret for secret in secrets if _can_be_found(secret))
        self.forms = encodings(self.secrets)
        self._searched = 0  # bytes

    def in_text(self, text: str) -> list[Span]:
        """Where in ``text`` they stand, from the first to the last; none overlaps another."""
        if not self.forms:
            return []
        if not text.isascii():  # half an emoji, which is no text to the library
            text = text.encode("utf-8", "replace").decode()
        return [(start, end) for _, start, end in self._text.find_matches_as_indexes(text)]

    def in_bytes(self, data: bytes) -> list[Span]:
        """The same for the bytes of a file, also of a text in UTF-16."""
        if not self.forms:
            return []
        self._searched += len(data)
        automaton = self._fast if self._searched > LARGE else self._bytes
        return [(start, end) for _, start, end in automaton.find_matches_as_indexes(data)]

    @functools.cached_property
    def _text(self) -> AhoCorasick:
        return AhoCorasick(self.forms, matchkind=MatchKind.LeftmostLongest)

    @functools.cached_property
    def _bytes(self) -> BytesAhoCorasick:
        return BytesAhoCorasick(self._patterns(), matchkind=MatchKind.LeftmostLongest)

    @functools.cached_property
    def _fast(self) -> BytesAhoCorasick:
        """Twice as fast, and ten times as long in the making."""
        return BytesAhoCorasick(
            self._patterns(),
            matchkind=MatchKind.LeftmostLongest,
            implementation=Implementation.DFA,
        )

    def _patterns(self) -> set[bytes]:
        wide = {secret.encode(coding) for secret in self.secrets for coding in _UTF16}
        return wide.union(form.encode() for form in self.forms)


def _can_be_found(secret: str) -> bool:
    if len(secret) < SHORTEST or set(secret) == {"*"}:
        return False
    # Half an emoji, as a page may keep one: the library takes no pattern after it.
    return secret.isascii() or secret.encode("utf-8", "replace").decode() == secret


def encodings(secrets: Iterable[str]) -> tuple[str, ...]:
    """Each secret in the forms in which it is searched for, the longest first."""
    forms = {form for secret in secrets for form in _forms_of(secret)}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


@functools.lru_cache(maxsize=256)  # the accounts' own come again with every run
def _forms_of(secret: str) -> frozenset[str]:
    raw = secret.encode()
    escaped = {secret, *_in_addresses(raw), *_in_markup(secret), *_in_json(secret)}
    # In base64 also stands what was escaped before, or is in UTF-16, or base64 itself.
    encoded = {form.encode() for form in escaped}
    encoded |= {base64.b64encode(raw), *(secret.encode(c) for c in _UTF16)}
    forms = {
        *escaped,
        *(form for each in encoded for form in _in_base64(each)),
        *_letter_by_letter(secret, raw),
        *(_as_shown(secret) if _SHOWN.fullmatch(secret) else ()),
    }
    own = escaped if len(secret) >= SHORTEST else set()
    return frozenset(own.union(form for form in forms if len(form) >= SHORTEST_FORM))


def _letter_by_letter(secret: str, raw: bytes) -> Iterator[str]:
    yield secret[::-1]
    yield from _in_markup(secret[::-1])
    yield from _in_json(secret[::-1])
    yield raw.hex()
    yield raw.hex().upper()
    yield "".join(f"%{byte:02X}" for byte in raw)
    yield "".join(f"%{byte:02x}" for byte in raw)
    yield "".join(f"&#{ord(letter)};" for letter in secret)
    yield "".join(f"&#x{ord(letter):x};" for letter in secret)


def _in_addresses(raw: bytes) -> Iterator[str]:
    for unescaped in _UNESCAPED:
        # Browsers write %7E where Python, whatever it is told, leaves the tilde.
        for tilde in ("~", "%7E"):
            escaped = urllib.parse.quote(raw, safe=unescaped).replace("~", tilde)
            lower = re.sub("%..", lambda escape: escape[0].lower(), escaped)
            for form in (escaped, lower):
                yield form
                yield form.replace("%20", "+")


def _in_markup(secret: str) -> Iterator[str]:
    yield html.escape(secret, quote=False)
    yield html.escape(secret)
    yield html.escape(secret).replace("&#x27;", "&#39;")
    yield html.escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    yield html.escape(secret, quote=False).replace('"', "&quot;")  # what innerHTML writes


def _in_json(secret: str) -> Iterator[str]:
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]  # JSON in a string of JSON
        # As templates write it into a page's script.
        yield re.sub("[<>&']", lambda sign: f"\\u{ord(sign[0]):04x}", once)
        yield re.sub("[<>&']", lambda sign: f"\\u{ord(sign[0]):04X}", once)


def _in_base64(raw: bytes) -> Iterator[str]:
    """What base64 makes of ``raw`` wherever it stands in a longer text, as in "user:password"."""
    yield base64.b64encode(raw).decode()
    for before in range(3):
        # Characters that also hold bits of what stands before or after are not the same each time.
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        text = base64.b64encode(b"\0" * before + raw).decode()[first:last]
        yield text
        yield text.replace("+", "-").replace("/", "_")


def _as_shown(secret: str) -> Iterator[str]:
    """In groups, and in small letters: "123 456", "jbsw y3dp"; also backwards."""
    for shown in (secret, secret.lower(), secret.upper()):
        for text in (shown, shown[::-1]):
            yield text
            for size in _SHOWN_IN:
                groups = [text[at : at + size] for at in range(0, len(text), size)]
                if len(groups) > 1:
                    yield from (between.join(groups) for between in _BETWEEN)
