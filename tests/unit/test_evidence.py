"""The folder of an attempt's evidence: names that stay in it, and who may read it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from portalwatch.evidence import NAME_LIMIT, EvidenceFolder
from portalwatch.redaction import Redaction

SECRET = "Harbor-Lantern-27"


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path, "run-1", 2, Redaction([SECRET]), tmp_path / "quarantine")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("My notes (final).txt", "My-notes-final-.txt"),
        ("../../etc/passwd", "etc-passwd"),
        ("/etc/passwd", "etc-passwd"),
        ("..", "attachment"),
        ("", "attachment"),
        (".hidden", "hidden"),
        ("a\0b\nc", "a-b-c"),
        ("übersicht.csv", "übersicht.csv"),
        ("x" * 300 + ".txt", "x" * (NAME_LIMIT - 4) + ".txt"),
    ],
)
def test_a_name_stays_in_the_folder(
    name: str, safe: str, folder: EvidenceFolder, tmp_path: Path
) -> None:
    folder.attachment(name, b"data", "text/plain")
    (piece,) = folder.kept
    assert (piece.name, piece.path) == (f"2-{safe}", f"run-1/2-{safe}")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [tmp_path / "run-1" / f"2-{safe}"]


def test_pieces_of_one_name_are_all_kept(folder: EvidenceFolder, tmp_path: Path) -> None:
    for text in (b"one", b"two", b"three"):
        folder.attachment("notes.txt", text, "text/plain")
    folder.attachment("plain", b"four", "text/plain")
    folder.attachment("plain", b"five", "text/plain")
    assert [(tmp_path / piece.path).read_bytes() for piece in folder.kept] == [
        b"one", b"two", b"three", b"four", b"five",
    ]  # fmt: skip
    assert [piece.name for piece in folder.kept] == [
        "2-notes.txt", "2-notes-2.txt", "2-notes-3.txt", "2-plain", "2-plain-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/json", "image/svg+xml", "application/octet-stream"]
)
def test_what_a_check_attached_is_masked_whatever_its_type(
    media_type: str, folder: EvidenceFolder, tmp_path: Path
) -> None:
    folder.attachment("piece", SECRET.encode(), media_type)
    (piece,) = folder.kept
    assert (tmp_path / piece.path).read_text() == "*" * len(SECRET)


@pytest.mark.parametrize("name", ["page.html", "PAGE.HTM", "chart.svg", "feed.xml", "page.mhtml"])
def test_what_would_run_scripts_from_disk_is_kept_as_text(
    name: str, folder: EvidenceFolder
) -> None:
    folder.attachment(name, b"<script>alert(1)</script>", "text/html")
    (piece,) = folder.kept
    assert (piece.name, piece.media_type) == (f"2-{name}.txt", "text/plain")


def test_it_makes_no_folder_without_evidence(folder: EvidenceFolder, tmp_path: Path) -> None:
    assert folder.kept == []
    assert list(tmp_path.iterdir()) == []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_still_holds_a_secret_goes_to_the_quarantine(
    folder: EvidenceFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + SECRET.encode()  # masking it would break its checksum
    folder.attachment("chart.png", picture, "image/png")
    folder.attachment("chart.png", b"\x89PNG\r\n\x1a\n", "image/png")
    assert [piece.name for piece in folder.kept] == ["2-chart.png"]
    assert (tmp_path / folder.kept[0].path).read_bytes() == b"\x89PNG\r\n\x1a\n"
    assert folder.withheld == ["2-chart.png"]
    kept = tmp_path / "quarantine" / "run-1" / "2-chart.png"
    assert kept.read_bytes() == picture
    assert (mode(kept.parent.parent), mode(kept.parent), mode(kept)) == (0o700, 0o700, 0o600)
    assert "holds a secret after masking (as it is): withheld" in caplog.text
    assert SECRET not in caplog.text


def test_a_name_is_masked_as_well(folder: EvidenceFolder) -> None:
    folder.attachment(f"mail-{SECRET}.txt", b"data", "text/plain")
    assert [piece.name for piece in folder.kept] == [f"2-mail-{'x' * len(SECRET)}.txt"]


def test_where_more_tokens_were_seen_than_are_masked_nothing_is_published(tmp_path: Path) -> None:
    redaction = Redaction([SECRET])
    redaction.add_seen(f"token-{number:05}" for number in range(10_000))
    folder = EvidenceFolder(tmp_path, "run-1", 2, redaction, tmp_path / "quarantine")
    folder.attachment("notes.txt", b"data", "text/plain")
    assert (folder.kept, folder.withheld) == ([], ["2-notes.txt"])


def test_an_archive_that_nobody_can_open_goes_there_too(
    folder: EvidenceFolder, tmp_path: Path
) -> None:
    folder.attachment("data.zip", b"PK\x03\x04 cut off", "application/zip")
    assert (folder.kept, folder.withheld) == ([], ["2-data.zip"])
