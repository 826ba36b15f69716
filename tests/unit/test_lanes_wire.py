"""Messages between pool and worker survive the journey; anything else is refused."""

from __future__ import annotations

import pytest

from portalwatch.browsers import KNOWN
from portalwatch.lanes.wire import WorkerSettings, decode, encode


def test_a_message_is_one_line_and_comes_back_as_it_was():
    line = encode("done", run_id="r1", text="two\nlines, ünïcode")
    assert line.count(b"\n") == 1
    assert decode(line) == {"kind": "done", "run_id": "r1", "text": "two\nlines, ünïcode"}


def test_settings_reach_the_worker_whole():
    folders = ("/project", "/evidence", "/quarantine", "/codes", "/tries", "/changes", "/sign-ins")
    settings = WorkerSettings(*folders, tuple(KNOWN.values()), stall=3.0)
    assert WorkerSettings.from_json(decode(encode("setup", **settings.to_json()))) == settings


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"run_id": "r1"}', b""])
def test_what_is_no_message_is_refused(line):
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own, or ours
        decode(line)
