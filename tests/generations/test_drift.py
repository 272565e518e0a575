"""The provider's price beside ours: what is a drift, and how it is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio.enums import State, WayKind
from studio.generations.drift import MOST_DRIFTS, acknowledge_drift, is_drift, mark_of, note_estimate
from studio.models import Generation, PriceDrift
from tests.factories import GenerationFactory, UserFactory

NOW = timezone.now()
STILL = "Still · 1280:720 · quality high"

pytestmark = pytest.mark.django_db


def take(**fields: object) -> Generation:
    return GenerationFactory.create(state=State.RUNNING, **fields)


def note(generation: Generation, credits: int | None) -> bool:
    return note_estimate(generation, provider="simulator", estimated_credits=credits, now=NOW)


@pytest.mark.parametrize(
    ("is_ceiling", "estimate", "expected"),
    [
        (False, None, False),
        (False, 60, False),
        (False, 61, True),
        (False, 59, True),
        (True, None, False),
        (True, 60, False),
        (True, 24, False),
        (True, 61, True),
    ],
)
def test_a_ceiling_is_contradicted_from_above_alone(is_ceiling: bool, estimate: int | None, expected: bool) -> None:
    generation = take(price_card={"key": "gen4.5@2026-08-01", "is_ceiling": is_ceiling})

    assert is_drift(generation, estimate) is expected
    assert note(generation, estimate) is expected
    assert PriceDrift.objects.count() == expected


def test_the_same_drift_is_one_row_with_both_numbers() -> None:
    first, second = take(), take()
    note(first, 75)
    note(second, 75)
    note(take(duration_s=10, quote_credits=120), 150)

    row = PriceDrift.objects.get(our_credits=60)
    assert (row.our_credits, row.provider_credits, row.count, row.generation) == (60, 75, 2, second)
    assert (row.model, row.mark, row.card_key) == ("gen4.5", "1280:720 · 5 s", "gen4.5@2026-08-01")
    assert PriceDrift.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "mark"),
    [
        ({"has_sound": True}, "1280:720 · 5 s · with sound"),
        ({"ratio": "", "resolution": "2k", "auto_duration": True}, "2k · a length of its own choice"),
        ({"way": WayKind.STILL, "duration_s": 0, "extras": {"quality": "high", "n": [1]}}, STILL),
        ({"extras": {"negativePrompt": "Bob's secret"}}, "1280:720 · 5 s"),
        ({"extras": {"n" * 200: 1}}, f"1280:720 · 5 s · {'n' * 200}"[:120]),
    ],
)  # fmt: skip
def test_a_mark_names_what_a_price_depends_on(fields: dict[str, Any], mark: str) -> None:
    assert mark_of(take(**fields)) == mark


def test_another_number_asks_for_attention_again_and_the_same_one_does_not() -> None:
    note(take(), 75)
    row = PriceDrift.objects.get()
    alice = UserFactory.create()
    assert acknowledge_drift(row.pk, by=alice, now=NOW)
    assert not acknowledge_drift(row.pk, by=alice, now=NOW)

    note(take(), 75)
    row.refresh_from_db()
    assert row.acknowledged_by == alice
    note(take(), 80)

    row.refresh_from_db()
    assert row.acknowledged_at is None
    assert row.acknowledged_by_id is None
    assert (row.provider_credits, row.count) == (80, 3)


def test_the_table_stays_small_and_makes_way_for_what_is_new() -> None:
    PriceDrift.objects.bulk_create(
        PriceDrift(
            provider="simulator", model="gen4.5", mark=f"{number} s", card_key="", our_credits=1, provider_credits=2,
            last_seen_at=NOW - timedelta(days=number),
        )
        for number in range(MOST_DRIFTS)
    )  # fmt: skip

    note(take(), 75)
    assert not PriceDrift.objects.filter(provider_credits=75).exists()
    PriceDrift.objects.filter(mark__in=["3 s", "9 s"]).update(acknowledged_at=NOW, acknowledged_by=UserFactory.create())
    note(take(), 75)

    assert PriceDrift.objects.filter(provider_credits=75).exists()
    assert not PriceDrift.objects.filter(mark="9 s").exists()
    assert PriceDrift.objects.count() == MOST_DRIFTS
