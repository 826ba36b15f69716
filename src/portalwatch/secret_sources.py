"""Where a secret comes from: an environment variable, or a file that one names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portalwatch.errors import ConfigError
from portalwatch.secrets import Secret

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SecretSource:
    """``{env: NAME}``: the variable NAME, or the file that the variable NAME_FILE names.

    Files are how container platforms hand over secrets; an editor's last newline is
    no part of one.
    """

    env: str

    def resolve(self, environ: Mapping[str, str]) -> Secret:
        """The secret itself.

        Raises:
            ConfigError: one line, without a place: neither variable is set, or both,
                or the file is empty or cannot be read. It never holds the value.
        """
        pointer = f"{self.env}_FILE"
        value, file = environ.get(self.env), environ.get(pointer)
        if value is not None and file is not None:
            raise ConfigError(f"{self.env} and {pointer} are both set (unset one of them)")
        if value:
            if not value.isprintable() and "\udc80" <= max(value) <= "\udcff":
                raise ConfigError(f"{self.env} is not text in UTF-8 (write it in UTF-8)")
            return Secret(value)
        if value is not None:
            raise ConfigError(f"{self.env} is set but empty (give it the value)")
        if file is None:
            raise ConfigError(f"{self.env} is not set (set it, or {pointer} to a file's path)")
        try:
            held = Path(file).read_text(encoding="utf-8")
        except OSError as exc:
            reason = exc.strerror or type(exc).__name__
            raise ConfigError(f"{pointer} names '{file}', which cannot be read: {reason}") from exc
        except ValueError as exc:  # not UTF-8, or a path with a null byte
            raise ConfigError(f"{pointer} names '{file}', which is not text in UTF-8") from exc
        held = held.removesuffix("\n").removesuffix("\r")
        if not held:
            raise ConfigError(f"{pointer} names '{file}', which is empty (write the value to it)")
        return Secret(held)


def secret_source(value: Any) -> SecretSource:
    """Of ``{env: NAME}`` as YAML gives it; any other form is refused without quoting it.

    Raises:
        ValueError: one line with the fix.
    """
    fix = "(write {env: NAME} and put the value into that environment variable)"
    if isinstance(value, str | int | float):
        raise ValueError(f"a secret is written in the clear {fix}")
    if not isinstance(value, dict) or set(value) != {"env"}:
        raise ValueError(f"is not a source of a secret {fix}")
    variable = value["env"]
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        raise ValueError("env is not the name of an environment variable (try {env: NAME})")
    return SecretSource(variable)
