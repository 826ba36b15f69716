import pytest

from portalwatch.model import Outcome
from reports.charts import latency_chart, sparkline

PASS, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def test_it_draws_nothing_without_runs():
    assert sparkline([]).marks == ()
    assert latency_chart([]).line == ""
    assert latency_chart([(10.0, 0.0, SKIP)]).marks == ()


def test_it_joins_the_passes_and_marks_every_other_run():
    chart = sparkline([(1, 1.0, PASS), (2, 2.0, FAIL), (3, 1.0, PASS), (4, 0.1, ERROR)])
    assert len(chart.line.split()) == 2
    assert [m.outcome for m in chart.not_passed] == [FAIL, ERROR]


def test_it_puts_slower_runs_higher_and_later_runs_to_the_right():
    slow, fast = sparkline([(1, 2.0, PASS), (2, 0.5, PASS)]).marks
    assert slow.y < fast.y
    assert slow.x < fast.x


@pytest.mark.parametrize("count", [1, 2, 30])
def test_it_puts_the_newest_run_at_the_right_end_of_a_sparkline(count):
    chart = sparkline([(t, 1.0, PASS) for t in range(count)])
    assert chart.marks[-1].x == 98
    assert chart.single is (count == 1)


def test_it_puts_a_single_run_half_way_up_whatever_its_duration():
    assert [sparkline([(1, seconds, PASS)]).marks[0].y for seconds in (0.0, 1.0)] == [50, 50]


@pytest.mark.parametrize(
    ("slowest", "top"), [(0.3, 0.4), (1.0, 1.0), (2.8, 4.0), (9.1, 10.0), (61.0, 80.0)]
)
def test_it_ends_the_axis_on_a_round_number_that_no_run_exceeds(slowest, top):
    chart = latency_chart([(0, slowest, PASS), (60, slowest / 2, PASS)])
    assert chart.y_ticks[0].value == 0
    assert chart.y_ticks[-1].value == pytest.approx(top)


def test_it_keeps_every_mark_within_the_drawing():
    points = [(float(t), s, PASS) for t, s in ((0, 0.0), (10, 5.0), (3600, 0.001))]
    for mark in latency_chart(points).marks + sparkline(points).marks:
        assert 0 <= mark.x <= 100
        assert 0 <= mark.y <= 100


def test_it_centres_a_single_run_under_a_single_time():
    chart = latency_chart([(100.0, 1.0, PASS)])
    assert [m.x for m in chart.marks] == [50.0]
    assert [t.value for t in chart.x_ticks] == [100.0]


def test_it_adds_the_day_to_times_once_they_span_more_than_one():
    assert latency_chart([(0, 1, PASS), (3600, 1, PASS)]).time_pattern == "%H:%M"
    assert "%b" in latency_chart([(0, 1, PASS), (90_000, 1, PASS)]).time_pattern
