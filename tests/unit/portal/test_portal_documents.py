"""What every download is made of: amounts, texts, and PDFs that can be read again."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader

from portal.documents import download, texts
from portal.documents.money import dollars, to_cents
from portal.documents.pdf import Document, printable

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def text_of(document: Document) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(document.content())).pages]


@pytest.mark.parametrize(
    ("amount", "written"),
    [("0", "$0.00"), ("1234.5", "$1,234.50"), ("-0.05", "-$0.05"), ("-1e6", "-$1,000,000.00")],
)
def test_amounts_are_written_with_cents_and_a_sign_before_the_dollar(amount, written):
    assert dollars(Decimal(amount)) == written


def test_sums_are_brought_back_to_cents():
    assert to_cents(Decimal("0.30000000000000004")) == Decimal("0.30")
    assert to_cents(Decimal("0.005")) == Decimal("0.01")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Zoë – “Søn” • €5", "Zoë – “Søn” • €5"),
        ("Zoe\u0308", "Zoë"),
        ("Nguyễn", "Nguyen"),
        ("山田 🦷", "?? ?"),
        ("a\0b\u202ec\nd", "a?b?c?d"),
    ],
)
def test_letters_that_the_fonts_lack_become_near_ones(text, printed):
    assert printable(text) == printed


def test_a_document_has_its_parts_in_order_on_numbered_pages():
    document = Document("A title", NOW)
    document.facts([("Practice", "Cedar Grove"), ("Number", "7")])
    document.heading("A heading")
    document.bullets(["one", "two"])
    document.rows(("Day", "Amount"), [(f"Day {n}", f"${n}.00") for n in range(80)], (60, 40), "LR")
    document.paragraph("The end.")
    pages = text_of(document)
    assert len(pages) > 1
    whole = "\n".join(pages)
    parts = ["A title", "Cedar Grove", "A heading", "one", "two", "Day 0", "Day 79", "The end."]
    assert sorted(parts, key=whole.index) == parts
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Meridian Patient Financing" in page


def test_the_same_document_is_the_same_file():
    assert Document("A title", NOW).content() == Document("A title", NOW).content()


def test_a_text_is_read_into_its_parts(tmp_path):
    path = tmp_path / "text.md"
    path.write_text("# Title\n\nAn\nintroduction.\n\n## One\n\nWords.\n\n- a\n  b\n- c\n\n## Two\n")
    text = texts.read(path)
    assert (text.title, text.introduction) == ("Title", "An introduction.")
    assert [(s.heading, s.blocks) for s in text.sections] == [
        ("One", ["Words.", ("a b", "c")]),
        ("Two", []),
    ]


def test_a_download_tells_its_name_and_size():
    response = download.pdf(b"%PDF-", "a.pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert response.headers["Content-Length"] == "5"
