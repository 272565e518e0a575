"""Writes events: the history of a generation, and the news of its project."""

from datetime import datetime
from typing import Any

from django.db.models import F

from accounts.models import User
from studio.models import Generation, GenerationEvent, Project


def record_event(generation: Generation, *, now: datetime, by: User | None = None, **detail: Any) -> GenerationEvent:
    """Add an event with the project's next number. Locks the project's row until the transaction ends.

    `generation` must show the state as it is stored now.
    """
    Project.objects.filter(pk=generation.project_id).update(change_seq=F("change_seq") + 1)
    seq = Project.objects.values_list("change_seq", flat=True).get(pk=generation.project_id)
    return GenerationEvent.objects.create(
        generation=generation,
        project_id=generation.project_id,
        seq=seq,
        state=generation.state,
        status_code=generation.status_code,
        by=by,
        detail=detail,
        created_at=now,
    )
