"""What a card is: one model, the endpoints that take it, and what each of them asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from studio.simulator import schema
from studio.simulator.issues import Issue

TEXT = "text_to_video"
IMAGE = "image_to_video"
VIDEO = "video_to_video"
PERFORMANCE = "character_performance"
UPSCALE = "video_upscale"
HDR = "video_to_hdr"
AUDIO = "video_to_audio"
STILL = "text_to_image"
ENDPOINTS = (TEXT, IMAGE, VIDEO, PERFORMANCE, UPSCALE, HDR, AUDIO, STILL)

Rule = Callable[[dict[str, Any]], list[Issue]]
"""A check of fields against each other; it runs when each field alone is well."""


class Role(StrEnum):
    """What a file of the body is there for."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"
    REFERENCE = "reference"
    REFERENCE_VIDEO = "reference_video"
    REFERENCE_AUDIO = "reference_audio"
    SOURCE = "source"
    CHARACTER = "character"
    PERFORMANCE = "performance"
    KEYFRAME = "keyframe"


class Sound(StrEnum):
    """Whether a clip has sound."""

    NEVER = "never"
    ASKED = "asked"
    """By `audio`, which is true unless the body says otherwise."""
    ALWAYS = "always"
    SOURCE = "source"
    """As the source has it."""
    ORIGINAL = "original"
    """As the source has it, unless `providerSettings.keepOriginalSound` is false."""


class Way(StrEnum):
    """How the output is made."""

    SCENE = "scene"
    EDIT = "edit"
    GUIDED = "guided"
    EXTEND = "extend"
    PERFORM = "perform"
    UPSCALE = "upscale"
    FRAME_RATE = "frame_rate"
    HDR = "hdr"
    SOUND = "sound"
    STILL = "still"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What files of one role must be like; None where there is no limit. `total_s` is for all of the role together."""

    aspect: tuple[float, float] | None = None
    side_min_px: int = 0
    duration_min_s: float | None = None
    duration_max_s: float | None = None
    fps_max: float | None = None
    total_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One model at one endpoint."""

    shape: schema.Shape
    rules: tuple[Rule, ...] = ()
    limits: Mapping[Role, Limits] = field(default_factory=dict)
    sound: Sound = Sound.NEVER
    way: Way = Way.SCENE
    duration_s: int = 5
    """The length of a clip whose body names none."""
    longest_s: int = 10
    ratio: str = "1280:720"
    """The size of an output whose body names none; empty follows the input."""
    resolution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One model."""

    name: str
    variants: Mapping[str, Variant]
