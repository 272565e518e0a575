"""Each rule of the catalog has its sentence; what cannot be is brought to the nearest that can, and said."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.generations.request import Spec
from studio.generations.spec import adjusted, default_spec, input_kind, nearest_ratio, problems, way_of
from studio.models import Reference
from studio.models.generation import MAX_SEED
from studio.providers.catalog import MODELS, WayKind, active_models
from tests.generations.steps import make_spec

FILM, BOAT = "🎬", "A paper boat"
WIDE = Reference(width=1280, height=720)
PANORAMA = Reference(width=2_001, height=1_000)
TOWER = Reference(width=499, height=1_000)
CINEMA = Reference(width=2_358, height=1_000)
EMPTY = "The prompt is empty. Say what happens in the shot."
NO_IMAGE = "Gen-4 Turbo makes a clip from an image: add a first frame, or choose Gen-4.5 or Veo 3.1 or Veo 3.1 Fast."


def _veo(**changes: Any) -> Spec:
    return make_spec(**{"model": "veo3.1", "duration_s": 8, "sound": True, **changes})


def _turbo(**changes: Any) -> Spec:
    return make_spec(**{"model": "gen4_turbo", "first_frame": WIDE, **changes})


def _too_long(units: int, over: int) -> dict[str, str]:
    return {
        "prompt": f"The prompt has {units:,} characters and Gen-4.5 takes 1,000. "
        f"Shorten it by {over:,}; an emoji counts as two."
    }


def _misfit(reference: Reference, shape: str, label: str, window: str) -> str:
    return (
        f"This image is {reference.width} × {reference.height}, {shape} times as wide as high. "
        f"{label} takes {window}: crop it, or choose another image."
    )


PROBLEMS: list[tuple[str, Spec, dict[str, str]]] = [
    ("good", make_spec(), {}),
    ("good veo", _veo(first_frame=WIDE, last_frame=WIDE), {}),
    ("empty prompt", make_spec(prompt=""), {"prompt": EMPTY}),
    ("blank prompt", make_spec(prompt=" \n\t"), {"prompt": EMPTY}),
    ("empty prompt beside an image", _turbo(prompt=""), {}),
    ("blank prompt beside an image", _turbo(prompt="  "), {"prompt": EMPTY}),
    ("1,000 units", make_spec(prompt="a" * 1_000), {}),
    ("1,001 units", make_spec(prompt="a" * 1_001), _too_long(1_001, 1)),
    ("500 emoji", make_spec(prompt=FILM * 500), {}),
    ("501 emoji", make_spec(prompt=FILM * 501), _too_long(1_002, 2)),
    ("letters and emoji", make_spec(prompt="é" * 999 + FILM), _too_long(1_001, 1)),
    (
        "half a character",
        make_spec(prompt="A boat \udcff"),
        {"prompt": "The prompt holds a character that cannot be stored. Type it anew."},
    ),
    (
        "nul",
        make_spec(prompt="A boat\x00"),
        {"prompt": "The prompt holds a character that cannot be stored. Type it anew."},
    ),
    (
        "ratio",
        make_spec(ratio="1920:1080"),
        {"ratio": "Gen-4.5 does not make 1920:1080. Choose one of: 16:9, 9:16."},
    ),
    (
        "long ratio",
        make_spec(ratio="9" * 40),
        {"ratio": f"Gen-4.5 does not make {'9' * 20}. Choose one of: 16:9, 9:16."},
    ),
    (
        "duration in a row",
        make_spec(duration_s=11),
        {"duration_s": "Gen-4.5 does not make 11 s. Choose 2 to 10 seconds."},
    ),
    (
        "duration of steps",
        _veo(duration_s=5),
        {"duration_s": "Veo 3.1 does not make 5 s. Choose 4, 6, 8 seconds."},
    ),
    (
        "last without first",
        _veo(last_frame=WIDE),
        {"last_frame": "A last frame needs a first frame before it. Add one, or remove the last frame."},
    ),
    (
        "last where none is taken",
        make_spec(first_frame=WIDE, last_frame=WIDE),
        {"last_frame": "Gen-4.5 takes no last frame. Remove it, or choose a Veo model."},
    ),
    (
        "retired",
        make_spec(model="gen3a_turbo", takes=9),
        {
            "model": "Runway switched Gen-3 Alpha Turbo off on 30 July 2026. "
            "Use Gen-4 Turbo, which costs the same, or Gen-4.5 for better motion. Nothing was charged."
        },
    ),
    (
        "unknown",
        make_spec(model="s" * 80),
        {
            "model": f"There is no model called “{'s' * 60}”. "
            "Choose one of: Gen-4.5, Gen-4 Turbo, Veo 3.1, Veo 3.1 Fast."
        },
    ),
    ("image model without one", make_spec(model="gen4_turbo"), {"first_frame": NO_IMAGE}),
    ("too wide", make_spec(first_frame=PANORAMA), {"first_frame": _misfit(PANORAMA, "2.00", "Gen-4.5", "0.5 to 2")}),
    ("too tall", make_spec(first_frame=TOWER), {"first_frame": _misfit(TOWER, "0.50", "Gen-4.5", "0.5 to 2")}),
    ("cinema fits turbo", _turbo(first_frame=CINEMA), {}),
    (
        "last too wide",
        _veo(first_frame=WIDE, last_frame=CINEMA),
        {"last_frame": _misfit(CINEMA, "2.36", "Veo 3.1", "0.5 to 2")},
    ),
    (
        "sound without a choice",
        make_spec(sound=False),
        {"sound": "Gen-4.5 has no choice of sound. Leave it out."},
    ),
    (
        "seed below",
        make_spec(seed=-1),
        {"seed": "A seed is a whole number from 0 to 4,294,967,295. Leave it empty for a random one."},
    ),
    (
        "seed above",
        make_spec(seed=MAX_SEED + 1),
        {"seed": "A seed is a whole number from 0 to 4,294,967,295. Leave it empty for a random one."},
    ),
    ("highest seed", make_spec(seed=MAX_SEED), {}),
    ("no take", make_spec(takes=0), {"takes": "Choose 1 to 4 takes."}),
    ("four takes", make_spec(takes=4), {}),
    ("five takes", make_spec(takes=5), {"takes": "Choose 1 to 4 takes."}),
]


@pytest.mark.parametrize(("spec", "found"), [pytest.param(spec, found, id=name) for name, spec, found in PROBLEMS])
def test_problems(spec: Spec, found: dict[str, str]) -> None:
    assert problems(spec) == found


def test_all_problems_are_told_at_once() -> None:
    spec = make_spec(prompt="", ratio="1:1", duration_s=99, sound=True, seed=-1, takes=0)

    assert set(problems(spec)) == {"prompt", "ratio", "duration_s", "sound", "seed", "takes"}


def test_seed_where_none_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    seedless = replace(MODELS["gen4.5"], takes_seed=False)
    monkeypatch.setattr("studio.generations.spec.find_model", lambda name: seedless)

    assert problems(make_spec(seed=7)) == {"seed": "Gen-4.5 takes no seed. Leave it empty."}
    spec, notes = adjusted(make_spec(seed=7))
    assert (spec.seed, notes) == (None, ["The seed was removed: Gen-4.5 takes none."])


def test_images_where_none_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    text_only = replace(MODELS["gen4.5"], ways=MODELS["gen4.5"].ways[:1])
    monkeypatch.setattr("studio.generations.spec.find_model", lambda name: text_only)

    assert problems(make_spec(first_frame=WIDE)) == {
        "first_frame": "Gen-4.5 does not take images: remove the frames, or choose another model."
    }


def test_what_is_added_decides_the_way() -> None:
    assert input_kind(make_spec()) is WayKind.TEXT
    assert input_kind(make_spec(first_frame=WIDE)) is WayKind.IMAGE
    assert input_kind(make_spec(last_frame=WIDE)) is WayKind.IMAGE
    assert way_of(make_spec(model="veo3")) is None
    assert way_of(make_spec(model="sora")) is None
    assert way_of(make_spec(model="gen4_turbo")) is None


def test_default_spec_needs_a_prompt_alone() -> None:
    assert problems(default_spec()) == {"prompt": EMPTY}


ADJUSTED: list[tuple[str, Spec, dict[str, Any], list[str]]] = [
    ("nothing", make_spec(), {}, []),
    (
        "duration up",
        make_spec(duration_s=1),
        {"duration_s": 2},
        ["Duration is 2 s now: Gen-4.5 does not make 1 s."],
    ),
    (
        "duration down",
        make_spec(duration_s=30),
        {"duration_s": 10},
        ["Duration is 10 s now: Gen-4.5 does not make 30 s."],
    ),
    (
        "between two: the cheaper",
        _veo(duration_s=5),
        {"duration_s": 4},
        ["Duration is 4 s now: Veo 3.1 does not make 5 s."],
    ),
    (
        "ratio of another model",
        make_spec(ratio="1104:832"),
        {"ratio": "1280:720"},
        ["Aspect ratio is 16:9 now: Gen-4.5 does not make 4:3 this way."],
    ),
    (
        "upright stays upright",
        make_spec(ratio="1080:1920"),
        {"ratio": "720:1280"},
        ["Aspect ratio is 9:16 now: Gen-4.5 does not make 9:16 1080p this way."],
    ),
    (
        "no ratio at all",
        make_spec(ratio="wide"),
        {"ratio": "1280:720"},
        ["Aspect ratio is 16:9 now: Gen-4.5 does not make wide this way."],
    ),
    ("sound away in silence", make_spec(sound=True), {"sound": None}, []),
    ("sound by default", _veo(sound=None), {"sound": True}, []),
    ("silence is kept", _veo(sound=False), {}, []),
    (
        "retired",
        make_spec(model="veo3", duration_s=8),
        {"model": "veo3.1", "sound": True},
        [
            "Runway took Veo 3 off its list in the first week of August 2026. Use Veo 3.1 with sound and 8 seconds, "
            "at the same price. Nothing was charged. Veo 3.1 was chosen."
        ],
    ),
    (
        "unknown",
        make_spec(model="sora"),
        {"model": "gen4.5"},
        [
            "There is no model called “sora”. Choose one of: Gen-4.5, Gen-4 Turbo, Veo 3.1, Veo 3.1 Fast. "
            "Gen-4.5 was chosen."
        ],
    ),
    (
        "several",
        make_spec(model="veo3.1_fast", ratio="960:960", duration_s=2),
        {"ratio": "1280:720", "duration_s": 4, "sound": True},
        [
            "Aspect ratio is 16:9 now: Veo 3.1 Fast does not make 1:1 this way.",
            "Duration is 4 s now: Veo 3.1 Fast does not make 2 s.",
        ],
    ),
]


@pytest.mark.parametrize(
    ("spec", "changes", "notes"),
    [pytest.param(spec, changes, notes, id=name) for name, spec, changes, notes in ADJUSTED],
)
def test_adjusted(spec: Spec, changes: dict[str, Any], notes: list[str]) -> None:
    assert adjusted(spec) == (replace(spec, **changes), notes)


def test_adjusting_again_changes_nothing() -> None:
    once, _ = adjusted(make_spec(model="veo3", ratio="960:960", duration_s=2, sound=None))

    assert adjusted(once) == (once, [])


@pytest.mark.parametrize(
    ("ratio", "nearest"),
    [
        ("1920:1080", "1280:720"),
        ("1000:999", "960:960"),
        ("4:3", "1104:832"),
        ("3:4", "832:1104"),
        ("21:9", "1584:672"),
        ("1280:0", "1280:720"),
        ("", "1280:720"),
        ("16:9:1", "1280:720"),
        ("9" * 400 + ":1", "1280:720"),
    ],
)
def test_nearest_ratio(ratio: str, nearest: str) -> None:
    way = MODELS["gen4.5"].way(WayKind.IMAGE)
    assert way is not None

    assert nearest_ratio(ratio, way) == nearest


ratios = st.one_of(
    st.sampled_from(sorted({ratio for model in active_models() for way in model.ways for ratio in way.ratios})),
    st.from_regex(r"[0-9]{1,5}:[0-9]{1,5}", fullmatch=True),
    st.text(max_size=20),
)
frames = st.sampled_from([None, WIDE, TOWER, CINEMA])
specs = st.builds(
    make_spec,
    model=st.one_of(st.sampled_from(sorted(MODELS)), st.text(max_size=20)),
    prompt=st.text(max_size=20),
    ratio=ratios,
    duration_s=st.integers(min_value=-5, max_value=4_000),
    sound=st.sampled_from([None, True, False]),
    seed=st.one_of(st.none(), st.integers(min_value=0, max_value=MAX_SEED)),
    takes=st.integers(min_value=-1, max_value=6),
    first_frame=frames,
    last_frame=frames,
)


@settings(max_examples=150, deadline=None)
@given(specs)
def test_adjusted_settings_are_legal(spec: Spec) -> None:
    after, notes = adjusted(spec)

    assert not set(problems(after)) & {"model", "ratio", "duration_s", "sound", "seed"}
    assert (after.prompt, after.takes) == (spec.prompt, spec.takes)
    assert (after.first_frame, after.last_frame) == (spec.first_frame, spec.last_frame)
    assert all(note.endswith(".") for note in notes)
