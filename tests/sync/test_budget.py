"""One budget of reads for all who read, and the provider's wish to be left in peace."""

import pytest

from studio.sync.budget import Budget


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_bucket_holds_a_seconds_worth_and_fills_with_time(clock: Clock) -> None:
    budget = Budget(10, clock=clock)
    assert budget.left() == 10

    budget.spend(10)
    assert budget.left() == 0
    clock.now += 0.35
    assert budget.left() == 3
    clock.now += 60
    assert budget.left() == 10


def test_what_cannot_wait_overdraws_and_the_others_wait_longer(clock: Clock) -> None:
    budget = Budget(10, clock=clock)
    budget.spend(25)

    clock.now += 1
    assert budget.left() == 0
    clock.now += 1
    assert budget.left() == 5


def test_less_than_one_a_second_is_possible(clock: Clock) -> None:
    budget = Budget(0.1, clock=clock)
    budget.spend()
    clock.now += 9
    assert budget.left() == 0
    clock.now += 1.01
    assert budget.left() == 1


def test_a_hold_stops_all_and_the_longest_counts(clock: Clock) -> None:
    budget = Budget(10, clock=clock)
    budget.hold(30)
    budget.hold(5)

    clock.now += 29
    assert budget.left() == 0
    clock.now += 2
    assert budget.left() == 10
