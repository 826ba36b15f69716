"""Orders, and the records of what came of them."""

from __future__ import annotations

from portalwatch.order import new_run_id


def test_run_ids_sort_by_time_and_are_safe_in_addresses():
    early, late = new_run_id(1_700_000_000.0), new_run_id(1_700_000_001.0)
    assert early < late
    assert early.replace("-", "").isalnum()
