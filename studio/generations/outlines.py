"""The shape that a take has on a page from the first moment: of its ratio, else of what it is made from."""

from studio.credits.pricing import SHOTS
from studio.enums import InputRole, State, WayKind
from studio.media.cropping import read_crop
from studio.models import Generation, GenerationReference
from studio.providers import base
from studio.providers.catalog import find_model, follows_input, ratio_label
from studio.providers.catalog.ratios import shape_of

USUAL = (16, 9)
OUTPAINTED = "targetAspectRatio"
LEADING = (
    InputRole.SOURCE,
    InputRole.FIRST,
    InputRole.CHARACTER,
    InputRole.PERFORMANCE,
    InputRole.REFERENCE_IMAGE,
    InputRole.REFERENCE_VIDEO,
)
"""Whose shape a clip takes, the first that is there."""


def sides_of(ratio: str) -> tuple[int, int] | None:
    """Width and height of a provider's ratio, in pixels or parts; None for a text that is none."""
    parts = ratio.split(":")
    if len(parts) == 2 and all(part.isdecimal() and int(part) for part in parts):
        return int(parts[0]), int(parts[1])
    return None


def outline_of(generation: Generation) -> tuple[int, int]:
    """Width and height of the take's place on a page. Reads its files where nothing else tells the shape."""
    asked = generation.extras.get(OUTPAINTED) if isinstance(generation.extras, dict) else ""
    return sides_of(str(asked or "")) or sides_of(generation.ratio) or _of_clip(generation) or _of_files(generation)


def _of_clip(generation: Generation) -> tuple[int, int] | None:
    if generation.state != State.READY:
        return None
    clip = generation.clip
    return (clip.width, clip.height) if clip.width and clip.height else None


def _of_files(generation: Generation) -> tuple[int, int]:
    used = {file.role: file for file in reversed(generation.inputs.all())}
    sizes = (_size(used[role]) for role in LEADING if role in used)
    return next((size for size in sizes if all(size)), USUAL)


def _size(used: GenerationReference) -> tuple[int, int]:
    """Of the part that is used."""
    media = used.reference or used.clip
    if media is None:
        return 0, 0
    crop = read_crop(used.crop)
    return crop.size(media.width, media.height) if crop and media.width else (media.width, media.height)


def shape_label(generation: Generation) -> str:
    """The ratio in words: as it was asked for; once the clip is there, as it came out; "" where nobody knows yet."""
    is_open = not generation.ratio or follows_input(generation.ratio)
    size = _of_clip(generation) if is_open else None
    return shape_of(*size) if size else ratio_label(generation.ratio)


def length_label(generation: Generation) -> str:
    """The seconds in words: `5 s`, `up to 15 s` where the model decides, "" for a still."""
    if generation.way == WayKind.STILL or not generation.duration_s:
        return ""
    return f"{'up to ' if _is_open_ended(generation) else ''}{generation.duration_s} s"


def _is_open_ended(generation: Generation) -> bool:
    """Whether the length is the model's choice, and neither the source's nor that of the shots."""
    model = find_model(generation.model)
    way = model.way(base.WayKind(generation.way)) if model and generation.auto_duration else None
    has_shots = isinstance(generation.extras, dict) and bool(generation.extras.get(SHOTS))
    return way is not None and bool(way.durations_s) and not has_shots
