"""The engine's share of requests: how many reads a second it may send, and until when the provider asked for peace."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Budget:
    """A bucket that fills at `per_s` reads a second and holds a second's worth. All reads of an engine share it."""

    per_s: float
    clock: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _filled_at: float = field(init=False)
    _held_until: float = 0.0

    def __post_init__(self) -> None:
        self._left = max(self.per_s, 1.0)
        self._filled_at = self.clock()

    def left(self) -> int:
        """How many reads may be sent now."""
        now = self.clock()
        self._left = min(self._left + (now - self._filled_at) * self.per_s, max(self.per_s, 1.0))
        self._filled_at = now
        return max(0, int(self._left)) if now >= self._held_until else 0

    def spend(self, reads: int = 1) -> None:
        """So many are sent. A read that cannot wait may overdraw; the others wait the longer."""
        self._left -= reads

    def hold(self, seconds: float) -> None:
        """Send none for so long: the provider asked for it, or refuses them all."""
        self._held_until = max(self._held_until, self.clock() + seconds)
