"""The fields that only some models have, checked: each problem is a sentence. Pure."""

from collections.abc import Iterator, Mapping
from typing import cast

from studio.generations.request import Spec
from studio.generations.ways import live_extras
from studio.providers.catalog import Extra, ExtraKind, Way, utf16_units

SHOTS_LEAST_S, SHOTS_MOST_S = 3, 15
UNSTORABLE = "This holds a character that cannot be stored. Type it anew."


def extra_field(name: str) -> str:
    """The form's name of an extra."""
    return f"extra_{name}"


def extra_problems(spec: Spec, way: Way, *, label: str) -> Iterator[tuple[str, str]]:
    """(field, sentence) for each extra that the way does not take like this."""
    for extra in live_extras(spec, way):
        value = spec.extras.get(extra.field, "")
        if value == "":
            if extra.is_required:
                yield extra_field(extra.field), f"{label} has to know this. Choose one of: {', '.join(extra.choices)}."
            continue
        sentence = _CHECKS[extra.kind](extra, value)
        if sentence:
            yield extra_field(extra.field), sentence


def _choice(extra: Extra, value: object) -> str:
    if value in extra.choices:
        return ""
    return f"“{str(value)[:40]}” is no choice here. Choose one of: {', '.join(extra.choices)}."


def _switch(extra: Extra, value: object) -> str:
    return "" if isinstance(value, bool) else f"{extra.label} is on or off. Choose one of both."


def _whole(extra: Extra, value: object) -> str:
    if extra.choices and str(value) not in extra.choices:
        return f"Choose one of: {', '.join(extra.choices)}."
    if isinstance(value, int) and not isinstance(value, bool) and extra.least <= value <= extra.most:
        return ""
    return f"Write a whole number from {extra.least:g} to {extra.most:g}, or leave it empty."


def _number(extra: Extra, value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and extra.least <= value <= extra.most:
        return ""
    return f"Write a number from {extra.least:g} to {extra.most:g}, or leave it empty."


def _text(extra: Extra, value: object) -> str:
    if "\0" in str(value):
        return UNSTORABLE
    units = utf16_units(str(value))
    if units <= extra.most:
        return ""
    return f"This has {units:,} characters and {extra.most:,.0f} are the most. Shorten it by {units - extra.most:,.0f}."


def _shots(extra: Extra, value: object) -> str:
    shots = cast("list[Mapping[str, object]]", value)
    if len(shots) > extra.most:
        return f"These are {len(shots)} shots and {extra.most:g} are the most. Remove {len(shots) - int(extra.most)}."
    if any("\0" in str(shot["prompt"]) for shot in shots):
        return UNSTORABLE
    if any(int(str(shot["duration"])) < 1 for shot in shots):
        return "Each shot lasts a second or more. Write its seconds before the colon."
    total_s = sum(int(str(shot["duration"])) for shot in shots)
    if not SHOTS_LEAST_S <= total_s <= SHOTS_MOST_S:
        return f"The shots are {total_s} s long together. Make it {SHOTS_LEAST_S} to {SHOTS_MOST_S} s."
    return ""


_CHECKS = {
    ExtraKind.CHOICE: _choice,
    ExtraKind.SWITCH: _switch,
    ExtraKind.WHOLE: _whole,
    ExtraKind.NUMBER: _number,
    ExtraKind.TEXT: _text,
    ExtraKind.SHOTS: _shots,
}
