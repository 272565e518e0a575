"""Prompts to begin with, for the page that has no takes yet."""

from dataclasses import dataclass, replace
from datetime import date

from studio.credits.pricing import quote
from studio.generations.request import Spec
from studio.providers.catalog import MODELS, ratio_label


@dataclass(frozen=True, slots=True)
class Idea:
    """A prompt to begin with, and what it costs as it stands."""

    number: int
    spec: Spec
    label: str
    credits: int


IDEA_TEXTS = (
    (
        "A fishing boat leaves a quiet harbour at first light, gulls wheel overhead, "
        "the camera tracks low along the pier, soft mist, 35mm",
        "1280:720",
    ),
    (
        "Macro shot of ink unfurling in clear water, lit by one tungsten lamp, "
        "slow drift upwards, shallow depth of field",
        "1280:720",
    ),
    (
        "A night train crosses a viaduct in the rain, windows glow amber, "
        "handheld camera from the valley, reflections on wet stone",
        "720:1280",
    ),
)


def ideas(default: Spec, *, today: date) -> list[Idea]:
    """Three prompts that run with the default model, each with its price."""
    specs = [replace(default, prompt=text, ratio=ratio) for text, ratio in IDEA_TEXTS]
    return [
        Idea(
            number=number,
            spec=spec,
            label=f"{MODELS[spec.model].label} · {ratio_label(spec.ratio)} · {spec.duration_s} s",
            credits=quote(
                spec.model, duration_s=spec.duration_s or 0, sound=spec.sound, takes=spec.takes, on=today
            ).total_credits,
        )
        for number, spec in enumerate(specs, start=1)
    ]
