"""Prices from the catalog's cards: exact sums, exact words."""

from datetime import date
from decimal import Decimal

import pytest

from studio.credits import pricing
from studio.credits.pricing import NoPrice, quote
from studio.providers.catalog import MODELS, PriceCard

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("model", "duration_s", "sound", "takes", "per_take", "explanation"),
    [
        ("gen4.5", 5, None, 1, 60, "5 s × 12 cr"),
        ("gen4.5", 8, None, 2, 96, "8 s × 12 cr × 2 takes"),
        ("gen4_turbo", 2, None, 4, 10, "2 s × 5 cr × 4 takes"),
        ("veo3.1", 8, True, 1, 320, "8 s × 40 cr"),
        ("veo3.1", 8, False, 1, 160, "8 s × 20 cr"),
        ("veo3.1", 8, None, 1, 160, "8 s × 20 cr"),
        ("veo3.1_fast", 4, True, 3, 60, "4 s × 15 cr × 3 takes"),
        ("veo3.1_fast", 6, False, 1, 60, "6 s × 10 cr"),
    ],
)
def test_quote(model: str, duration_s: int, sound: bool | None, takes: int, per_take: int, explanation: str) -> None:
    price = quote(model, duration_s=duration_s, sound=sound, takes=takes, on=TODAY)

    assert (price.per_take_credits, price.takes, price.total_credits) == (per_take, takes, per_take * takes)
    assert price.explanation == explanation


def test_quote_keeps_the_card_it_was_made_on() -> None:
    card = quote("veo3.1", duration_s=8, sound=True, takes=1, on=TODAY).card

    assert card == {
        "key": "veo3.1@2026-08-01",
        "credits_per_second": "40",
        "minimum_credits": "0",
        "effective_from": "2026-08-01",
        "source": "docs.dev.runwayml.com/guides/pricing, as copied on 2026-08-15",
    }


@pytest.mark.parametrize(
    ("model", "on"),
    [("gen4.5", date(2026, 7, 31)), ("sora", TODAY), ("veo3", TODAY), ("gen3a_turbo", date(2026, 7, 30))],
)
def test_no_card_no_price(model: str, on: date) -> None:
    with pytest.raises(NoPrice, match=f"There is no price for {model} on {on}"):
        quote(model, duration_s=5, sound=None, takes=1, on=on)


def test_retired_model_keeps_its_old_price() -> None:
    assert quote("veo3", duration_s=8, sound=None, takes=1, on=date(2026, 8, 6)).total_credits == 320


def _card(per_second: str, minimum: str) -> PriceCard:
    return PriceCard(
        model="test",
        effective_from=date(2026, 1, 1),
        effective_to=None,
        credits_per_second=Decimal(per_second),
        credits_per_second_with_sound=None,
        minimum_credits=Decimal(minimum),
        source="a test",
    )


@pytest.mark.parametrize(
    ("per_second", "minimum", "takes", "total", "explanation"),
    [
        ("2.5", "0", 1, 8, "3 s × 2.5 cr"),
        ("2.5", "0", 3, 24, "3 s × 2.5 cr × 3 takes"),
        ("2", "10", 2, 20, "at least 10 cr × 2 takes"),
        ("10", "30", 1, 30, "3 s × 10 cr"),
        ("100", "0", 1, 300, "3 s × 100 cr"),
    ],
    ids=["rounded up", "rounded up take by take", "minimum", "exactly the minimum", "no exponent"],
)
def test_fractions_and_minimum(
    monkeypatch: pytest.MonkeyPatch, per_second: str, minimum: str, takes: int, total: int, explanation: str
) -> None:
    class Priced:
        def price_card(self, on: date) -> PriceCard:
            return _card(per_second, minimum)

    monkeypatch.setattr(pricing, "find_model", lambda name: Priced())

    price = quote("test", duration_s=3, sound=None, takes=takes, on=TODAY)

    assert (price.total_credits, price.explanation) == (total, explanation)


def test_every_model_on_offer_has_a_price_today() -> None:
    for model in MODELS.values():
        if not model.is_retired:
            assert model.price_card(TODAY) is not None, model.name
