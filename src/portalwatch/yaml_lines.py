"""YAML read so that no value changes its meaning and every value knows its line.

Structure, anchors, aliases and merge keys (``<<``) are PyYAML's. Plain scalars follow
the core schema of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3) more narrowly than
PyYAML, which still follows 1.1: there ``off`` and ``no`` are booleans, ``0123`` is 83
and ``1:30`` is 90. Here a plain scalar is ``true``, ``false``, null, or a number where
writing that number gives the same text again; everything else is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from portalwatch.errors import PortalwatchError

KeyPath = tuple[str | int, ...]

MAX_VALUES = 100_000
"""Values a document may hold with its aliases expanded: some hundred times a large plan."""

_DEFAULT_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
_MERGE = "<<"

_Pair = tuple[str, int, yaml.Node]  # a key, its line, and the value's node


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file: where, under which key, what, and the fix in brackets."""

    line: int  # 1 is the first; 0 for the file as a whole
    column: int  # 1 is the first; 0 where only the line is of use
    key: str  # "checks[2].every"; empty for the document as a whole
    text: str

    def in_file(self, name: str) -> str:
        """The problem as one line: ``portalwatch.yaml:14: checks[2].every: …``."""
        place = ":".join([name, *(str(n) for n in (self.line, self.column) if n)])
        line = ": ".join(part for part in (place, self.key, self.text) if part)
        return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


class Unreadable(PortalwatchError):
    """A text is no YAML at all, or too large; ``problem`` says where and why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.text)


@dataclass(frozen=True, slots=True)
class Place:
    """The lines of a value and of the key it stands under (the same for a list's item)."""

    key_line: int
    value_line: int


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values, the place of each, and what is wrong with the writing of them."""

    root: Any
    places: Mapping[KeyPath, Place]
    problems: tuple[Problem, ...]

    def key_line(self, path: KeyPath) -> int:
        """The line of the key at ``path``, or of the nearest mapping or list around it."""
        return self._place(path).key_line

    def value_line(self, path: KeyPath) -> int:
        """The line of the value at ``path``, or of the nearest mapping or list around it."""
        return self._place(path).value_line

    def _place(self, path: KeyPath) -> Place:
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


def dotted(path: KeyPath) -> str:
    """``("checks", 2, "every")`` as ``checks[2].every``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read(text: str) -> Document:
    """Read one YAML document.

    Raises:
        Unreadable: ``text`` is not YAML, refers to itself, or is too large.
    """
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        reading = _Reading()
        root = None if node is None else reading.value(node, (), 1)
    except yaml.MarkedYAMLError as exc:
        raise Unreadable(_syntax_problem(exc)) from exc
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        what = f"holds the control character U+{ord(text[exc.position]):04X} (remove it)"
        raise Unreadable(Problem(line, 0, "", what)) from exc
    except RecursionError as exc:
        raise Unreadable(Problem(0, 0, "", "is nested too deeply (a plan needs 4 levels)")) from exc
    reading.places.setdefault((), Place(1, 1))
    return Document(root, reading.places, tuple(reading.problems))


@dataclass(slots=True)
class _Reading:
    """One pass over the node tree: builds the values and notes their places."""

    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _count: int = 0
    _open: set[int] = field(default_factory=set)  # nodes being read: an alias to one never ends

    def value(self, node: yaml.Node, path: KeyPath, key_line: int) -> Any:
        self._count_value(node, path)
        line = _line(node)
        # A mapping or list below its key is best shown by the key's own line.
        value_line = line if isinstance(node, yaml.ScalarNode) else key_line
        self.places[path] = Place(key_line, value_line)
        if node.tag not in _DEFAULT_TAGS:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            what = f"the tag {tag} means nothing here (remove it)"
            self.problems.append(Problem(line, 0, dotted(path), what))
            return _text(node) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [
                    self.value(item, (*path, index), _line(item))
                    for index, item in enumerate(node.value)
                ]
            assert isinstance(node, yaml.MappingNode)  # the third and last kind there is
            return {
                key: self.value(value, (*path, key), line)
                for key, line, value in self._pairs(node, path)
            }
        finally:
            self._open.discard(id(node))

    def _pairs(
        self, node: yaml.MappingNode, path: KeyPath, *, merging: bool = False
    ) -> Iterator[_Pair]:
        """A mapping's own pairs, then those it merges in and does not have itself.

        While ``merging``, nothing is reported: it is where the mapping itself stands.
        """
        own: dict[str, int] = {}
        merged: list[yaml.Node] = []
        problems: list[Problem] = []
        for key_node, value in node.value:
            line = _line(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                what = "has a list or mapping as a key (write a plain name)"
                problems.append(Problem(line, 0, dotted(path), what))
                continue
            key = _text(key_node)
            if key == _MERGE and key_node.style is None:
                merged.append(value)
            elif key in own:
                what = f"stands here and on line {own[key]} (keep one)"
                problems.append(Problem(line, 0, dotted((*path, key)), what))
            else:
                own[key] = line
                yield key, line, value
        if not merging:
            self.problems += problems
        seen = set(own)
        for source in merged:
            for pair in self._merged_pairs(source, path):
                if pair[0] not in seen:
                    seen.add(pair[0])
                    yield pair

    def _merged_pairs(self, source: yaml.Node, path: KeyPath) -> Iterator[_Pair]:
        self._count_value(source, path)
        if isinstance(source, yaml.SequenceNode):
            for item in source.value:
                yield from self._merged_pairs(item, path)
            return
        if not isinstance(source, yaml.MappingNode):
            what = "'<<' merges mappings only (write '<<: *name' with a mapping marked &name)"
            self.problems.append(Problem(_line(source), 0, dotted(path), what))
            return
        self._open.add(id(source))
        try:
            yield from self._pairs(source, path, merging=True)
        finally:
            self._open.discard(id(source))

    def _count_value(self, node: yaml.Node, path: KeyPath) -> None:
        if id(node) in self._open:
            what = "an alias here refers to what it is itself a part of (write it out)"
            raise Unreadable(Problem(_line(node), 0, dotted(path), what))
        self._count += 1
        if self._count > MAX_VALUES:
            what = f"grows to more than {MAX_VALUES} values (use fewer aliases within aliases)"
            raise Unreadable(Problem(0, 0, "", what))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _text(node: yaml.ScalarNode) -> str:
    text = str(node.value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        # Such escapes are of JSON, which writes some characters in two halves.
        what = "half a character is written as an escape (write the character itself)"
        raise Unreadable(Problem(_line(node), 0, "", what))
    return text


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text = _text(node)
    if node.style is not None:  # quoted, or a block: always text
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            value = number(text)
        except ValueError:
            continue
        if str(value) == text and text[-1].isdigit():  # not "nan", "inf", "0123", "1_000"
            return value
    return text


# What PyYAML says, as a pattern, and what it means to somebody who wrote a plan.
_SYNTAX = (
    (r"character '\\t'", "a tab stands in the indentation (indent with spaces)"),
    (r"mapping values are not allowed", "a ':' stands in the middle of a value (put it in quotes)"),
    (r"could not find expected ':'", "a key has no ':' after it (write 'key: value')"),
    (r"unexpected end of stream", "a quotation mark is never closed (close it)"),
    (r"document separator", "a quotation mark is never closed (close it)"),
    (r"undefined alias", "an alias has no anchor before it (mark the value with & and its name)"),
    (r"duplicate anchor", "an anchor's name is used twice (choose another name)"),
    (r"expected ',' or '\]'", "a list opened with '[' is not closed (write ']')"),
    (r"expected ',' or '\}'", "a mapping opened with '{' is not closed (write '}')"),
    (r"found another document", "a second document begins here (remove the '---')"),
    (r"expected <block end>", "the indentation does not fit the lines above (align it with them)"),
    (
        r"found character '[@`%]'",
        "a value begins with a character that YAML reserves (put it in quotes)",
    ),
    (r"unknown escape character", "an unknown '\\' escape in double quotes (use single quotes)"),
)


def _syntax_problem(exc: yaml.MarkedYAMLError) -> Problem:
    said = exc.problem or exc.context or "no reason given"
    known = (words for pattern, words in _SYNTAX if re.search(pattern, said))
    words = next(known, f"the YAML reader stops here (it says: {said})")
    mark = exc.problem_mark or exc.context_mark
    if mark is None:
        return Problem(0, 0, "", f"is not YAML: {words}")
    return Problem(mark.line + 1, mark.column + 1, "", f"is not YAML: {words}")
