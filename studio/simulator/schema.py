"""A small validator in the manner of Zod: every check answers all its issues, none stops at the first."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.simulator import issues
from studio.simulator.issues import Issue, Path

Check = Callable[[Any, Path], list[Issue]]


def utf16_units(text: str) -> int:
    """The length of `text` as JavaScript counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def string(*, minimum: int = 0, maximum: int) -> Check:
    """A string with `minimum` to `maximum` UTF-16 units."""

    def check(value: Any, path: Path) -> list[Issue]:
        if not isinstance(value, str):
            return [issues.wrong_type("string", got=value, path=path)]
        return _bounds("string", size=utf16_units(value), minimum=minimum, maximum=maximum, path=path)

    return check


def integer(*, minimum: int, maximum: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, path: Path) -> list[Issue]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return [issues.wrong_type("number", got=value, path=path)]
        if isinstance(value, float) and not value.is_integer():
            return [issues.wrong_type("int", got=value, path=path)]
        return _bounds("number", size=int(value), minimum=minimum, maximum=maximum, path=path)

    return check


def number(*, minimum: float, maximum: float) -> Check:
    """A number within bounds."""

    def check(value: Any, path: Path) -> list[Issue]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return [issues.wrong_type("number", got=value, path=path)]
        return _bounds("number", size=value, minimum=minimum, maximum=maximum, path=path)

    return check


def matching(pattern: re.Pattern[str], *, maximum: int) -> Check:
    """A string of this pattern."""

    def check(value: Any, path: Path) -> list[Issue]:
        found = string(minimum=1, maximum=maximum)(value, path)
        if found or pattern.fullmatch(value):
            return found
        return [issues.wrong_format(pattern.pattern, path=path)]

    return check


def array(item: Check, *, minimum: int = 0, maximum: int) -> Check:
    """A list with `minimum` to `maximum` items, each of which passes `item`."""

    def check(value: Any, path: Path) -> list[Issue]:
        if not isinstance(value, list):
            return [issues.wrong_type("array", got=value, path=path)]
        found = [issue for index, entry in enumerate(value) for issue in item(entry, (*path, index))]
        return found + _bounds("array", size=len(value), minimum=minimum, maximum=maximum, path=path)

    return check


def anything(value: Any, path: Path) -> list[Issue]:
    """Any value at all: a field that is taken and passed over."""
    return []


def _bounds(origin: str, *, size: float, minimum: float, maximum: float, path: Path) -> list[Issue]:
    if size < minimum:
        return [issues.too_short(origin, minimum=minimum, path=path)]
    if size > maximum:
        return [issues.too_long(origin, maximum=maximum, path=path)]
    return []


def choice(values: Sequence[str | int]) -> Check:
    """One of `values`, of the same type."""

    def check(value: Any, path: Path) -> list[Issue]:
        is_known = not isinstance(value, (bool, list, dict)) and value in values
        return [] if is_known else [issues.wrong_choice(values, path=path)]

    return check


def boolean(value: Any, path: Path) -> list[Issue]:
    """True or false."""
    return [] if isinstance(value, bool) else [issues.wrong_type("boolean", got=value, path=path)]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its fields, which of them must be there, and whether unknown ones are refused."""

    fields: Mapping[str, Check]
    required: frozenset[str] = frozenset()
    is_strict: bool = False

    def __call__(self, value: Any, path: Path = ()) -> list[Issue]:
        if not isinstance(value, dict):
            return [issues.wrong_type("object", got=value, path=path)]
        found = [issue for name in self.fields for issue in self._field(name, value=value, path=path)]
        unknown = [key for key in value if key not in self.fields]
        if self.is_strict and unknown:
            found.append(issues.unknown_keys(unknown, path=path))
        return found

    def _field(self, name: str, *, value: dict[str, Any], path: Path) -> list[Issue]:
        here = (*path, name)
        if name in value:
            return self.fields[name](value[name], here)
        if name not in self.required:
            return []
        return [_as_missing(issue) for issue in self.fields[name](None, here)]


def _as_missing(issue: Issue) -> Issue:
    if issue["code"] != "invalid_type":
        return issue
    return {**issue, "message": f"Invalid input: expected {issue['expected']}, received undefined"}
