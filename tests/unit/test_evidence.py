"""The folder of an attempt's evidence: names that stay in it, and who may read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portalwatch.evidence import NAME_LIMIT, EvidenceFolder
from portalwatch.redaction import Redaction

SECRET = "Harbor-Lantern-27"


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path, "run-1", 2, Redaction([SECRET]))


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


def test_it_makes_no_folder_without_evidence(folder: EvidenceFolder, tmp_path: Path) -> None:
    assert folder.kept == []
    assert list(tmp_path.iterdir()) == []
