"""Downloads that are real PDFs, and the questions' search."""

from __future__ import annotations

import html
import io
import re

import pytest
from pypdf import PdfReader

from portal.resources import faq, library

FILES = (*library.MATERIALS, *library.GUIDES)


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


def asked(page: str) -> list[str]:
    return [words(text) for text in re.findall(r"<h3>(.*?)</h3>", page)]


def test_it_offers_every_file_with_its_size(signed_in):
    page = signed_in.get("/resources/").text
    for heading in ("Frequently asked questions", "Marketing materials", "Training guides"):
        assert re.search(rf"<h2[^>]*>{heading}</h2>", page)
    links = re.findall(r'href="(/resources/[^"]+\.pdf)"', page)
    assert links == [f"/resources/{name}.pdf" for name in FILES]
    assert page.count("(PDF, ") == len(FILES)
    assert 'href="/supported-browsers/"' in page


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_a_pdf_with_its_text(signed_in, name):
    response = signed_in.get(f"/resources/{name}.pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'attachment; filename="meridian-{name}.pdf"'
    assert int(response.headers["Content-Length"]) == len(response.content)
    reader = PdfReader(io.BytesIO(response.content))
    found = " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())
    text = library.texts.read(library.TEXTS / f"{name}.md")
    assert reader.metadata.title == text.title
    assert reader.metadata.author == "Meridian Patient Financing"
    for wanted in (text.title, text.introduction, *(s.heading for s in text.sections)):
        assert wanted in found
    for section in text.sections:
        for block in section.blocks:
            for line in (block,) if isinstance(block, str) else block:
                assert line in found
    assert "?" not in found.replace("?", "", sum(open_text(name).count(c) for c in "?"))


def open_text(name: str) -> str:
    return (library.TEXTS / f"{name}.md").read_text("utf-8")


def test_a_file_is_the_same_whenever_it_is_made():
    name = FILES[0]
    first = library.content(name)
    library.content.cache_clear()
    assert library.content(name) == first


@pytest.mark.parametrize("name", ["faq", "nothing", "..", "a" * 500, "%00", "🦷"])
def test_there_are_no_other_files(signed_in, name):
    assert signed_in.get(f"/resources/{name}.pdf").status_code == 404


def test_it_asks_for_a_sign_in(client):
    for path in ("", "faq/", f"{FILES[0]}.pdf"):
        assert client.get(f"/resources/{path}").headers["Location"].startswith("/sign-in/")


def test_it_has_many_questions_each_with_a_topic_and_an_answer(signed_in):
    everything = faq.questions()
    assert len(everything) >= 25
    assert len({question.text for question in everything}) == len(everything)
    for question in everything:
        assert question.topic
        assert question.text.endswith("?")
        assert len(question.answer) > 40
    page = signed_in.get("/resources/faq/").text
    assert asked(page) == [question.text for question in everything]
    assert "<mark>" not in page


def test_it_finds_questions_by_their_words_and_marks_them(signed_in):
    page = signed_in.get("/resources/faq/", {"q": "ACCOUNT locked"}).text
    assert asked(page) == ["Why is my account locked?"]
    assert "1 question with “ACCOUNT locked”." in page
    assert "Why is my <mark>account</mark> <mark>locked</mark>?" in page


def test_it_finds_questions_by_their_topic_and_answer(signed_in):
    assert len(asked(signed_in.get("/resources/faq/?q=two-factor").text)) >= 5
    assert asked(signed_in.get("/resources/faq/?q=spreadsheet").text) == [
        "Can I open a report in a spreadsheet?"
    ]


@pytest.mark.parametrize("q", ["<script>alert(1)</script>", "𝕏" * 100, "\u202e", "(.*", "ß" * 50])
def test_it_says_that_nothing_was_found(signed_in, q):
    page = signed_in.get("/resources/faq/", {"q": q}).text
    assert f"No question has “{html.escape(q)}” in it." in page
    assert asked(page) == []


@pytest.mark.parametrize(
    ("q", "told"),
    [
        ("a" * 101, "Search for 100 characters or fewer"),
        ("a\0b", "Search for letters and numbers only"),
    ],
)
def test_it_says_what_to_search_for_instead(signed_in, q, told):
    response = signed_in.get("/resources/faq/", {"q": q})
    assert response.status_code == 200
    assert response.text.count(told) == 2


def test_its_pages_have_no_script_or_style_inline(signed_in):
    for path in ("/resources/", "/resources/faq/?q=code"):
        page = signed_in.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
