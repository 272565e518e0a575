"""The fields that only some models have: read from the form, and shown in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.http import QueryDict

from studio.generations.extras import extra_field
from studio.generations.request import Spec
from studio.generations.ways import live_extras
from studio.providers.catalog import Extra, ExtraKind, Model, Way

SHOTS_SENTENCE = "Write a shot a line: its seconds, a colon, and what happens, such as “4: A boat leaves”."
MOST_DIGITS = 9
ON, OFF = "on", "off"
AS_SET: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Knob:
    """An extra as the composer shows it. `choices` are (value, label, whether chosen); `text` is what is typed."""

    field: str
    label: str
    kind: ExtraKind
    choices: tuple[tuple[str, str, bool], ...]
    text: str
    is_on: bool
    hint: str
    problem: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class ReadExtras:
    """What the form says of extras: extra → value for those that are set to something else than the default.

    Of what cannot be read: field → sentence, and field → the text as it was typed.
    """

    values: dict[str, object]
    problems: dict[str, str]
    texts: dict[str, str]


def read_extras(data: QueryDict, model: Model | None) -> ReadExtras:
    """The extras of whichever way of the model, from the form."""
    found = ReadExtras({}, {}, {})
    for extra in _extras_of(model):
        field = extra_field(extra.field)
        texts = data.getlist(field)
        if not texts:
            continue
        try:
            value = _READERS[extra.kind](texts[-1])
        except ValueError:
            found.problems[field] = _unreadable(extra)
            found.texts[field] = texts[-1].replace("\r\n", "\n")
            continue
        if value != "" and not _is_default(extra, value):
            found.values[extra.field] = value
    return found


def as_extra_fields(extras: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The extras as (name, value) of the form."""
    for name, value in extras.items():
        yield extra_field(name), text_of(value)


def knobs(spec: Spec, way: Way, *, problems: Mapping[str, str], texts: Mapping[str, str] = AS_SET) -> list[Knob]:
    """The extras of a way as they stand; `texts` are those that could not be read, by field."""
    return [
        _knob(extra, texts.get(extra_field(extra.field)) or text_of(spec.extras.get(extra.field)), problems)
        for extra in live_extras(spec, way)
    ]


def text_of(value: object) -> str:
    """A value as it stands in the form."""
    if isinstance(value, bool):
        return ON if value else OFF
    if isinstance(value, list | tuple):
        return "\n".join(f"{shot['duration']}: {shot['prompt']}" for shot in value)
    return "" if value is None else str(value)


def choice_label(word: str) -> str:
    """A provider's word for people: `sdr_rec709_10bit` as `SDR Rec709 10bit`."""
    return KNOWN_WORDS.get(word) or word.replace("_", " ").capitalize()


def _extras_of(model: Model | None) -> Iterable[Extra]:
    found: dict[str, Extra] = {}
    for way in model.ways if model else ():
        for extra in way.extras:
            found.setdefault(extra.field, extra)
    return found.values()


def _knob(extra: Extra, text: str, problems: Mapping[str, str]) -> Knob:
    field = extra_field(extra.field)
    return Knob(
        field=field,
        label=extra.label,
        kind=extra.kind,
        choices=_choices(extra, text),
        text=text,
        is_on=text == ON if text else extra.default == "true",
        hint=_hint(extra),
        problem=problems.get(field, ""),
        is_required=extra.is_required,
    )


def _choices(extra: Extra, text: str) -> tuple[tuple[str, str, bool], ...]:
    if not extra.choices:
        return ()
    chosen = text or extra.default
    offered = tuple((word, choice_label(word), word == chosen) for word in extra.choices)
    is_open = not extra.default and not extra.is_required
    return (("", "Not said", not chosen), *offered) if is_open else offered


def _hint(extra: Extra) -> str:
    if extra.kind in {ExtraKind.WHOLE, ExtraKind.NUMBER}:
        return f"{extra.least:g} to {extra.most:g}"
    if extra.kind is ExtraKind.SHOTS:
        return "One a line, as 4: A boat leaves"
    return ""


def _is_default(extra: Extra, value: object) -> bool:
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return said == extra.default and not extra.is_required


def _unreadable(extra: Extra) -> str:
    if extra.kind is ExtraKind.SHOTS:
        return SHOTS_SENTENCE
    return f"Write a number from {extra.least:g} to {extra.most:g}, or leave it empty."


def _read_shots(text: str) -> Any:
    shots = []
    for line in filter(None, map(str.strip, text.splitlines())):
        seconds, colon, prompt = line.partition(":")
        if not colon or not prompt.strip():
            raise ValueError(line)
        shots.append({"prompt": prompt.strip(), "duration": int(_digits(seconds.strip().removesuffix("s")))})
    return shots or ""


def _digits(text: str) -> str:
    """A number that is far too long is none: sums of such have no text."""
    if len(text) > MOST_DIGITS:
        raise ValueError(text[:MOST_DIGITS])
    return text


def _read_whole(text: str) -> Any:
    return int(text) if text.strip() else ""


def _read_number(text: str) -> Any:
    return float(text.replace(",", ".")) if text.strip() else ""


def _read_switch(text: str) -> Any:
    return {ON: True, OFF: False}.get(text, "")


def _read_text(text: str) -> Any:
    return text.strip().replace("\r\n", "\n")


_READERS = {
    ExtraKind.CHOICE: _read_text,
    ExtraKind.TEXT: _read_text,
    ExtraKind.SWITCH: _read_switch,
    ExtraKind.WHOLE: _read_whole,
    ExtraKind.NUMBER: _read_number,
    ExtraKind.SHOTS: _read_shots,
}
KNOWN_WORDS = {
    "mp4": "MP4",
    "mov": "MOV",
    "prores": "ProRes",
    "png_sequence": "PNG sequence",
    "sdr_rec709_10bit": "10-bit SDR",
    "hdr10": "HDR10",
    "hlg": "HLG",
    "hdr_pq_12bit_master": "HDR master, 12-bit PQ",
    "hdr_prores": "HDR ProRes",
    "hdr_png_sequence": "HDR PNG sequence",
    "hdr_exr_sequence": "EXR sequence",
    "hdr_exr_acescg_sequence_1_3": "EXR sequence, ACEScg 1.3",
    "hdr_exr_acescg_sequence_2_0": "EXR sequence, ACEScg 2.0",
    "23_98": "23.98",
    "29_97": "29.97",
    "59_94": "59.94",
    "mp3": "MP3",
    "wav": "WAV",
    "flac": "FLAC",
    "png": "PNG",
    "jpeg": "JPEG",
    "webp": "WebP",
    "intelligence": "By the model",
    "customize": "As listed",
}
