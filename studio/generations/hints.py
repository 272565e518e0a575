"""Warns where a known cause of refusals or of poor clips is present: it may be sent all the same. Pure.

The causes are those that the provider's documentation and its users name (Runway: task failures, moderation, inputs).
Names of real people are a cause too, and no program can tell them from other names: nothing is said of them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from studio.generations.crops import FRAME_ROLES, ratio_of
from studio.generations.preflight import NOUNS, fps_to_make, size_sent
from studio.generations.request import Spec, SpecInput, field_of
from studio.generations.rules import Rule, rules_of
from studio.providers.base import InputRole, MediaKind
from studio.providers.catalog import Way

SHORT_PROMPT_WORDS = 3
CUT_SHARE = 0.2
LEAST_PIXELS = 100
"""Below this a ratio is a shape (`16:9`), not a size."""
DENSE_SIGNS = 8
TAG = re.compile(r"(?<![\w@])@([A-Za-z][A-Za-z0-9_]*)")
ASKS_FOR_A_PROMPT = re.compile(
    r"\b(?:write|generate|create|make|give|suggest|improve|rewrite)\b[^.!?\n]{0,40}\bprompts?\b", re.IGNORECASE
)
LETTERING = re.compile(
    r"\b(?:logos?|captions?|subtitles?|watermarks?|lettering|typography|title cards?|"
    r"(?:a|the|with|saying|reading)\s+text|text\s+(?:that\s+)?(?:says|reads|saying|reading|overlay)|"
    r"(?:sign|banner|poster|label|screen)s?\s+(?:that\s+)?(?:says?|reads?|saying|reading))\b",
    re.IGNORECASE,
)
WITHOUT = re.compile(r"\b(?:no|without|free\s+of|remove|avoid)\b[^.,;!?\n]{0,30}$", re.IGNORECASE)
MANY_PEOPLE = re.compile(r"\b(?:crowds?|crowded|hundreds|thousands|dozens)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hint:
    """A warning: what may go wrong, and what to do. `field` is the form's, "prompt" or that of a file."""

    field: str
    sentence: str


def hints(spec: Spec, way: Way) -> tuple[Hint, ...]:
    """The warnings of a request whose crops are set."""
    return (*_of_prompt(spec, way), *_of_files(spec, way))


def _of_prompt(spec: Spec, way: Way) -> Iterator[Hint]:
    text = spec.prompt.strip()
    if not text:
        return
    if way.prompt_required and len(text.split()) < SHORT_PROMPT_WORDS and not _is_dense(text):
        yield Hint("prompt", "This prompt is very short, so much is left to chance. Say who, where, light and camera.")
    if ASKS_FOR_A_PROMPT.search(text):
        yield Hint(
            "prompt",
            "This asks for a prompt to be written, and such requests often fail. Describe the shot itself instead.",
        )
    if _asks_for_lettering(text):
        yield Hint(
            "prompt",
            "Text and logos in the picture often come out wrong or make a take fail. Leave them out; add them later.",
        )
    if MANY_PEOPLE.search(text):
        yield Hint("prompt", "Crowded scenes fail more often than others. Fewer people, or a wider shot, is safer.")
    yield from _of_tags(spec, text)


def _is_dense(text: str) -> bool:
    """Writing without spaces between its words says much in a few signs."""
    return sum(unicodedata.category(letter) == "Lo" for letter in text) >= DENSE_SIGNS


def _asks_for_lettering(text: str) -> bool:
    """Not where it is said that there should be none."""
    return any(not WITHOUT.search(text[: found.start()]) for found in LETTERING.finditer(text))


def _of_tags(spec: Spec, text: str) -> Iterator[Hint]:
    known = {used.tag for used in spec.inputs if used.tag}
    if not known and not spec.inputs_of(InputRole.REFERENCE_IMAGE):
        return
    for name in dict.fromkeys(TAG.findall(text)):
        if name not in known:
            there = f"There are: {', '.join(f'@{tag}' for tag in sorted(known))}." if known else "No image has a name."
            yield Hint("prompt", f"The prompt names @{name[:40]}, and no reference image is called so. {there}")


def _of_files(spec: Spec, way: Way) -> Iterator[Hint]:
    rules = {rule.role: rule for rule in rules_of(way)}
    for used in spec.inputs:
        field, rule = field_of(used.role), rules.get(used.role)
        if used.kind is MediaKind.IMAGE:
            yield from (Hint(field, sentence) for sentence in _of_image(used, spec.ratio))
        if rule is not None:
            yield from (Hint(field, sentence) for sentence in _of_conversion(used, rule))


def _of_image(used: SpecInput, ratio: str) -> Iterator[str]:
    if used.crop and 1 - used.crop.width * used.crop.height > CUT_SHARE:
        share = round(100 * (1 - used.crop.width * used.crop.height))
        yield (
            f"{share} % of this image is cut off to fit the clip. "
            "Move the crop to what matters, or choose another ratio."
        )
    output = _output_size(ratio)
    width, height = size_sent(used)
    if used.role in FRAME_ROLES and output and (width < output[0] or height < output[1]):
        yield (
            f"This image is smaller than the clip: {width:,} × {height:,} px for {output[0]:,} × {output[1]:,}. "
            "It may look soft; a larger one is better."
        )


def _output_size(ratio: str) -> tuple[int, int] | None:
    """Pixels of the clip, None where the ratio names a shape alone (`16:9`) or nothing."""
    if ratio_of(ratio) is None:
        return None
    width, _, height = ratio.partition(":")
    size = int(width), int(height)
    return size if min(size) >= LEAST_PIXELS else None


def _of_conversion(used: SpecInput, rule: Rule) -> Iterator[str]:
    most = fps_to_make(used, rule)
    if most is not None:
        said = f"{used.media.fps.normalize():f}"
        yield f"This {NOUNS[used.kind]} has {said} frames a second: it is made {most:g} before it is sent."
