"""``python -m bench leak-scan``: the last look at 100 MB of evidence, of every kind."""

from __future__ import annotations

import io
import json
import os
import random
import secrets
import time
import zipfile

from portalwatch.leak_scan import LeakScan
from portalwatch.redaction import Redaction

TARGET = 2.0  # seconds for 100 MB
SIZE = 100_000_000


def bench_leak_scan() -> None:
    """Print how long the look at each kind of file takes, and at all of them."""
    known = [secrets.token_urlsafe(16 + number) for number in range(20)]
    redaction = Redaction([*known, 'Harbor "Lantern" & Söhne\\27', "482913"])
    scan = LeakScan(redaction.forms)
    total = unpacked = 0.0
    for name, share, data in _evidence():
        copies = round(SIZE * share / len(data))
        masked = redaction.data(data)
        began = time.process_time()
        for _ in range(copies):
            leak = scan.leak_in(masked)
            assert leak is None, f"{name}: {leak}"
        seconds = time.process_time() - began
        total += seconds
        size = copies * len(data) / 1e6
        unpacked += copies * _unpacked(data) / 1e6
        print(f"{name:28} {size:6.1f} MB in {seconds:5.2f} s of a processor")
    print(f"{'all':28} {SIZE / 1e6:6.1f} MB in {total:5.2f} s (target {TARGET:g})")
    print(f"{'':28} {unpacked:6.1f} MB once unpacked, {unpacked / total:6.0f} MB/s")


def _unpacked(data: bytes) -> int:
    if not data.startswith(b"PK"):
        return len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _evidence() -> list[tuple[str, float, bytes]]:
    """Name, share of the whole, and one file of each kind of evidence."""
    picture = b"\x89PNG\r\n\x1a\n" + os.urandom(300_000)
    page = _page()
    events = b"\n".join(_event(number) for number in range(8_000))
    trace = io.BytesIO()
    with zipfile.ZipFile(trace, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trace.trace", events)
        archive.writestr("trace.network", events[: len(events) // 4])
        for number in range(10):
            archive.writestr(f"resources/{number}.html", page)
            archive.writestr(f"resources/{number}.png", picture[:90_000])
    har = json.dumps({"log": {"entries": [json.loads(_event(n)) for n in range(6_000)]}})
    return [
        ("screenshots", 0.3, picture),
        ("traces", 0.5, trace.getvalue()),
        ("HAR files", 0.1, har.encode()),
        ("page texts and attachments", 0.1, page),
    ]


def _event(number: int) -> bytes:
    url = f"http://portal.example/patients/{number}/?tab=history&q=a%20b"
    snapshot = {"url": url, "html": ["DIV", {"class": "row"}, f"Dr. Amara & {number} others"]}
    event = {"type": "event", "time": number * 1.37, "sha": secrets.token_hex(20), "s": snapshot}
    return json.dumps(event).encode()


def _page() -> bytes:
    words = ["patient", "balance", "of", "the", "practice", "&amp;", "<td>", "</td>", "caf\u00e9"]
    chosen = random.Random(1).choices(words, k=40_000)
    return " ".join(chosen).encode()
