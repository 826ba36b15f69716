"""Nothing that is published holds a secret: of a portal that gives all of them away.

The same runs without masks show that the test would see them: which canary, in which
encoding, in which kind of artefact.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import subprocess
import sys
import urllib.parse
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.canary_site import CANARIES, canary_project
from tests.small_project import run_pytest, users_environment

ENCODINGS = {
    "plain": lambda secret: secret.encode(),
    "URL": lambda secret: urllib.parse.quote(secret, safe="").encode(),
    "JSON": lambda secret: json.dumps(secret)[1:-1].encode(),
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
    "HTML": lambda secret: html.escape(secret).encode(),
    "base64": lambda secret: base64.b64encode(secret.encode()).rstrip(b"="),
    "hex": lambda secret: secret.encode().hex().encode(),
    "backwards": lambda secret: secret[::-1].encode(),
    "UTF-16": lambda secret: secret.encode("utf-16-le"),
}
KINDS = {  # of artefacts, by what their paths hold
    "trace": r"trace\.zip",
    "HAR": r"\.har",
    "page text": r"page(-\d+)?\.txt",
    "attachment": r"seen",
    "report of pytest-html": r"pytest\.html|assets/",
    "JUnit": r"junit\.xml",
    "Allure": r"allure/",
    "results": r"results\.jsonl",
    "run report": r"report/index\.html|single/",
    "store": r"portalwatch\.sqlite3",
    "screenshot": r"\.png",
    "terminal": r"terminal\.txt",
}


def contents(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """``data`` and whatever is packed in it."""
    yield path, data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:  # which none is that is damaged
            for entry in archive.infolist():
                yield from contents(f"{path}!{entry.filename}", archive.read(entry))
    elif data.startswith(b"\x1f\x8b"):
        yield from contents(f"{path}!", gzip.decompress(data))
    for run in re.findall(rb"[A-Za-z0-9+/]{200,}={0,2}", data):
        try:
            yield from contents(f"{path}!base64", base64.b64decode(run + b"=" * (-len(run) % 4)))
        except (binascii.Error, zipfile.BadZipFile):
            continue


def kind_of(path: str) -> str:
    return next((kind for kind, pattern in KINDS.items() if re.search(pattern, path)), "other")


def found(folder: Path, codes: set[str]) -> dict[tuple[str, str], set[str]]:
    """Where canaries are: the kinds of artefacts, by canary and encoding."""
    table: dict[tuple[str, str], set[str]] = defaultdict(set)
    forms = {
        (name, encoding): form(secret)
        for name, secret in CANARIES.items()
        for encoding, form in ENCODINGS.items()
    }
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        if "quarantine" in file.parts:
            continue
        for path, data in contents(str(file.relative_to(folder)), file.read_bytes()):
            for key, form in forms.items():
                if form in data:
                    table[key].add(f"{kind_of(path)}: {path}")
            for code in codes:
                # Within a longer number, or as a part of one, digits are a time.
                if re.search(rb"(?<![\d.])%s(?![\d.]?\d)" % code.encode(), data):
                    table["used code", "plain"].add(f"{kind_of(path)}: {path}")
    return table


def published(root: Path, *, masks: bool) -> tuple[Path, set[str], Path]:
    """Everything the product makes of the canary project: its folder, the codes, the project."""
    project = canary_project(root / "project")
    out = root / "out"
    environ = {} if masks else {"CANARIES_WITHOUT_MASKS": "1"}
    engines = ("--browser", "chromium", *(("--browser", "firefox") if masks else ()))
    ran = run_pytest(
        project,
        *("checks/home.py", "-n", "1", *engines, "-v", "-s", "--showlocals"),
        *("--portalwatch-trace=on", "--portalwatch-har=on", f"--portalwatch-report={out}/report"),
        f"--portalwatch-results={out}/results.jsonl",
        f"--junitxml={out}/junit.xml",
        *(f"--html={out}/pytest.html", f"--alluredir={out}/allure"),
        seconds=400,
        **environ,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    told = [ran.stdout, ran.stderr]
    for command in (
        ("run", "--once", "--check", "home.fails", "--browser", "chromium"),
        ("report", "--to", f"{out}/single", "--single-file"),
    ):
        once = subprocess.run(
            [sys.executable, "-m", "portalwatch.cli", *command],
            cwd=project,
            env={**users_environment(), **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert once.returncode in (0, 1), once.stdout + once.stderr
        told += [once.stdout, once.stderr]
    (out / "terminal.txt").write_text("\n".join(told))
    (project / "var").rename(out / "var")
    (root / "temporary").rename(out / "temporary")  # pytest's, with its evidence
    codes = set((project / "codes.txt").read_text().split())
    return out, codes, project


def shown(table: dict[tuple[str, str], set[str]]) -> str:
    """The table for people: a canary in an encoding, and the kinds of artefacts that had it."""
    lines = []
    for (canary, encoding), places in sorted(table.items()):
        kinds = sorted({place.partition(": ")[0] for place in places})
        lines.append(f"{canary:16} {encoding:13} {', '.join(kinds)}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], set[str]]:
    out, codes, _ = published(tmp_path_factory.mktemp("canaries"), masks=False)
    return found(out, codes)


def test_without_masks_every_canary_is_seen_in_every_kind_of_artefact(
    before: dict[tuple[str, str], set[str]],
) -> None:
    print(shown(before))
    kinds = {place.partition(": ")[0] for places in before.values() for place in places}
    assert kinds >= {*KINDS} - {"screenshot"}
    assert {canary for canary, _ in before} == {*CANARIES, "used code"}
    assert {encoding for _, encoding in before} == {*ENCODINGS}


def test_with_masks_no_byte_of_any_is_published(tmp_path: Path) -> None:
    out, codes, project = published(tmp_path, masks=True)
    table = found(out, codes)
    assert table == {}, shown(table)
    # What masking could not save was withheld, and nothing else: pictures that hold a password.
    kept = sorted(file.name for file in (out / "var" / "quarantine").rglob("*") if file.is_file())
    assert kept == ["1-seen.png"] * 2
    assert [f for f in (out / "var").rglob("*") if f.is_file() and f.stat().st_mode & 0o077] == []
    assert len(codes) >= 8
    assert project.exists()
