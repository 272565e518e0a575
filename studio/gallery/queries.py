"""Reads of clips for galleries: by project, by day, with posters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate

from accounts.models import Membership
from studio.models import Clip, Generation, Project, seen_by
from studio.providers.catalog import find_model, follows_input, ratio_label
from studio.providers.catalog.ratios import shape_of

CLIPS_A_PAGE = 40
COVERS_MOST = 200


@dataclass(frozen=True, slots=True)
class Tile:
    """A clip in a gallery."""

    clip: Clip
    model_label: str
    ratio_label: str


@dataclass(frozen=True, slots=True)
class Day:
    """The shown clips of a day (UTC). The totals are those of the whole day, shown or not."""

    date: date
    label: str
    is_continued: bool
    clip_count: int
    seconds: int
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class ClipsPage:
    """Some clips by day, newest first; `next_before` asks for the older ones, None at the end."""

    days: list[Day]
    next_before: int | None


def clips_page(project: Project, *, now: datetime, before: int | None = None, limit: int = CLIPS_A_PAGE) -> ClipsPage:
    """`limit` clips of the project; those older than the clip `before` when it is given. Three queries."""
    clips = Clip.objects.to_show().filter(project=project)
    older = clips.filter(pk__lt=before) if before is not None else clips
    rows = list(older[: limit + 1])
    shown = rows[:limit]
    return ClipsPage(
        days=_days(project, shown, today=now.date(), last=_day_of(project, before)),
        next_before=shown[-1].pk if len(rows) > limit else None,
    )


def _day_of(project: Project, before: int | None) -> date | None:
    """The day of the last clip of the page before, None on the first page."""
    if before is None:
        return None
    clip = Clip.objects.filter(project=project, pk=before).values_list("created_at", flat=True).first()
    return clip.date() if clip else None


def _days(project: Project, clips: list[Clip], *, today: date, last: date | None) -> list[Day]:
    totals = _totals(project, {clip.created_at.date() for clip in clips})
    return [
        Day(
            date=day,
            label=_label(day, today=today),
            is_continued=day == last,
            clip_count=totals[day][0],
            seconds=round(totals[day][1] / 1000),
            tiles=[_tile(clip) for clip in found],
        )
        for day, found in groupby(clips, key=lambda clip: clip.created_at.date())
    ]


def _totals(project: Project, days: set[date]) -> dict[date, tuple[int, int]]:
    """Day → (clips, milliseconds)."""
    rows = (
        Clip.objects.filter(project=project)
        .annotate(day=TruncDate("created_at"))
        .filter(day__in=days)
        .order_by("day")
        .values_list("day")
        .annotate(count=Count("pk"), length_ms=Sum("duration_ms"))
    )
    return {day: (count, length_ms) for day, count, length_ms in rows}


def _label(day: date, *, today: date) -> str:
    age = (today - day).days
    if age < 2:
        return ("Today", "Yesterday")[age] if age >= 0 else f"{day:%-d %B %Y}"
    return f"{day:%-d %B}" if day.year == today.year else f"{day:%-d %B %Y}"


def _tile(clip: Clip) -> Tile:
    generation = clip.generation
    model = find_model(generation.model)
    return Tile(
        clip=clip,
        model_label=model.label if model else generation.model,
        ratio_label=_shape(clip),
    )


def _shape(clip: Clip) -> str:
    """The ratio that was asked for, else that of the clip; "" for a sound."""
    ratio = clip.generation.ratio
    if ratio and not follows_input(ratio):
        return ratio_label(ratio)
    return shape_of(clip.width, clip.height) if clip.width and clip.height else ""


@dataclass(frozen=True, slots=True)
class Cover:
    """A project on the team's page. `poster` is the clip whose poster stands for it, None before the first one."""

    project: Project
    poster: Clip | None
    clip_count: int
    open_count: int


def covers(membership: Membership) -> list[Cover]:
    """The team's projects that this member sees, the one with the latest work first. Two queries."""
    newest = Clip.objects.filter(project=OuterRef("pk")).exclude(poster_key="").order_by("-pk")
    latest = Generation.objects.filter(project=OuterRef("pk")).order_by("-pk")
    rows: Iterable[Any] = list(  # annotated, which a queryset of our own does not tell
        Project.objects.filter(seen_by(membership.user, through=""), team=membership.team)
        .annotate(
            poster_id=Subquery(newest.values("pk")[:1]),
            clip_count=_count(Clip.objects.filter(project=OuterRef("pk"))),
            open_count=_count(Generation.objects.filter(project=OuterRef("pk")).open()),
            latest=Coalesce(Subquery(latest.values("created_at")[:1]), "created_at"),
        )
        .order_by("-latest", "-pk")[:COVERS_MOST]
    )
    posters = Clip.objects.in_bulk([row.poster_id for row in rows if row.poster_id])
    return [
        Cover(
            project=row,
            poster=posters.get(row.poster_id),
            clip_count=row.clip_count,
            open_count=row.open_count,
        )
        for row in rows
    ]


def _count(rows: Any) -> Any:
    """How many `rows`, as a column: 0 for none."""
    counted = rows.order_by().values("project").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The clips beside one in its project's gallery, None at the ends."""

    newer: Clip | None
    older: Clip | None


def neighbours(clip: Clip) -> Neighbours:
    """The next newer and the next older clip of the same project."""
    others = Clip.objects.filter(project=clip.project_id)
    return Neighbours(
        newer=others.filter(pk__gt=clip.pk).order_by("pk").first(),
        older=others.filter(pk__lt=clip.pk).order_by("-pk").first(),
    )
