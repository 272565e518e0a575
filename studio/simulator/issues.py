"""Validation issues in the shapes that Zod gives them, and the bodies that carry them.

docs.dev.runwayml.com, errors; API version 2024-11-06.
"""

from collections.abc import Sequence
from typing import Any

Issue = dict[str, Any]
Path = tuple[str | int, ...]

DOC_URL = "https://docs.dev.runwayml.com/api"


def _name(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return "null" if value is None else names.get(type(value), "undefined")


def wrong_type(expected: str, *, got: object, path: Path, missing: bool = False) -> Issue:
    """A value of the wrong type; `missing` says that there was none at all."""
    received = "undefined" if missing else _name(got)
    return {
        "expected": expected,
        "code": "invalid_type",
        "path": list(path),
        "message": f"Invalid input: expected {expected}, received {received}",
    }


def wrong_choice(values: Sequence[str | int], *, path: Path) -> Issue:
    """A value that is none of `values`; the message enumerates them."""
    shown = "|".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values)
    one = f"Invalid input: expected {shown}" if len(values) == 1 else f"Invalid option: expected one of {shown}"
    return {"code": "invalid_value", "values": list(values), "path": list(path), "message": one}


def too_long(origin: str, *, maximum: float, path: Path) -> Issue:
    """A string with too many UTF-16 units, a list with too many items or a number that is too big."""
    unit = {"string": " characters", "array": " items"}.get(origin, "")
    verb = "be" if origin == "number" else "have"
    return {
        "origin": origin,
        "code": "too_big",
        "maximum": maximum,
        "inclusive": True,
        "path": list(path),
        "message": f"Too big: expected {origin} to {verb} <={maximum}{unit}",
    }


def too_short(origin: str, *, minimum: float, path: Path) -> Issue:
    """The opposite of `too_long`."""
    unit = {"string": " characters", "array": " items"}.get(origin, "")
    verb = "be" if origin == "number" else "have"
    return {
        "origin": origin,
        "code": "too_small",
        "minimum": minimum,
        "inclusive": True,
        "path": list(path),
        "message": f"Too small: expected {origin} to {verb} >={minimum}{unit}",
    }


def wrong_format(pattern: str, *, path: Path) -> Issue:
    """A string that does not match a pattern."""
    return {
        "origin": "string",
        "code": "invalid_format",
        "format": "regex",
        "pattern": f"/^{pattern}$/",
        "path": list(path),
        "message": f"Invalid string: must match pattern /^{pattern}$/",
    }


def asset_too_long(maximum: float, *, path: Path) -> Issue:
    """A film or a sound that lasts too long, as the API says it of its own accord."""
    return {
        "code": "too_big",
        "maximum": maximum,
        "type": "number",
        "inclusive": True,
        "origin": "number",
        "message": f"Asset duration must be at most {maximum:g} seconds",
        "path": list(path),
    }


def asset_too_brief(minimum: float, *, path: Path) -> Issue:
    """The opposite of `asset_too_long`."""
    return {
        "code": "too_small",
        "minimum": minimum,
        "type": "number",
        "inclusive": True,
        "origin": "number",
        "message": f"Asset duration must be at least {minimum:g} seconds",
        "path": list(path),
    }


def unknown_keys(keys: Sequence[str], *, path: Path) -> Issue:
    """Fields that a strict object does not know."""
    shown = ", ".join(f'"{key}"' for key in keys)
    word = "key" if len(keys) == 1 else "keys"
    return {
        "code": "unrecognized_keys",
        "keys": list(keys),
        "path": list(path),
        "message": f"Unrecognized {word}: {shown}",
    }


def no_discriminator(name: str) -> Issue:
    """No variant of the body goes by this `model`."""
    return {
        "code": "invalid_union",
        "errors": [],
        "note": "No matching discriminator",
        "discriminator": name,
        "path": [name],
        "message": "Invalid input",
    }


def custom(message: str, *, path: Path) -> Issue:
    """Anything else, in words."""
    return {"code": "custom", "message": message, "path": list(path)}


def invalid_body(issues: Sequence[Issue]) -> dict[str, Any]:
    """The body of the 400 that carries all issues at once."""
    return {"error": "Validation of body failed", "issues": list(issues), "docUrl": DOC_URL}


def refusal(error: str) -> dict[str, Any]:
    """The body of any other refusal."""
    return {"error": error, "docUrl": DOC_URL}
