"""The path at which an address is asked."""

from django.urls import reverse

from tests.authorization.addresses import Address
from tests.authorization.scenery import Scenery
from tests.authorization.table import Row


def path_of(address: Address, row: Row, scenery: Scenery) -> str:
    """With arguments of rows that exist. Raises LookupError when the row does not say what an id stands for."""
    arguments = scenery.arguments(address, of=row.of)
    is_named = address.name.split(":")[-1] not in address.route
    return (reverse(address.name, kwargs=arguments) if is_named else _filled(address, arguments)) + (
        f"?{row.query}" if row.query else ""
    )


def _filled(address: Address, arguments: dict[str, object]) -> str:
    """A route without a name."""
    path = address.route.replace("(?P<url>.*)$", "{url}")
    for name, kind in address.converters:
        path = path.replace(f"<{kind}:{name}>", f"{{{name}}}").replace(f"<{name}>", f"{{{name}}}")
    return "/" + path.format(**arguments)


def filled(data: dict[str, str], scenery: Scenery) -> dict[str, str]:
    """Form fields, with the ids of the scenery's rows in their places."""
    return {name: value.format(house=scenery.house, scenery=scenery) for name, value in data.items()}
