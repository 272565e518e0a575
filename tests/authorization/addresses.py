"""Every address that the URL conf knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern


@dataclass(frozen=True, slots=True)
class Address:
    """One line of the URL conf. `name` has its namespace, and is the route itself where there is no name.

    `converters` maps each argument to the name of its converter: uuid, int, slug, str, path.
    """

    name: str
    route: str
    converters: tuple[tuple[str, str], ...]


def every_address() -> list[Address]:
    """All of them, those of libraries included, in the order in which they are tried."""
    return list(_walk(get_resolver(), route="", space=(), before=()))


def _walk(
    resolver: URLResolver, *, route: str, space: tuple[str, ...], before: tuple[tuple[str, str], ...]
) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        whole = f"{route}{pattern.pattern}"
        converters = (*before, *_converters(pattern))
        if isinstance(pattern, URLPattern):
            name = ":".join((*space, pattern.name or whole)) if pattern.name or space else whole
            yield Address(name=name, route=whole, converters=converters)
        else:
            inner = (*space, pattern.namespace) if pattern.namespace else space
            yield from _walk(pattern, route=whole, space=inner, before=converters)


def _converters(pattern: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(pattern.pattern, RegexPattern):
        return tuple((name, "regex") for name in pattern.pattern.regex.groupindex)
    names = {"UUIDConverter": "uuid", "IntConverter": "int", "SlugConverter": "slug", "PathConverter": "path"}
    return tuple(
        (name, names.get(type(converter).__name__, "str")) for name, converter in pattern.pattern.converters.items()
    )
