"""Sends a take again, as a new one with the same settings."""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from studio.enums import FramePosition, State
from studio.errors import NotPossible
from studio.generations.spec import Spec
from studio.generations.submit import submit_generation
from studio.models import Generation, Reference

CAN_BE_RETRIED = frozenset({State.FAILED, State.CANCELLED})


def retry_generation(generation: Generation, *, by: User, token: UUID, now: datetime) -> list[Generation]:
    """Launch the same request once more, at today's price. Raises NotPossible unless it failed or was cancelled,
    and all that `submit_generation` raises."""
    if generation.state not in CAN_BE_RETRIED:
        raise NotPossible("This take has not failed. Use “Reuse” to make another one like it.")
    return submit_generation(
        generation.project,
        spec=spec_of(generation),
        token=token,
        by=by,
        now=now,
        source_prompt=generation.prompt,
        retry_of=generation,
    )


def spec_of(generation: Generation) -> Spec:
    """The request behind a generation: for a retry, and for filling the composer again."""
    frames: dict[str, Reference] = {
        frame.position: frame.reference for frame in generation.frames.select_related("reference")
    }
    return Spec(
        model=generation.model,
        prompt=generation.prompt.text,
        ratio=generation.ratio,
        duration_s=generation.duration_s,
        sound=generation.has_sound,
        seed=generation.seed,
        takes=1,
        first_frame=frames.get(FramePosition.FIRST),
        last_frame=frames.get(FramePosition.LAST),
    )
