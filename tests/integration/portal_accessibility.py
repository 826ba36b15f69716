"""Every page of the portal in every state, looked at by axe in both schemes and widths.

axe-core finds what rules can find of WCAG 2.2 AA; that nothing is passed by is seen to by
the list of the portal's addresses, each of which the tour comes to or has a reason not to.

The tour is shared out among three files of tests, as its parts are, for they take long; so
are the addresses. PORTALWATCH_TEST_FULL=1 looks for all in every scheme and width.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, Page

from portalwatch.browsers import RunningBrowser
from tests.integration.portal_process import ROOT
from tests.integration.portal_tour import Part, Visit
from tests.integration.test_portal_messages import running

TOKEN = "a-token-for-tests"
FULL = os.environ.get("PORTALWATCH_TEST_FULL") == "1"
WIDTHS = (1280, 360, 390)  # to which every page must fit
# What every page of a part has in common is looked at once, on its first: axe takes as long for
# each text as for all rules that are not about colour. Rows of a long table are alike, too.
_ROWS = "tbody tr:nth-child(n+4)"
_FRAME = (".header-inner", ".footer", "#header", ".support")
_RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]
_ALL: dict[str, Any] = {}
_COLOURS: dict[str, Any] = {"runOnly": _RULES_OF_COLOUR}
_NO_COLOURS: dict[str, Any] = {"rules": {rule: {"enabled": False} for rule in _RULES_OF_COLOUR}}
# By width, what is looked for in which scheme: only colours depend on the scheme, and they
# take the longest and hardly depend on the width.
_LOOKS = {
    1280: (("light", _ALL), ("dark", _COLOURS)),
    390: (("light", _ALL), ("dark", _COLOURS)) if FULL else (("light", _NO_COLOURS),),
}
# A colour that is still on its way to the next scheme's is none that anybody reads by.
_AXE = """async ([exclude, rules]) => {
    await Promise.all(document.getAnimations().map(({finished}) => finished.catch(() => null)));
    const options = {resultTypes: ["violations"], ...rules};
    const {violations} = await axe.run({exclude: exclude.map((one) => [one])}, options);
    return violations.flatMap(({id, nodes}) => nodes.map(
        ({html, failureSummary}) => `${id}: ${html} ${failureSummary}`
    ));
}"""

# Addresses that show no page of their own, by what they do instead.
NO_PAGE = {
    "": "leads to the dashboard",
    "healthz": "for programs",
    "status:document": "JSON",
    "sign_in:forget_user_id": "POST only, leads to the sign-in",
    "sign_in:stay": "POST only, for a script",
    "sign_in:sign_out": "POST only, leads to its page",
    "second_factor:send": "POST only, leads to the code's page",
    "second_factor:cancel": "POST only, leads to the sign-in",
    "second_factor:forget_devices": "POST only, leads to the security page",
    "accounts:sign_out_everywhere": "POST only, leads to the account",
    "accounts:sign_out_session": "POST only, leads to the account",
    "recovery:link": "leads on, so that the token leaves the address",
    "patients:statement_pdf": "PDF",
    "reports:csv": "CSV",
    "reports:pdf": "PDF",
    "resources:file": "PDF",
    "support:transcript": "plain text",
    "control:faults": "API",
    "control:fault": "API",
    "control:maintenance": "API",
    "control:reset": "API",
    "control:account": "API",
    "admin:login": "leads to the portal's sign-in",
    "admin:logout": "leads to the portal's page",
    "admin:password_change": "leads to the account",
    "admin:password_change_done": "has nothing that leads to it",
    "admin": "leads to a page that is there, or is none",
    "admin:autocomplete": "JSON",
    "admin:jsi18n": "JavaScript",
    "admin:view_on_site": "leads to a record's own page, and none has one",
}
# Which parts come to an address, by the first half of its name; all others are inside.
SHARES = {
    "compatibility": "outside",
    "recovery": "outside",
    "second_factor": "outside",
    "sign_in": "outside",
    "status": "outside",
    "applications": "money",
    "plans": "money",
    "transactions": "money",
}
# Prints the name of each address of the portal that none of the paths on standard input has.
# The administration's pages are Django's, one kind for all records.
_NOT_VISITED = """
import json, re, sys, django
django.setup()
from django.urls import get_resolver, resolve
def names(resolver, space=""):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names(pattern, pattern.namespace or space)
        else:
            yield ":".join(filter(None, (space, pattern.name or "")))
def kind(name):
    kinds = "changelist|add|change|delete|history"
    return re.sub(rf"^admin:.*_.*_({kinds})$", r"admin:records_\\1", name)
came = {resolve(path).view_name for path in json.load(sys.stdin)}
print(json.dumps(sorted(set(map(kind, names(get_resolver()))) - set(map(kind, came)))))
"""


@dataclass
class Findings:
    """What the tour has found."""

    troubles: dict[str, list[str]] = field(default_factory=dict)  # by part
    paths: set[str] = field(default_factory=set)


def parts_of(*parts: Part) -> dict[str, Part]:
    """Parts of the tour by their names."""
    return {part.__name__: part for part in parts}


def toured(browser: RunningBrowser, parts: Mapping[str, Part]) -> Findings:
    """The tour's ``parts``, once: on a portal of their own, with one page for each."""
    found = Findings()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with (
        running("--accounts", "8", PORTAL_CONTROL_TOKEN=TOKEN) as portal,
        httpx.Client(base_url=f"{portal['url']}/control", headers=headers) as control,
    ):
        for name, part in parts.items():
            with browser.browser.new_context(base_url=portal["url"]) as context:
                visit = Visit(context.new_page(), portal, control)
                found.troubles[name] = list(troubles_of(visit, part))
                found.paths |= visit.seen
    return found


def troubles_of(visit: Visit, part: Part) -> Iterator[str]:
    """What is wrong with the pages of ``part``."""
    excluded = [_ROWS]
    stop = "the beginning"
    try:
        for stop in part(visit):
            yield from (f"{stop}: {trouble}" for trouble in looked_at(visit.page, excluded))
            excluded = [_ROWS, *_FRAME]
    except (Error, AssertionError, RuntimeError) as error:
        # The other parts go on: each has a test of its own.
        yield f"the tour ended after {stop}: {error}"


def looked_at(page: Page, excluded: list[str]) -> Iterator[str]:
    """What is wrong with the page as it is shown now, in each scheme and width."""
    page.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"{width}: {needed} wide"
        for scheme, rules in _LOOKS.get(width, ()):
            page.emulate_media(color_scheme=scheme)
            for violation in page.evaluate(_AXE, [excluded, rules]):
                yield f"{width} {scheme}: {violation}"


def not_visited(paths: set[str]) -> set[str]:
    """The names of the portal's addresses that none of ``paths`` has."""
    told = subprocess.run(
        [sys.executable, "-c", _NOT_VISITED],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_DATA": "."},
        input=json.dumps(sorted(paths)),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(told.stdout))


def share_of(names: Iterable[str], share: str) -> set[str]:
    """Those of ``names`` that the parts of ``share`` have to come to."""
    return {name for name in names if SHARES.get(name.partition(":")[0], "inside") == share}
