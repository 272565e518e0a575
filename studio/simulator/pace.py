"""How long things take at this remote. The defaults are a pace that a person enjoys; tests take `Pace.instant()`."""

from dataclasses import dataclass
from typing import Self

WEIGHTS = {"gen4_turbo": 0.7, "gen4.5": 1.0, "veo3.1_fast": 0.85, "veo3.1": 1.2}
MIDDLE_DURATION_S = 5
PER_SECOND = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds for each stretch of a task's life and of a fault's."""

    pending_s: float = 2.0
    running_s: float = 11.0
    throttled_s: float = 25.0
    outage_s: float = 15.0
    odd_s: float = 5.0
    stuck_s: float = 86_400.0
    slow_create_s: float = 90.0
    link_life_s: float = 86_400.0
    upload_life_s: float = 86_400.0

    @classmethod
    def instant(cls) -> Self:
        """For tests on the real clock: the whole of a task in some hundredths of a second."""
        return cls(
            pending_s=0.02,
            running_s=0.05,
            throttled_s=0.1,
            outage_s=0.1,
            odd_s=0.05,
            slow_create_s=0.3,
        )

    def running_for(self, model: str, *, duration_s: float) -> float:
        """How long a task of this model and length runs: longer clips and heavier models take a little more."""
        stretch = 1 + PER_SECOND * (duration_s - MIDDLE_DURATION_S)
        return self.running_s * WEIGHTS.get(model, 1.0) * stretch
