"""The portal's own paths, asked for in a process of its own: Django's settings stay there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

_LIST = """
import json
import django
django.setup()
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

def walk(patterns, before, space):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            named = isinstance(pattern.pattern, RoutePattern)
            kinds = {name: type(c).__name__ for name, c in pattern.pattern.converters.items()}
            yield {"route": route, "name": f"{space}{pattern.name}", "converters": kinds}
        elif pattern.namespace not in ("admin",):
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from walk(pattern.url_patterns, route, inner)

print(json.dumps(list(walk(get_resolver().url_patterns, "/", ""))))
"""


@dataclass(frozen=True, slots=True)
class Route:
    """A path with its variable parts: "/patients/<slug:number>/"."""

    name: str
    route: str
    variables: tuple[str, ...]

    def path(self, **values: str) -> str:
        """The path with ``values`` for its variables."""
        path = self.route
        for name in self.variables:
            start = path.index("<")
            path = f"{path[:start]}{values[name]}{path[path.index('>') + 1 :]}"
        return path

    def matches(self, path: str) -> bool:
        """True for one of this route's paths."""
        parts = re.split(r"<[^>]*>", self.route)
        return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None


@cache
def routes() -> tuple[Route, ...]:
    """All of them but the administration's."""
    with tempfile.TemporaryDirectory() as data:
        told = subprocess.run(
            [sys.executable, "-c", _LIST],
            cwd=ROOT,
            env={**os.environ, "PORTAL_DATA": data, "DJANGO_SETTINGS_MODULE": "portal.settings"},
            capture_output=True,
            text=True,
            check=True,
        )
    return tuple(
        Route(one["name"], one["route"], tuple(one["converters"]))
        for one in json.loads(told.stdout)
    )
