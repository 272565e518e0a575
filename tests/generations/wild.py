"""Requests of every sort, sensible or not, for tests of what must hold for all of them. Nothing is stored."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from studio.generations.request import Spec, SpecInput
from studio.media.cropping import Crop
from studio.models import Clip, Reference
from studio.providers.base import InputRole
from studio.providers.catalog import MODELS, ExtraKind

IMAGE = {"kind": "image", "content_type": "image/png", "size_bytes": 1000}
VIDEO = {"kind": "video", "content_type": "video/mp4", "size_bytes": 1000, "fps": Decimal(24)}
AUDIO = {"kind": "audio", "content_type": "audio/wav", "size_bytes": 1000}
RATIOS = sorted({ratio for model in MODELS.values() for way in model.ways for ratio in way.ratios})
RESOLUTIONS = sorted({name for model in MODELS.values() for way in model.ways for name in way.resolutions})
EXTRAS = {extra.field: extra for model in MODELS.values() for way in model.ways for extra in way.extras}

_sides = st.integers(1, 5000)
_images = st.builds(lambda width, height: Reference(width=width, height=height, **IMAGE), _sides, _sides)
_films: st.SearchStrategy[Reference] = st.builds(
    lambda width, height, ms: Reference(width=width, height=height, duration_ms=ms, **VIDEO),
    _sides,
    _sides,
    st.integers(1, 400_000),
)
_sounds = st.builds(lambda ms: Reference(duration_ms=ms, **AUDIO), st.integers(1, 400_000))
_clips = st.builds(lambda ms: Clip(width=1280, height=720, duration_ms=ms, **VIDEO), st.integers(1, 60_000))
_moments = st.none() | st.decimals(0, 9999, places=3)
_crops = st.none() | st.just(Crop(left=0.1, top=0, width=0.5, height=1))


@st.composite
def inputs(draw: st.DrawFn) -> SpecInput:
    """Some file in some place, whether it belongs there or not."""
    media = draw(_images | _films | _sounds | _clips)
    place: dict[str, Any] = {"clip": media} if isinstance(media, Clip) else {"reference": media}
    return SpecInput(
        role=draw(st.sampled_from(InputRole)),
        tag=draw(st.sampled_from(["", "boat", "a", "@!"])),
        at_s=draw(_moments),
        crop=draw(_crops),
        **place,
    )


_shots = st.lists(
    st.fixed_dictionaries({"prompt": st.text("ab: ", min_size=1), "duration": st.integers(-3, 20)}), max_size=17
)
_VALUES: dict[ExtraKind, st.SearchStrategy[object]] = {
    ExtraKind.SWITCH: st.booleans(),
    ExtraKind.WHOLE: st.integers(-5, 200),
    ExtraKind.NUMBER: st.floats(),
    ExtraKind.TEXT: st.text(max_size=20),
    ExtraKind.SHOTS: _shots,
}


@st.composite
def extras(draw: st.DrawFn) -> dict[str, object]:
    """Any extras of any model, with values of their kind."""
    chosen = draw(st.lists(st.sampled_from(sorted(EXTRAS)), max_size=4, unique=True))
    return {name: draw(_value(name)) for name in chosen}


def _value(name: str) -> st.SearchStrategy[object]:
    extra = EXTRAS[name]
    words: st.SearchStrategy[object] = st.sampled_from([*extra.choices, "no such word"])
    return words if extra.kind is ExtraKind.CHOICE else _VALUES[extra.kind]


specs: st.SearchStrategy[Spec] = st.builds(
    Spec,
    model=st.sampled_from([*MODELS, "sora"]),
    prompt=st.sampled_from(["", " ", "A paper boat", "x" * 3000]),
    ratio=st.sampled_from([*RATIOS, "", "wide", "0:0"]),
    resolution=st.sampled_from([*RESOLUTIONS, "", "9k"]),
    duration_s=st.none() | st.integers(0, 70),
    sound=st.none() | st.booleans(),
    seed=st.none() | st.integers(-1, 2**33),
    takes=st.integers(0, 6),
    inputs=st.lists(inputs(), max_size=5).map(tuple),
    extras=extras(),
)
