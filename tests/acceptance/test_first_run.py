"""The product's first minute: every check once, by the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def portalwatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "portalwatch.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_plan_without_mistakes_is_valid():
    validated = portalwatch("validate")
    assert validated.returncode == 0, validated.stderr
    assert "6 checks, 12 entries, 5 accounts" in validated.stdout


def test_every_check_passes_once_in_both_browsers():
    ran = portalwatch("run", "--once", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    results = json.loads(ran.stdout)
    assert len(results) == 12
    assert {result["browser"]["engine"] for result in results} == {"chromium", "firefox"}
    assert {result["attempts"][-1]["outcome"] for result in results} == {"pass"}
