from portalwatch.store import UptimeHour
from reports.uptime import DAY, HOUR, Cell, Tone, availability, by_check

NOW = 1_790_000_000.0
TODAY = NOW // DAY * DAY


def hour(at, passes=0, fails=0, errors=0, skips=0, check="login.a", browser="chromium"):
    return UptimeHour(check, browser, int(at // HOUR * HOUR), passes, fails, errors, skips)


def ratios(hours):
    return {name: cell.uptime for name, cell in availability(hours, NOW).windows}


def test_it_counts_passes_against_failures_and_leaves_our_errors_out():
    assert Cell(0, passes=3, fails=1, errors=96).uptime == 0.75


def test_it_gives_no_uptime_where_no_verdict_was_reached():
    assert ratios([]) == {"24 h": None, "7 d": None, "30 d": None}
    assert ratios([hour(NOW, errors=5, skips=2)])["24 h"] is None


def test_it_sums_each_window_from_the_hours_within_it():
    hours = [
        hour(NOW - 29 * DAY, fails=2),
        hour(NOW - 6 * DAY, fails=1),
        hour(NOW, passes=3),
    ]
    assert ratios(hours) == {"24 h": 1.0, "7 d": 0.75, "30 d": 0.5}


def test_it_lays_out_24_hours_and_30_days_with_the_current_one_last():
    shown = availability([hour(NOW, passes=1), hour(TODAY - 29 * DAY, fails=1)], NOW)
    assert (len(shown.hours), len(shown.days)) == (24, 30)
    assert shown.hours[-1].start == NOW // HOUR * HOUR
    assert shown.hours[-1].tone is Tone.GOOD
    assert shown.days[-1].start == TODAY
    assert shown.days[0].tone is Tone.BAD
    assert {cell.tone for cell in shown.days[1:-1]} == {Tone.NONE}


def test_it_leaves_out_what_is_older_than_the_bar():
    shown = availability([hour(TODAY - 31 * DAY, fails=1)], NOW)
    assert {cell.tone for cell in shown.days} == {Tone.NONE}


def test_it_tells_our_errors_and_skips_apart_from_having_no_data():
    assert Cell(0, errors=1).tone is Tone.OURS
    assert Cell(0, skips=1).tone is Tone.IDLE
    assert Cell(0).tone is Tone.NONE


def test_it_draws_the_eye_to_less_than_99_per_cent():
    assert Cell(0, passes=98, fails=2).poor
    assert not Cell(0, passes=99, fails=1).poor
    assert not Cell(0).poor


def test_it_calls_a_history_of_one_day_young():
    assert availability([hour(NOW - 23 * HOUR, passes=1)], NOW).young
    assert not availability([hour(NOW - 2 * DAY, passes=1)], NOW).young


def test_it_groups_the_hours_by_check_and_browser():
    here, there = hour(NOW), hour(NOW, browser="firefox")
    assert by_check([here, there, here]) == {
        ("login.a", "chromium"): [here, here],
        ("login.a", "firefox"): [there],
    }
