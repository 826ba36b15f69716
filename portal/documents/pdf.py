"""PDFs of one look: the brand on top, page numbers below, text that can be searched and copied."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace

from portal.brand import BRAND

_TEAL, _TEXT, _MUTED, _STRIPE = (11, 96, 103), (20, 40, 45), (77, 98, 103), (243, 246, 246)
# The characters of the fonts that every reader of PDFs brings along: no font is shipped.
_ENCODING = "windows-1252"


def printable(text: str) -> str:
    """``text`` in the characters that the fonts have; what they lack becomes the nearest letter.

    "Đặng" keeps its letters without some of their marks; where there is no near one: "?".
    """
    made = []
    for character in unicodedata.normalize("NFC", text):
        if _encodable(character):
            made.append(character)
            continue
        base = unicodedata.normalize("NFKD", character)[0]
        made.append(base if _encodable(base) else "?")
    return "".join(made)


def _encodable(character: str) -> bool:
    try:
        character.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return character.isprintable()


class Document(FPDF):
    """A document in the making: add to it from top to bottom, then take its ``content``."""

    def __init__(self, title: str, made_at: datetime) -> None:
        super().__init__(format="Letter")
        self.core_fonts_encoding = _ENCODING
        self.set_title(printable(title))
        self.set_author(BRAND.company)
        self.set_creator(BRAND.portal)
        self.set_lang("en-US")
        self.set_creation_date(made_at)
        self.set_margins(20, 18, 20)
        self.set_auto_page_break(True, margin=22)
        self.add_page()
        self._set(20, bold=True)
        self._line(title, 9)
        self.ln(2)

    def header(self) -> None:
        self._set(10, _TEAL, bold=True)
        self._line(BRAND.company, 6)
        self.set_draw_color(*_TEAL)
        self.line(self.l_margin, self.get_y() + 1, self.w - self.r_margin, self.get_y() + 1)
        self.ln(7)

    def footer(self) -> None:
        self.set_y(-16)
        self._set(8, _MUTED)
        self.cell(0, 5, f"Provider support: {BRAND.phone}")
        self.set_x(self.l_margin)
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")

    def heading(self, text: str) -> None:
        self.ln(3)
        self._set(13, _TEAL, bold=True)
        self._line(text, 7)
        self.ln(1)

    def paragraph(self, text: str) -> None:
        self._set(10.5)
        self._line(text, 5.5)
        self.ln(2)

    def bullets(self, items: Iterable[str]) -> None:
        self._set(10.5)
        for item in items:
            self.set_x(self.l_margin + 2)
            self.cell(5, 5.5, "•")
            self._line(item, 5.5)
        self.ln(2)

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """What is what, one below the other."""
        for name, value in facts:
            self._set(10, _MUTED)
            self.cell(52, 6, printable(name))
            self._set(10, bold=True)
            self._line(value, 6)
        self.ln(2)

    def rows(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], align: str
    ) -> None:
        """A table; ``align`` has one letter for each column ("LLR")."""
        self._set(9)
        self.set_draw_color(213, 223, 224)
        with self.table(
            col_widths=tuple(widths),
            text_align=tuple({"L": "LEFT", "R": "RIGHT"}[letter] for letter in align),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", color=_MUTED),
            cell_fill_color=_STRIPE,
            cell_fill_mode=TableCellFillMode.ROWS,
            line_height=6,
        ) as table:
            for row in (head, *rows):
                table.row([printable(cell) for cell in row])
        self.ln(3)

    def content(self) -> bytes:
        """The finished file."""
        return bytes(self.output())

    def _set(self, size: float, color: tuple[int, int, int] = _TEXT, *, bold: bool = False) -> None:
        self.set_font("helvetica", "B" if bold else "", size)
        self.set_text_color(*color)

    def _line(self, text: str, height: float) -> None:
        self.multi_cell(0, height, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
