"""xAI's Grok Imagine. Facts as of 2026-11-22."""

from dataclasses import replace

from studio.providers.base import WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.records import Model, Way
from studio.providers.catalog.shapes import (
    FIRST,
    OCTOBER_SINCE,
    PICTURES,
    card,
    frames,
    pictures,
    rates,
    sounds,
)

WINDOW = (0.4, 2.5)
DURATIONS_S = tuple(range(1, 16))
FOLLOWS = "The clip has the shape of its first frame."
LITE_NOTE = (
    "The model came after the OpenAPI description: the lengths and the limit of the prompt are taken from Grok Imagine."
)

_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=2500,
    ratios=ratios.GROK,
    default_ratio="16:9",
    resolutions=("480p", "720p", "1080p"),
    default_resolution="480p",
    durations_s=DURATIONS_S,
    default_duration_s=5,
    inputs=(
        pictures(7, resolutions=("480p", "720p")),
        sounds(3, min_s=3, max_s=15, needs=PICTURES),
    ),
    strict=True,
    note="The prompt calls reference images by [Image 1], [Image 2] and so on.",
)
GROK_IMAGINE = Model(
    name="grok_imagine_1_5",
    label="Grok Imagine 1.5",
    vendor="xAI",
    tagline="Text or image to video · 1–15 s · references, up to 1080p",
    ways=(
        _TEXT,
        replace(
            _TEXT,
            kind=WayKind.IMAGE,
            prompt_required=False,
            ratios=(),
            default_ratio="",
            inputs=frames(FIRST, aspect=WINDOW),
            note=FOLLOWS,
        ),
    ),
    price_cards=(card("grok_imagine_1_5", rates(t480p=10, t720p=16, t1080p=29), per_image=1, per_audio=1),),
)

_LITE_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=2500,
    ratios=ratios.GROK_LITE,
    default_ratio=ratios.LANDSCAPE,
    durations_s=DURATIONS_S,
    default_duration_s=5,
    unsure=("durations_s", "prompt_max_units", "strict"),
    note=LITE_NOTE,
)
GROK_IMAGINE_LITE = Model(
    name="grok_imagine_1_5_lite",
    label="Grok Imagine 1.5 Lite",
    vendor="xAI",
    tagline="Text or image to video · 1–15 s · the cheapest",
    ways=(
        _LITE_TEXT,
        replace(
            _LITE_TEXT,
            kind=WayKind.IMAGE,
            prompt_required=False,
            ratios=ratios.AUTO_THREE,
            default_ratio="auto_720p",
            inputs=frames(FIRST, aspect=WINDOW),
            note=f"{FOLLOWS} {LITE_NOTE}",
        ),
    ),
    price_cards=(
        card(
            "grok_imagine_1_5_lite",
            rates(t480p=2, t720p=3, t1080p=14),
            per_image=1,
            since=OCTOBER_SINCE,
            source="docs.dev.runwayml.com/guides/pricing, a later copy than that of 2026-08-15",
        ),
    ),
    note="Sizes of about 1080p are 720p made larger.",
)

MODELS = (GROK_IMAGINE, GROK_IMAGINE_LITE)
