"""A check's evidence where other reports take it: JUnit, pytest-html and Allure, if in use."""

from __future__ import annotations

import base64
import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portalwatch.model import Evidence, Result
from portalwatch.pytest_plugin.options import report_folder, results_file
from portalwatch.pytest_plugin.words import PROPERTY, steps_of


def attach_evidence(
    item: pytest.Item, report: pytest.TestReport, result: Result, root: Path
) -> None:
    """Hand on the evidence of the last attempt, which lies below ``root``."""
    evidence = result.last.evidence
    shown = evidence_shown_in(item.config, root)
    item.user_properties += [
        (f"{PROPERTY}{each.kind}", _as_property(item.config, shown / each.path))
        for each in evidence
    ]
    plugins = item.config.pluginmanager
    page = getattr(item.config.option, "htmlpath", None)
    if page and (html := plugins.getplugin("html")):
        whole = item.config.getoption("self_contained_html", default=False)
        folder = None if whole else _folder_of_page(item.config, page)
        extras = [_extra(html.extras, each, root, shown, folder) for each in evidence]
        report.extras = [*getattr(report, "extras", []), *extras]  # type: ignore[attr-defined]
    if plugins.hasplugin("allure_listener"):
        _to_allure(result, root)


def evidence_shown_in(config: pytest.Config, root: Path) -> Path:
    """The folder to name to people: pytest clears its temporary files, a report's stay."""
    folder, file = report_folder(config), results_file(config)
    if folder is not None:
        return folder / "evidence"
    if file is None:
        return root
    from portalwatch.results_file import evidence_folder

    return evidence_folder(file)


def _as_property(config: pytest.Config, path: Path) -> str:
    """As pytest-playwright names files: from where pytest was started, if below that."""
    start = config.invocation_params.dir
    return str(path.relative_to(start) if path.is_relative_to(start) else path)


def _folder_of_page(config: pytest.Config, page: str) -> Path:
    return (config.invocation_params.dir / Path(os.path.expandvars(page)).expanduser()).parent


def _extra(extras: Any, item: Evidence, root: Path, shown: Path, folder: Path | None) -> Any:
    """``item`` for pytest-html; ``folder`` is its page's, None where the page holds all itself."""
    data = (root / item.path).read_bytes()
    if item.media_type == "text/plain":
        return extras.text(data.decode("utf-8", "replace"), name=item.name)
    if item.media_type == "image/png":
        return extras.png(base64.b64encode(data).decode(), name=item.name)
    if folder is None:
        inside = f"data:{item.media_type};base64,{base64.b64encode(data).decode()}"
        return extras.url(inside, name=item.name)
    link = urllib.parse.quote(os.path.relpath(shown / item.path, folder))
    return extras.url(link, name=item.name)


def _to_allure(result: Result, root: Path) -> None:
    import allure  # only where it is in use

    steps = "\n".join(_lines(result))
    if steps:
        allure.attach(steps, name="steps", attachment_type=allure.attachment_type.TEXT)
    for each in result.last.evidence:
        extension = Path(each.name).suffix.lstrip(".")
        allure.attach.file(root / each.path, each.name, each.media_type, extension)  # type: ignore[no-untyped-call]


def _lines(result: Result) -> Iterator[str]:
    yield from steps_of(result, indent="")
    yield from (f"not so: {claim.message}" for claim in result.last.unmet)
