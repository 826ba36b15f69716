"""Reports: ranges, figures, charts, and exports that agree with the page."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from portal.accounts.models import Practice
from portal.documents.money import dollars
from portal.financing.models import Application, DailyFigures
from portal.reports import charts, export, figures, wording
from portal.reports.ranges import PRESETS, Range, preset

MARCH = Range(date(2024, 3, 1), date(2024, 3, 31))


@pytest.fixture
def march(practice):
    """March 2024 of a practice: two days with postings, six applications."""
    practice.applications.all().delete()
    for day, kind, count, amount in (
        (1, "sale", 2, "1000.10"),
        (1, "refund", 1, "250.05"),
        (31, "sale", 1, "500.00"),
        (31, "payment", 3, "90.30"),
    ):
        practice.daily_figures.create(
            day=date(2024, 3, day), kind=kind, count=count, amount=Decimal(amount)
        )
    for number, (day, status) in enumerate(
        [
            ("2024-02-29T23:59:59", "approved"),
            ("2024-03-01T00:00:00", "approved"),
            ("2024-03-15T12:00:00", "approved"),
            ("2024-03-15T12:00:00", "declined"),
            ("2024-03-31T23:59:59", "pending"),
            ("2024-04-01T00:00:00", "declined"),
        ]
    ):
        at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        Application.objects.create(
            practice=practice,
            reference=f"X-{number}",
            status=status,
            created_at=at,
            submitted_at=at,
        )
    return practice


def custom(first: object, last: object) -> dict[str, str]:
    return {"range": "custom", "first": str(first), "last": str(last)}


def shown(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^< ]+)", page))


def table(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(<th scope=\"row\".*?)</tr>", page)
    return [re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in rows]


# --- Ranges


@pytest.mark.parametrize(
    ("today", "name", "first", "last"),
    [
        ("2026-05-17", "this-month", "2026-05-01", "2026-05-17"),
        ("2026-05-01", "this-month", "2026-05-01", "2026-05-01"),
        ("2026-03-31", "last-month", "2026-02-01", "2026-02-28"),
        ("2026-01-31", "last-month", "2025-12-01", "2025-12-31"),
        ("2026-05-17", "quarter", "2026-04-01", "2026-05-17"),
        ("2026-12-31", "quarter", "2026-10-01", "2026-12-31"),
        ("2026-05-17", "year", "2026-01-01", "2026-05-17"),
    ],
)
def test_a_preset_ends_today_or_with_the_last_month(today, name, first, last):
    found = preset(name, date.fromisoformat(today))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("days", "step", "periods"),
    [(1, "day", 1), (31, "day", 31), (32, "week", 5), (185, "week", 27), (186, "month", 8)],
)
def test_a_range_falls_into_periods_without_gaps(days, step, periods):
    first = date(2024, 1, 31)
    wanted = Range(first, first + timedelta(days=days - 1))
    parts = wanted.periods()
    assert wanted.step == step
    assert len(parts) == periods
    assert (parts[0].first, parts[-1].last) == (wanted.first, wanted.last)
    for before, after in pairwise(parts):
        assert after.first - before.last == timedelta(days=1)


def test_the_longest_range_has_bars_that_fit_and_days_at_the_end_of_time_do_no_harm():
    assert len(Range(date(2023, 1, 15), date(2026, 1, 15)).periods()) == 37
    assert len(Range(date(9999, 12, 1), date.max).periods()) == 31


# --- Figures


def test_it_adds_up_the_days(march):
    report = figures.report(march, MARCH)
    total = report.total
    assert (total.sales_count, total.sales, total.refunds, total.net, total.payments) == (
        3,
        Decimal("1500.10"),
        Decimal("250.05"),
        Decimal("1250.05"),
        Decimal("90.30"),
    )
    assert report.average_sale == Decimal("500.03")
    assert len(report.periods) == 31
    assert report.periods[0].sales == Decimal("1000.10")
    assert report.periods[30].payments == Decimal("90.30")


def test_it_counts_the_applications_of_the_range_to_the_second(march):
    report = figures.report(march, MARCH)
    assert (report.applications, report.approved, report.declined, report.pending) == (4, 2, 1, 1)
    assert report.approval_rate == Decimal("66.7")


def test_a_range_without_anything_has_no_average_and_no_rate(practice):
    report = figures.report(practice, Range(date(1999, 1, 1), date(1999, 1, 31)))
    assert report.average_sale is None
    assert report.approval_rate is None
    values = [value for _, value, _ in wording.key_figures(report)]
    assert values == ["$0.00", "$0.00", "$0.00", "$0.00", "–", "–"]


def test_it_agrees_with_the_transactions(practice):
    today = timezone.now().date()
    wanted = Range(today - timedelta(days=700), today)
    total = figures.report(practice, wanted).total
    for kind, amount in (
        ("sale", total.sales),
        ("refund", total.refunds),
        ("payment", total.payments),
    ):
        posted = sum(t.amount for t in practice.transactions.filter(kind=kind))
        assert amount == posted > 0
    assert total.sales_count == practice.transactions.filter(kind="sale").count()


def test_it_counts_no_other_practice(march):
    other = Practice.objects.exclude(pk=march.pk).first()
    assert figures.report(other, MARCH).total.sales == 0
    everything = Range(date(2020, 1, 1), timezone.now().date())
    theirs = DailyFigures.objects.filter(practice=other, kind="sale")
    expected = sum(day.amount for day in theirs)
    assert figures.report(other, everything).total.sales == expected


def test_the_periods_of_any_range_come_to_its_total(practice):
    last = timezone.now().date()
    for days in (3, 31, 90, 400, 1_095):
        report = figures.report(practice, Range(last - timedelta(days=days), last))
        for name in ("sales_count", "sales", "refunds", "net", "payments"):
            parts = sum(getattr(period, name) for period in report.periods)
            assert parts == getattr(report.total, name)


def test_it_reads_days_and_applications_and_no_transactions(signed_in, practice):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        figures.report(practice, MARCH)
    statements = [query["sql"] for query in asked.captured_queries]
    assert len(statements) == 2
    assert not [sql for sql in statements if "financing_transaction" in sql]


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


TOMORROW = timezone.now().date() + timedelta(days=1)
UP_TO = f"Choose a day up to today, {timezone.now():%m/%d/%Y}"


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
        ("2024-03-02", TOMORROW, UP_TO),
        ("9999-12-31", "2024-03-02", UP_TO),
    ],
)
def test_a_range_that_cannot_be_is_refused_and_exported_by_nothing(signed_in, first, last, told):
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


# --- Charts


def test_a_chart_has_a_name_and_a_bar_for_each_amount(signed_in, march):
    page = signed_in.get("/reports/", custom("2024-03-01", "2024-03-31")).text
    drawings = [ET.fromstring(svg) for svg in re.findall(r"<svg viewBox=.*?</svg>", page, re.S)]
    named = [d for d in drawings if d.get("role") == "img"]
    assert [d.find("title").text for d in named] == [
        "Sales and refunds by day",
        "Payments received by day",
    ]
    sales, payments = named
    assert [bar.find("title").text for bar in sales.iter("rect")] == [
        "Mar 1: Sales $1,000.10",
        "Mar 1: Refunds $250.05",
        "Mar 31: Sales $500.00",
    ]
    assert len(list(payments.iter("rect"))) == 1
    assert "Sales $1,500.10, Refunds $250.05" in sales.find("desc").text
    for drawing in named:
        assert {part.get("id") for part in drawing} >= set(drawing.get("aria-labelledby").split())


def test_the_bars_are_as_high_as_their_amounts_and_inside_the_chart(march):
    sales, _ = charts.charts(figures.report(march, MARCH))
    high, low, half = sales.bars
    assert low.height / high.height == pytest.approx(0.25, abs=0.01)
    assert half.height / high.height == pytest.approx(0.5, abs=0.01)
    for bar in sales.bars:
        assert bar.y >= 0
        assert bar.y + bar.height == pytest.approx(sales.base, abs=0.2)
        assert sales.left <= bar.x
        assert bar.x + bar.width <= sales.right


@pytest.mark.parametrize(
    ("most", "top"),
    [("0", "100"), ("0.07", "0.08"), ("100", "100"), ("101", "200"), ("9999", "10000")],
)
def test_the_axis_ends_at_a_round_amount(most, top):
    assert charts.nice_top(Decimal(most)) == Decimal(top)


def test_an_axis_is_labelled_in_few_characters(march):
    sales, payments = charts.charts(figures.report(march, MARCH))
    assert [mark.text for mark in sales.marks] == ["$0", "$500", "$1k", "$1.5k", "$2k"]
    assert [mark.text for mark in payments.marks] == ["$0", "$25", "$50", "$75", "$100"]
    assert len(sales.labels) <= 5


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
