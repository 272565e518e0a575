"""When to look again. Pure, but for the dice."""

import random
from datetime import timedelta
from math import log, pi, sqrt

from studio.providers.errors import ProviderError
from studio.sync.forecast import End

JITTER = 0.25
MOST_BACKOFF_S = 300.0
MOST_WISH_S = 3600.0
LONGEST_S = 12.0
SURE = 0.4
ROOM = 1.3
MOST_SHARE = 0.6
SPARSER = 0.1
WAITING = 0.5
dice = random.SystemRandom()


def poll_delay(poll_s: float) -> timedelta:
    """Not before `poll_s`, the provider's minimum between two reads of a task, and not all at once."""
    return timedelta(seconds=poll_s * (1 + JITTER * dice.random()))


def patiently(waited_s: float, *, poll_s: float) -> timedelta:
    """Until the next read of a task that waits at the provider: the longer it has waited, the sparser."""
    return _loosely(min(WAITING * waited_s, LONGEST_S), poll_s=poll_s)


def next_look(end: End | None, *, elapsed_s: float, poll_s: float) -> timedelta:
    """Until the next read of a running task; never less than `poll_s`, the provider's minimum.

    `end` is where it is expected to end (None: nobody knows), `elapsed_s` how long it runs. A sure end is read right
    behind; on the way there the reads are few, and the last of them leaves room for one at the end. Around an unsure
    end they follow each other as densely as they may. Without one they grow sparser with time.
    """
    if end is None:
        return _loosely(min(SPARSER * elapsed_s, LONGEST_S), poll_s=poll_s)
    if end.spread_s > SURE * poll_s:
        return _loosely(min(MOST_SHARE * (end.in_s - end.spread_s), LONGEST_S), poll_s=poll_s)
    if is_aimed(end, poll_s=poll_s):
        return timedelta(seconds=max(end.in_s + late_by(end, poll_s=poll_s), poll_s))
    return timedelta(seconds=max(min(MOST_SHARE * end.in_s, end.in_s - ROOM * poll_s, LONGEST_S), poll_s))


def is_aimed(end: End | None, *, poll_s: float) -> bool:
    """Whether the next read is meant to find the task over: the end is sure, and too near for two more reads."""
    return end is not None and end.spread_s <= SURE * poll_s and end.in_s <= (1 + ROOM) * poll_s


def late_by(end: End, *, poll_s: float) -> float:
    """Seconds behind the expected end at which a read loses least: one before the end costs `poll_s` more.

    That is where the density of the end has come down to 1 / `poll_s` (a normal distribution is assumed).
    """
    peak = poll_s / (end.spread_s * sqrt(2 * pi))
    return end.spread_s * sqrt(2 * log(peak)) if peak > 1 else 0.0


def _loosely(seconds: float, *, poll_s: float) -> timedelta:
    return max(timedelta(seconds=seconds * (1 - JITTER * dice.random())), poll_delay(poll_s))


def backoff(failures: int, *, poll_s: float) -> timedelta:
    """Twice as long after each failure in a row, up to five minutes, with jitter."""
    seconds = min(poll_s * 2 ** min(failures, 16), max(MOST_BACKOFF_S, poll_s))
    return timedelta(seconds=seconds * (1 + JITTER * dice.random()))


def pause_after(error: ProviderError | None, *, failures: int, poll_s: float) -> timedelta:
    """The usual pause after a failure, or the other side's own wish when that is longer."""
    return max(backoff(failures, poll_s=poll_s), wish_of(error))


def wish_of(error: ProviderError | None) -> timedelta:
    """For how long the other side asked for peace (`Retry-After`), an hour at the most; 0 where it did not."""
    wish_s = error.retry_after_s if error is not None else None
    return timedelta(seconds=min(wish_s or 0.0, MOST_WISH_S))
