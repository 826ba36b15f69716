"""Which run is to blame for a worker that stands still, and where in the project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from portalwatch.lanes.watchdog import blame
from portalwatch.lanes.wire import EXIT_STUCK, STUCK_FILE

ROOT = Path(__file__).parents[2]


def carry_out(run_id, flow):
    return flow(run_id)


def test_it_names_the_run_and_the_innermost_place_in_the_project():
    def flow(_):
        return json.loads("[1]", object_hook=None), sys._getframe()

    _, frame = carry_out("r1", flow)
    run_id, where = blame(frame, carry_out.__code__, ROOT)
    assert run_id == "r1"
    assert where == f"tests/unit/test_lanes_watchdog.py:{frame.f_lineno}"


def test_without_a_run_on_the_stack_nobody_is_to_blame():
    run_id, where = blame(sys._getframe(), carry_out.__code__, ROOT / "flows")
    assert (run_id, where) == (None, None)
    assert blame(None, carry_out.__code__, ROOT) == (None, None)


SCRIPT = """\
import signal, sys, threading, time
from pathlib import Path
from portalwatch.lanes.watchdog import Watchdog

def carry_out(run_id):
    {flow}

watchdog = Watchdog(
    limit=0.6, folder=Path(sys.argv[1]), root=Path(sys.argv[2]), runs_in=carry_out.__code__)
watchdog.start()
until = time.monotonic() + 1.2  # twice the limit: a loop that beats is not ended
while time.monotonic() < until:
    watchdog.beat()
carry_out("r1")
"""


@pytest.mark.parametrize("flow", ["signal.pause()", "while True: pass"])
def test_it_ends_a_process_whose_loop_beats_no_more(tmp_path, flow):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(flow=flow))
    arguments = [sys.executable, str(script), str(tmp_path), str(tmp_path)]
    ended = subprocess.run(arguments, timeout=60, check=False, env=None)
    assert ended.returncode == EXIT_STUCK
    note = json.loads((tmp_path / STUCK_FILE).read_text())
    assert (note["run_id"], note["where"]) == ("r1", "script.py:6")
    assert "carry_out" in note["stack"]
