"""What one engine remembers of the tasks that it reads, to know when to read them again.

What it learns of a model is stored now and then, for the next engine. It is nothing that may not be lost.
"""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from studio.generations.past_runs import keep_pace, kept_pace, run_spans
from studio.providers.base import RemoteStatus, RemoteTask
from studio.providers.errors import TaskNotFound
from studio.sync.forecast import End, Foretold, Manner, Watch
from studio.sync.schedule import is_aimed, next_look, patiently

FRESH_S = 60.0
MOST_WATCHES = 50_000
Kind = tuple[str, int]
"""(model, seconds of clip)."""
dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Plan:
    """When to read a task again; `is_sharp` when its end is expected about then, so that a moment later counts."""

    pause: timedelta
    is_sharp: bool


@dataclass(slots=True)
class Almanac:
    """Past runs by kind, manners by model, and the watches of the tasks that run now. Times are those of `clock`, in
    seconds."""

    provider: str
    clock: Callable[[], float] = time.time
    _fresh: set[str] = field(default_factory=set)
    _kept_at: float = 0.0
    _manners: dict[str, Manner] = field(default_factory=dict)
    _spans: dict[Kind, tuple[float, list[float]]] = field(default_factory=dict)
    _watches: dict[int, Watch] = field(default_factory=dict)

    def read_past(self, kinds: Iterable[Kind]) -> None:
        """Fetch the past runs of kinds that were not asked for lately, and what was stored of models not met before;
        store what was learned meanwhile. Plain sync database work."""
        now = self.clock()
        for kind in {kind for kind in kinds if now - self._spans.get(kind, (-FRESH_S, []))[0] >= FRESH_S}:
            self._spans[kind] = (now, run_spans(kind[0], duration_s=kind[1]))
            if kind[0] not in self._manners:
                self._manners[kind[0]] = self._stored(kind[0])
        if now - self._kept_at >= FRESH_S:
            self._kept_at = now
            self.keep()

    def keep(self) -> None:
        """Store what was learned since the last time. Plain sync database work."""
        while self._fresh:
            model = self._fresh.pop()
            keep_pace(self.provider, model, learned=self._manners[model].to_store())

    def _stored(self, model: str) -> Manner:
        try:
            return Manner.from_store(kept_pace(self.provider, model) or {})
        except (KeyError, TypeError, ValueError):
            return Manner()

    def next_read(
        self,
        generation_id: int,
        kind: Kind,
        task: RemoteTask,
        *,
        submitted_at: datetime | None,
        started_at: datetime | None,
        poll_s: float,
    ) -> Plan:
        """When to read a task again that is not over. The times are those of its row: when it was sent, and when it was
        first seen to run."""
        now = self.clock()
        watch = self._watch(generation_id)
        if watch.seen_at is None and started_at is None and submitted_at is not None:
            watch.waited_at = submitted_at.timestamp()
        manner = self._manner(kind[0])
        manner.judge(watch, now=now, has_ended=False)
        watch.seen_at = now
        if task.status is not RemoteStatus.RUNNING:
            watch.waited_at = now
            return Plan(patiently(now - watch.known_since, poll_s=poll_s), is_sharp=False)
        if watch.started_at is None:
            watch.started_at = started_at.timestamp() if started_at else now
        spans = self._spans.get(kind, (0.0, []))[1]
        if task.progress is not None:
            watch.look(now, task.progress)
        end = manner.foretell(watch, spans=spans, now=now, started=watch.started_at)
        return self._planned(manner, watch, end, now=now, poll_s=poll_s)

    def _planned(self, manner: Manner, watch: Watch, end: End | None, *, now: float, poll_s: float) -> Plan:
        watch.foretold = Foretold(now + end.in_s, end.spread_s / manner.doubt) if end else None
        if end and manner.is_scout(watch):
            end = End(end.in_s, max(end.spread_s, poll_s))
        watch.is_aimed = is_aimed(end, poll_s=poll_s)
        watch.was_aimed |= watch.is_aimed
        pause = next_look(end, elapsed_s=now - (watch.started_at or now), poll_s=poll_s)
        return Plan(pause, is_sharp=end is not None and end.in_s - end.spread_s <= pause.total_seconds())

    def see_end(self, generation_id: int, kind: Kind, answer: RemoteTask | TaskNotFound) -> None:
        """The task is over, or gone: learn from it, if it went the whole way."""
        watch = self._watches.pop(generation_id, None)
        if watch is not None and isinstance(answer, RemoteTask) and answer.status is RemoteStatus.SUCCEEDED:
            now = self.clock()
            manner = self._manner(kind[0])
            manner.judge(watch, now=now, has_ended=True)
            manner.learn(watch, ended_by=now)
            self._fresh.add(kind[0])

    def _manner(self, model: str) -> Manner:
        return self._manners.setdefault(model, Manner())

    def _watch(self, generation_id: int) -> Watch:
        watch = self._watches.get(generation_id)
        if watch is None:
            if len(self._watches) >= MOST_WATCHES:
                self._watches.pop(next(iter(self._watches)))
            watch = self._watches[generation_id] = Watch(lot=dice.random(), known_since=self.clock())
        return watch
