"""A real Prometheus scrapes a real monitor of the bundled portal, on both browsers."""

from __future__ import annotations

import shutil
import subprocess

import pytest
import yaml

from tests.integration.prometheus import missing, scraping
from tests.integration.watching import monitoring, write_plan

pytestmark = pytest.mark.skipif(missing(), reason="no prometheus is installed here")


# Few: the first runs of a plan are spread, four seconds apart.
CHECKS = ("two_factor.provider_signs_in_with_totp", "access.dashboard_needs_a_session")


@pytest.fixture
def project(short_project):
    """A part of the bundled project, with one run of each check."""
    plan = yaml.safe_load((short_project / "portalwatch.yaml").read_text())
    plan["checks"] = [check for check in plan["checks"] if check["check"] in CHECKS]
    for check in plan["checks"]:
        check["every"] = "1h"
    write_plan(short_project, plan)
    return short_project


def test_prometheus_sees_every_check_up_on_both_browsers(project, tmp_path):
    plan = yaml.safe_load((project / "portalwatch.yaml").read_text())
    up = {
        (browser, check["check"]): 1.0
        for check in plan["checks"]
        for browser in plan["defaults"]["browsers"]
    }
    with monitoring(project, {}) as monitor:
        target = monitor.address.removeprefix("http://").rstrip("/")
        (tmp_path / "prometheus").mkdir()
        with scraping(target, tmp_path / "prometheus") as prometheus:
            prometheus.wait_for("portalwatch_check_up", up, seconds=120)
            assert prometheus.query("portalwatch_lanes") == {(): 2.0}
            assert prometheus.query("portalwatch_plan_reload_success") == {(): 1.0}
            versions = prometheus.query("count by (browser) (portalwatch_browser_info)")
            assert versions == {("chromium",): 1.0, ("firefox",): 1.0}
        _, page = monitor.get("metrics")
        assert lint(page) == ""
        assert monitor.stop() == 0
        assert monitor.remains() == []


def lint(page: str) -> str:
    """What promtool complains of in a page of metrics."""
    promtool = shutil.which("promtool")
    assert promtool is not None  # it comes with prometheus
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, text=True, check=False
    )
    return checked.stdout + checked.stderr
