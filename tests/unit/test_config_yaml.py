"""The reading of YAML: values keep their meaning, and every value knows its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch import yaml_lines
from portalwatch.yaml_lines import MAX_VALUES, Problem, Unreadable


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("0123", "0123"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("nan", "nan"),
        ("2024-01-31", "2024-01-31"),
        ("True", "True"),
        ("'true'", "true"),
        ('"42"', "42"),
        ("42", 42),
        ("-7", -7),
        ("1.5", 1.5),
        ("true", True),
        ("false", False),
        ("~", None),
        ("null", None),
        ("", None),
    ],
)
def test_it_takes_plain_scalars_for_what_their_writer_sees(written: str, value: object) -> None:
    read = yaml_lines.read(f"key: {written}\n").root["key"]
    assert read == value
    assert type(read) is type(value)


def test_it_knows_the_lines_of_keys_values_and_items() -> None:
    document = yaml_lines.read(
        "first:\n  text: >\n    folded\n  list:\n  - a\n  - b: 1\n    c: 2\n"
    )
    assert document.key_line(("first", "text")) == 2
    assert document.value_line(("first", "list")) == 4, "a list is shown by its key"
    assert document.value_line(("first", "list", 0)) == 5
    assert document.value_line(("first", "list", 1)) == 6
    assert document.value_line(("first", "list", 1, "c")) == 7


def test_it_shows_what_is_missing_by_the_mapping_around_it() -> None:
    document = yaml_lines.read("a: 1\nb:\n  c: 2\n")
    assert document.value_line(("b", "missing", "deeper")) == 2
    assert document.value_line(("missing",)) == 1


def test_it_merges_mappings_and_lets_own_and_earlier_keys_win() -> None:
    document = yaml_lines.read(
        "x-a: &a {one: 1, two: 1}\n"
        "x-b: &b {two: 2, three: 2}\n"
        "both:\n  one: 0\n  <<: [*a, *b]\n"
        "chain: &c\n  <<: *b\n  four: 4\n"
        "end: {<<: *c}\n"
    )
    assert document.root["both"] == {"one": 0, "two": 1, "three": 2}
    assert document.root["end"] == {"two": 2, "three": 2, "four": 4}
    assert document.value_line(("both", "three")) == 2, "a merged value stands at its anchor"


def test_it_takes_a_quoted_merge_sign_for_a_plain_key() -> None:
    assert yaml_lines.read('"<<": {a: 1}\n').root == {"<<": {"a": 1}}


def test_it_reports_a_duplicate_in_a_merged_mapping_once() -> None:
    document = yaml_lines.read("x: &x\n  a: 1\n  a: 2\ny: {<<: *x}\nz: {<<: *x}\n")
    assert document.problems == (Problem(3, 0, "x.a", "stands here and on line 2 (keep one)"),)


@pytest.mark.parametrize("text", ["a: &a {<<: *a}\n", "a: &a [*a]\n", "&a {b: {c: *a}}\n"])
def test_it_ends_at_an_alias_to_what_contains_it(text: str) -> None:
    with pytest.raises(Unreadable, match="a part of"):
        yaml_lines.read(text)


def test_it_bounds_what_aliases_grow_to() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    with pytest.raises(Unreadable, match=str(MAX_VALUES)):
        yaml_lines.read(f"l0: &l0 [x]\n{levels}")


def test_it_refuses_nesting_beyond_what_can_be_read() -> None:
    with pytest.raises(Unreadable, match="nested too deeply"):
        yaml_lines.read("[" * 5000 + "]" * 5000)


def test_it_names_the_line_of_a_control_character() -> None:
    with pytest.raises(Unreadable) as caught:
        yaml_lines.read("a: 1\nb: x\x07y\n")
    assert caught.value.problem == Problem(
        2, 0, "", "holds the control character U+0007 (remove it)"
    )


@pytest.mark.parametrize("text", ['a: "\\ud800"\n', '"\\udfff": 1\n', '!tag "\\ud800"\n'])
def test_it_refuses_half_a_character(text: str) -> None:
    with pytest.raises(Unreadable, match="half a character"):
        yaml_lines.read(text)


def test_it_says_each_problem_on_one_line_whatever_its_key() -> None:
    (problem,) = yaml_lines.read('"a\\nb": 1\n"a\\nb": 2\n').problems
    assert problem.in_file("x.yaml") == (
        "x.yaml:2: a\N{REPLACEMENT CHARACTER}b: stands here and on line 1 (keep one)"
    )


def test_it_passes_on_what_the_reader_says_where_it_has_no_words_of_its_own() -> None:
    with pytest.raises(Unreadable) as caught:
        yaml_lines.read("%YAML 9.9\n---\na: 1\n")
    assert caught.value.problem.text.startswith("is not YAML: the YAML reader stops here (it says:")


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*<'\"|>#%@!? \n\t0"), max_size=60))
def test_it_reads_any_text_or_says_why_not(text: str) -> None:
    try:
        document = yaml_lines.read(text)
    except Unreadable:
        return
    assert document.value_line(("anything",)) >= 1
