"""The catalog against the types of the official SDK `runwayml`: requests, and every value that the SDK lists."""

from typing import Any

import pytest

from studio.providers.base import WayKind
from studio.providers.catalog import MODELS, ExtraKind, FileShape, Way, active_models
from studio.providers.runway.requests import create_body, create_path
from tests.providers.sdk_types import SDK_TYPES, faults, literals, required_fields, wire_fields
from tests.providers.specimens import Specimen, specimens

CASES = [pytest.param(*key, id=f"{key[1]}-{key[0].value}") for key in SDK_TYPES if key[1] in MODELS]

NO_REHEARSAL = "its price hangs on references and quality, and the simulator does not make it: there is no rehearsal"
NO_PRICE = "no price of it is known for its sizes and qualities, and others make stills as well"
MODELS_LEFT_OUT = dict.fromkeys(
    (
        "gpt_image_2_5_flare",
        "gpt_image_2_5_sunburst",
        "gemini_image3.1_flash_lite",
        "nano_banana_2.1",
        "seedream5_flash",
        "recraft_v4_1_flash",
        "recraft_v4_1_vector",
    ),
    NO_PRICE,
) | dict.fromkeys(("ideogram_4_0", "ideogram_4_5"), NO_REHEARSAL)
FIELDS_LEFT_OUT = {
    ("aleph2", "ratio"): "deprecated, and passed over by the provider",
    ("seedance2_5", "draftTaskId"): "needs a draft that has succeeded; nothing else may stand beside it",
}
ITEM_FIELDS_LEFT_OUT = {
    "at": "the place of a keyframe as a share of the source: seconds say the same",
    "range": "what a keyframe changes: left to the provider, which spreads it over the clip",
    "subject": "a hint for references of stills; the provider finds out by itself",
}
VALUES_LEFT_OUT = {
    "768P": "deprecated spelling of 768p",
    "2K": "deprecated spelling of 2k",
    "720P": "deprecated spelling of 720p",
    "1080P": "deprecated spelling of 1080p",
}
STRICTER_THAN_THE_SDK = {
    ("seedance2_5", WayKind.TEXT): "without a reference there must be words, and takes are kept by their prompt",
    **{
        (f"kling{version}_{size}", WayKind.TEXT): "without several shots there must be words"
        for version, sizes in (("3.0", "standard pro 4k"), ("O3", "standard pro 4k"))
        for size in sizes.split()
    },
}

FILES_STRICTER_THAN_THE_SDK: dict[str, tuple[set[str], str]] = {
    "bria_fibo_edit_1_5": ({"referenceImages"}, "there is nothing to edit without an image"),
}


def _way(kind: WayKind, model: str) -> Way:
    way = MODELS[model].way(kind)
    assert way is not None
    return way


def _values(hint: Any) -> list[Any]:
    return [value for value in literals(hint) if value not in VALUES_LEFT_OUT]


@pytest.mark.parametrize("specimen", specimens(), ids=lambda specimen: specimen.id)
def test_every_request_is_one_of_the_sdks(specimen: Specimen) -> None:
    assert create_path(specimen.spec) == f"/v1/{specimen.way.kind.value}"
    assert faults(SDK_TYPES[specimen.way.kind, specimen.model.name], create_body(specimen.spec)) == []


def test_the_check_of_types_bites() -> None:
    sdk = SDK_TYPES[WayKind.TEXT, "veo3.1"]
    good = {"model": "veo3.1", "promptText": "A boat", "ratio": "1280:720", "duration": 8}
    assert faults(sdk, good) == []
    assert faults(sdk, {**good, "duration": 5}) != []
    assert faults(sdk, {**good, "audio": "yes"}) != []
    assert faults(sdk, {**good, "prompt_text": "A boat"}) == [".prompt_text: unknown"]
    assert faults(sdk, {name: value for name, value in good.items() if name != "ratio"}) == [".ratio: missing"]


def test_catalog_has_the_ways_that_the_sdk_types() -> None:
    ours = {(way.kind, model.name) for model in active_models() for way in model.ways}
    left_out = {key for key in SDK_TYPES if key[1] in MODELS_LEFT_OUT}
    assert ours == set(SDK_TYPES) - left_out
    assert {name for _, name in left_out} == set(MODELS_LEFT_OUT)


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_every_ratio_of_the_sdk_is_on_offer(kind: WayKind, model: str) -> None:
    hint = wire_fields(SDK_TYPES[kind, model]).get("ratio")
    assert set(_way(kind, model).ratios) == set(literals(hint))


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_every_resolution_of_the_sdk_is_on_offer(kind: WayKind, model: str) -> None:
    hint = wire_fields(SDK_TYPES[kind, model]).get("resolution")
    assert set(_way(kind, model).resolutions) == set(_values(hint))


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_every_duration_of_the_sdk_is_on_offer(kind: WayKind, model: str) -> None:
    fields = wire_fields(SDK_TYPES[kind, model])
    way = _way(kind, model)
    said = literals(fields.get("duration"))
    assert ("duration" in fields) is bool(way.durations_s)
    assert ("auto" in said) is way.takes_auto
    assert [value for value in said if value != "auto"] in ([], list(way.durations_s))


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_every_field_of_the_sdk_is_sent_or_left_out_with_a_reason(kind: WayKind, model: str) -> None:
    fields = set(wire_fields(SDK_TYPES[kind, model]))
    way = _way(kind, model)
    left_out = {name for whose, name in FIELDS_LEFT_OUT if whose == model and name in fields}
    ours = {"model"} | {rule.field for rule in way.inputs} | {extra.field.partition(".")[0] for extra in way.extras}
    ours |= {name for name, is_taken in _plain_fields(way).items() if is_taken}
    assert ours == fields - left_out


def _plain_fields(way: Way) -> dict[str, bool]:
    return {
        "promptText": way.prompt_max_units > 0,
        "ratio": bool(way.ratios),
        "resolution": bool(way.resolutions),
        "duration": bool(way.durations_s),
        "audio": way.has_sound_switch,
        "seed": way.takes_seed,
    }


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_every_word_of_the_sdk_is_a_choice(kind: WayKind, model: str) -> None:
    for extra in _way(kind, model).extras:
        hint: Any = SDK_TYPES[kind, model]
        for name in extra.field.split("."):
            hint = wire_fields(hint)[name]
        words = [str(value) for value in _values(hint)]
        assert sorted(extra.choices) == sorted(words) or (not words and extra.kind is not ExtraKind.CHOICE), extra.field


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_what_the_sdk_requires_is_required(kind: WayKind, model: str) -> None:
    required = required_fields(SDK_TYPES[kind, model])
    way = _way(kind, model)
    assert ("ratio" in required) is way.ratio_required
    is_stricter = (model, kind) in STRICTER_THAN_THE_SDK
    assert way.prompt_required is ("promptText" in required or is_stricter)
    files = {rule.field for rule in way.inputs if rule.least or rule.role in way.needs_one_of}
    stricter, _ = FILES_STRICTER_THAN_THE_SDK.get(model, (set(), ""))
    assert files == (required & {rule.field for rule in way.inputs}) | stricter
    extras = {extra.field for extra in way.extras if extra.is_required}
    assert extras == required - files - {"model", "promptText", "ratio", "duration"}


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_every_field_of_a_file_is_sent_or_left_out_with_a_reason(kind: WayKind, model: str) -> None:
    fields = wire_fields(SDK_TYPES[kind, model])
    for rule in _way(kind, model).inputs:
        said = set(_item_fields(fields[rule.field])) - set(ITEM_FIELDS_LEFT_OUT)
        if rule.shape is FileShape.TAGGED:
            assert said == {"uri", "tag"}, rule.role
        if rule.shape in {FileShape.TYPED, FileShape.OBJECT}:
            assert said == {"type", "uri"}, rule.role
        if rule.shape is FileShape.KEYFRAMES:
            assert said == {"uri", "seconds"}, rule.role
        if rule.shape in {FileShape.FRAMES, FileShape.BARE}:
            assert said <= {"uri", "position"}, rule.role


def _item_fields(hint: Any) -> list[str]:
    """The names of all fields of the objects in a type."""
    if hasattr(hint, "__required_keys__"):
        return list(wire_fields(hint))
    return [name for part in getattr(hint, "__args__", ()) for name in _item_fields(part)]


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_frames_are_the_positions_of_the_sdk(kind: WayKind, model: str) -> None:
    hint = wire_fields(SDK_TYPES[kind, model]).get("promptImage")
    positions = {value for part in getattr(hint, "__args__", ()) for value in _positions(part)}
    if positions:
        assert {position.value for position in _way(kind, model).frames} == positions


def _positions(hint: Any) -> list[Any]:
    inner = getattr(hint, "__args__", ())
    found = [wire_fields(part).get("position") for part in inner if hasattr(part, "__required_keys__")]
    return [value for one in found for value in literals(one)]
