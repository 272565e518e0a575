"""What a task has cost, and how sure that is."""

import pytest

from studio.models import Generation
from studio.providers.base import RemoteStatus, RemoteTask
from studio.sync.costs import Cost, assumed_cost, final_cost

DONE, FAILED, CANCELLED = RemoteStatus.SUCCEEDED, RemoteStatus.FAILED, RemoteStatus.CANCELLED


def _cost(status: RemoteStatus, *, named: int | None, estimate: int | None, charged: bool | None = None) -> Cost:
    task = RemoteTask(task_id="1", status=status, cost_credits=named)
    return final_cost(task, Generation(quote_credits=60, estimated_credits=estimate), is_charged=charged)


@pytest.mark.parametrize("status", [DONE, FAILED, CANCELLED])
@pytest.mark.parametrize("named", [0, 24, 99])
@pytest.mark.parametrize("charged", [None, True, False])
def test_the_providers_own_number_wins(status: RemoteStatus, named: int, charged: bool | None) -> None:
    assert _cost(status, named=named, estimate=30, charged=charged) == Cost(named, "provider")


@pytest.mark.parametrize(
    ("status", "estimate", "charged", "cost"),
    [
        (DONE, 30, None, Cost(30, "estimate")),
        (DONE, 0, None, Cost(0, "estimate")),
        (DONE, None, None, Cost(60, "quote")),
        (FAILED, 30, None, Cost(0, "rule")),
        (FAILED, 30, True, Cost(30, "estimate")),
        (CANCELLED, None, None, Cost(0, "rule")),
        (CANCELLED, None, True, Cost(60, "quote")),
        (DONE, 30, False, Cost(0, "rule")),
    ],
)
def test_without_a_number_it_is_an_assumption_that_says_so(
    status: RemoteStatus, estimate: int | None, charged: bool | None, cost: Cost
) -> None:
    assert _cost(status, named=None, estimate=estimate, charged=charged) == cost


def test_assumed_cost_needs_no_task() -> None:
    take = Generation(quote_credits=60, estimated_credits=None)

    assert assumed_cost(take, is_charged=True) == Cost(60, "quote")
    assert assumed_cost(take, is_charged=False) == Cost(0, "rule")
