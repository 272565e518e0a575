"""Launches takes: one transaction, no network."""

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

import structlog
from django.db import transaction

from accounts.abilities import LEAST_ROLE, Ability
from accounts.models import Membership, Team, User
from studio.credits import ledger
from studio.credits.pricing import Quote, quote
from studio.errors import InvalidSpec, NotPossible, PriceChanged
from studio.generations.events import record_event
from studio.generations.nudge import nudge
from studio.generations.request import Spec, field_of, may_be_used
from studio.generations.spec import as_sent, expected_s, problems, use_of
from studio.generations.ways import way_of
from studio.models import Generation, GenerationReference, Project, Prompt
from studio.models.generation import MAX_SEED
from studio.providers.base import InputRole
from studio.providers.catalog import Way

log = structlog.get_logger()


def submit_generation(
    project: Project,
    *,
    spec: Spec,
    token: UUID,
    by: User,
    now: datetime,
    seen_credits: int | None = None,
    source_prompt: Prompt | None = None,
    retry_of: Generation | None = None,
) -> list[Generation]:
    """Store the launch as QUEUED generations with their holds and first events; the engine does the rest.

    The same `token` again gives back the first launch: a double click buys once. `seen_credits` is the price
    that the person saw: a higher one raises PriceChanged. Raises InvalidSpec, NoPrice, NotEnoughCredits and
    NotPossible, also for who has been let go meanwhile; then nothing is stored. Locks the team's account.
    """
    found = _foreign_inputs(project, spec) or problems(spec)
    if found:
        raise InvalidSpec(found)
    spec = as_sent(spec)
    price = quote(spec.model, use_of(spec), takes=spec.takes, on=now.astimezone(UTC).date())
    with transaction.atomic():
        account = ledger.lock_account(project.team_id)
        _refuse_strangers(project, by)
        earlier = _launched(project, token)
        if earlier:
            return earlier
        if seen_credits is not None and price.total_credits > seen_credits:
            raise PriceChanged(seen_credits=seen_credits, quote_credits=price.total_credits)
        _refuse_closing(project)
        ledger.require(account, credits=price.total_credits)
        prompt = _prompt(project, spec.prompt, source=source_prompt, by=by)
        takes = list(_takes(project, spec, price, prompt, token=token, by=by, now=now, retry_of=retry_of))
        for take in takes:
            _place_inputs(take, spec)
            ledger.hold(account, generation=take, by=by, now=now)
            record_event(take, now=now, by=by)
        nudge()
    log.info("generation.launched", project_id=project.pk, takes=len(takes), credits=price.total_credits)
    return takes


def _refuse_closing(project: Project) -> None:
    """Whoever asks for a team's deletion holds the account's lock too."""
    if Team.objects.filter(pk=project.team_id, deletion_asked_at__isnull=False).exists():
        raise NotPossible("This team is being deleted: nothing is started in it any more.")


def _foreign_inputs(project: Project, spec: Spec) -> dict[str, str]:
    """Forms look for references and clips in the team alone; no other way in may forget it."""
    return {
        field_of(used.role): "This file is not among the team's files. Add it again."
        for used in spec.inputs
        if used.media.team_id != project.team_id or not may_be_used(used.media, project)
    }


def _refuse_strangers(project: Project, by: User) -> None:
    """Asked under the account's lock: of somebody who is removed at this moment nothing is launched afterwards."""
    least = LEAST_ROLE[Ability.GENERATE]
    if not Membership.objects.filter(team=project.team_id, user=by, role__gte=least).exists():
        raise NotPossible(f"{by} may not generate in this team any more. Nothing was started.")


def _launched(project: Project, token: UUID) -> list[Generation]:
    earlier = list(Generation.objects.filter(team_id=project.team_id, launch_token=token).order_by("take_number"))
    if any(generation.project_id != project.pk for generation in earlier):
        raise NotPossible("This form was used already, in another project. Reload the page and try again.")
    return earlier


def _prompt(project: Project, text: str, *, source: Prompt | None, by: User) -> Prompt:
    """The prompt it came from when the text is the same; else a new one, linked to where it came from.

    A source in another project counts for nothing: a project's prompts and their history are its own.
    """
    text = text.strip()
    if source and source.project_id != project.pk:
        source = None
    if source and source.text == text:
        return source
    return Prompt.objects.create(project=project, text=text, edited_from=source, created_by=by)


def _takes(
    project: Project,
    spec: Spec,
    price: Quote,
    prompt: Prompt,
    *,
    token: UUID,
    by: User,
    now: datetime,
    retry_of: Generation | None,
) -> Iterator[Generation]:
    way = way_of(spec)
    assert way is not None  # noqa: S101  # `problems` has refused what no way takes
    for number, seed in enumerate(_seeds(spec, way), start=1):
        yield Generation.objects.create(
            team_id=project.team_id,
            project=project,
            prompt=prompt,
            created_by=by,
            created_at=now,
            due_at=now,
            launch_token=token,
            take_number=number,
            retry_of=retry_of,
            model=spec.model,
            way=way.kind.value,
            ratio=spec.ratio,
            resolution=spec.resolution,
            duration_s=expected_s(spec, way),
            auto_duration=spec.duration_s is None,
            has_sound=spec.sound,
            seed=seed,
            extras=dict(spec.extras),
            quote_credits=price.per_take_credits,
            price_card=price.card,
        )


def _seeds(spec: Spec, way: Way) -> list[int | None]:
    """A seed a take. A random one is drawn here, so that it is known afterwards; a chosen one counts up."""
    if not way.takes_seed:
        return [None] * spec.takes
    if spec.seed is None:
        return [secrets.randbelow(MAX_SEED + 1) for _ in range(spec.takes)]
    return [(spec.seed + step) % (MAX_SEED + 1) for step in range(spec.takes)]


def _place_inputs(generation: Generation, spec: Spec) -> None:
    places: Counter[InputRole] = Counter()
    for used in spec.inputs:
        GenerationReference.objects.create(
            generation=generation,
            role=used.role.value,
            order=places[used.role],
            reference=used.reference,
            clip=used.clip,
            tag=used.tag,
            at_s=used.at_s,
            crop=asdict(used.crop) if used.crop else None,
        )
        places[used.role] += 1
