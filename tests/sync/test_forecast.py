"""When a task will end: learned from past runs and from progress, and doubted where it was wrong."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

import pytest

from studio.sync import schedule
from studio.sync.forecast import Curve, End, Foretold, Manner, Watch

POLL_S = 5.0


def eased(share: float) -> float:
    """The simulator's curve: slow, quick, slow."""
    return round(0.02 + 0.95 * share * share * (3 - 2 * share), 2)


def watched(progress: Callable[[float], float], *, lasts_s: float, every_s: float = 5.0) -> Watch:
    """A task that was looked at every few seconds until shortly before its end."""
    watch = Watch(waited_at=0.0)
    when = every_s
    while when < lasts_s:
        watch.look(when, progress(when / lasts_s))
        watch.seen_at = when
        when += every_s
    return watch


def learned(progress: Callable[[float], float], *, tasks: int = 30) -> Manner:
    manner = Manner()
    for number in range(tasks):
        lasts_s = 60.0 + number
        watch = watched(progress, lasts_s=lasts_s)
        manner.learn(watch, ended_by=(watch.seen_at or 0) + 5)
    return manner


def test_nobody_knows_at_first() -> None:
    assert Manner().foretell(Watch(), spans=(), now=20.0, started=10.0) is None


def test_past_runs_foretell_the_median_of_those_that_were_longer() -> None:
    spans = [10.0, 20.0, 50.0, 60.0, 60.0, 60.0, 70.0]

    end = Manner().foretell(Watch(), spans=spans, now=130.0, started=100.0)

    assert end is not None
    assert end.in_s == 30.0


def test_a_run_longer_than_all_past_ones_is_not_foretold() -> None:
    assert Manner().foretell(Watch(), spans=[10.0] * 20, now=130.0, started=100.0) is None


def test_a_straight_progress_is_foretold_before_anything_was_learned() -> None:
    watch = Watch(looks=[(105.0, 0.1), (125.0, 0.5)])

    end = Manner().foretell(watch, spans=(), now=125.0, started=100.0)

    assert end is not None
    assert end.in_s == pytest.approx(25.0)


@pytest.mark.parametrize(
    "progress", [eased, lambda share: round(share**3, 2), lambda share: round(share**0.5 * 0.9, 2)]
)
def test_any_curve_is_learned(progress: Callable[[float], float]) -> None:
    manner = learned(progress)
    lasts_s = 90.0
    watch = Watch(waited_at=0.0, looks=[(s, progress(s / lasts_s)) for s in (20.0, 40.0, 60.0, 80.0)])

    end = manner.foretell(watch, spans=(), now=80.0, started=0.0)

    assert end is not None
    assert end.in_s == pytest.approx(10.0, abs=2.5)


def test_progress_that_goes_back_or_stands_still_foretells_nothing() -> None:
    for looks in ([(10.0, 0.42), (20.0, 0.42), (60.0, 0.42)], [(10.0, 0.8), (20.0, 0.3), (30.0, 0.1)]):
        assert Manner().foretell(Watch(looks=looks), spans=(), now=70.0, started=5.0) is None


def test_misses_are_doubted_and_hits_are_believed() -> None:
    manner = Manner()
    for off_s in [0.0] * 10:
        manner.judge(Watch(foretold=Foretold(50.0, 1.0), seen_at=46.0), now=51.0 + off_s, has_ended=True)
    believed = manner.doubt
    for _ in range(30):
        manner.judge(Watch(foretold=Foretold(50.0, 1.0), seen_at=53.0, is_aimed=True), now=58.0, has_ended=False)

    assert (believed, manner.doubt) == (0.5, 8.0)


def test_what_was_aimed_at_teaches_no_curve() -> None:
    manner = Manner()
    watch = watched(eased, lasts_s=60.0)
    watch.was_aimed = True

    manner.learn(watch, ended_by=60.0)

    assert manner.learned == 0
    assert manner.curve.share(0.25) == (0.25, 1.0)


def test_the_first_tasks_and_some_later_ones_are_scouts() -> None:
    manner = learned(eased, tasks=19)
    assert manner.is_scout(Watch(lot=0.9))

    manner = learned(eased, tasks=20)
    assert not manner.is_scout(Watch(lot=0.9))
    assert manner.is_scout(Watch(lot=0.01))


def test_a_curve_need_not_come_to_one() -> None:
    curve = Curve()
    for share in (0.25, 0.5, 0.75, 0.99):
        curve.learn(share * 0.6, share, weight=1.0)

    assert curve.share(0.3)[0] == pytest.approx(0.5, abs=0.02)
    assert curve.share(0.594)[0] == pytest.approx(1.0, abs=0.02)
    assert curve.share(0.9)[0] == 1.0


@pytest.mark.parametrize("end", [None, End(0.0, 0.1), End(3.0, 0.1), End(8.0, 0.2), End(40.0, 0.5), End(60.0, 30.0)])
def test_no_read_comes_before_the_providers_minimum_nor_too_late(end: End | None) -> None:
    for elapsed_s in (0.0, 10.0, 1e6):
        for _ in range(50):
            pause = schedule.next_look(end, elapsed_s=elapsed_s, poll_s=POLL_S)
            assert timedelta(seconds=POLL_S) <= pause <= timedelta(seconds=max(schedule.LONGEST_S, 11.0))
            assert timedelta(seconds=POLL_S) <= schedule.patiently(elapsed_s, poll_s=POLL_S)


def test_a_sure_end_is_read_right_behind_it() -> None:
    pause = schedule.next_look(End(8.0, 0.2), elapsed_s=50.0, poll_s=POLL_S).total_seconds()

    assert 8.0 < pause < 9.0


def test_before_a_sure_end_the_last_read_leaves_room() -> None:
    for in_s in (11.6, 13.0, 15.0, 20.0):
        pause = schedule.next_look(End(in_s, 0.2), elapsed_s=50.0, poll_s=POLL_S).total_seconds()
        assert in_s - pause >= POLL_S


def test_ends_are_seen_sooner_than_by_even_steps_and_with_fewer_reads() -> None:
    """300 tasks one after the other, of 40 to 120 s, with the simulator's curve: half the delay of reads every 6 s."""
    dice = random.Random(7)
    manner = Manner()
    delays, reads = [], []
    for _ in range(300):
        delay_s, count = _follow(manner, lasts_s=dice.uniform(40, 120), dice=dice)
        delays.append(delay_s)
        reads.append(count)

    assert median(delays[100:]) < 1.6
    assert sum(reads[100:]) / 200 < 13


def _follow(manner: Manner, *, lasts_s: float, dice: random.Random) -> tuple[float, int]:
    """(seconds from the end to the read that saw it, reads) of one task."""
    watch = Watch(lot=dice.random(), waited_at=0.0)
    began = dice.uniform(0, 5)
    now, count = 5 + dice.random(), 1
    while now < began + lasts_s:
        manner.judge(watch, now=now, has_ended=False)
        watch.seen_at = now
        watch.look(now, eased((now - began) / lasts_s))
        end = manner.foretell(watch, spans=(), now=now, started=5.0)
        watch.foretold = Foretold(now + end.in_s, end.spread_s / manner.doubt) if end else None
        if end and manner.is_scout(watch):
            end = End(end.in_s, POLL_S)
        watch.is_aimed = schedule.is_aimed(end, poll_s=POLL_S)
        watch.was_aimed |= watch.is_aimed
        now += schedule.next_look(end, elapsed_s=now - 5, poll_s=POLL_S).total_seconds()
        count += 1
    manner.judge(watch, now=now, has_ended=True)
    manner.learn(watch, ended_by=now)
    return now - began - lasts_s, count


def test_what_was_learned_is_stored_and_read_again() -> None:
    manner = learned(eased)
    manner.judge(Watch(foretold=Foretold(50.0, 1.0), seen_at=53.0, is_aimed=True), now=58.0, has_ended=False)

    again = Manner.from_store(json.loads(json.dumps(manner.to_store())))

    assert again == manner
    assert again.curve.share(0.5) == pytest.approx(manner.curve.share(0.5))


@pytest.mark.parametrize(
    "stored",
    [{}, {"learned": 3}, {"learned": 1, "misses": ["x"], "curve": []}, {"learned": 1, "misses": [], "curve": [[1]]}],
)
def test_what_was_stored_otherwise_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Manner.from_store(stored)
