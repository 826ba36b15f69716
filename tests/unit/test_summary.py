"""The summary in Markdown, read as a Markdown reader does."""

from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt

from portalwatch.model import Outcome, Result
from portalwatch.summary import LISTED, markdown
from tests.records import FIREFOX, attempt, result

FLAKY = replace(
    result("run-5", browser=FIREFOX), attempts=(attempt(Outcome.FAIL), attempt(Outcome.PASS))
)
RUNS = [
    result("run-1"),
    result("run-2", browser=FIREFOX),
    result("run-3", Outcome.FAIL),
    result("run-4", Outcome.SKIP),
    FLAKY,
]


def html(results: list[Result], title: str = "Portal") -> str:
    return MarkdownIt("commonmark").enable("table").render(markdown(results, title=title))


def cells(results: list[Result]) -> list[str]:
    parts = html(results).split("<td>")[1:]
    return [part.partition("</td>")[0] for part in parts]


def test_the_heading_is_the_verdict() -> None:
    assert markdown(RUNS, title="Portal").startswith(
        "## Portal: 1 failed, 1 flaky, 1 skipped, 2 passed\n"
    )
    assert markdown([], title="Portal").startswith("## Portal: no check was run\n")


def test_what_is_lost_is_in_the_heading_and_told() -> None:
    told = markdown(RUNS[:2], title="Portal", losses=["b.jsonl: has no end", "<lost>"])
    assert told.startswith(
        "## Portal: 2 passed, and results are missing\n\n- b.jsonl: has no end\n- \\<lost\\>\n\n|"
    )


def test_each_browser_has_its_counts_in_which_a_flaky_pass_is_no_other() -> None:
    chromium, firefox = cells(RUNS)[:6], cells(RUNS)[6:12]
    assert chromium == ["chromium 156.0.8078.73", "1", "0", "0", "1", "1"]
    assert firefox == ["firefox 153.7", "0", "0", "1", "0", "1"]


def test_what_did_not_pass_is_told_with_its_cause_and_step() -> None:
    assert "<h3>Failed</h3>" in html(RUNS)
    assert cells(RUNS)[12:16] == [
        "A provider signs in and out.",
        "chromium 156.0.8078.73",
        "A page does not show what it should, in step “read the greeting”",
        "it came to a fail",
    ]
    assert "<h3>Errors</h3>" not in html(RUNS)
    assert cells(RUNS)[-1] == "it came to a fail"  # why the flaky one failed first


def test_text_of_a_portal_stays_text() -> None:
    text = "<img src=x> | [a](https://x.example) `b` **c** &amp; @everyone"
    told = replace(attempt(Outcome.FAIL), message=text)
    odd = replace(result("run-1", Outcome.FAIL), attempts=(told,))
    shown = cells([odd])[-1]
    assert shown == ("&lt;img src=x&gt; | [a](https://x.example) `b` **c** &amp;amp; @everyone")


def test_nobody_is_called_and_nothing_is_linked() -> None:
    told = replace(attempt(Outcome.FAIL), message="@everyone https://evil.example www.evil.example")
    text = markdown([replace(result("run-1", Outcome.FAIL), attempts=(told,))], title="Portal")
    assert "@" not in text
    assert "://" not in text
    assert "www." not in text


def test_a_long_list_is_cut_and_says_so() -> None:
    many = [result(f"run-{n}", Outcome.FAIL) for n in range(LISTED + 3)]
    assert "… and 3 more, in the report." in html(many)
    assert html(many).count("it came to a fail") == LISTED
