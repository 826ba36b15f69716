"""Pages of the portal as a program sees them: their forms, links and markup; and a visitor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

TOKEN = "csrfmiddlewaretoken"
_NO_VALUE = {"submit", "button", "image", "reset"}


@dataclass(slots=True)
class Form:
    """A form of a page, with the values that a browser would send."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    page: str = ""  # that it stands on

    @property
    def key(self) -> tuple[object, ...]:
        """What forms have in common that are one for a test."""
        return self.method, shape(self.action), tuple(sorted(self.fields)), tuple(self.buttons)

    @property
    def secrets(self) -> list[str]:
        """Names of the fields that hide what is typed."""
        return [name for name, kind in self.kinds.items() if kind == "password"]


def shape(address: str) -> str:
    """A path without its references, numbers and keys: forms and pages that are alike."""
    path = urlsplit(address).path
    path = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}/", "/<key>/", path)
    path = re.sub(r"/[A-Z]{1,2}-[0-9A-Z-]+(?=[/.])", "/<reference>", path)
    path = re.sub(r"/\d{4}-\d\d(?=[/.])", "/<month>", path)
    return re.sub(r"/(\d+|[A-Za-z0-9_-]{43})(?=[/.])", "/<number>", path)


class Page(HTMLParser):
    """The forms, links and texts of a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.url = str(answer.url)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.marked: list[str] = []  # tags with an attribute that only ever comes from a test
        self._form: Form | None = None
        self._select = self._textarea = self._button = ""
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.feed(answer.text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if any("odd-mark" in name for name in given) or "odd-mark" in tag:
            self.marked.append(self.get_starttag_text() or tag)
        if tag == "form":
            action = urljoin(self.url, given.get("action") or self.url)
            self._form = Form(_path(action), given.get("method", "get").lower(), page=self.url)
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self.links.append(urljoin(self.url, given["href"]))
        elif self._form is not None:
            self._field(tag, given, self._form)

    def _field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        kind = given.get("type", "text" if tag == "input" else tag)
        if tag == "option" and self._select:
            form.choices[self._select].append(value)
            if "selected" in given:
                form.fields[self._select] = value
        elif tag == "button" or kind in _NO_VALUE:
            form.buttons.append((name, value))
        elif not name or tag not in ("input", "select", "textarea"):
            return
        elif kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(value or "on")
            form.fields.setdefault(name, "")
            if "checked" in given or (kind == "radio" and not form.fields[name]):
                form.fields[name] = value or "on"
        else:
            form.fields[name] = value
        if name and tag != "button":
            form.kinds.setdefault(name, kind)
        if tag == "select":
            self._select = name
            form.choices[name] = []
        elif tag == "textarea":
            self._textarea = name

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class Visitor:
    """A browser's cookies and forms, without its scripts. Follows no redirect by itself."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=60)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *raised: object) -> None:
        self.client.close()

    def page(self, path: str) -> Page:
        """The page at ``path``, or wherever it leads."""
        return Page(self.client.get(path, follow_redirects=True))

    def form(self, path: str, **having: str) -> Form:
        """The form at ``path`` with fields or buttons of these names; without any, its own."""
        page = self.page(path)
        for form in page.forms:
            names = {*form.fields, *(name for name, _ in form.buttons)}
            if set(having) <= names if having else form.action == urlsplit(page.url).path:
                return form
        raise AssertionError(f"{page.url} has no form with {sorted(having)}")

    def send(self, form: Form, **values: str) -> httpx.Response:
        """The form as a browser sends it, with ``values`` filled in."""
        fields = {**form.fields, **values}
        if form.method == "get":
            return self.client.get(form.action.partition("?")[0], params=fields)
        return self.client.post(form.action, data=fields)

    def fill(self, path: str, **values: str) -> httpx.Response:
        """Opens the page at ``path`` and sends its form with these fields."""
        return self.send(self.form(path, **values), **values)

    def sign_in(self, account: dict[str, str]) -> httpx.Response:
        """The password; the code, if one is asked for, is up to the caller."""
        return self.fill("/sign-in/", user_id=account["user_id"], password=account["password"])


_LEFT_ALONE = re.compile(r"/(static|administration|control)/")


def crawl(
    visitor: Visitor, starts: Iterable[str], *, within: str = "/", alike: int = 2
) -> list[Page]:
    """Every page that links and GET forms lead to from ``starts``, ``alike`` of each shape.

    Only those whose path begins with ``within``.
    """
    here = urlsplit(str(visitor.client.base_url)).netloc
    seen: set[str] = set()
    shapes: Counter[str] = Counter()
    found: list[Page] = []
    waiting = list(starts)
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        parts = urlsplit(address)
        if parts.netloc not in ("", here) or parts.scheme not in ("", "http") or address in seen:
            continue
        seen.add(address)
        kind = shape(address)
        if _LEFT_ALONE.match(kind) or not kind.startswith(within) or shapes[kind] == alike:
            continue
        shapes[kind] += 1
        page = visitor.page(address)
        found.append(page)
        waiting += page.links
        waiting += [form.action for form in page.forms if form.method == "get"]
    return found
