"""Short ways through launches and transitions, for tests of the domain: real functions, no engine."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from studio.credits.ledger import grant
from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.generations.progress import Running, Seen
from studio.generations.request import Spec
from studio.generations.spec import default_spec
from studio.generations.submit import submit_generation
from studio.generations.transitions import Claim, StoredClip
from studio.models import CreditAccount, Generation, Project
from studio.providers.base import InputRole
from tests.factories import ProjectFactory

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=5)
QUOTE = 24


def funded_project(credits: int = 10_000) -> Project:
    """A project whose team has so many credits."""
    project = ProjectFactory.create()
    if credits:
        grant(project.team, credits=credits, note="To start with", by=project.created_by, now=NOW)
    return project


def make_spec(**changes: Any) -> Spec:
    """Two seconds of Gen-4.5 from a text: 24 credits a take."""
    return spec_with({"prompt": "A paper boat", "duration_s": 2, "seed": 7, **changes})


def spec_with(changes: dict[str, Any]) -> Spec:
    """The default launch with other values; `first_frame` and `last_frame` are references, or None."""
    first, last = changes.pop("first_frame", None), changes.pop("last_frame", None)
    spec = replace(default_spec(), **changes)
    return spec.with_frame(InputRole.FIRST, first).with_frame(InputRole.LAST, last)


def launch(project: Project, *, takes: int = 1, token: uuid.UUID | None = None, by: User | None = None) -> Generation:
    """The first take of a launch."""
    return submit_generation(
        project, spec=make_spec(takes=takes), token=token or uuid.uuid4(), by=by or project.created_by, now=NOW
    )[0]


def claim(generation: Generation) -> Claim:
    """A claim written as an engine's would be."""
    token = uuid.uuid4()
    Generation.objects.filter(pk=generation.pk).update(lease_token=token, lease_until=NOW + timedelta(minutes=1))
    return Claim(generation_id=generation.pk, token=token)


def bring_to(generation: Generation, state: State) -> Claim:
    """Walk the generation to an open state by the real steps; the claim is fresh."""
    claim_ = claim(generation)
    if state == State.QUEUED:
        return claim_
    assert transitions.start_submitting(claim_, provider="simulator", now=NOW)
    if state == State.SUBMITTING:
        return claim_
    assert transitions.mark_submitted(claim_, task_id=str(uuid.uuid4()), estimated_credits=QUOTE, due_at=SOON, now=NOW)
    claim_ = claim(generation)
    if state == State.RUNNING:
        return claim_
    assert transitions.start_storing(claim_, now=NOW)
    return claim_


def see(generation: Generation, *, token: uuid.UUID | None = None, **found: Any) -> Seen:
    """What a round of reads has found of a RUNNING row, under a fresh lease; 42 % by default."""
    token = token or claim(generation).token
    generation.refresh_from_db()
    known = {
        "code": StatusCode.NONE,
        "progress": 0.42,
        "started_at": NOW,
        "failures": 0,
        "due_at": SOON,
        "is_news": True,
    }
    return Seen(row=Running.of(generation, token=token), **{**known, **found})


def stored_clip(generation_id: int) -> StoredClip:
    """A clip as the engine hands it over."""
    return StoredClip(
        key=f"clips/{generation_id}-{uuid.uuid4().hex}.mp4",
        content_type="video/mp4",
        size_bytes=1_250_000,
        sha256="a" * 64,
        poster_key="",
        poster_size_bytes=0,
        width=1280,
        height=720,
        duration_ms=2_000,
        fps=Decimal(24),
        has_sound=False,
    )


def end_by(generation: Generation, state: State, *, cost: int = QUOTE) -> None:
    """Bring a fresh generation to a final state by the real steps."""
    if state == State.READY:
        assert transitions.finish(
            bring_to(generation, State.STORING),
            clip=stored_clip(generation.pk),
            cost_credits=cost,
            cost_source="provider",
            now=NOW,
        )
    elif state == State.FAILED:
        assert transitions.fail(
            bring_to(generation, State.RUNNING),
            code=StatusCode.PROVIDER_INTERNAL,
            cost_credits=cost,
            now=NOW,
        )
    else:
        assert transitions.cancel_queued(generation, by=generation.created_by, now=NOW)


def balance_of(project: Project) -> int:
    return CreditAccount.objects.get(team=project.team_id).balance_credits


def amounts(generation: Generation) -> list[tuple[str, int]]:
    """(kind, credits) of the generation's entries, in their order."""
    return list(generation.entries.order_by("pk").values_list("kind", "amount_credits"))
