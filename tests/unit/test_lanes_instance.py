"""One monitor at a time, and what a killed one has left is cleared away by the next."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from portalwatch.errors import OperatorError
from portalwatch.lanes import processes
from portalwatch.lanes.instance import (
    LOCK_FILE,
    claim,
    leave_nothing,
    new_instance,
    temporary_folder,
)


def test_a_second_monitor_is_refused_and_told_of_the_first(tmp_path):
    with claim(tmp_path / "var") as instance:
        assert json.loads((tmp_path / "var" / LOCK_FILE).read_text())["instance"] == instance
        with pytest.raises(OperatorError) as refused, claim(tmp_path / "var"):
            pass
        assert str(refused.value) == (
            f"{tmp_path}/var: another monitor, process {os.getpid()}, is at work here"
            " (stop it first)"
        )
    with claim(tmp_path / "var") as another:
        assert another != instance


def test_what_a_killed_monitor_left_is_ended_and_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    script = (
        "import signal, sys; from pathlib import Path;"
        "from portalwatch.lanes.instance import claim, temporary_folder\n"
        "with claim(Path(sys.argv[1])) as instance:\n"
        "    temporary_folder(instance).mkdir()\n"
        "    print(instance, flush=True); signal.pause()"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "var")], stdout=subprocess.PIPE, text=True
    )
    instance = killed.stdout.readline().strip()
    left = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pause()"],
        env={**os.environ, processes.MARK: processes.new_mark(instance)},
        start_new_session=True,
    )
    killed.kill()
    killed.wait()
    killed.stdout.close()
    assert temporary_folder(instance).exists()
    with claim(tmp_path / "var"):
        assert left.wait(5) == -signal.SIGKILL
        assert not temporary_folder(instance).exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "{}"])
def test_a_lock_file_of_any_content_is_taken_over(tmp_path, content):
    (tmp_path / LOCK_FILE).write_text(content)
    with claim(tmp_path) as instance:
        assert instance
    assert json.loads((tmp_path / LOCK_FILE).read_text()) == {}


def test_a_folder_that_cannot_be_written_is_the_operators_to_mend(tmp_path):
    (tmp_path / "var").touch()
    with (
        pytest.raises(OperatorError, match="var: cannot be written: File exists"),
        claim(tmp_path / "var"),
    ):
        pass


def test_the_last_worker_without_a_monitor_takes_the_folder_of_the_instance_along(
    tmp_path, monkeypatch
):
    monkeypatch.setenv(processes.MARK, processes.new_mark(new_instance()))
    first, last = tmp_path / "instance" / "w-1", tmp_path / "instance" / "w-2"
    for folder in (first, last):
        (folder / "profile").mkdir(parents=True)
    leave_nothing(first)
    assert last.exists()
    leave_nothing(last)
    assert not (tmp_path / "instance").exists()
