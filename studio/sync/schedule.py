"""When to look again. Pure, but for the dice."""

import random
from datetime import timedelta

JITTER = 0.25
MOST_BACKOFF_S = 300.0
dice = random.SystemRandom()


def poll_delay(poll_s: float) -> timedelta:
    """Not before `poll_s`, the provider's minimum between two reads of a task, and not all at once."""
    return timedelta(seconds=poll_s * (1 + JITTER * dice.random()))


def backoff(failures: int, *, poll_s: float) -> timedelta:
    """Twice as long after each failure in a row, up to five minutes, with jitter."""
    seconds = min(poll_s * 2 ** min(failures, 16), max(MOST_BACKOFF_S, poll_s))
    return timedelta(seconds=seconds * (1 + JITTER * dice.random()))
