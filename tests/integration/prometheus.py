"""A real Prometheus that scrapes one address, for tests of what it makes of our metrics."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

_CONFIG = """\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: portalwatch
    static_configs:
      - targets: ["{target}"]
"""


def missing() -> bool:
    """True where no Prometheus is installed: the one reason to skip its tests."""
    return shutil.which("prometheus") is None


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus. ``url`` is its own; ``log`` is where it says what ails it."""

    url: str
    log: Path

    def query(self, promql: str) -> dict[tuple[str, ...], float]:
        """An instant vector as {label values, sorted by label name: value}.

        The labels that Prometheus adds (``instance``, ``job``) and the metric's name are
        left out.
        """
        answer = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": promql}))
        added = {"__name__", "instance", "job"}
        return {
            tuple(v for k, v in sorted(series["metric"].items()) if k not in added): float(
                series["value"][1]
            )
            for series in answer["data"]["result"]
        }

    def targets(self) -> list[dict[str, Any]]:
        """What it scrapes, each with ``health`` and ``lastError``."""
        found: list[dict[str, Any]] = self._get("/api/v1/targets")["data"]["activeTargets"]
        return found

    def wait_until_scraped(self, seconds: float = 30.0) -> None:
        """Returns once the target is up; raises ``AssertionError`` with its last error."""
        wait_until(
            lambda: [target["health"] for target in self.targets()] == ["up"],
            seconds=seconds,
            what="the target is up",
            said=lambda: str(self.targets()),
        )

    def wait_for(
        self, promql: str, expected: dict[tuple[str, ...], float], seconds: float = 30.0
    ) -> None:
        """Returns once ``query(promql)`` is ``expected``; raises ``AssertionError`` else."""
        wait_until(
            lambda: self.query(promql) == expected,
            seconds=seconds,
            what=f"{promql} is {expected}",
            said=lambda: f"{self.query(promql)}\n{self.targets()}",
        )

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return json.load(response)


@contextmanager
def scraping(target: str, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus on a free loopback port that scrapes ``http://{target}/metrics``.

    ``target`` is host:port. Everything it writes is in ``folder``. It is ended with the
    context.
    """
    config = folder / "prometheus.yml"
    config.write_text(_CONFIG.format(target=target))
    address = f"127.0.0.1:{_free_port()}"
    prometheus = Prometheus(url=f"http://{address}", log=folder / "prometheus.log")
    with prometheus.log.open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(
                lambda: _ready(process, prometheus),
                seconds=30.0,
                what="prometheus is ready",
                said=prometheus.log.read_text,
            )
            yield prometheus
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(process: subprocess.Popen[bytes], prometheus: Prometheus) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"prometheus ended:\n{prometheus.log.read_text()}")
    try:
        with urllib.request.urlopen(f"{prometheus.url}/-/ready", timeout=10):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
