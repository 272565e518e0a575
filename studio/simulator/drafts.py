"""A draft is a small preview; for a week a large clip with the same content can be made of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from studio.simulator import issues
from studio.simulator.tasks import Status, Task
from studio.simulator.validator import Order

LIFE = timedelta(days=7)
LARGE = "1080p"
NO_DRAFT = issues.custom("The draft task was not found, has not succeeded or is too old.", path=("draftTaskId",))


def is_usable(task: Task, *, now: datetime) -> bool:
    """Whether a clip can be made of this task now."""
    is_fresh = now - task.created_at <= LIFE
    return bool(task.order.settings.get("draft")) and task.status_at(now) is Status.SUCCEEDED and is_fresh


def enlarged(order: Order) -> Order:
    """The order of a draft at full size."""
    kept = {name: value for name, value in order.settings.items() if name != "draft"}
    return replace(order, settings=kept | {"resolution": LARGE})
