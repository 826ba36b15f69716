"""The state of the accounts at each scrape."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portalwatch.account import Account
from portalwatch.account_metrics import AccountCollector
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.metrics import Metrics
from portalwatch.model import Cause
from portalwatch.secrets import Secret

PORTAL = "https://portal.example"
ACCOUNTS = {
    name: Account(name, f"{name}@example.com", name.title(), password=Secret(f"{name}'s"))
    for name in ("basic", "other", "idle")
}


@pytest.fixture
def budget(tmp_path: Path) -> AttemptBudget:
    return AttemptBudget(tmp_path / "accounts.sqlite3")


@pytest.fixture
def metrics(budget: AttemptBudget) -> Metrics:
    metrics = Metrics()
    metrics.also(AccountCollector(budget, lambda: (PORTAL, ACCOUNTS)))
    return metrics


def samples(metrics: Metrics, name: str) -> dict[str, float]:
    return {
        sample.labels["account"]: sample.value
        for family in text_string_to_metric_families(metrics.render()[0].decode())
        for sample in family.samples
        if sample.name == name
    }


def test_it_shows_which_accounts_are_paused_and_what_counts_against_them(
    budget: AttemptBudget, metrics: Metrics
) -> None:
    for _ in range(2):
        budget.charge(PORTAL, ACCOUNTS["basic"])
        budget.settle(PORTAL, ACCOUNTS["basic"], failed=1, refusal=Cause.INVALID_CREDENTIALS)
    budget.charge(PORTAL, ACCOUNTS["other"])
    budget.charge("https://staging.example", ACCOUNTS["idle"])
    assert samples(metrics, "portalwatch_account_paused") == {"basic": 1, "other": 0, "idle": 0}
    assert samples(metrics, "portalwatch_account_failures") == {"basic": 2, "other": 1, "idle": 0}


def test_an_account_that_is_not_tried_for_another_reason_is_paused_as_well(
    budget: AttemptBudget, metrics: Metrics
) -> None:
    for _ in range(4):  # the fifth would lock it
        budget.charge(PORTAL, ACCOUNTS["basic"])
        budget.settle(PORTAL, ACCOUNTS["basic"], failed=1)
    for _ in range(2):
        budget.charge(PORTAL, ACCOUNTS["other"])
        budget.settle(PORTAL, ACCOUNTS["other"], failed=1, refusal=Cause.INVALID_CREDENTIALS)
    budget.resume(budget.states("other"))  # with the secret that was refused
    assert samples(metrics, "portalwatch_account_paused") == {"basic": 1, "other": 1, "idle": 0}


def test_a_file_that_cannot_be_read_costs_no_other_metric(
    budget: AttemptBudget, metrics: Metrics, tmp_path: Path
) -> None:
    (tmp_path / "accounts.sqlite3").write_bytes(b"this is no database" * 100)
    assert samples(metrics, "portalwatch_account_paused") == {}
    assert b"portalwatch_build_info" in metrics.render()[0]
