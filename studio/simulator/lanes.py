"""The concurrency limit: a task that finds all lanes of its model busy waits for the first one that ends."""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta

from studio.simulator.tasks import Task


class Lanes:
    """The lanes of one model; `count` None means no limit."""

    def __init__(self, count: int | None) -> None:
        self._count = count
        self._ends: list[datetime] = []

    def admit(self, task: Task, *, not_before: datetime) -> None:
        """Set the task's release, in the order in which tasks are admitted."""
        release = max(not_before, task.created_at + timedelta(seconds=task.hold_s))
        if self._count is not None and len(self._ends) >= self._count:
            release = max(release, heapq.heappop(self._ends))
        task.released_at = release
        heapq.heappush(self._ends, task.ends_at)

    def readmit(self, task: Task, *, now: datetime) -> None:
        """Give a task that has its release already the lane that it took then."""
        if task.ends_at <= now:
            return
        if self._count is not None and len(self._ends) >= self._count:
            heapq.heappop(self._ends)
        heapq.heappush(self._ends, task.ends_at)

    def replan(self, tasks: Iterable[Task], *, now: datetime) -> None:
        """After a task went: those that run keep their lane, those that wait move up."""
        alive = [task for task in tasks if task.ends_at > now]
        inside = [task for task in alive if task.released_at <= now]
        self._ends = [task.ends_at for task in inside]
        heapq.heapify(self._ends)
        for task in alive:
            if task.released_at > now:
                self.admit(task, not_before=now)
