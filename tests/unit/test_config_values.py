"""The forms in which a plan's values are written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch import plan_values
from portalwatch.plan_values import Address


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("6h", 21600), ("90d", 7776000), ("1.5h", 5400)],
)
def test_it_reads_durations_in_seconds(written: str, seconds: float) -> None:
    assert plan_values.duration(written) == seconds


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2 weeks", "14d"),
        ("3 months", "90d"),
        ("1y", "365d"),
        ("5 minutes", "5m"),
        ("30 Sec", "30s"),
        ("20msec", "20ms"),
        ("2D", "2d"),
        ("1h30m", "90m"),
        ("1 h and 30 min", "90m"),
        ("1.1 hours", "66m"),
    ],
)
def test_it_takes_a_unit_that_is_none_of_its_own_for_what_is_meant(
    written: str, meant: str
) -> None:
    with pytest.raises(ValueError, match=rf"\(try '{meant}'"):
        plan_values.duration(written)


@given(st.integers(min_value=1, max_value=10_000_000))
def test_it_reads_back_every_duration_that_it_writes(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert plan_values.duration(plan_values.duration_text(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("written", "number_of_bytes"),
    [("512MB", 512_000_000), ("1.5GB", 1_500_000_000), ("1GiB", 2**30), ("64 KiB", 65536)],
)
def test_it_reads_sizes_in_bytes(written: str, number_of_bytes: int) -> None:
    assert plan_values.size(written) == number_of_bytes


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("127.0.0.1:9464", Address("127.0.0.1", 9464)),
        ("[::1]:9464", Address("::1", 9464)),
        ("localhost:0", Address("localhost", 0)),
    ],
)
def test_it_reads_addresses_and_writes_them_alike(written: str, address: Address) -> None:
    assert plan_values.address(written) == address
    assert str(address) == written


@pytest.mark.parametrize("written", ["", ":", "[::1]", "a b:1", "host:", "host:-1", "host:١", 9])
def test_it_refuses_what_is_no_address(written: object) -> None:
    with pytest.raises(ValueError, match=r"\(.+\)"):
        plan_values.address(written)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Portal.Example/", "https://portal.example"),
        ("https://portal.example:443", "https://portal.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_it_writes_origins_as_browsers_do(written: str, origin: str) -> None:
    assert plan_values.origin(written) == origin


@pytest.mark.parametrize("written", ["https://[::1", "https://a b", "http://", "mailto:a@b"])
def test_it_refuses_what_is_no_web_address(written: str) -> None:
    with pytest.raises(ValueError, match=r"\(try 'https://"):
        plan_values.web_address(written)


def test_it_quotes_values_shortly() -> None:
    assert plan_values.shown("x" * 100) == f"'{'x' * 57}…'"
    assert plan_values.shown(False) == "false"
    assert plan_values.shown({"a": 1}) == "a mapping"


def test_it_offers_the_nearest_word_or_the_first_of_many() -> None:
    assert plan_values.choose("evry", ["every", "jitter"]) == "did you mean 'every'?"
    many = [f"name{n:02}" for n in range(20)]
    assert plan_values.choose("zzz", many).endswith("name11, …")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((vague, "30s") for vague in ("1,5h", "1/2h", "1h30", "5 lustra", "5 microseconds")),
        *((nothing, "30s") for nothing in ("0 minutes", "0.1 msec", "0x", "soon")),
    ],
)
def test_what_it_cannot_make_out_it_answers_with_the_form(written: str, meant: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"(try '{meant}')")):
        plan_values.duration(written)


@given(st.text("0123456789.,: hmsdwinutesy/", max_size=12))
def test_what_it_suggests_is_a_duration(written: str) -> None:
    try:
        plan_values.duration(written)
    except ValueError as exc:
        if suggested := re.search(r"try '(.+?)'", str(exc)):
            assert plan_values.duration(suggested[1]) > 0
