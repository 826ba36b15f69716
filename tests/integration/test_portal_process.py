"""A portal that does not start fails its tests at once or in time, and what it said is shown."""

from __future__ import annotations

import pytest

from tests.integration.portal_process import portal_process


def test_a_portal_that_ends_before_it_is_ready_is_not_waited_for(tmp_path):
    log = tmp_path / "log"
    told = "(?s)the portal has ended.*not-a-port"
    with pytest.raises(AssertionError, match=told), portal_process("--port", "not-a-port", log=log):
        pytest.fail("it cannot be ready")


def test_a_portal_that_is_late_is_killed():
    late = "a portal is ready: not within 0 s"
    with pytest.raises(AssertionError, match=late), portal_process(seconds=0):
        pytest.fail("it cannot be ready")
