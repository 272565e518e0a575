"""The shapes of answers, as client and simulator assume them, and what differs from one. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

MOST_NAMED = 12

Shape = Mapping[str, str]
"""Field → kinds that it may have, apart by "|"; "?" at the end: it may be missing."""

ORGANIZATION: Shape = MappingProxyType({"creditBalance": "whole", "tier": "object", "usage": "object"})
TIER: Shape = MappingProxyType({"maxMonthlyCreditSpend": "whole", "models": "object"})
LIMITS: Shape = MappingProxyType({"maxConcurrentGenerations": "whole|null", "maxDailyGenerations": "whole|null"})
USED: Shape = MappingProxyType({"dailyGenerations": "whole"})
UPLOAD: Shape = MappingProxyType({"uploadUrl": "text", "fields": "object", "runwayUri": "text"})
CREATED: Shape = MappingProxyType({"id": "text", "estimatedCost": "object"})
CREDITS: Shape = MappingProxyType({"credits": "whole|number"})
USAGE: Shape = MappingProxyType({"models": "list", "results": "list", "apiKeys": "list?", "resultsByApiKey": "list?"})
_COMMON = {"id": "text", "createdAt": "text", "status": "text"}
TASKS: Mapping[str, Shape] = MappingProxyType(
    {
        "PENDING": {**_COMMON, "estimatedCost": "object"},
        "THROTTLED": {**_COMMON, "estimatedCost": "object"},
        "RUNNING": {**_COMMON, "estimatedCost": "object", "progress": "whole|number"},
        "SUCCEEDED": {**_COMMON, "output": "list", "cost": "object"},
        "FAILED": {**_COMMON, "failure": "text", "failureCode": "text|null?", "cost": "object"},
        "CANCELLED": {**_COMMON, "cost": "object"},
    }
)


def kind_of(value: object) -> str:
    """What sort of JSON it is: text, whole, number, switch, list, object, null."""
    match value:
        case None:
            return "null"
        case bool():
            return "switch"
        case int():
            return "whole"
        case float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"


def listed(shape: Shape) -> str:
    """The fields of a shape, for people."""
    return ", ".join(shape)


def difference(body: object, shape: Shape) -> str:
    """What is new, missing or of another kind in a body; "" for none. Names alone, never what was in them."""
    if not isinstance(body, dict):
        return f"it is {'nothing' if body is None else kind_of(body)}"
    new = [f"{name} ({kind_of(body[name])})" for name in sorted(body.keys() - shape.keys(), key=str)]
    missing = [name for name, kinds in shape.items() if name not in body and not kinds.endswith("?")]
    odd = [
        f"{name} is {kind_of(body[name])}"
        for name, kinds in shape.items()
        if name in body and kind_of(body[name]) not in kinds.removesuffix("?").split("|")
    ]
    parts = [("new", new), ("missing", missing), ("of another kind", odd)]
    return "; ".join(f"{word}: {named(found)}" for word, found in parts if found)


def difference_of_all(entries: object, shape: Shape) -> str:
    """What differs in the first entry of a map that is not as assumed, with its name."""
    if not isinstance(entries, dict):
        return f"it is {kind_of(entries)}"
    told = ((name, difference(entry, shape)) for name, entry in entries.items())
    return next((f"{name}: {found}" for name, found in told if found), "")


def named(names: list[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
