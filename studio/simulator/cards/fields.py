"""The fields that bodies are made of: prompts, lengths, sizes, and the addresses of files."""

import re
from collections.abc import Mapping
from typing import Any

from studio.simulator import issues, schema
from studio.simulator.cards.ratios import EXPAND
from studio.simulator.issues import Issue, Path
from studio.simulator.schema import Check, Shape

PROMPT_MAX = 1000
SEED_MAX = 4_294_967_295
URI_MIN = 13
HTTPS_MAX, RUNWAY_MAX = 2048, 5000
DATA_MAX = {"image": 5_242_880, "video": 16_777_216, "audio": 16_777_216}
KEYFRAMES_MAX = 5
KEYFRAME_MAX_S = 30
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,15}", re.ASCII)

PRORES = ("422", "4444", "422 Proxy", "422 LT", "422 HQ", "4444 XQ")
MODERATION = Shape({"publicFigureThreshold": schema.choice(("auto", "low"))}, is_strict=True)
SEED = schema.integer(minimum=0, maximum=SEED_MAX)
PER_CENT = schema.integer(minimum=0, maximum=100)
CFG_SCALE = schema.number(minimum=0, maximum=1)


def prompt(maximum: int = PROMPT_MAX, *, minimum: int = 1) -> Check:
    """A prompt, counted in UTF-16 units."""
    return schema.string(minimum=minimum, maximum=maximum)


def seconds(low: int, high: int) -> Check:
    """Whole seconds."""
    return schema.integer(minimum=low, maximum=high)


def seconds_or_auto(low: int, high: int) -> Check:
    """Whole seconds, or "auto"."""
    whole = seconds(low, high)

    def check(value: Any, path: Path) -> list[Issue]:
        return [] if value == "auto" else whole(value, path)

    return check


def uri(kind: str) -> Check:
    """An https, runway or data address of a file of this kind, within its length."""
    limits = (("https://", HTTPS_MAX), ("runway://", RUNWAY_MAX), (f"data:{kind}/", DATA_MAX[kind]))

    def check(value: Any, path: Path) -> list[Issue]:
        if not isinstance(value, str):
            return [issues.wrong_type("string", got=value, path=path)]
        for prefix, maximum in limits:
            if value.startswith(prefix):
                return schema.string(minimum=URI_MIN, maximum=maximum)(value, path)
        return [issues.custom("Invalid asset. Expected an HTTPS URL, a Runway URI or a data URI.", path=path)]

    return check


def pictures(maximum: int, *, minimum: int = 0, extra: Mapping[str, Check] | None = None) -> Check:
    """A list of `{uri}` of images, with further optional fields if there are any."""
    fields = {"uri": uri("image"), **(extra or {})}
    return schema.array(Shape(fields, required=frozenset({"uri"}), is_strict=True), minimum=minimum, maximum=maximum)


def tagged_pictures(maximum: int, *, minimum: int = 0) -> Check:
    """References that a prompt can call by `@tag`."""
    return pictures(maximum, minimum=minimum, extra={"tag": schema.matching(TAG, maximum=16)})


def one_or_more_pictures(maximum: int) -> Check:
    """An address alone, or a list of `{uri, position?}`."""
    many = pictures(maximum, extra={"position": schema.choice(("first", "last"))})

    def check(value: Any, path: Path) -> list[Issue]:
        return uri("image")(value, path) if isinstance(value, str) else many(value, path)

    return check


def media(kind: str) -> Shape:
    """`{type, uri}` of a film or a sound."""
    fields = {"type": schema.choice((kind,)), "uri": uri(kind)}
    return Shape(fields, required=frozenset(fields), is_strict=True)


def many_media(kind: str, maximum: int) -> Check:
    """A list of films or of sounds."""
    return schema.array(media(kind), maximum=maximum)


def films(maximum: int) -> Check:
    """A list of films by `{uri}`; a `type` is taken too."""
    fields = {"uri": uri("video"), "type": schema.choice(("video",))}
    return schema.array(Shape(fields, required=frozenset({"uri"}), is_strict=True), maximum=maximum)


def character(value: Any, path: Path) -> list[Issue]:
    """The image or the film of a character; its `type` says which."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind in {"image", "video"} or not isinstance(value, dict):
        return media(str(kind) if kind else "image")(value, path)
    wrong = issues.wrong_choice(("image", "video"), path=(*path, "type"))
    return [wrong, {**issues.no_discriminator("type"), "path": [*path, "type"]}]


def prompt_image(*positions: str, references: int = 0) -> Check:
    """The frames of a clip by position; with `references` also that many pictures without any, but never both."""
    place = schema.choice(positions)
    required = {"uri"} if references else {"uri", "position"}
    item = Shape({"uri": uri("image"), "position": place}, required=frozenset(required), is_strict=True)

    def check(value: Any, path: Path) -> list[Issue]:
        if not isinstance(value, list):
            return uri("image")(value, path)
        found = [issue for index, entry in enumerate(value) for issue in item(entry, (*path, index))]
        if not value:
            return [issues.too_short("array", minimum=1, path=path)]
        return found + _places(value, path=path, most=len(positions), references=references)

    return check


def _places(frames: list[Any], *, path: Path, most: int, references: int) -> list[Issue]:
    used = [frame.get("position") for frame in frames if isinstance(frame, dict)]
    is_bare = references > 0 and not any(used)
    limit = references if is_bare else most
    found = [issues.too_long("array", maximum=limit, path=path)] if len(frames) > limit else []
    if is_bare:
        return found
    if references and not all(used):
        words = "Keyframes (with `position`) and references (without) cannot be mixed."
        return [*found, issues.custom(words, path=path)]
    if len(used) != len({str(position) for position in used}):
        words = "Duplicate position values are not allowed. Each position (`first`, `last`) may only be used once."
        found.append(issues.custom(words, path=path))
    if "first" not in used:
        found.append(issues.custom("You must specify a frame in position `first`.", path=path))
    return found


def provider_settings(*, is_edit: bool = False) -> Shape:
    """Kling's own settings: several shots in one clip, and for an edit whether its sound stays."""
    shot = Shape(
        {"prompt": prompt(2500), "duration": seconds(1, 15)}, required=frozenset({"prompt", "duration"}), is_strict=True
    )
    fields: dict[str, Check] = {
        "multiPrompt": schema.array(shot, minimum=1, maximum=15),
        "shotType": schema.choice(("intelligence", "customize")),
    }
    return Shape(fields | ({"keepOriginalSound": schema.boolean} if is_edit else {}), is_strict=True)


_RANGE = Shape(
    {
        "start_seconds": schema.integer(minimum=0, maximum=KEYFRAME_MAX_S),
        "end_seconds": schema.integer(minimum=1, maximum=KEYFRAME_MAX_S),
    },
    required=frozenset({"start_seconds", "end_seconds"}),
    is_strict=True,
)


def _keyframe(value: Any, path: Path) -> list[Issue]:
    """An image at `seconds`, or `at` a share of the film."""
    is_share = isinstance(value, dict) and "at" in value
    when: dict[str, Check] = (
        {"at": schema.number(minimum=0, maximum=1)}
        if is_share
        else {"seconds": schema.number(minimum=0, maximum=KEYFRAME_MAX_S)}
    )
    fields: dict[str, Check] = {"uri": uri("image"), **when, "range": _RANGE}
    return Shape(fields, required=frozenset({"uri", *when}), is_strict=True)(value, path)


KEYFRAMES = schema.array(_keyframe, minimum=1, maximum=KEYFRAMES_MAX)
TARGET_RATIO = schema.choice(EXPAND)
