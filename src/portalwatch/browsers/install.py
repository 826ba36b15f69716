"""Get the browsers: Playwright's own builds, else the system's, else packages."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from portalwatch.browsers.apt import Apt
from portalwatch.browsers.downloads import BRANDED, INSTALLS, Downloads
from portalwatch.browsers.find import find
from portalwatch.browsers.places import Places
from portalwatch.browsers.spec import KNOWN, FoundBrowser
from portalwatch.browsers.version import read_version
from portalwatch.errors import BrowserMissing, OperatorError

ENGINES = (*INSTALLS, *BRANDED)
"""What can be installed, by the names that ``portalwatch browsers install`` takes."""

# The first is the browser. Each of the others is left out where there is no such package.
_PACKAGES = {
    "chromium": ("chromium", "chromium-headless-shell"),
    "firefox": ("firefox-esr",),
    "webkit": ("libwebkit2gtk-4.1-0", "xvfb"),
}


def install(
    engines: Iterable[str],
    *,
    say: Callable[[str], None],
    places: Places | None = None,
    downloads: Downloads | None = None,
    find_apt: Callable[[], Apt | None] = Apt.of_this_machine,
) -> None:
    """See to it that each of ``engines`` is installed; ``say`` hears which was chosen.

    What is there is left alone, so a second call takes a fraction of a second.
    Raises ``OperatorError``, one line a browser that could not be had, after having
    tried all of them.
    """
    places = places or Places.of_this_machine()
    downloads = downloads or Downloads(places)
    problems = []
    for engine in dict.fromkeys(engines):
        if engine not in ENGINES:
            problems.append(f"no such browser: {engine!r} (install {', '.join(ENGINES)})")
            continue
        try:
            chosen = _get(engine, say, places, downloads, find_apt)
        except OperatorError as error:
            problems.append(str(error))
        else:
            say(f"{engine}: {_in_words(chosen)}")
    if problems:
        raise OperatorError("\n".join(problems))


def _get(
    engine: str,
    say: Callable[[str], None],
    places: Places,
    downloads: Downloads,
    find_apt: Callable[[], Apt | None],
) -> FoundBrowser:
    here = _found(engine, places)
    if engine in BRANDED:
        return here or _get_branded(engine, say, places, downloads)
    if here is not None and here.build == "playwright":
        return here
    if here is None:
        say(f"{engine}: downloading Playwright's build")
    if downloads.get(engine):
        own = find(KNOWN[engine], places=places)
        if _runs(own, downloads):
            return own
        raise OperatorError(
            f"{engine}: Playwright's build is here and lacks libraries of the system"
            f" (fix: playwright install-deps {engine}, as root)"
        )
    if here is not None:
        return here
    return _get_packages(engine, say, places, find_apt)


def _get_branded(
    engine: str, say: Callable[[str], None], places: Places, downloads: Downloads
) -> FoundBrowser:
    say(f"{engine}: installing the vendor's package")
    downloads.get_branded(engine)
    found = _found(engine, places)
    if found is None:
        raise OperatorError(f"{engine}: could not be installed (fix: install its vendor's package)")
    return found


def _get_packages(
    engine: str, say: Callable[[str], None], places: Places, find_apt: Callable[[], Apt | None]
) -> FoundBrowser:
    main, *extras = _PACKAGES[engine]
    by_hand = f"apt-get install {main}"
    apt = find_apt()
    if apt is None:
        raise OperatorError(
            f"{engine}: Playwright's build cannot be downloaded, and this user cannot install"
            f" packages with apt-get (fix: {by_hand}, as root)"
        )
    if not apt.offers(main):
        raise OperatorError(
            f"{engine}: Playwright's build cannot be downloaded, and this system has no package"
            f" {main} that is not a snap (fix: let this machine reach Playwright's downloads)"
        )
    wanted = [main, *(package for package in extras if apt.offers(package))]
    say(f"{engine}: installing {' and '.join(wanted)}")
    if not apt.install(wanted):
        raise OperatorError(
            f"{engine}: installing {' and '.join(wanted)} failed (fix: {by_hand}, and see why)"
        )
    try:
        return find(KNOWN[engine], places=places)
    except BrowserMissing as missing:
        raise OperatorError(
            f"{engine}: the newest {main} of this system is no help: {missing.message}"
            " (fix: let this machine reach Playwright's downloads)"
        ) from missing


def _found(engine: str, places: Places) -> FoundBrowser | None:
    try:
        return find(KNOWN[engine], places=places)
    except BrowserMissing:
        return None


def _runs(own: FoundBrowser, downloads: Downloads) -> bool:
    """True once a fresh download of Playwright's has the libraries it needs."""
    # WebKit's launcher tells no version: its libraries are always asked for.
    if own.engine != "webkit" and read_version(own.path) is not None:
        return True
    return downloads.add_libraries(own.engine)


def _in_words(found: FoundBrowser) -> str:
    whose = "Playwright's build" if found.build == "playwright" else "the system's"
    return f"{whose}, version {found.version or 'unknown'} ({found.path})"
