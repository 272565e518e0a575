"""What the provider says that nobody knows: kept once a value, counted, and never more than fits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studio.enums import State, SurpriseKind
from studio.generations.surprises import MOST_OF_A_KIND, Sighting, acknowledge_surprise, record_surprises, shortened
from studio.models import Surprise
from tests.factories import GenerationFactory, UserFactory

NOW = timezone.now()
STATUS, FIELD = SurpriseKind.STATUS, SurpriseKind.FIELD

pytestmark = pytest.mark.django_db


def record(*found: Sighting, provider: str = "simulator") -> int:
    return record_surprises(found, provider=provider, now=NOW)


def test_a_value_is_one_row_with_its_count_and_its_last_take() -> None:
    first, second = GenerationFactory.create(state=State.RUNNING), GenerationFactory.create(state=State.RUNNING)

    record(Sighting(STATUS, "REVIEW", "task", count=3, task_id=first.provider_task_id or ""))
    later = NOW + timedelta(hours=1)
    record_surprises(
        [Sighting(STATUS, "REVIEW", "task", count=2, generation_id=second.pk)], provider="simulator", now=later
    )
    record(Sighting(STATUS, "REVIEW", "create"), Sighting(STATUS, "REVIEW", "task"), provider="runway")

    row = Surprise.objects.get(provider="simulator")
    assert (row.count, row.first_seen_at, row.last_seen_at, row.generation) == (5, NOW, later, second)
    assert Surprise.objects.filter(provider="runway").count() == 2


def test_a_mad_provider_fills_no_table_and_its_known_values_are_counted_on() -> None:
    record(*(Sighting(STATUS, f"S{number}", "task") for number in range(MOST_OF_A_KIND + 30)))
    kept = record(Sighting(STATUS, "one more", "task"), Sighting(STATUS, "S3", "task"), Sighting(FIELD, "eta", "task"))

    assert kept == 2
    assert Surprise.objects.filter(kind=STATUS).count() == MOST_OF_A_KIND
    assert Surprise.objects.get(value="S3").count == 2
    assert Surprise.objects.get(kind=FIELD).value == "eta"


def test_what_nobody_can_keep_is_made_short_and_readable() -> None:
    assert shortened("A\0B\ud800\nC") == "A B C"
    assert shortened(" \n") == "(empty)"
    long = shortened("ä" * 500)
    assert (len(long), long[-1]) == (80, "…")
    record(Sighting(STATUS, long, "task"))
    assert Surprise.objects.get().value == long


def test_it_is_acknowledged_once() -> None:
    record(Sighting(STATUS, "REVIEW", "task"))
    pk, alice, bob = Surprise.objects.get().pk, UserFactory.create(), UserFactory.create()

    assert acknowledge_surprise(pk, by=alice, now=NOW)
    assert not acknowledge_surprise(pk, by=bob, now=NOW)
    record(Sighting(STATUS, "REVIEW", "task"))

    row = Surprise.objects.get()
    assert (row.acknowledged_by, row.count) == (alice, 2)
    assert not acknowledge_surprise(pk + 1, by=alice, now=NOW)
