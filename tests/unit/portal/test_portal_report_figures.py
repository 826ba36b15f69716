"""Reports: ranges, figures and charts."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Practice
from portal.financing.models import DailyFigures
from portal.reports import charts, figures, wording
from portal.reports.ranges import Range, preset
from tests.unit.portal.records import MARCH

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
        rows = practice.transactions.filter(kind=kind, status="posted")
        assert amount == sum(row.amount for row in rows) > 0
    sales = practice.transactions.filter(kind="sale", status="posted")
    assert total.sales_count == sales.count()


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


# --- Charts


def test_a_chart_has_a_name_and_a_bar_for_each_amount(signed_in, march):
    page = signed_in.get(
        "/reports/", {"range": "custom", "first": "2024-03-01", "last": "2024-03-31"}
    ).text
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
