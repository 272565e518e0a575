"""What is held against a take that seems to be lost: the same sign again and again, with nothing else in between.

`Generation.failures` counts every trouble alike, for the backoff. A provider or a storage that was away for an hour
must not make the first odd answer after it the last one.
"""

from enum import StrEnum
from itertools import takewhile

from studio.enums import State, StatusCode
from studio.models import Generation, GenerationEvent

SIGNS_TO_GIVE_UP = 3


class Sign(StrEnum):
    """What an event carries as `sign`."""

    NO_TASK = "no_task"
    NOT_A_VIDEO = "not_a_video"


def is_proven(generation: Generation, sign: Sign) -> bool:
    """Whether `sign`, seen once more just now, has been seen often enough in a row. News of bytes do not count."""
    told = GenerationEvent.objects.filter(generation=generation).order_by("-pk")
    if sign is Sign.NOT_A_VIDEO:
        told = told.exclude(state=State.STORING, status_code=StatusCode.NONE)
    details = told.values_list("detail", flat=True)[: SIGNS_TO_GIVE_UP - 1]
    seen = sum(1 for _ in takewhile(lambda detail: detail.get("sign") == sign, details))
    return seen + 1 >= SIGNS_TO_GIVE_UP


def is_a_persons_guess(generation: Generation) -> bool:
    """Whether a person gave the task's id, and nobody has seen the task yet: neither running, nor as the late answer
    that has become a take of its own."""
    if generation.state != State.RUNNING or generation.started_at is not None:
        return False
    told = GenerationEvent.objects.filter(generation=generation)
    return told.filter(detail__decided=True).exists() and not told.filter(detail__has_key="late_task").exists()
