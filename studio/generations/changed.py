"""What has changed at the provider, ready to show: prices, surprises, and models that are refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from accounts.models import Team
from studio.generations.refused_models import refused_to
from studio.models import Generation, PriceDrift, RefusedModel, Surprise
from studio.providers.catalog import MODELS, Model, find_model

MOST_SHOWN = 100
RECENT = timedelta(days=90)
Row = TypeVar("Row", PriceDrift, Surprise)


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model of the catalog that is gone, refused, or both, and how many takes the team made with it lately."""

    name: str
    label: str
    takes: int
    state: str
    since: date | None
    replacement: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The page's content. Rows that wait to be acknowledged come first. `mates` are the people of the team: of
    those who have acknowledged one, no others are named."""

    provider: str
    drifts: Sequence[PriceDrift]
    surprises: Sequence[Surprise]
    models: Sequence[UsedModel]
    mates: frozenset[int]

    @property
    def is_empty(self) -> bool:
        return not (self.drifts or self.surprises or self.models)


def changed(team: Team) -> Changed:
    """All that an owner of the team may look at: prices and surprises are of the whole installation."""
    drifts = PriceDrift.objects.select_related("acknowledged_by", "generation")
    surprises = Surprise.objects.select_related("acknowledged_by", "generation")
    return Changed(
        provider=settings.VIDEO_PROVIDER,
        drifts=_waiting_first(drifts.order_by("-last_seen_at")[:MOST_SHOWN]),
        surprises=_waiting_first(surprises.order_by("-last_seen_at")[:MOST_SHOWN]),
        models=_models(team),
        mates=frozenset(team.memberships.values_list("user", flat=True)),
    )


def _waiting_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.acknowledged_at is not None)


def _models(team: Team) -> list[UsedModel]:
    refused = {row.model: row for row in refused_to(team)}
    retired = {name for name, model in MODELS.items() if model.is_retired}
    counts = _recent_takes(team, {*refused, *retired})
    return [_used(name, refused.get(name), takes=counts.get(name, 0)) for name in sorted({*refused, *counts})]


def _recent_takes(team: Team, names: set[str]) -> dict[str, int]:
    """Model → the team's takes of the last 90 days."""
    since = timezone.now() - RECENT
    rows = Generation.objects.filter(team=team, model__in=names, created_at__gte=since).order_by()
    return dict(rows.values_list("model").annotate(takes=Count("pk")))


def _used(name: str, row: RefusedModel | None, *, takes: int) -> UsedModel:
    model = find_model(name)
    return UsedModel(
        name=name,
        label=model.label if model else name,
        takes=takes,
        state=row.get_code_display() if row else "Retired",
        since=row.first_seen_at.date() if row else (model.retired_since if model else None),
        replacement=_replacement(model),
    )


def _replacement(model: Model | None) -> str:
    successor = find_model(model.replaced_by or "") if model else None
    return successor.label if successor else ""
