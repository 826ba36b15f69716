"""Finding and ending everything that carries a mark, and leaving no zombie behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from portalwatch.lanes import processes
from tests.waiting import wait_until

# A child that has left for a session of its own, and a grandchild that hides its environment.
FAMILY = """\
import os, signal, subprocess, sys
child = [sys.executable, "-c", "import signal; print(1, flush=True); signal.pause()"]
grand = subprocess.Popen(child, start_new_session=True, stdout=subprocess.PIPE)
grand.stdout.readline()
bare = subprocess.Popen(child, env={}, stdout=subprocess.PIPE)
bare.stdout.readline()
print(grand.pid, bare.pid, flush=True)
signal.pause()
"""


@pytest.fixture
def mark():
    made = processes.new_mark("0badcafe")
    yield made
    processes.kill(made)


def start_family(mark):
    """The process ids of a marked process and its two children."""
    parent = subprocess.Popen(
        [sys.executable, "-c", FAMILY],
        env={**os.environ, processes.MARK: mark},
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return parent, [parent.pid, *map(int, parent.stdout.readline().split())]


def living(pids):
    alive = [pid for pid in pids if psutil.pid_exists(pid)]
    return [pid for pid in alive if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def end(parent):
    parent.stdout.close()
    return parent.wait(10)


def test_it_finds_the_marked_and_whoever_is_in_a_session_of_theirs(mark):
    parent, pids = start_family(mark)
    assert {process.pid for process in processes.marked(mark)} == set(pids)
    processes.kill(mark)
    assert living(pids) == []
    assert end(parent) == -signal.SIGKILL  # its exit status was left for who waits for it


def test_a_mark_is_found_by_its_instance_and_by_no_other(mark):
    parent, pids = start_family(mark)
    assert {process.pid for process in processes.marked("0badcafe")} >= set(pids)
    assert processes.marked("0badcaf") == []
    assert processes.marked("deadbeef") == []
    processes.kill(mark)
    end(parent)


def test_it_ends_processes_that_stand_still(mark):
    parent, pids = start_family(mark)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    processes.kill(mark)
    assert living(pids) == []
    end(parent)


def test_this_process_and_its_session_are_never_ended(mark, monkeypatch):
    script = (
        "import os, sys; from portalwatch.lanes import processes;"
        "processes.kill(os.environ[processes.MARK]); print('lives')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, processes.MARK: mark},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "lives\n"


def test_orphans_are_adopted_and_reaped_and_others_children_are_not(mark):
    """In a process of its own: it stays a reaper of orphans for good."""
    script = """\
import os, signal, subprocess, sys
from portalwatch.lanes import processes
from tests.waiting import wait_until
child = [sys.executable, "-c", "import signal; signal.pause()"]
early = subprocess.Popen(child, start_new_session=True)
others = processes.adopt_orphans()
assert others == {early.pid}
own = subprocess.Popen(child)
family = subprocess.Popen(
    ["/bin/sh", "-c", "sleep 600 & echo $!"], stdout=subprocess.PIPE, start_new_session=True)
orphan = int(family.stdout.readline())
family.wait()
assert processes.reap_orphans(others) == 1  # it lives
for pid in (early.pid, own.pid, orphan):
    os.kill(pid, signal.SIGKILL)
wait_until(lambda: not processes.reap_orphans(others), seconds=30, what="the end of the orphan")
assert not os.path.exists(f"/proc/{orphan}")
print(early.wait(), own.wait())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "-9 -9\n", done.stderr


def test_memory_is_that_of_the_whole_family(mark):
    parent, pids = start_family(mark)
    whole = processes.proportional_memory(parent.pid)
    assert whole > max(processes.proportional_memory(pid) for pid in pids[1:])
    processes.kill(mark)
    end(parent)
    wait_until(lambda: not psutil.pid_exists(parent.pid), seconds=5, what="the end")
    assert processes.proportional_memory(parent.pid) == 0
