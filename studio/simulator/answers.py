"""The bodies of the API: tasks, organization; and the refusals that end a request."""

from datetime import UTC, datetime
from typing import Any

from studio.simulator import issues, prices
from studio.simulator.issues import Issue
from studio.simulator.tasks import FINAL, Status, Task

HTML_502 = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
UNHEARD_OF_FIELDS = {"etaSeconds": 7, "queue": {"position": 1, "lane": "standard"}}


class Refused(Exception):
    """Ends a request. `body` is a dict (JSON), a string (HTML) or None (empty)."""

    def __init__(self, status: int, body: dict[str, Any] | str | None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def refused(status: int, error: str) -> Refused:
    """A refusal in words."""
    return Refused(status, issues.refusal(error))


def invalid(found: list[Issue]) -> Refused:
    """A 400 with all issues."""
    return Refused(400, issues.invalid_body(found))


def no_task() -> Refused:
    """The task never was, is gone, or is somebody else's."""
    return Refused(404, {"error": "Could not find Task"})


def timestamp(moment: datetime) -> str:
    """RFC 3339 with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def created_body(task: Task) -> dict[str, Any]:
    """The answer to a create."""
    return {"id": task.id} | _costs(task, "estimatedCost", task.estimate_credits) | _extra(task)


def task_body(task: Task, *, status: Status, now: datetime, links: list[str]) -> dict[str, Any]:
    """The task in this status; `links` are its outputs once it has succeeded."""
    body: dict[str, Any] = {"id": task.id, "createdAt": timestamp(task.created_at), "status": str(status)}
    if status is Status.RUNNING:
        body["progress"] = task.progress_at(now)
    if status is Status.SUCCEEDED:
        body["output"] = links
    if status is Status.FAILED:
        body |= _failure(task)
    name, amount = ("cost", task.cost_credits) if status in FINAL else ("estimatedCost", task.estimate_credits)
    return body | _costs(task, name, amount) | _extra(task)


def _failure(task: Task) -> dict[str, str]:
    failure = task.failure
    if failure is None:
        return {}
    code = {} if failure.code is None else {"failureCode": failure.code}
    return {"failure": failure.message} | code


def _costs(task: Task, name: str, amount: float) -> dict[str, Any]:
    return {} if task.scenario == "no_costs" else {name: {"credits": prices.shown(amount)}}


def _extra(task: Task) -> dict[str, Any]:
    return UNHEARD_OF_FIELDS if task.scenario == "unknown_fields" else {}
