"""Sends a take again, as a new one with the same settings."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User
from studio.enums import State
from studio.errors import NotPossible
from studio.generations.request import Spec, input_of
from studio.generations.submit import submit_generation
from studio.models import Generation, GenerationReference

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


def spec_of(generation: Generation, *, inputs: Iterable[GenerationReference] | None = None) -> Spec:
    """The request behind a generation: for a retry, and for filling the composer again. `inputs` are its own where they
    have been read already."""
    used = generation.inputs.select_related("reference__project", "clip__project") if inputs is None else inputs
    return Spec(
        model=generation.model,
        prompt=generation.prompt.text,
        ratio=generation.ratio,
        resolution=generation.resolution,
        duration_s=None if generation.auto_duration else generation.duration_s,
        sound=generation.has_sound,
        seed=generation.seed,
        takes=1,
        inputs=tuple(map(input_of, used)),
        extras=generation.extras,
    )
