import sys
from pathlib import Path

import jinja2
import pytest

from portalwatch import render
from portalwatch.errors import ConfigError
from tests.unit.reports.records import NOW

REPORTS = Path(__file__).parents[2] / "reports"


@pytest.fixture(scope="module")
def pages():
    return render.Pages(REPORTS)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.842, "842 ms"),
        (0.9996, "1.00 s"),
        (1.424, "1.42 s"),
        (9.996, "10.0 s"),
        (59.96, "1 min"),
        (125, "2 min 5 s"),
        (3599.8, "1 h"),
        (3 * 3600 + 240, "3 h 4 min"),
        (3 * 86400 + 4 * 3600, "3 d 4 h"),
        (40 * 86400, "40 d"),
    ],
)
def test_it_words_a_duration(seconds, words):
    assert render.duration(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(30.0, "30 s"), (1.5, "1.5 s"), (300, "5 min")])
def test_it_words_an_interval_without_a_precision_that_nobody_asked_for(seconds, words):
    assert render.interval(seconds) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (None, "–"),
        (1.0, "100 %"),
        (0.999999, "99.99 %"),
        (0.9995, "99.95 %"),
        (0.5, "50.00 %"),
        (0.0, "0.00 %"),
    ],
)
def test_it_never_rounds_an_uptime_up(ratio, words):
    assert render.percent(ratio) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (0.4, "just now"),
        (20, "20 s ago"),
        (119, "1 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 d ago"),
        (-12, "in 12 s"),
    ],
)
def test_it_words_a_point_in_time_from_the_now_of_the_page(distance, words):
    template = render._environment(REPORTS / "templates").from_string("{{ at|ago }}")
    assert template.render(now=NOW, at=NOW - distance) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(12, "12 B"), (48_200, "48 kB"), (999_800, "1.0 MB"), (12_340_000, "12.3 MB")],
)
def test_it_words_a_size(count, words):
    assert render.size(count) == words


def test_it_writes_times_in_utc():
    assert render.clock(NOW) == "2026-09-21 14:13:20 UTC"
    assert render.iso(NOW) == "2026-09-21T14:13:20+00:00"
    assert render.short_time(NOW) == "14:13"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "http:", "//x", "http://["],
)
def test_it_links_to_nothing_but_web_addresses(url):
    assert render.web_address(url) == ""


def test_it_links_to_web_addresses():
    assert render.web_address("https://portal.example/a?b") == "https://portal.example/a?b"


def test_it_refuses_a_template_that_uses_what_is_not_there(pages):
    with pytest.raises(jinja2.UndefinedError):
        pages.html("error.html.j2", now=NOW)


def test_it_says_which_module_of_a_reports_folder_is_missing(tmp_path, monkeypatch):
    folder = tmp_path / "bare_reports"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"bare_reports/status_page\.py: cannot be imported"):
        render.Pages(folder)


def test_it_refuses_a_folder_whose_name_another_package_has(tmp_path):
    assert sys.modules["reports"]
    (tmp_path / "reports").mkdir()
    with pytest.raises(ConfigError, match="another package 'reports' is imported already"):
        render.Pages(tmp_path / "reports")


def test_it_refuses_a_script_that_would_end_its_own_element(tmp_path, pages, monkeypatch):
    (tmp_path / "report.js").write_text("'</script>'")
    monkeypatch.setattr(pages, "static", tmp_path)
    with pytest.raises(ConfigError, match="cannot be inlined"):
        pages.inlined("report.js")


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "a/../../x", "/etc/hostname", ".hidden/x", "a\0b", "a"]
)
def test_it_gives_no_file_for_a_path_that_is_not_evidence(tmp_path, path):
    (tmp_path / "a").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden/x").write_text("quarantined")
    assert render.evidence_file(tmp_path, path) is None
