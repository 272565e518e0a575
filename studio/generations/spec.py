"""What a person asks for, checked against the catalog: each problem is a sentence that says what to do. Pure."""

import math
import re
import unicodedata
from collections.abc import Iterator

from studio.credits.pricing import Use
from studio.enums import InputRole as Role
from studio.generations.crops import with_crops
from studio.generations.extras import extra_problems
from studio.generations.preflight import problems_of
from studio.generations.request import Spec, SpecInput, field_of
from studio.generations.ways import (
    WORKED_ON,
    as_taken,
    durations_for,
    effects_of,
    fitting_way,
    missing_roles,
    only_length,
    ratios_for,
    resolutions_for,
    roles_of,
    shots_of,
    shown_way,
    source_length_s,
)
from studio.models.generation import MAX_TAKES
from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import (
    MAX_SEED,
    Model,
    Way,
    active_models,
    default_model,
    find_model,
    follows_input,
    ratio_label,
    utf16_units,
)

MS = 1000
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,15}", re.ASCII)
MOST_NAMES = 3
"""Models that a sentence names; the picker shows the others."""


def default_spec() -> Spec:
    """What the composer shows to somebody who comes for the first time."""
    model = default_model()
    return fresh_spec(model, model.ways[0])


def fresh_spec(model: Model, way: Way) -> Spec:
    """The request that a way makes when nothing is said."""
    return Spec(
        model=model.name,
        prompt="",
        ratio=way.default_ratio,
        resolution=way.default_resolution,
        duration_s=way.default_duration_s or None,
        sound=way.default_sound if way.has_sound_switch else None,
        seed=None,
        takes=1,
    )


def cropped(spec: Spec) -> Spec:
    """With the crop of each image that does not fit by itself."""
    model = find_model(spec.model)
    return with_crops(spec, shown_way(spec, model)) if model and model.ways else spec


def as_sent(spec: Spec) -> Spec:
    """As it is launched: with its crops, and without what its way has no place for."""
    model = find_model(spec.model)
    return cropped(as_taken(spec, shown_way(spec, model))) if model and model.ways else spec


def problems(spec: Spec) -> dict[str, str]:
    """Field of the form → sentence. Empty: the provider's own rules, as we know them, are met."""
    model = find_model(spec.model)
    if model is None or model.is_retired:
        return {"model": model_sentence(spec.model, model)}
    found: dict[str, str] = {}
    for field, sentence in _way_problems(spec, model, shown_way(spec, model)):
        found.setdefault(field, sentence)
    return found


def model_sentence(name: str, model: Model | None) -> str:
    """Why there is no such model, or not any more."""
    if model is not None:
        return model.retired_sentence
    labels = ", ".join(active.label for active in active_models()[:MOST_NAMES])
    return f"There is no model called “{name[:60]}”. Choose another one, such as {labels}."


def _way_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    yield from _prompt_problems(spec, model, way)
    yield from _input_problems(spec, model, way)
    yield from _choice_problems(spec, model, way)
    yield from extra_problems(spec, way, label=model.label)
    yield from _number_problems(spec, model, way)


def _prompt_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    if not way.prompt_max_units:
        return
    units = utf16_units(spec.prompt)
    is_needed = way.prompt_required or any(effect.needs_prompt for effect in effects_of(spec, way))
    if not _has_something_to_see(spec.prompt) and (is_needed or spec.prompt):
        yield "prompt", "The prompt is empty. Say what happens in the shot."
    if not _can_be_stored(spec.prompt):
        yield "prompt", "The prompt holds a character that cannot be stored. Type it anew."
    if 0 < units < way.prompt_min_units:
        yield "prompt", f"The prompt is too short: {model.label} takes {way.prompt_min_units} characters or more."
    if units > way.prompt_max_units:
        over = units - way.prompt_max_units
        yield (
            "prompt",
            f"The prompt has {units:,} characters and {model.label} takes {way.prompt_max_units:,}. "
            f"Shorten it by {over:,}; an emoji counts as two.",
        )


def _has_something_to_see(text: str) -> bool:
    """Whether any letter is more than a space, a line end or an invisible mark, such as a zero-width space."""
    return any(unicodedata.category(letter)[0] not in "CZ" for letter in text)


def _can_be_stored(text: str) -> bool:
    """Half a character comes from a shell in another encoding; PostgreSQL refuses NUL."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _input_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    roles = roles_of(spec.inputs)
    if spec.last_frame and not spec.first_frame and way.input_rule(InputRole.LAST):
        yield "last_frame", "A last frame needs a first frame before it. Add one, or remove the last frame."
    elif fitting_way(model, roles) is None:
        for role in missing_roles(way, roles):
            yield field_of(role), _missing_sentence(role, model)
    yield from problems_of(with_crops(spec, way), model, way).items()
    for role in roles:
        yield from _tag_problems(spec.inputs_of(role))
    if roles[InputRole.KEYFRAME]:
        yield from _keyframe_problems(spec)


def _missing_sentence(role: InputRole, model: Model) -> str:
    if role is InputRole.FIRST:
        others = [other.label for other in active_models() if other.way(WayKind.TEXT)][:MOST_NAMES]
        return f"{model.label} makes a clip from an image: add a first frame, or choose {' or '.join(others)}."
    return MISSING.get(role, MISSING_ANY).format(model=model.label, name=Role(role.value).label.lower())


MISSING = {
    InputRole.SOURCE: "{model} works on a finished clip. Add a source video, or choose it in a clip's menu.",
    InputRole.CHARACTER: "{model} needs a character: add an image or a video of a face that stays in the picture.",
    InputRole.PERFORMANCE: "{model} needs a performance: add a video of 3 to 30 s whose acting the character takes on.",
    InputRole.REFERENCE_IMAGE: "{model} makes a picture from others. Add a reference image.",
}

MISSING_ANY = "{model} needs a {name}. Add one."


def _tag_problems(inputs: tuple[SpecInput, ...]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for used in inputs:
        if not used.tag:
            continue
        if not TAG.fullmatch(used.tag):
            yield (
                field_of(used.role),
                f"“{used.tag[:20]}” cannot be a name. Take 3 to 16 letters, digits or underscores; a letter first.",
            )
        if used.tag.lower() in seen:
            yield field_of(used.role), f"Two images are called “{used.tag}”. Give each a name of its own."
        seen.add(used.tag.lower())


def _keyframe_problems(spec: Spec) -> Iterator[tuple[str, str]]:
    keyframes, length_s = spec.inputs_of(InputRole.KEYFRAME), source_length_s(spec)
    moments = [used.at_s for used in keyframes if used.at_s is not None]
    if len(moments) < len(keyframes):
        yield "keyframe", "Each keyframe needs its moment: say at which second of the source it stands."
    if length_s and any(not 0 <= moment <= length_s for moment in moments):
        yield "keyframe", f"The source is {length_s:.1f} s long. Put each keyframe at 0 to {length_s:.1f} s."
    if len(set(moments)) < len(moments):
        yield "keyframe", "Two keyframes stand at the same moment. Move one of them."


def _choice_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    ratios, resolutions, lengths = ratios_for(spec, way), resolutions_for(spec, way), durations_for(spec, way)
    if ratios and spec.ratio in way.ratios and follows_input(spec.ratio) and spec.ratio not in ratios:
        yield "ratio", f"{ratio_label(spec.ratio)}: there is no input yet. Add an image or a video, or choose a shape."
    elif ratios and spec.ratio not in ratios and (spec.ratio or way.ratio_required):
        yield "ratio", f"{model.label} does not make {spec.ratio[:20]}. {_one_of(map(ratio_label, ratios))}"
    if resolutions and spec.resolution not in resolutions:
        yield "resolution", f"{model.label} does not make {spec.resolution[:12]}. {_one_of(resolutions)}"
    is_auto = spec.duration_s is None and way.takes_auto
    if lengths and spec.duration_s not in lengths and not is_auto and not only_length(spec, way):
        asked = "a length of its own choice" if spec.duration_s is None else f"{spec.duration_s} s"
        yield "duration_s", f"{model.label} does not make {asked}. {durations_sentence(lengths)}"
    if spec.sound is not None and not way.has_sound_switch:
        yield "sound", f"{model.label} has no choice of sound. Leave it out."


def _one_of(names: object) -> str:
    listed = list(dict.fromkeys(names))  # type: ignore[call-overload]
    return f"Choose one of: {', '.join(listed)}."


def durations_sentence(lengths: tuple[int, ...]) -> str:
    """Which lengths may be chosen."""
    first, last = lengths[0], lengths[-1]
    if len(lengths) == last - first + 1 and len(lengths) > 1:
        return f"Choose {first} to {last} seconds."
    return f"Choose {', '.join(str(seconds) for seconds in lengths)} seconds."


def _number_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    if spec.seed is not None and not way.takes_seed:
        yield "seed", f"{model.label} takes no seed. Leave it empty."
    if spec.seed is not None and not 0 <= spec.seed <= MAX_SEED:
        yield "seed", f"A seed is a whole number from 0 to {MAX_SEED:,}. Leave it empty for a random one."
    if not 1 <= spec.takes <= MAX_TAKES:
        yield "takes", f"Choose 1 to {MAX_TAKES} takes."


# Lengths and prices


def expected_s(spec: Spec, way: Way) -> int:
    """The whole seconds that a clip will have: as asked for, as the source has, or the longest; 0 for a still."""
    if way.kind is WayKind.STILL:
        return 0
    lengths = durations_for(spec, way)
    if spec.duration_s and lengths:
        return spec.duration_s
    if shots := shots_of(spec):
        return sum(int(str(shot["duration"])) for shot in shots)
    length_s = source_length_s(spec)
    if length_s and not way.durations_s:
        return max(1, math.ceil(length_s))
    return max(way.durations_s, default=1)


def use_of(spec: Spec) -> Use:
    """What one take of it asks for, as far as its price goes."""
    model = find_model(spec.model)
    way = shown_way(spec, model) if model and model.ways else None
    used = next((spec.input(role) for role in WORKED_ON if spec.input(role)), None)
    source = used.media if used and used.kind is MediaKind.VIDEO else None
    films = [film.media.duration_ms / MS for film in spec.inputs_of(InputRole.REFERENCE_VIDEO)]
    return Use(
        way=way.kind if way else WayKind.TEXT,
        ratio=spec.ratio,
        resolution=spec.resolution,
        duration_s=spec.duration_s,
        sound=spec.sound,
        images=sum(1 for image in spec.inputs if image.kind is MediaKind.IMAGE),
        audios=len(spec.inputs_of(InputRole.REFERENCE_AUDIO)),
        input_s=sum(films),
        source_s=source.duration_ms / MS if source else None,
        source_fps=float(source.fps) if source else None,
        source_pixels=source.width * source.height if source else None,
        extras=spec.extras,
    )
