"""Reads of generations, annotated and ready to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from django.db.models import Max

from accounts.models import Team, User
from studio.credits.queries import charged_credits
from studio.enums import State, StatusCode
from studio.generations.cards import Card, card
from studio.generations.outlines import length_label, shape_label
from studio.generations.replacing import Offer, offers_of
from studio.generations.request import input_of, may_be_used
from studio.models import Generation, GenerationEvent, GenerationReference, Project, Prompt
from studio.models.generation import GenerationQuerySet
from studio.providers.catalog import find_model

PAST_RUNS = 200
MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Shot:
    """The takes of one launch, under the prompt that they share.

    `charged_credits` is None while one is open; a label is "" where there is nothing to tell.
    """

    token: UUID
    prompt: Prompt
    project: Project
    model_label: str
    ratio_label: str
    length_label: str
    has_sound: bool | None
    seed: int | None
    inputs: Sequence[GenerationReference]
    by: User
    kept_by: User | None
    created_at: datetime
    charged_credits: int | None
    cards: list[Card]

    @property
    def dom_id(self) -> str:
        return f"shot-{self.token}"


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some shots, newest first; `next_before` asks for the older ones, None at the end."""

    shots: list[Shot]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened in a project since an event: the number to ask with next time, and the changed cards."""

    seq: int
    cards: list[Card]
    open_count: int
    is_news: bool


def latest_seq(project: Project) -> int:
    """The number of the project's newest event."""
    return Project.objects.values_list("change_seq", flat=True).get(pk=project.pk)


def open_count(team: Team, *, user: User | None = None) -> int:
    """How many takes of the team are under way; with `user` those in projects that this member sees."""
    rows = Generation.objects.of_team(team).open()
    return (rows.in_projects_of(user) if user else rows).count()


def project_open_count(project: Project) -> int:
    """How many takes of the project are under way, without those that only a person can decide."""
    return followed(project).count()


def followed(project: Project) -> GenerationQuerySet:
    """The project's takes that may change by themselves."""
    mine = Generation.objects.filter(project=project)
    return mine.open().exclude(status_code=StatusCode.OUTCOME_UNKNOWN)


def prompt_history(project: Project, *, user: User, limit: int = 20) -> list[Prompt]:
    """The person's last prompts in the project, newest first, each text once."""
    newest = Prompt.objects.filter(project=project, created_by=user).exclude(text="")[: limit * 3]
    by_text = {prompt.text: prompt for prompt in reversed(newest)}
    return sorted(by_text.values(), key=lambda prompt: -prompt.pk)[:limit]


def feed(project: Project, *, now: datetime, before: int | None = None, limit: int = 12) -> FeedPage:
    """`limit` shots, newest first; those launched before the generation `before` when it is given."""
    launches = _launches(project, before=before, limit=limit + 1)
    shown = launches[:limit]
    generations = Generation.objects.to_show().filter(project=project, launch_token__in=[token for token, _ in shown])
    next_before = shown[-1][1] if len(launches) > limit else None
    return FeedPage(shots=shots_of(generations, now=now), next_before=next_before)


def _launches(project: Project, *, before: int | None, limit: int) -> list[tuple[UUID, int]]:
    """(token, id of the first take) of the newest launches. A launch's takes have ids next to each other."""
    firsts = Generation.objects.filter(project=project, take_number=1)
    if before is not None:
        firsts = firsts.filter(pk__lt=before)
    return list(firsts.order_by("-pk").values_list("launch_token", "pk")[:limit])


def shots_of(generations: Iterable[Generation], *, now: datetime) -> list[Shot]:
    """The generations grouped by launch, newest launch first, takes in their order."""
    rows = sorted(generations, key=lambda row: row.pk)
    launches: dict[UUID, list[Generation]] = {}
    for row in rows:
        launches.setdefault(row.launch_token, []).append(row)
    known = _known(rows, now=now)
    charged = charged_credits([row.pk for row in rows])
    return [_shot(takes, now=now, known=known, charged=charged) for takes in reversed(launches.values())]


@dataclass(frozen=True, slots=True)
class _Known:
    """What cards show beside their own row: typical seconds by (model, length), and offers by take."""

    typical: dict[tuple[str, int], float]
    offers: dict[int, Offer]


def _known(rows: Sequence[Generation], *, now: datetime) -> _Known:
    return _Known(typical=typical_durations(rows), offers=offers_of(rows, now=now))


def _shot(takes: list[Generation], *, now: datetime, known: _Known, charged: dict[int, int]) -> Shot:
    first = takes[0]
    model = find_model(first.model)
    return Shot(
        token=first.launch_token,
        prompt=first.prompt,
        project=first.project,
        model_label=model.label if model else first.model,
        ratio_label=shape_label(first),
        length_label=length_label(first),
        has_sound=first.has_sound,
        seed=first.seed,
        inputs=[used for used in first.inputs.all() if may_be_used(input_of(used).media, first.project)],
        by=first.created_by,
        kept_by=first.kept_by,
        created_at=first.created_at,
        charged_credits=None if any(t.is_open for t in takes) else sum(charged.get(t.pk, 0) for t in takes),
        cards=[_card(take, now=now, known=known) for take in takes],
    )


def _card(generation: Generation, *, now: datetime, known: _Known) -> Card:
    typical_s = known.typical.get((generation.model, generation.duration_s))
    return card(generation, now=now, typical_s=typical_s, offer=known.offers.get(generation.pk))


def typical_durations(generations: Iterable[Generation]) -> dict[tuple[str, int], float]:
    """(model, seconds of clip) → median seconds of past runs, for those of `generations` that run now."""
    wanted = {(row.model, row.duration_s) for row in generations if row.state == State.RUNNING}
    return {key: found for key in sorted(wanted) if (found := _median_run(*key)) is not None}


def _median_run(model: str, duration_s: int) -> float | None:
    runs = Generation.objects.filter(
        model=model, duration_s=duration_s, state=State.READY, started_at__isnull=False
    ).order_by("-finished_at")
    spans = runs.values_list("started_at", "finished_at")[:PAST_RUNS]
    return median((end - start).total_seconds() for start, end in spans if start and end) if spans else None


def changes_since(project: Project, *, since: int, now: datetime) -> Changes:
    """The cards of all generations with events after number `since`.

    Of more than 200 the longest unchanged ones come first, and those that share a number together; `seq` then asks for
    the others.
    """
    seq = latest_seq(project)
    if seq <= since:
        return Changes(seq=seq, cards=[], open_count=project_open_count(project), is_news=False)
    last_of = _touched(project, since=since, upto=seq)
    if len(last_of) > MOST_CHANGES:
        last_of, seq = _without_the_rest(project, last_of)
    rows = list(Generation.objects.to_show().filter(pk__in=list(last_of)).order_by("pk"))
    known = _known(rows, now=now)
    return Changes(
        seq=seq,
        cards=[_card(row, now=now, known=known) for row in rows],
        open_count=project_open_count(project),
        is_news=True,
    )


def _touched(project: Project, *, since: int, upto: int) -> dict[int, int]:
    """Generation → the number of its newest change after `since`; the longest unchanged first, 201 at the most.

    A change is an event, or (progress, a place in line) just a number in the row of an open take.
    """
    events = GenerationEvent.objects.filter(project=project, seq__gt=since, seq__lte=upto).order_by()
    told = events.values_list("generation_id").annotate(newest=Max("seq")).order_by("newest")
    moved = Generation.objects.filter(
        project=project, finished_at__isnull=True, changed_seq__gt=since, changed_seq__lte=upto
    )
    quiet = moved.order_by("changed_seq").values_list("pk", "changed_seq")
    newest: dict[int, int] = {}
    for pk, seq in [*told[: MOST_CHANGES + 1], *quiet[: MOST_CHANGES + 1]]:
        newest[pk] = max(seq, newest.get(pk, 0))
    return dict(sorted(newest.items(), key=lambda change: change[1])[: MOST_CHANGES + 1])


def _without_the_rest(project: Project, last_of: dict[int, int]) -> tuple[dict[int, int], int]:
    """Those of many changes that are shown now, and the number to go on from. Quiet ones of a round share a number:
    they come together, or not yet."""
    cut = max(last_of.values())
    before = {pk: seq for pk, seq in last_of.items() if seq < cut}
    if before:
        return before, cut - 1
    round_of = Generation.objects.filter(project=project, finished_at__isnull=True, changed_seq=cut)
    return last_of | dict(round_of.values_list("pk", "changed_seq")), cut
