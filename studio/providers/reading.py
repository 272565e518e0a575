"""Reads what JSON says, taking what it knows and nothing else. Pure."""

import math
from collections.abc import Mapping


class UnreadableError(ValueError):
    """An answer is not what the contract says. The message names what is missing, never what was there."""


def whole(value: object) -> int | None:
    """The whole number below a JSON number; None for anything else."""
    found = number(value)
    return None if found is None else math.floor(found)


def number(value: object) -> float | None:
    """A finite JSON number; None for anything else (true is not a number)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def object_of(value: object) -> dict[str, object]:
    """The JSON object. Raises UnreadableError for anything else."""
    if not isinstance(value, dict):
        raise UnreadableError("not a JSON object")
    return value


def text(answer: Mapping[str, object], name: str) -> str:
    """A text that must be there. Raises UnreadableError."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableError(f"no {name}")
    return value


def optional_text(answer: Mapping[str, object], name: str) -> str:
    """A text, "" where there is none."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def printable(said: str) -> str:
    """Without NUL and half characters, which a database refuses."""
    return "".join(char for char in said if char.isprintable())


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list; nothing for anything else."""
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()
