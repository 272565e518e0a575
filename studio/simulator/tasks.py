"""A task: a script and a clock. What it is now is a pure function of the two."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from studio.simulator import prices
from studio.simulator.assets import Pictures
from studio.simulator.pace import Pace
from studio.simulator.plan import Plan
from studio.simulator.scenarios import FAILURES, STUCK, Failure
from studio.simulator.validator import Order

STUCK_PROGRESS = 0.42
ELSEWHERE_AFTER = 0.5
FIRST_PROGRESS, LAST_PROGRESS = 0.02, 0.97


class Status(StrEnum):
    """The six statuses of the API, and one that nobody knows."""

    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    UNHEARD_OF = "AWAITING_REVIEW"


FINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})


@dataclass(slots=True, kw_only=True)
class Task:
    """One task. `released_at` is when the concurrency limit lets it in; until then it is THROTTLED."""

    id: str
    key: str
    order: Order
    pictures: Pictures
    plan: Plan
    seed: int
    scenario: str
    created_at: datetime
    released_at: datetime
    pace: Pace
    reads_when_done: int = 0
    downloads: int = 0
    is_settled: bool = field(default=False)

    @property
    def model(self) -> str:
        return self.order.card.name

    @property
    def estimate_credits(self) -> float:
        """The most that it may cost, as it is told: perhaps not a whole number."""
        return self.plan.estimate

    @property
    def held_credits(self) -> int:
        """What is taken when it is made."""
        return prices.whole(self.plan.estimate)

    @property
    def failure(self) -> Failure | None:
        return STUCK if self.scenario == "stuck_progress" else FAILURES.get(self.scenario)

    @property
    def running_s(self) -> float:
        if self.scenario == "stuck_progress":
            return self.pace.stuck_s
        return self.pace.running_for(self.model, duration_s=self.plan.duration_s)

    @property
    def hold_s(self) -> float:
        """For how long the task is THROTTLED whatever the limit says."""
        return self.pace.throttled_s if self.scenario == "throttled" else 0.0

    @property
    def busy_s(self) -> float:
        """From its release to its end."""
        return (self.ends_at - self.released_at).total_seconds()

    @property
    def odd_at(self) -> datetime:
        return self.released_at + timedelta(seconds=self.pace.pending_s)

    @property
    def starts_at(self) -> datetime:
        odd_s = self.pace.odd_s if self.scenario == "unknown_status" else 0.0
        return self.odd_at + timedelta(seconds=odd_s)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.running_s * self._part)

    @property
    def _part(self) -> float:
        if self.scenario == "cancelled_elsewhere":
            return ELSEWHERE_AFTER
        return 1.0 if self.failure is None else self.failure.after

    @property
    def final_status(self) -> Status:
        if self.scenario == "cancelled_elsewhere":
            return Status.CANCELLED
        return Status.SUCCEEDED if self.failure is None else Status.FAILED

    @property
    def cost_credits(self) -> int:
        """What is charged in the end: nothing for most failures, all for the rest; for a success what it made."""
        if self.final_status is Status.SUCCEEDED:
            return prices.whole(self.plan.final)
        is_refunded = self.failure is not None and not self.failure.is_charged
        return 0 if is_refunded else self.held_credits

    def status_at(self, now: datetime) -> Status:
        """What a reader sees at this time."""
        steps = (
            (self.released_at, Status.THROTTLED),
            (self.odd_at, Status.PENDING),
            (self.starts_at, Status.UNHEARD_OF),
            (self.ends_at, Status.RUNNING),
        )
        return next((status for until, status in steps if now < until), self.final_status)

    def is_out_at(self, now: datetime) -> bool:
        """Whether reading the task meets a gateway's error instead."""
        return self.created_at <= now < self.created_at + timedelta(seconds=self.pace.outage_s)

    def progress_at(self, now: datetime) -> float:
        """0 to 1: slow at first, quick in the middle, slow towards the end, never 1."""
        if self.scenario == "stuck_progress":
            return STUCK_PROGRESS
        share = min(1.0, max(0.0, (now - self.starts_at).total_seconds() / max(self.running_s, 1e-9)))
        eased = share * share * (3 - 2 * share)
        return round(FIRST_PROGRESS + (LAST_PROGRESS - FIRST_PROGRESS) * eased, 2)
