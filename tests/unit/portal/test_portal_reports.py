"""Reports as pages and as files, which agree with each other."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone
from pypdf import PdfReader

from portal.documents.money import dollars
from portal.reports import export, figures
from portal.reports.ranges import PRESETS, preset
from tests.unit.portal.records import MARCH


def custom(first: object, last: object) -> dict[str, str]:
    return {"range": "custom", "first": str(first), "last": str(last)}


def shown(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^< ]+)", page))


def table(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(<th scope=\"row\".*?)</tr>", page)
    return [re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in rows]


# --- The page


def test_it_shows_this_month_at_first(signed_in):
    page = signed_in.get("/reports/").text
    today = timezone.now().date()
    assert f"{today:%B} 1, {today.year}" in page
    assert re.search(r'href="\?range=this-month" aria-current="true"', page)
    for heading in ("Date range", "Key figures", "By day", "Export"):
        assert re.search(rf"<h2[^>]*>{heading}</h2>", page)


@pytest.mark.parametrize("name", [name for name, _ in PRESETS])
def test_each_preset_is_a_page_of_its_own(signed_in, practice, name):
    page = signed_in.get("/reports/", {"range": name}).text
    report = figures.report(practice, preset(name, timezone.now().date()))
    assert shown(page)["Sales"] == dollars(report.total.sales)
    assert f'href="?range={name}" aria-current="true"' in page


def test_a_range_of_ones_own(signed_in, march):
    page = signed_in.get("/reports/", custom("2024-03-01", "2024-03-31")).text
    assert shown(page) == {
        "Sales": "$1,500.10",
        "Refunds": "$250.05",
        "Net sales": "$1,250.05",
        "Payments": "$90.30",
        "Average sale": "$500.03",
        "Approval rate": "66.7%",
    }
    assert table(page)[0] == ["Mar 1", "2", "$1,000.10", "$250.05", "$750.05", "$0.00"]
    assert table(page)[-1] == ["Total", "3", "$1,500.10", "$250.05", "$1,250.05", "$90.30"]
    typed = signed_in.get("/reports/", custom("03/01/2024", "03/31/2024")).text
    assert shown(typed) == shown(page)


UP_TO = "Choose a day up to today, "


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("", "2024-03-31", "Enter the first day of the report like 04/27/2026"),
        ("2024-02-30", "2024-03-31", "Enter the first day of the report like 04/27/2026"),
        ("2024-03-01", "a\0b", "Enter the last day of the report like 04/27/2026"),
        ("2024-03-01", "9" * 9_999, "Enter the last day of the report like 04/27/2026"),
        ("2024-03-02", "2024-03-01", "Choose a last day that is not before the first day"),
        ("2021-03-01", "2024-03-02", "Choose a range of 3 years at most"),
        ("0001-01-01", "2024-03-02", "Choose a range of 3 years at most"),
        ("2024-03-02", "tomorrow", UP_TO),
        ("9999-12-31", "2024-03-02", UP_TO),
    ],
)
def test_a_range_that_cannot_be_is_refused_and_exported_by_nothing(signed_in, first, last, told):
    if last == "tomorrow":  # of the moment: the tests may have been read before midnight
        last = timezone.now().date() + timedelta(days=1)
    response = signed_in.get("/reports/", custom(first, last))
    assert response.status_code == 200
    assert response.text.count(told) == 2  # in the summary and at the field
    assert "<title>Error: Reports" in response.text
    assert "Key figures" not in response.text
    if len(str(last)) < 99:
        for file in ("report.csv", "report.pdf"):
            sent = signed_in.get(f"/reports/{file}", custom(first, last), follow=True)
            assert sent.redirect_chain[0][0].startswith("/reports/?range=custom")
            assert told in sent.text


@pytest.mark.parametrize("name", ["", "x", "🦷", "a\0b", "' OR 1=1 --"])
def test_a_range_of_no_known_name_is_this_month(signed_in, name):
    page = signed_in.get("/reports/", {"range": name}).text
    assert 'href="?range=this-month" aria-current="true"' in page


def test_it_has_no_script_or_style_inline(signed_in):
    page = signed_in.get("/reports/").text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_it_asks_for_a_sign_in(client):
    for file in ("", "report.csv", "report.pdf"):
        assert client.get(f"/reports/{file}").headers["Location"].startswith("/sign-in/")


# --- Exports


def test_the_csv_agrees_with_the_page(signed_in, march):
    asked = custom("2024-03-01", "2024-03-31")
    response = signed_in.get("/reports/report.csv", asked)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="report-{march.code}-2024-03-01-2024-03-31.csv"'
    )
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeffPractice,")
    assert text.count("\r\n") == text.count("\n") == 33
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert head[:4] == ["Practice", "First day", "Last day", "Sales"]
    page = table(signed_in.get("/reports/", asked).text)
    assert [[f"{int(row[3]):,}", *(dollars(Decimal(c)) for c in row[4:])] for row in rows] == [
        row[1:] for row in page
    ]
    assert rows[-1][:4] == ["Cedar Grove Dental (total)", "2024-03-01", "2024-03-31", "3"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_the_csv_has_no_formula(march, name):
    march.name = name
    content = export.to_csv(figures.report(march, MARCH)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert {row[0] for row in rows[1:-1]} == {f"'{name}"}


def test_the_csv_keeps_a_name_with_commas_and_quotes(march):
    march.name = 'Smith, "Jo" & Søn\r\nLtd'
    content = export.to_csv(figures.report(march, MARCH)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows[1][0] == march.name
    assert len({len(row) for row in rows}) == 1


def test_a_loss_is_a_number_in_the_csv_and_a_minus_on_the_page(signed_in, march):
    march.daily_figures.filter(day=date(2024, 3, 1), kind="sale").delete()
    asked = custom("2024-03-01", "2024-03-01")
    assert ",-250.05," in signed_in.get("/reports/report.csv", asked).text
    assert shown(signed_in.get("/reports/", asked).text)["Net sales"] == "-$250.05"


def test_the_pdf_agrees_with_the_page(signed_in, march):
    asked = custom("2024-03-01", "2024-03-31")
    response = signed_in.get("/reports/report.pdf", asked)
    assert response.headers["Content-Type"] == "application/pdf"
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert response.headers["Content-Disposition"].endswith('-2024-03-01-2024-03-31.pdf"')
    reader = PdfReader(io.BytesIO(response.content))
    text = " ".join("\n".join(sheet.extract_text() for sheet in reader.pages).split())
    page = signed_in.get("/reports/", asked).text
    for name, value in shown(page).items():
        assert f"{name} {value}" in text
    for row in table(page):
        assert " ".join(row) in text
    assert march.name in text
    assert "March 1, 2024 to March 31, 2024" in text


def test_everything_is_told_the_same_by_all_three(signed_in, practice):
    total = practice.daily_figures.filter(kind="sale").aggregate(n=Sum("count"))["n"]
    today = timezone.now().date()
    asked = custom(today - timedelta(days=1_000), today)
    page = table(signed_in.get("/reports/", asked).text)[-1]
    assert page[1] == f"{total:,}"
    last = signed_in.get("/reports/report.csv", asked).text.strip().splitlines()[-1].split(",")
    assert [f"{int(last[3]):,}", *(dollars(Decimal(cell)) for cell in last[4:])] == page[1:]
