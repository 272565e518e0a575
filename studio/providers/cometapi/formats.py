"""CometAPI's three ways to ask for a clip, and how a task's id says by which of them it is read.

A take may be read long after the setting was changed, so the id that is stored carries its way: a plain id is read
where Runway's tasks are, `feed:` by the compatibility format, `response:` as a response. `kept:` names an answer that
brought its clip along and no id: nothing but the kept answer knows it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """How a clip is asked for. The values are those of the setting."""

    RUNWAY = "runway"
    COMPAT = "compat"
    RESPONSES = "responses"


class Route(StrEnum):
    """How a task is read. The values begin the ids that are stored."""

    TASK = ""
    FEED = "feed:"
    RESPONSE = "response:"
    KEPT = "kept:"


@dataclass(frozen=True, slots=True)
class Handle:
    """A task at the gateway: how it is read, and the gateway's own id for it."""

    route: Route
    remote_id: str

    @property
    def task_id(self) -> str:
        """What is stored."""
        return f"{self.route.value}{self.remote_id}"


def handle_of(task_id: str) -> Handle:
    """The handle that a stored id means."""
    for route in (Route.FEED, Route.RESPONSE, Route.KEPT):
        if task_id.startswith(route.value):
            return Handle(route, task_id.removeprefix(route.value))
    return Handle(Route.TASK, task_id)
