"""When a running task will end, from past runs of its kind and from its own progress. Pure; times are in seconds.

Nobody documents how `progress` runs against time, and it is no straight line. So the curve of each kind of task is
learned from the tasks that were watched to their end, and what it foretells is believed as far as it has been right.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot, sqrt
from statistics import median
from typing import Any, Self

BINS = 20
KEPT = 25
LEAST_RUNS = 4
LEAST_SHARE = 0.15
LEAST_SPREAD_S = 0.1
LEAST_SLOPE = 0.2
PROGRESS_STEP = 0.006
FIRST_DOUBT = 2.0
LEAST_DOUBT, MOST_DOUBT = 0.5, 20.0
MISSES_KEPT = 40
MOST_LOOKS = 50
FIRST_SCOUTS = 20
SCOUTS = 1 / 8
START_SPREAD_S = 1.5
FIFTHS = 0.6  # a standard deviation in what lies between the first and the last fifth
Look = tuple[float, float]
"""(when, progress 0 to 1)."""


@dataclass(frozen=True, slots=True)
class End:
    """The end is expected `in_s` seconds from now, give or take `spread_s` (a standard deviation)."""

    in_s: float
    spread_s: float


@dataclass(slots=True)
class Curve:
    """Progress → share of the run's time that is over. A straight line until it has learned something else."""

    _bins: list[deque[tuple[float, float, float]]] = field(
        default_factory=lambda: [deque(maxlen=KEPT) for _ in range(BINS)]
    )
    _points: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0), (1.0, 1.0)])
    _is_stale: bool = False

    def learn(self, progress: float, share: float, *, weight: float) -> None:
        """At this progress this share of the time was over; `weight` is how exactly that is known."""
        self._bins[min(int(progress * BINS), BINS - 1)].append((progress, share, weight))
        self._is_stale = True

    def to_store(self) -> list[list[float]]:
        """[progress, share, weight] of all that is kept."""
        return [list(point) for seen in self._bins for point in seen]

    @classmethod
    def from_store(cls, points: list[list[float]]) -> Self:
        """The curve that was stored; raises TypeError or ValueError for what is none."""
        curve = cls()
        for progress, share, weight in points:
            curve.learn(float(progress), float(share), weight=float(weight))
        return curve

    def share(self, progress: float) -> tuple[float, float]:
        """The share of the time that is over, 0 to 1, and how much of it a unit of progress takes here."""
        if self._is_stale:
            self._redraw()
        place = min(max(bisect_left(self._points, (progress, -1.0)), 1), len(self._points) - 1)
        (p0, x0), (p1, x1) = self._points[place - 1], self._points[place]
        slope = max((x1 - x0) / (p1 - p0), LEAST_SLOPE)
        return min(max(x0 + slope * (progress - p0), 0.0), 1.0), slope

    def _redraw(self) -> None:
        rising = [(0.0, 0.0)]
        for seen in filter(None, self._bins):
            whole = sum(weight for _, _, weight in seen)
            progress = sum(weight * p for p, _, weight in seen) / whole
            share = sum(weight * x for _, x, weight in seen) / whole
            if progress > rising[-1][0]:
                rising.append((progress, max(share, rising[-1][1])))
        highest = max(
            (p for seen in self._bins for p, _, _ in seen), default=1.0
        )  # it need not come to 1 before the end
        self._points = [*(point for point in rising if point[0] < highest), (max(highest, 0.01), 1.0)]
        self._is_stale = False


@dataclass(frozen=True, slots=True)
class Foretold:
    """The end was foretold for `at`, give or take `give_s`."""

    at: float
    give_s: float


@dataclass(slots=True)
class Watch:
    """What one engine has seen of one task: looks while it ran, and what the last of them foretold.

    `seen_at` is the last look at which it was not over, `waited_at` the last before it ran. `is_aimed`: the next look
    is meant to find it over. `lot` is drawn once, 0 to 1; those with a small one are scouts.
    """

    looks: list[Look] = field(default_factory=list)
    foretold: Foretold | None = None
    seen_at: float | None = None
    waited_at: float | None = None
    is_aimed: bool = False
    was_aimed: bool = False
    lot: float = 1.0
    known_since: float = 0.0
    started_at: float | None = None

    def look(self, when: float, progress: float) -> None:
        """Add a look while it ran."""
        self.looks.append((when, progress))
        del self.looks[:-MOST_LOOKS]

    def began_at(self, seen: float) -> float:
        """When it began to run: between the last look before and the first, `seen`, that found it running."""
        return seen if self.waited_at is None else (self.waited_at + seen) / 2


@dataclass(slots=True)
class Manner:
    """How tasks of one model have been seen to run: the curve of their progress, and how far off foretellings were."""

    curve: Curve = field(default_factory=Curve)
    misses: deque[float] = field(default_factory=lambda: deque(maxlen=MISSES_KEPT))
    learned: int = 0

    def to_store(self) -> dict[str, Any]:
        """All that was learned, as JSON takes it."""
        return {"learned": self.learned, "misses": list(self.misses), "curve": self.curve.to_store()}

    @classmethod
    def from_store(cls, stored: dict[str, Any]) -> Self:
        """The manner that was stored; raises KeyError, TypeError or ValueError for what is none."""
        misses = deque((float(miss) for miss in stored["misses"]), maxlen=MISSES_KEPT)
        return cls(curve=Curve.from_store(stored["curve"]), misses=misses, learned=int(stored["learned"]))

    def is_scout(self, watch: Watch) -> bool:
        """Whether its end shall be found by even steps, never by an aimed look.

        A foretelling confirms itself when the next look is where it said; only what it has not bent can be learned
        from. So the first tasks of a model are scouts, and some of the later ones.
        """
        return self.learned < FIRST_SCOUTS or watch.lot < SCOUTS

    def foretell(self, watch: Watch, *, spans: Sequence[float], now: float, started: float) -> End | None:
        """The likeliest end, by whichever way is the surer; None when neither has anything to say.

        `spans` are past run times of this model and length in seconds, sorted; `started` is when the task was first
        seen to run.
        """
        ends = [
            end for end in (_by_history(spans, now - watch.began_at(started)), self._by_progress(watch, now=now)) if end
        ]
        return min(ends, key=lambda end: end.spread_s, default=None)

    def _by_progress(self, watch: Watch, *, now: float) -> End | None:
        line = _line([(*self.curve.share(progress), when) for when, progress in watch.looks])
        if line is None:
            return None
        return End(max(line.end - now, 0.0), hypot(self.doubt * line.spread_s, LEAST_SPREAD_S))

    def learn(self, watch: Watch, *, ended_by: float) -> None:
        """The task was seen to be over at `ended_by`: keep the curve of its progress."""
        after = watch.seen_at
        if after is None or not watch.looks or watch.was_aimed:
            return
        self.learned += 1
        end = (after + ended_by) / 2
        began = watch.began_at(watch.looks[0][0])
        span = end - began
        if span > 0:
            weight = (span / max(ended_by - after, 1.0)) ** 2
            for when, progress in watch.looks:
                self.curve.learn(progress, min(max((when - began) / span, 0.0), 1.0), weight=weight)

    def judge(self, watch: Watch, *, now: float, has_ended: bool) -> None:
        """Keep how far off the last foretelling was. Called at each look, before it is added to the watch.

        Before the end only an aimed look says something: the end came later than foretold.
        """
        told, after = watch.foretold, watch.seen_at
        if told is None or after is None or not (has_ended or watch.is_aimed):
            return
        off_s = max(after - told.at, told.at - now, 0.0) if has_ended else max(now - told.at, 0.0)
        self.misses.append(off_s / told.give_s)

    @property
    def doubt(self) -> float:
        """How many times wider than computed the spread has to be, for four foretellings in five to be right."""
        if len(self.misses) < LEAST_RUNS:
            return FIRST_DOUBT
        return min(max(sorted(self.misses)[len(self.misses) * 4 // 5], LEAST_DOUBT), MOST_DOUBT)


def _by_history(spans: Sequence[float], elapsed: float) -> End | None:
    longer = spans[bisect_right(spans, elapsed) :]
    if len(longer) < LEAST_RUNS:
        return None
    fifth = len(longer) // 5
    return End(median(longer) - elapsed, hypot(FIFTHS * (longer[-1 - fifth] - longer[fifth]), START_SPREAD_S))


@dataclass(frozen=True, slots=True)
class _Line:
    end: float
    spread_s: float


def _line(points: list[tuple[float, float, float]]) -> _Line | None:
    """The straight line nearest to (share, slope, when) points, at the share 1; None when they stand too close to tell.

    Weighted least squares: a point counts the more the less of the time a step of its progress takes.
    """
    shares = [share for share, _, _ in points]
    if len(points) < 2 or max(shares) - min(shares) < LEAST_SHARE:
        return None
    weights = [1 / slope**2 for _, slope, _ in points]
    whole = sum(weights)
    middle = sum(weight * share for weight, share in zip(weights, shares, strict=True)) / whole
    middle_at = sum(weight * point[2] for weight, point in zip(weights, points, strict=True)) / whole
    apart = sum(weight * (share - middle) ** 2 for weight, share in zip(weights, shares, strict=True))
    both = sum(
        weight * (point[0] - middle) * (point[2] - middle_at) for weight, point in zip(weights, points, strict=True)
    )
    total = both / apart
    if total <= 0:
        return None
    spread_s = PROGRESS_STEP * total * sqrt(1 / whole + (1 - middle) ** 2 / apart)
    return _Line(middle_at + total * (1 - middle), spread_s)
