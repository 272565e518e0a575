"""Prices from the catalog's cards: exact sums, exact words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from studio.credits import pricing
from studio.credits.pricing import NoPrice, Use, quote
from studio.providers.base import WayKind
from studio.providers.catalog import MODELS, PriceCard, Rate

TODAY = date(2026, 11, 22)
IMAGE, VIDEO, UPSCALE, STILL = WayKind.IMAGE, WayKind.VIDEO, WayKind.UPSCALE, WayKind.STILL
SHOTS: dict[str, object] = {
    "providerSettings.multiPrompt": [{"prompt": "One", "duration": 4}, {"prompt": "Two", "duration": 5}]
}


@pytest.mark.parametrize(
    ("model", "duration_s", "sound", "takes", "per_take", "explanation"),
    [
        ("gen4.5", 5, None, 1, 60, "5 s × 12 cr"),
        ("gen4.5", 8, None, 2, 96, "8 s × 12 cr × 2 takes"),
        ("gen4_turbo", 2, None, 4, 10, "2 s × 5 cr × 4 takes"),
        ("veo3.1", 8, True, 1, 320, "8 s × 40 cr"),
        ("veo3.1", 8, False, 1, 160, "8 s × 20 cr"),
        ("veo3.1", 8, None, 1, 320, "8 s × 40 cr"),
        ("veo3.1_fast", 4, True, 3, 60, "4 s × 15 cr × 3 takes"),
        ("veo3.1_fast", 6, False, 1, 60, "6 s × 10 cr"),
    ],
)
def test_quote(model: str, duration_s: int, sound: bool | None, takes: int, per_take: int, explanation: str) -> None:
    price = quote(model, Use(ratio="1280:720", duration_s=duration_s, sound=sound), takes=takes, on=TODAY)

    assert (price.per_take_credits, price.takes, price.total_credits) == (per_take, takes, per_take * takes)
    assert (price.explanation, price.warning) == (explanation, "")


@pytest.mark.parametrize(
    ("model", "use", "credits", "explanation"),
    [
        ("gen4.5", Use(ratio="1280:720", duration_s=5, extras={"outputFormat": "prores"}), 85, "5 s × 12 cr + 25 cr"),
        ("gen4.5", Use(ratio="1280:720", duration_s=5, extras={"outputFormat": "hlg"}), 160, "5 s × 12 cr + 100 cr"),
        ("gen4.5", Use(ratio="1280:720", duration_s=5, extras={"outputFormat": "mp4"}), 60, "5 s × 12 cr"),
        ("aleph2", Use(way=VIDEO, source_s=2), 56, "2 s × 28 cr"),
        ("aleph2", Use(way=VIDEO, source_s=1.5), 56, "at least 56 cr"),
        ("aleph2", Use(way=VIDEO, source_s=5.2), 146, "5.2 s × 28 cr"),
        ("aleph2", Use(way=VIDEO), 840, "up to 30 s × 28 cr"),
        ("act_two", Use(way=WayKind.PERFORMANCE, source_s=12.4), 62, "12.4 s × 5 cr"),
        ("seedance2", Use(ratio="3840:2160", duration_s=4), 600, "4 s × 150 cr"),
        ("seedance2", Use(ratio="864:496", duration_s=None), 540, "up to 15 s × 36 cr"),
        ("seedance2_mini", Use(ratio="1280:720", duration_s=4), 64, "4 s × 16 cr"),
        ("seedance2_5", Use(ratio="854:480", duration_s=4), 80, "4 s × 20 cr"),
        ("seedance2_5", Use(ratio="1920:1080", duration_s=4, input_s=3), 374, "4 s × 68 cr + 102 cr"),
        ("seedance2_5", Use(way=VIDEO, ratio="1280:720", duration_s=5, source_s=4), 210, "5 s × 30 cr + 60 cr"),
        ("hailuo3", Use(resolution="768p", duration_s=5, images=2), 54, "5 s × 10 cr + 4 cr"),
        ("hailuo3", Use(resolution="2K", duration_s=5), 75, "5 s × 15 cr"),
        ("grok_imagine_1_5", Use(way=IMAGE, resolution="720p", duration_s=4, images=1), 65, "4 s × 16 cr + 1 cr"),
        ("grok_imagine_1_5", Use(way=IMAGE, resolution="480p", duration_s=1, images=1), 11, "1 s × 10 cr + 1 cr"),
        ("wan3_prime", Use(way=IMAGE, ratio="auto_480p", duration_s=5), 34, "5 s × 6.8 cr"),
        ("gemini_omni_flash", Use(way=VIDEO, source_s=6, images=1), 67, "6 s × 11 cr + 1 cr"),
        ("ruby", Use(way=WayKind.HDR, source_s=5.7, source_pixels=1920 * 1080), 114, "5.7 s × 20 cr"),
        ("ruby", Use(way=WayKind.HDR, source_s=2, source_pixels=3840 * 2160), 80, "2 s × 40 cr"),
        (
            "kling3.0_pro",
            Use(ratio="1920:1080", sound=False, extras=SHOTS),
            108,
            "9 s × 12 cr",
        ),
    ],
)
def test_quote_of_other_uses(model: str, use: Use, credits: int, explanation: str) -> None:
    price = quote(model, use, takes=1, on=TODAY)

    assert (price.total_credits, price.explanation) == (credits, explanation)


@pytest.mark.parametrize(
    ("resolution", "fps", "extras", "credits", "explanation"),
    [
        ("1k", 30.0, {}, 63, "90 frames × 0.7 cr"),
        ("2k", 30.0, {}, 81, "90 frames × 0.9 cr"),
        ("", 30.0, {"fpsBoost": True}, 162, "180 frames × 0.9 cr"),
        ("4k", None, {}, 216, "up to 180 frames × 1.2 cr"),
    ],
)
def test_an_upscale_costs_by_the_frame(
    resolution: str, fps: float | None, extras: dict[str, object], credits: int, explanation: str
) -> None:
    use = Use(way=UPSCALE, resolution=resolution, source_s=3, source_fps=fps, extras=extras)

    price = quote("magnific_video_upscaler_creative", use, takes=1, on=TODAY)

    assert (price.total_credits, price.explanation) == (credits, explanation)


@pytest.mark.parametrize(
    ("model", "ratio", "extras", "credits", "explanation"),
    [
        ("gen4_image", "1280:720", {}, 5, "5 cr"),
        ("gen4_image", "1920:1080", {}, 8, "8 cr"),
        ("gpt_image_2", "1920:1088", {}, 20, "20 cr"),
        ("gpt_image_2", "3840:2160", {"quality": "low"}, 2, "2 cr"),
        ("gpt_image_2", "auto", {"quality": "medium", "outputCount": 3}, 33, "11 cr × 3 files"),
        ("gemini_image3_pro", "2048:2048", {"outputCount": "4"}, 80, "20 cr × 4 files"),
        ("gemini_image3_pro", "4096:4096", {}, 40, "40 cr"),
        ("seedream5_pro", "1024:1024", {}, 5, "5 cr"),
        ("seedream5_pro", "auto_2k", {}, 9, "9 cr"),
        ("bria_fibo_1_5", "2048:2048", {}, 10, "10 cr"),
    ],
)
def test_a_still_costs_by_the_piece(
    model: str, ratio: str, extras: dict[str, object], credits: int, explanation: str
) -> None:
    price = quote(model, Use(way=STILL, ratio=ratio, extras=extras), takes=1, on=TODAY)

    assert (price.total_credits, price.explanation) == (credits, explanation)


def test_what_comes_on_top_is_in_brackets_before_takes() -> None:
    price = quote("hailuo3", Use(resolution="768p", duration_s=5, images=2), takes=2, on=TODAY)

    assert (price.total_credits, price.explanation) == (108, "(5 s × 10 cr + 4 cr) × 2 takes")


def test_a_price_that_is_not_confirmed_warns() -> None:
    price = quote("kling_4", Use(ratio="1280:720", duration_s=5), takes=1, on=TODAY)

    assert price.total_credits == 100
    assert price.card["is_confirmed"] is False
    assert price.warning == (
        "The price of Kling 4 is not confirmed: no price is known; this is guessed high, above that of Kling 3.0. "
        "What the provider charges is what your team pays; it may be more or less."
    )


def test_a_draft_warns() -> None:
    price = quote("seedance2_5", Use(ratio="1920:1080", duration_s=5, extras={"draft": True}), takes=1, on=TODAY)

    assert (price.total_credits, price.explanation) == (150, "5 s × 30 cr")
    assert price.warning.startswith("The price of a draft of Seedance 2.5 is not confirmed: ")


def test_quote_keeps_the_card_it_was_made_on() -> None:
    card = quote("veo3.1", Use(ratio="1280:720", duration_s=8, sound=True), takes=1, on=TODAY).card

    assert card == {
        "key": "veo3.1@2026-08-01",
        "unit": "second",
        "credits": "40",
        "credits_on_top": "0",
        "minimum_credits": "0",
        "effective_from": "2026-08-01",
        "is_confirmed": True,
        "is_ceiling": False,
        "source": "docs.dev.runwayml.com/guides/pricing, as copied on 2026-08-15",
    }


@pytest.mark.parametrize(
    ("model", "on"),
    [("gen4.5", date(2026, 7, 31)), ("sora", TODAY), ("veo3", TODAY), ("gen3a_turbo", date(2026, 7, 30))],
)
def test_no_card_no_price(model: str, on: date) -> None:
    with pytest.raises(NoPrice, match=f"There is no price for {model} on {on}"):
        quote(model, Use(duration_s=5), takes=1, on=on)


def test_retired_model_keeps_its_old_price() -> None:
    assert quote("veo3", Use(duration_s=8), takes=1, on=date(2026, 8, 6)).total_credits == 320


def _card(per_second: str, minimum: str) -> PriceCard:
    return PriceCard(
        model="test",
        effective_from=date(2026, 1, 1),
        rates=(Rate(credits=Decimal(per_second)),),
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
    priced = replace(MODELS["gen4.5"], price_cards=(_card(per_second, minimum),))
    monkeypatch.setattr(pricing, "find_model", lambda name: priced)

    price = quote("test", Use(duration_s=3), takes=takes, on=TODAY)

    assert (price.total_credits, price.explanation) == (total, explanation)


def test_every_model_on_offer_has_a_price_today() -> None:
    for model in MODELS.values():
        if not model.is_retired:
            assert model.price_card(TODAY) is not None, model.name
