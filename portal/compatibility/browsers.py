"""What a User-Agent says of the browser, and whether the portal is made for it.

Four families with a least version each: a list of every browser there ever was (as the
ua-parser library has) would be read at each start to tell these four apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Browsers of one name, from the oldest version that is supported."""

    name: str
    pattern: re.Pattern[str]
    least: tuple[int, int]

    @property
    def least_version(self) -> str:
        """As people write it: "16.4", "111"."""
        major, minor = self.least
        return f"{major}.{minor}" if minor else str(major)


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser of one request."""

    name: str  # "" for a program that does not say that it is a browser
    version: str = ""
    is_supported: bool = True

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def _family(name: str, pattern: str, *least: int) -> Family:
    major, minor = least
    return Family(name, re.compile(pattern), (major, minor))


# In this order: Edge also says Chrome, and Chrome also says Safari. HeadlessChrome is Chrome.
# WebKitGTK says Safari, with the version of Safari that it is level with. On iPhones every
# browser is Safari inside, and may leave out "Version".
FAMILIES = (
    _family("Edge", r"\bEdg(?:A|iOS)?/(\d+)\.(\d+)", 111, 0),
    _family("Chrome", r"\b(?:Headless)?Chrom(?:e|ium)/(\d+)\.(\d+)", 111, 0),
    _family("Firefox", r"\bFirefox/(\d+)\.(\d+)", 115, 0),
    _family("Safari", r"\bVersion/(\d+)\.(\d+)[^ ]* (?:Mobile/\w+ )?Safari/", 16, 4),
    _family("Safari", r"\biPhone OS (\d+)_(\d+)", 16, 4),
)
_INTERNET_EXPLORER = re.compile(r"\bMSIE (\d+)|\bTrident/.*\brv:(\d+)")
_OLD_EDGE = re.compile(r"\bEdge/(\d+)")
_SAYS_BROWSER = ("Mozilla/", "Opera/")
_LONGEST = 512  # of a User-Agent that is looked at


def identify(user_agent: str) -> Browser:
    """The browser that ``user_agent`` names.

    What does not begin as browsers do (curl, a monitor's plain request) is no browser that
    could be too old, and is let through.
    """
    text = user_agent[:_LONGEST]
    if not text.startswith(_SAYS_BROWSER):
        return Browser("")
    if found := _INTERNET_EXPLORER.search(text):
        return Browser("Internet Explorer", found[1] or found[2], is_supported=False)
    if found := _OLD_EDGE.search(text):
        return Browser("Edge", found[1], is_supported=False)
    for family in FAMILIES:
        if found := family.pattern.search(text):
            version = (int(found[1]), int(found[2]))
            shown = found[1] if family.name != "Safari" else f"{found[1]}.{found[2]}"
            return Browser(family.name, shown, version >= family.least)
    return Browser("an unknown browser", is_supported=False)
