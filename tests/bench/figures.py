"""Figure: one measured number beside its reference."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `reference` in `unit`; `better` is "lower" or "higher"."""

    name: str
    ours: float
    reference: float
    unit: str
    better: str

    @property
    def ratio(self) -> float:
        return self.ours / self.reference if self.reference else 0.0

    def record(self) -> dict[str, Any]:
        """As it stands in the JSON file."""
        rounded = {"ours": round(self.ours, 4), "reference": round(self.reference, 4), "ratio": round(self.ratio, 4)}
        return {**asdict(self), **rounded}

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.ours:.2f} against {self.reference:.2f} {self.unit}, "
            f"ratio {self.ratio:.2f} ({self.better} is better)"
        )


def median_ms(action: Callable[[], object], *, times: int) -> float:
    """The median time of `action` in milliseconds, after two warm-ups."""
    action()
    action()
    return statistics.median(_ms(action) for _ in range(times))


def _ms(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000
