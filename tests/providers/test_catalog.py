"""The catalog against the official SDK's types, and its lookups."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from runwayml.types import image_to_video_create_params as image_params
from runwayml.types import text_to_video_create_params as text_params

from studio.providers.base import InputRole
from studio.providers.catalog import (
    DEFAULT_MODEL,
    MAX_SEED,
    MIN_SEED,
    MODELS,
    WayKind,
    active_models,
    find_model,
    ratio_label,
    utf16_units,
)

SDK_TYPES: dict[tuple[str, WayKind], Any] = {
    ("gen4.5", WayKind.TEXT): text_params.Gen4_5,
    ("gen4.5", WayKind.IMAGE): image_params.Gen4_5,
    ("gen4_turbo", WayKind.IMAGE): image_params.Gen4Turbo,
    ("veo3.1", WayKind.TEXT): text_params.Veo3_1,
    ("veo3.1", WayKind.IMAGE): image_params.Veo3_1,
    ("veo3.1_fast", WayKind.TEXT): text_params.Veo3_1Fast,
    ("veo3.1_fast", WayKind.IMAGE): image_params.Veo3_1Fast,
}
CASES = [pytest.param(*key, id="-".join(key)) for key in SDK_TYPES]

# Fields that the SDK types and our requests never carry, each with its reason.
LEFT_OUT = {
    "content_moderation": "a looser moderation of public figures is nothing to switch on by default",
    "output_format": "other containers cost more and are no MP4 that a browser plays",
    "prores_profile": "belongs to output_format",
    "negative_prompt": "not offered in the composer yet",
}
SENT = {"model", "prompt_text", "prompt_image", "ratio", "duration", "audio", "seed"}


def _hints(model: str, kind: WayKind) -> dict[str, Any]:
    return get_type_hints(SDK_TYPES[model, kind])


def _required(model: str, kind: WayKind) -> frozenset[str]:
    """Fields that the SDK marks Required (its total=False dictionaries hide that behind Annotated)."""
    sdk = SDK_TYPES[model, kind]
    return frozenset(name for name, hint in sdk.__annotations__.items() if "Required[" in str(hint))


def test_catalog_has_exactly_the_ways_that_the_sdk_types() -> None:
    ours = {(model.name, way.kind) for model in active_models() for way in model.ways}
    assert ours == set(SDK_TYPES)


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_ratios_are_those_of_the_sdk(model: str, kind: WayKind) -> None:
    way = MODELS[model].way(kind)
    assert way is not None
    assert set(way.ratios) == set(get_args(_hints(model, kind)["ratio"]))
    assert way.default_ratio in way.ratios
    assert len(set(way.ratios)) == len(way.ratios)


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_durations_are_those_of_the_sdk(model: str, kind: WayKind) -> None:
    way = MODELS[model].way(kind)
    assert way is not None
    # Where the SDK says plain int, its docstring and the OpenAPI description say 2 to 10.
    literals = get_args(_hints(model, kind)["duration"]) or (2, 3, 4, 5, 6, 7, 8, 9, 10)
    assert way.durations_s == literals
    assert way.default_duration_s in way.durations_s


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_sdk_fields_are_sent_or_left_out_with_a_reason(model: str, kind: WayKind) -> None:
    fields = set(_hints(model, kind))
    assert fields <= SENT | set(LEFT_OUT)
    assert ("audio" in fields) is MODELS[model].has_sound_switch
    assert ("seed" in fields) is MODELS[model].takes_seed


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_prompt_is_required_where_the_sdk_requires_it(model: str, kind: WayKind) -> None:
    way = MODELS[model].way(kind)
    assert way is not None
    assert way.prompt_required is ("prompt_text" in _required(model, kind))
    assert way.prompt_max_units == 1000


@pytest.mark.parametrize(
    ("sdk_frame", "model"),
    [
        (image_params.Gen4_5PromptImagePromptImage, "gen4.5"),
        (image_params.Gen4TurboPromptImagePromptImage, "gen4_turbo"),
        (image_params.Veo3_1PromptImagePromptImage, "veo3.1"),
        (image_params.Veo3_1FastPromptImagePromptImage, "veo3.1_fast"),
    ],
)
def test_frames_are_the_positions_of_the_sdk(sdk_frame: Any, model: str) -> None:
    way = MODELS[model].way(WayKind.IMAGE)
    assert way is not None
    positions = get_args(get_type_hints(sdk_frame)["position"])
    assert {str(position) for position in way.frames} == set(positions)


def test_text_ways_take_no_image() -> None:
    ways = [way for model in active_models() for way in model.ways if way.kind is WayKind.TEXT]
    assert [(way.frames, way.aspect_window) for way in ways] == [((), None)] * 3


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
    ("name", "silent", "with_sound"),
    [
        ("gen4.5", 12, None),
        ("gen4_turbo", 5, None),
        ("veo3.1", 20, 40),
        ("veo3.1_fast", 10, 15),
    ],
)
def test_prices_of_today(name: str, silent: int, with_sound: int | None) -> None:
    card = MODELS[name].price_card(date(2026, 11, 22))
    assert card is not None
    assert card.key == f"{name}@2026-08-01"
    assert card.credits_per_second == Decimal(silent)
    assert card.credits_per_second_with_sound == (None if with_sound is None else Decimal(with_sound))
    assert card.minimum_credits == Decimal(0)


def test_every_price_card_has_a_source_and_its_own_model() -> None:
    cards = [(model, card) for model in MODELS.values() for card in model.price_cards]
    assert len(cards) == 7
    assert [card.source for _, card in cards if "docs.dev.runwayml.com" not in card.source] == []
    assert [card.key for model, card in cards if card.model != model.name] == []
    assert len({card.key for _, card in cards}) == 7


def test_price_card_holds_on_its_last_day_and_not_on_the_next() -> None:
    model = MODELS["gen3a_turbo"]
    last = model.price_card(date(2026, 7, 29))
    assert last is not None
    assert last.credits_per_second == Decimal(5)
    assert model.price_card(date(2026, 7, 30)) is None
    assert MODELS["gen4.5"].price_card(date(2026, 7, 31)) is None


@pytest.mark.parametrize(
    ("name", "since", "replaced_by"),
    [
        ("gen3a_turbo", date(2026, 7, 30), "gen4_turbo"),
        ("gen4_aleph", date(2026, 7, 30), "gen4.5"),
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
    assert [model.name for model in active_models()] == ["gen4.5", "gen4_turbo", "veo3.1", "veo3.1_fast"]
    assert active_models()[0].name == DEFAULT_MODEL
    assert [model.retired_sentence for model in active_models()] == [""] * 4


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
        ("7:5", "7:5"),
    ],
)
def test_ratio_label(ratio: str, label: str) -> None:
    assert ratio_label(ratio) == label


def test_every_ratio_on_offer_has_a_label() -> None:
    ratios = {ratio for model in active_models() for way in model.ways for ratio in way.ratios}
    assert {ratio for ratio in ratios if ratio_label(ratio) == ratio} == set()


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("é", 1), ("😀", 2), ("\ud800", 1)])
def test_utf16_units(text: str, units: int) -> None:
    assert utf16_units(text) == units


def test_seed_bounds_and_positions() -> None:
    assert (MIN_SEED, MAX_SEED) == (0, 2**32 - 1)
    assert {"first", "last"} < set(InputRole)


def test_catalog_and_base_are_free_of_django_and_of_the_http_library() -> None:
    code = (
        "import sys, studio.providers.base, studio.providers.catalog, studio.providers.errors;"
        "print(sorted({'django', 'httpx', 'aiohttp'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout == "[]\n"
