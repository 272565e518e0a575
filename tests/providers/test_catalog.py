"""The catalog's records and lookups. What they are held against stands in test_catalog_against_*.py."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from studio.providers.base import InputRole, WayKind
from studio.providers.catalog import (
    DEFAULT_MODEL,
    MAX_SEED,
    MIN_SEED,
    MODELS,
    PriceCard,
    Rate,
    active_models,
    composer_models,
    find_model,
    follows_input,
    ratio_label,
    ratio_size,
    still_label,
    utf16_units,
)
from studio.providers.catalog.prices import rate_for

TODAY = date(2026, 11, 22)
COMPOSER = ["gen4.5", "gen4_turbo", "veo3.1", "veo3.1_fast"]


def test_text_ways_take_no_image() -> None:
    ways = [way for model in active_models() for way in model.ways if way.kind is WayKind.TEXT]
    assert {(way.frames, way.aspect_window) for way in ways} == {((), None)}


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("gen4.5", (0.5, 2.0)),
        ("gen4_turbo", (0.5, 2.358)),
        ("veo3.1", (0.5, 2.0)),
        ("veo3.1_fast", (0.5, 2.0)),
    ],
)
def test_aspect_windows(name: str, window: tuple[float, float]) -> None:
    way = MODELS[name].way(WayKind.IMAGE)
    assert way is not None
    assert way.aspect_window == window


@pytest.mark.parametrize(
    ("name", "way", "tier", "sound", "credits"),
    [
        ("gen4.5", WayKind.TEXT, "720p", None, "12"),
        ("gen4_turbo", WayKind.IMAGE, "720p", None, "5"),
        ("act_two", WayKind.PERFORMANCE, "", None, "5"),
        ("aleph2", WayKind.VIDEO, "1080p", None, "28"),
        ("veo3.1", WayKind.TEXT, "720p", True, "40"),
        ("veo3.1", WayKind.TEXT, "720p", False, "20"),
        ("veo3.1_fast", WayKind.TEXT, "1080p", None, "15"),
        ("veo3.1_fast", WayKind.TEXT, "1080p", False, "10"),
        ("seedance2", WayKind.TEXT, "480p", None, "36"),
        ("seedance2", WayKind.TEXT, "720p", None, "36"),
        ("seedance2", WayKind.TEXT, "1080p", None, "40"),
        ("seedance2", WayKind.TEXT, "4k", None, "150"),
        ("seedance2_fast", WayKind.TEXT, "720p", None, "29"),
        ("seedance2_mini", WayKind.TEXT, "720p", None, "16"),
        ("seedance2_5", WayKind.TEXT, "480p", None, "20"),
        ("seedance2_5", WayKind.TEXT, "720p", None, "30"),
        ("seedance2_5", WayKind.TEXT, "1080p", None, "68"),
        ("hailuo3", WayKind.TEXT, "768p", None, "10"),
        ("hailuo3", WayKind.TEXT, "2k", None, "15"),
        ("h3_max", WayKind.TEXT, "480p", None, "5"),
        ("h3_max", WayKind.TEXT, "768p", None, "8"),
        ("grok_imagine_1_5", WayKind.TEXT, "480p", None, "10"),
        ("grok_imagine_1_5", WayKind.TEXT, "720p", None, "16"),
        ("grok_imagine_1_5", WayKind.TEXT, "1080p", None, "29"),
        ("grok_imagine_1_5_lite", WayKind.TEXT, "480p", None, "2"),
        ("grok_imagine_1_5_lite", WayKind.TEXT, "720p", None, "3"),
        ("grok_imagine_1_5_lite", WayKind.TEXT, "1080p", None, "14"),
        ("happyhorse_1_0", WayKind.TEXT, "720p", None, "15"),
        ("happyhorse_1_0", WayKind.TEXT, "1080p", None, "30"),
        ("gemini_omni_flash", WayKind.TEXT, "720p", None, "10"),
        ("gemini_omni_flash", WayKind.VIDEO, "720p", None, "11"),
        ("gemini_omni_flash_1.1", WayKind.TEXT, "360p", None, "3.4"),
        ("gemini_omni_flash_1.1", WayKind.TEXT, "4k", None, "30"),
        ("wan3", WayKind.TEXT, "480p", None, "5"),
        ("wan3", WayKind.TEXT, "720p", None, "10"),
        ("wan3", WayKind.TEXT, "1080p", None, "20"),
        ("wan3_prime", WayKind.TEXT, "480p", None, "6.8"),
        ("wan3_prime", WayKind.TEXT, "720p", None, "14"),
        ("wan3_prime", WayKind.TEXT, "1080p", None, "28"),
        ("kling2.5_turbo_pro", WayKind.TEXT, "1080p", None, "12"),
        ("kling3.0_standard", WayKind.TEXT, "720p", False, "9"),
        ("kling3.0_standard", WayKind.TEXT, "720p", True, "13"),
        ("kling3.0_pro", WayKind.TEXT, "1080p", False, "12"),
        ("kling3.0_pro", WayKind.TEXT, "1080p", True, "17"),
        ("kling3.0_4k", WayKind.TEXT, "4k", True, "43"),
        ("klingO3_standard", WayKind.TEXT, "720p", False, "13"),
        ("klingO3_pro", WayKind.TEXT, "1080p", False, "17"),
        ("klingO3_4k", WayKind.TEXT, "4k", None, "43"),
        ("ruby", WayKind.HDR, "", None, "20"),
        ("ruby", WayKind.HDR, "large", None, "40"),
        ("magnific_video_upscaler_creative", WayKind.UPSCALE, "720p", None, "0.7"),
        ("magnific_video_upscaler_creative", WayKind.UPSCALE, "2k", None, "0.9"),
        ("magnific_video_upscaler_creative", WayKind.UPSCALE, "4k", None, "1.2"),
    ],
)
def test_prices_of_today(name: str, way: WayKind, tier: str, sound: bool | None, credits: str) -> None:
    card = MODELS[name].price_card(TODAY, way=way)
    assert card is not None
    assert rate_for(card.rates, tier=tier, sound=sound) == Decimal(credits)


def test_minimum_charges() -> None:
    minimums = {
        name: int(card.minimum_credits)
        for name, model in MODELS.items()
        for card in model.price_cards
        if card.minimum_credits > 1 and card.is_confirmed
    }
    assert minimums == {"aleph2": 56, "seedance2_mini": 64, "seedance2_5": 80}


def test_every_price_card_has_a_source_and_its_own_model() -> None:
    cards = [(model, card) for model in MODELS.values() for card in model.price_cards]
    assert [card.key for _, card in cards if len(card.source) < 10] == []
    assert [card.key for model, card in cards if card.model != model.name] == []
    assert max(Counter(card.key for _, card in cards).values()) == 1
    assert {card.key for _, card in cards if card.is_confirmed and "docs.dev.runwayml.com" not in card.source} == set()
    assert {card.key for _, card in cards if card.is_confirmed is bool(card.note)} == set()


def test_every_model_on_offer_has_one_price_today_for_each_way() -> None:
    for model in active_models():
        assert [way.kind for way in model.ways if model.price_card(TODAY, way=way.kind) is None] == [], model.name


def test_of_two_cards_the_later_one_holds() -> None:
    first = PriceCard(model="m", effective_from=date(2026, 1, 1), rates=(Rate(credits=Decimal(1)),), source="a page")
    second = PriceCard(model="m", effective_from=date(2026, 6, 1), rates=(Rate(credits=Decimal(2)),), source="a page")
    for way in (WayKind.TEXT, None):
        model = replace(MODELS["gen4.5"], price_cards=(first, second))
        assert model.price_card(date(2026, 5, 31), way=way) == first
        assert model.price_card(date(2026, 6, 1), way=way) == second


@pytest.mark.parametrize(
    ("tier", "sound", "setting", "credits"),
    [
        ("720p", None, "", 2),
        ("480p", None, "", 2),
        ("768p", None, "", 3),
        ("4k", None, "", 9),
        ("", None, "", 9),
        ("1080p", False, "", 3),
        ("1080p", True, "", 9),
        ("1080p", None, "", 9),
    ],
    ids=["its own", "the next larger", "the next but one", "beyond all", "not known", "silent", "heard", "not said"],
)
def test_rate_is_never_too_low(tier: str, sound: bool | None, setting: str, credits: int) -> None:
    rates = (
        Rate(credits=Decimal(2), tier="720p"),
        Rate(credits=Decimal(3), tier="1080p", sound=False),
        Rate(credits=Decimal(9), tier="1080p", sound=True),
    )
    if tier == "768p":
        sound = False
    assert rate_for(rates, tier=tier, sound=sound, setting=setting) == credits


def test_price_card_holds_on_its_last_day_and_not_on_the_next() -> None:
    model = MODELS["gen3a_turbo"]
    last = model.price_card(date(2026, 7, 29))
    assert last is not None
    assert [rate.credits for rate in last.rates] == [Decimal(5)]
    assert model.price_card(date(2026, 7, 30)) is None
    assert MODELS["gen4.5"].price_card(date(2026, 7, 31)) is None


@pytest.mark.parametrize(
    ("name", "since", "replaced_by"),
    [
        ("gen3a_turbo", date(2026, 7, 30), "gen4_turbo"),
        ("gen4_aleph", date(2026, 7, 30), "aleph2"),
        ("veo3", date(2026, 8, 7), "veo3.1"),
    ],
)
def test_retired_models_say_since_when_and_what_to_use(name: str, since: date, replaced_by: str) -> None:
    model = find_model(name)
    assert model is not None
    assert model.is_retired
    assert (model.retired_since, model.replaced_by) == (since, replaced_by)
    assert model.retired_sentence.endswith("Nothing was charged.")
    assert "2026" in model.retired_sentence
    assert model.ways == ()
    assert model not in active_models()
    assert MODELS[replaced_by] in active_models()


def test_active_models_keep_the_order_of_the_picker() -> None:
    assert [model.name for model in composer_models()] == COMPOSER
    assert active_models()[0].name == DEFAULT_MODEL
    assert {model.retired_sentence for model in active_models()} == {""}
    assert len(active_models()) == 43


def test_find_model_knows_no_invented_name() -> None:
    assert find_model("gen9") is None
    assert MODELS["gen4_turbo"].way(WayKind.TEXT) is None


@pytest.mark.parametrize(
    ("ratio", "label"),
    [
        ("1280:720", "16:9"),
        ("720:1280", "9:16"),
        ("1104:832", "4:3"),
        ("832:1104", "3:4"),
        ("960:960", "1:1"),
        ("1584:672", "21:9"),
        ("1920:1080", "16:9 1080p"),
        ("1080:1920", "9:16 1080p"),
        ("3840:2160", "16:9 4K"),
        ("992:432", "21:9 480p"),
        ("640:360", "16:9 360p"),
        ("480:480", "1:1 480p"),
        ("1440:1440", "1:1 1080p"),
        ("3:2", "3:2"),
        ("adaptive", "As the input"),
        ("auto_720p", "As the input, 720p"),
        ("7:5", "7:5"),
        ("0:720", "0:720"),
    ],
)
def test_ratio_label(ratio: str, label: str) -> None:
    assert ratio_label(ratio) == label


@pytest.mark.parametrize(
    ("ratio", "label"),
    [("1920:1080", "16:9, 1920 × 1080"), ("1408:11264", "1:8, 1408 × 11264"), ("auto_2k", "As the input, 2K")],
)
def test_still_label(ratio: str, label: str) -> None:
    assert still_label(ratio) == label


@pytest.mark.parametrize(
    ("ratio", "size", "follows"),
    [("1280:720", (1280, 720), False), ("16:9", None, False), ("auto", None, True), ("adaptive", None, True)],
)
def test_ratio_size(ratio: str, size: tuple[int, int] | None, follows: bool) -> None:
    assert (ratio_size(ratio), follows_input(ratio)) == (size, follows)


def test_no_two_ratios_of_a_way_are_called_the_same() -> None:
    for model in active_models():
        for way in model.ways:
            label = still_label if way.kind is WayKind.STILL else ratio_label
            labels = [label(ratio) for ratio in way.ratios]
            assert len(set(labels)) == len(labels), (model.name, way.kind)
            assert "" not in labels


def test_defaults_are_legal() -> None:
    for model in active_models():
        for way in model.ways:
            where = (model.name, way.kind)
            assert way.default_ratio in way.ratios or (way.default_ratio == "" and not way.ratio_required), where
            assert way.default_resolution in (way.resolutions or ("",)), where
            assert way.default_duration_s in (way.durations_s or (0,)), where
            assert (way.default_sound is None) is not way.has_sound_switch, where
            assert not way.prompt_required or way.prompt_max_units > 0, where


def test_rules_of_files_agree_with_each_other() -> None:
    for model in active_models():
        for way in model.ways:
            roles = [rule.role for rule in way.inputs]
            assert len(set(roles)) == len(roles), (model.name, way.kind)
            for rule in way.inputs:
                assert 0 <= rule.least <= rule.most, (model.name, rule.role)
                assert {rule.needs, *rule.not_with} - {None} <= set(roles), (model.name, rule.role)
                assert set(rule.ratios) <= set(way.ratios), (model.name, rule.role)
                assert set(rule.resolutions) <= set(way.resolutions), (model.name, rule.role)
            assert set(way.needs_one_of) <= set(roles), (model.name, way.kind)


def test_what_is_not_confirmed_names_a_field_and_says_why() -> None:
    for model in active_models():
        for way in model.ways:
            assert [name for name in way.unsure if not hasattr(way, name)] == [], (model.name, way.kind)
            assert bool(way.note) or not way.unsure or way.unsure == ("strict",), (model.name, way.kind)


def test_settings_of_retired_models_carry_over() -> None:
    turbo, aleph, veo = (MODELS[name].carry_over for name in ("gen3a_turbo", "gen4_aleph", "veo3"))
    assert turbo is not None
    assert aleph is not None
    assert veo is not None
    assert (turbo.ratio("1280:768"), turbo.ratio("768:1280"), turbo.ratio("1:1")) == ("1280:720", "720:1280", "1:1")
    assert (veo.duration_s, veo.sound, veo.ratio("1280:720")) == (8, True, "1280:720")
    assert (turbo.way, aleph.way, veo.way) == (WayKind.IMAGE, WayKind.VIDEO, None)


def test_an_input_field_is_the_models_own() -> None:
    fields = {
        model.name: rule.field
        for model in active_models()
        for way in model.ways
        if way.kind is WayKind.VIDEO and (rule := way.input_rule(InputRole.SOURCE))
    }
    assert fields == {
        "aleph2": "videoUri",
        "gemini_omni_flash": "videoUri",
        "gemini_omni_flash_1.1": "videoUri",
        "kling_4": "videoUri",
        "seedance2": "promptVideo",
        "seedance2_fast": "promptVideo",
        "seedance2_mini": "promptVideo",
        "seedance2_5": "promptVideo",
        "hailuo3": "promptVideo",
        "klingO3_standard": "promptVideo",
        "klingO3_pro": "promptVideo",
        "klingO3_4k": "promptVideo",
    }


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("é", 1), ("😀", 2), ("\ud800", 1)])
def test_utf16_units(text: str, units: int) -> None:
    assert utf16_units(text) == units


def test_seed_bounds() -> None:
    assert (MIN_SEED, MAX_SEED) == (0, 2**32 - 1)


def test_catalog_and_base_are_free_of_django_and_of_the_http_library() -> None:
    code = (
        "import sys, studio.providers.base, studio.providers.catalog, studio.providers.errors;"
        "print(sorted({'django', 'httpx', 'aiohttp'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout == "[]\n"
