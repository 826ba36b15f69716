"""Reading one section of a document into its model, with the problems in our words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from portalwatch.plan import Known
from portalwatch.plan_values import choose, name
from portalwatch.yaml_lines import Document, KeyPath, Problem, dotted

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SectionReader:
    """Reads sections of ``document`` one by one: a fault in one hides none in another."""

    document: Document
    known: Known
    problems: list[Problem] = field(default_factory=list)

    def section(self, path: KeyPath, model: type[_Model], value: Any) -> _Model | None:
        """``value``, which stands at ``path``, as ``model``; None where it is wrong."""
        if not isinstance(value, dict):
            self.refuse(path, _not_a_mapping(value))
            return None
        try:
            return model.model_validate(value, context=self.known)
        except ValidationError as exc:
            for error in exc.errors(include_url=False):
                self._refuse_field(path, model, dict(error))
            return None

    def named_sections(self, key: str, model: type[_Model], value: Any) -> dict[str, _Model]:
        """A section that maps names of the writer's choice to parts of one kind."""
        if not isinstance(value, dict):
            self.refuse((key,), _not_a_mapping(value))
            return {}
        parts: dict[str, _Model] = {}
        for word, entry in value.items():
            try:
                name(word)
            except ValueError as exc:
                self.refuse_key((key, word), str(exc))
            part = self.section((key, word), model, entry)
            if part is not None:
                parts[word] = part
        return parts

    def refuse_unknown_keys(
        self, path: KeyPath, keys: Iterable[str], allowed: Collection[str]
    ) -> None:
        """Report each of ``keys`` that is not ``allowed``, with the nearest that is."""
        for key in keys:
            if key not in allowed:
                self.refuse_key((*path, key), f"is not a known key ({choose(key, allowed)})")

    def refuse(self, path: KeyPath, text: str) -> None:
        """Report what is wrong with the value at ``path``."""
        self.problems.append(Problem(self.document.value_line(path), 0, dotted(path), text))

    def refuse_key(self, path: KeyPath, text: str) -> None:
        """Report what is wrong with the key at ``path``."""
        self.problems.append(Problem(self.document.key_line(path), 0, dotted(path), text))

    def _refuse_field(self, path: KeyPath, model: type[BaseModel], error: dict[str, Any]) -> None:
        """Put one of pydantic's errors into our words."""
        at = (*path, *error["loc"])
        for part in error["loc"][:-1]:  # into the model of a section within the section
            annotation = model.model_fields[str(part)].annotation
            for inner in (annotation, *get_args(annotation)):  # itself, or one "| None"
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    model = inner
        match error["type"]:
            case "missing":
                key = str(at[-1])
                example = (model.model_fields[key].examples or ["…"])[0]
                self.refuse(at, f"is missing (add '{key}: {example}')")
            case "extra_forbidden":
                self.refuse_unknown_keys(at[:-1], [str(at[-1])], model.model_fields)
            case "model_type":
                self.refuse(at, _not_a_mapping(error["input"]))
            case "value_error":  # raised by plan_values and plan: in our words already
                self.refuse(at, str(error["ctx"]["error"]))
            case other:
                raise AssertionError(f"plan.py left {dotted(at)} to pydantic's own {other}")


def _not_a_mapping(value: Any) -> str:
    # The value is not quoted: below 'accounts' it may be a secret put in the wrong place.
    fix = "write its keys indented below it"
    if value is None:
        return f"is empty ({fix}, or remove it)"
    kind = "a list" if isinstance(value, list) else "a single value"
    return f"is {kind}, not a mapping ({fix})"
