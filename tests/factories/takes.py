"""Generations in any state, and clips."""

# mypy: disable-error-code="no-untyped-call"
# factory-boy annotates its classes and not its declarations.

import uuid
from datetime import datetime

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from studio.enums import FINAL_STATES, State
from studio.models import Clip, Generation
from tests.factories.work import PromptFactory

SENT_STATES = frozenset({State.RUNNING, State.STORING, State.READY})


def _task_id(generation: Generation) -> str | None:
    return str(uuid.uuid4()) if generation.state in SENT_STATES else None


def _finished_at(generation: Generation) -> datetime | None:
    return timezone.now() if generation.state in FINAL_STATES else None


def _started_at(generation: Generation) -> datetime | None:
    return timezone.now() if generation.state in SENT_STATES else None


def _cost_credits(generation: Generation) -> int | None:
    return generation.quote_credits if generation.state == State.READY else None


class GenerationFactory(DjangoModelFactory[Generation]):
    """A generation in the given `state`, with what the database asks of that state. No ledger, no events."""

    class Meta:
        model = Generation

    prompt = SubFactory(PromptFactory)
    project = SelfAttribute("prompt.project")
    team = SelfAttribute("project.team")
    created_by = SelfAttribute("prompt.created_by")
    launch_token = LazyFunction(uuid.uuid4)
    model = "gen4.5"
    ratio = "1280:720"
    duration_s = 5
    has_sound = None
    quote_credits = 60
    price_card = LazyFunction(lambda: {"key": "gen4.5@2026-08-01", "unit": "second", "credits": "12"})
    state = State.QUEUED
    provider = "simulator"
    provider_task_id = LazyAttribute(_task_id)
    started_at = LazyAttribute(_started_at)
    finished_at = LazyAttribute(_finished_at)
    cost_credits = LazyAttribute(_cost_credits)


class ClipFactory(DjangoModelFactory[Clip]):
    """A clip of a new, ready generation. The row alone: nothing is stored under its keys."""

    class Meta:
        model = Clip

    generation = SubFactory(GenerationFactory, state=State.READY)
    team = SelfAttribute("generation.team")
    project = SelfAttribute("generation.project")
    key = Sequence(lambda n: f"clips/{n:032x}.mp4")
    poster_key = Sequence(lambda n: f"clips/{n:032x}.jpg")
    size_bytes = 1_250_000
    poster_size_bytes = 24_000
    sha256 = Sequence(lambda n: f"{n:064x}")
    width = 1280
    height = 720
    duration_ms = 5_000
    fps = 24
    has_sound = False
