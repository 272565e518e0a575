"""The tasks of `delay`: kinds with a typical running time each, and a seeded spread around it."""

import random
from dataclasses import asdict, dataclass

SEED = 20_261_101
PENDING_S = 2.0
SPREAD = 0.08
KINDS = (
    ("gen4.5", 2, 15.0),
    ("gen4.5", 5, 32.0),
    ("gen4.5", 10, 64.0),
    ("veo3.1_fast", 4, 45.0),
    ("veo3.1_fast", 8, 90.0),
    ("veo3.1", 4, 75.0),
    ("veo3.1", 8, 130.0),
)
LONGEST_S = 165.0
PAST_OF_A_KIND = 60


@dataclass(frozen=True, slots=True)
class Run:
    """One task: its kind, and how long it waits and runs at the provider."""

    model: str
    duration_s: int
    pending_s: float
    run_s: float


def runs(count: int, *, seed: int = SEED) -> list[Run]:
    """`count` tasks of all kinds in turn; times spread log-normally by 8 %, the same for the same seed."""
    dice = random.Random(seed)  # a script, no secret
    return [_run(dice, number) for number in range(count)]


def earlier_runs(count: int) -> list[Run]:
    """Tasks of all kinds in turn, from other dice: by them an engine learns how progress goes."""
    return runs(count, seed=SEED + 2)


def past_runs() -> list[dict[str, object]]:
    """Runs of the same kinds that ended in the last days, from other dice."""
    return [asdict(run) for run in runs(PAST_OF_A_KIND * len(KINDS), seed=SEED + 1)]


def _run(dice: random.Random, number: int) -> Run:
    model, duration_s, typical_s = KINDS[number % len(KINDS)]
    run_s = min(typical_s * dice.lognormvariate(0, SPREAD), LONGEST_S)
    return Run(model, duration_s, PENDING_S * dice.uniform(0.5, 1.5), run_s)
