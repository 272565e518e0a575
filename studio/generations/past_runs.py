"""How long past runs took, for whoever wants to know when the next one ends."""

from typing import Any

from django.db.models.functions import Coalesce

from studio.enums import State
from studio.models import Generation, ModelPace

PAST_RUNS = 200


def run_spans(model: str, *, duration_s: int) -> list[float]:
    """Seconds from start to end at the provider of the last 200 ready takes of this model and length, sorted."""
    runs = Generation.objects.filter(
        model=model, duration_s=duration_s, state=State.READY, started_at__isnull=False
    ).order_by("-finished_at")
    ended = Coalesce("rendered_at", "finished_at")  # an older version did not write down the first
    spans = runs.values_list("started_at", ended)[:PAST_RUNS]
    return sorted(max((end - start).total_seconds(), 0.0) for start, end in spans if start and end)


def kept_pace(provider: str, model: str) -> dict[str, Any] | None:
    """What an engine has learned of how this model's tasks run; None when none has."""
    return ModelPace.objects.filter(provider=provider, model=model).values_list("learned", flat=True).first()


def keep_pace(provider: str, model: str, *, learned: dict[str, Any]) -> None:
    """Keep what an engine has learned, in place of what was there: the latest engine has seen the latest runs."""
    ModelPace.objects.update_or_create(provider=provider, model=model, defaults={"learned": learned})
