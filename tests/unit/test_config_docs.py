"""docs/configuration.md says of every key what the models say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter

from portalwatch import yaml_lines
from portalwatch.config import SECTIONS, load
from portalwatch.plan import (
    AccountPlan,
    BrowserPlan,
    CheckPlan,
    MailboxesPlan,
    MailboxPlan,
    MonitorPlan,
    PortalPlan,
    RecyclePlan,
    RunPlan,
)

DOCUMENT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()

MODELS: dict[str, type[BaseModel]] = {
    "portal": PortalPlan,
    "monitor": MonitorPlan,
    "monitor.recycle": RecyclePlan,
    "defaults": RunPlan,
    "browsers": BrowserPlan,
    "mailboxes": MailboxesPlan,
    "mailboxes.mail": MailboxPlan,
    "accounts": AccountPlan,
    "checks": CheckPlan,
}
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def rows(section: str) -> dict[str, tuple[str, str]]:
    """Form and default of each key in the table below the section's heading."""
    found = re.search(rf"^##+ {re.escape(section)}\n(.*?)(?=^##+ |\Z)", DOCUMENT, re.M | re.S)
    assert found, f"no section {section}"
    return {key: (form, default) for key, form, default, _ in ROW.findall(found[1])}


def documented_keys(section: str) -> list[str]:
    own = list(MODELS[section].model_fields)
    return [key for key in own if section != "checks" or key not in RunPlan.model_fields]


def test_it_has_a_section_for_every_section_of_a_plan() -> None:
    assert {section.partition(".")[0] for section in MODELS} == set(SECTIONS)


@pytest.mark.parametrize("section", MODELS)
def test_it_documents_every_key_in_the_order_of_the_model(section: str) -> None:
    assert list(rows(section)) == documented_keys(section)


@pytest.mark.parametrize(
    ("section", "key"), [(section, key) for section in MODELS for key in documented_keys(section)]
)
def test_the_documented_default_is_the_real_one(section: str, key: str) -> None:
    field = MODELS[section].model_fields[key]
    _, documented = rows(section)[key]
    if documented == "required":
        assert field.is_required()
    elif documented == "–":
        assert field.default is None or isinstance(field.default, BaseModel)
    else:
        written: Any = yaml_lines.read(documented.strip("`")).root
        empty = written == []  # some lists may be left out, but not be written empty
        form: Any = Annotated[(field.annotation, *field.metadata)]
        read = () if empty else TypeAdapter(form).validate_python(written)
        assert read == field.default


@pytest.mark.parametrize("section", MODELS)
def test_the_documented_bounds_are_the_real_ones(section: str) -> None:
    for key, (form, _) in rows(section).items():
        bounds = MODELS[section].model_fields[key].metadata[-1:]
        keywords = getattr(getattr(bounds[0], "func", None), "keywords", {}) if bounds else {}
        if "most" in keywords:
            assert form == f"number, {keywords['least']} to {keywords['most']}"
        if least := re.search(r"at least (\w+)", form):
            written = TypeAdapter(Annotated[Any, *bounds]).validate_python(least[1])
            assert written == keywords["least"]


def test_the_examples_together_are_a_plan(tmp_path: Path) -> None:
    file = tmp_path / "portalwatch.yaml"
    file.write_text("".join(re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.M | re.S)))
    plan = load(
        file,
        known_checks=["login.provider_signs_in", "two_factor.provider_signs_in_with_totp"],
        known_browsers=["chromium", "firefox", "webkit", "chrome", "edge"],
    )
    assert [check.every for check in plan.checks] == [30.0, 120.0]
