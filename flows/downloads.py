"""Files that the portal gives, and what is in them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Locator
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from portalwatch.journey import Journey


def download(journey: Journey, link: Locator) -> bytes:
    """What the browser saves when ``link`` is followed."""
    with journey.page.expect_download() as begun:
        link.click()
    return Path(begun.value.path()).read_bytes()


def pdf_text(content: bytes) -> str:
    """All that can be read in a PDF; nothing, where it is damaged or none."""
    try:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    except PyPdfError:
        return ""


def csv_rows(content: bytes) -> list[list[str]]:
    """The rows of a CSV, its head included."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
