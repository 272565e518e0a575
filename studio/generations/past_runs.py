"""How long past runs took, for whoever wants to know when the next one ends."""

from studio.enums import State
from studio.models import Generation

PAST_RUNS = 200


def run_spans(model: str, *, duration_s: int) -> list[float]:
    """Seconds from start to end at the provider of the last 200 ready takes of this model and length, sorted."""
    runs = Generation.objects.filter(
        model=model, duration_s=duration_s, state=State.READY, started_at__isnull=False, rendered_at__isnull=False
    ).order_by("-finished_at")
    spans = runs.values_list("started_at", "rendered_at")[:PAST_RUNS]
    return sorted(max((end - start).total_seconds(), 0.0) for start, end in spans if start and end)
