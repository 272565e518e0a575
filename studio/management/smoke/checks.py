"""Checks: what was assumed of the provider, and whether it is so. Plain records; nothing is asked here."""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What became of an assumption."""

    AS_ASSUMED = "as assumed"
    DIFFERS = "differs"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One assumption. `said` is what was there instead, or why it was not looked at."""

    step: str
    assumed: str
    outcome: Outcome
    said: str = ""

    @property
    def text(self) -> str:
        """`differs: 201`."""
        return f"{self.outcome}: {self.said}" if self.said else self.outcome.value


@dataclass(slots=True)
class Book:
    """The checks in their order. `step` is the heading of what is written now."""

    step: str = ""
    checks: list[Check] = field(default_factory=list)

    def expect(self, assumed: str, difference: str = "") -> bool:
        """Write down an assumption, and what differs from it ("": nothing). Whether it holds."""
        outcome = Outcome.DIFFERS if difference else Outcome.AS_ASSUMED
        self.checks.append(Check(self.step, assumed, outcome, difference))
        return not difference

    def equal(self, name: str, said: object, assumed: object) -> bool:
        """Write down that `name` is `assumed`. Whether it is."""
        return self.expect(f"{name} is {assumed}", "" if said == assumed else f"it is {said}")

    def skip(self, assumed: str, why: str) -> None:
        """Write down an assumption that could not be looked at."""
        self.checks.append(Check(self.step, assumed, Outcome.NOT_CHECKED, why))

    def count(self, outcome: Outcome) -> int:
        return sum(check.outcome is outcome for check in self.checks)
