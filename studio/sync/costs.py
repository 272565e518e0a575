"""What a task has cost: the provider's own number, and where it names none, an assumption that says so. Pure."""

from dataclasses import dataclass

from studio.models import Generation
from studio.providers.base import RemoteStatus, RemoteTask


@dataclass(frozen=True, slots=True)
class Cost:
    """Credits and where the number comes from: "provider", "estimate", "quote" or "rule"."""

    credits: int
    source: str


def final_cost(task: RemoteTask, generation: Generation, *, is_charged: bool | None = None) -> Cost:
    """The cost of a final task. Without the provider's number: the most it may be when it is charged, else 0.

    `is_charged` defaults to whether the task succeeded.
    """
    if task.cost_credits is not None:
        return Cost(task.cost_credits, "provider")
    charged = task.status is RemoteStatus.SUCCEEDED if is_charged is None else is_charged
    return assumed_cost(generation, is_charged=charged)


def assumed_cost(generation: Generation, *, is_charged: bool) -> Cost:
    """The provider's estimate, or our quote, when it is charged by the provider's rules; else 0."""
    if not is_charged:
        return Cost(0, "rule")
    if generation.estimated_credits is not None:
        return Cost(generation.estimated_credits, "estimate")
    return Cost(generation.quote_credits, "quote")
