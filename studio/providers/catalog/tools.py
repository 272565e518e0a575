"""Tools that work on a finished clip: upscaling, frame rate, sound. Facts as of 2026-11-22."""

from datetime import date

from studio.providers.base import WayKind
from studio.providers.catalog.prices import PriceUnit
from studio.providers.catalog.records import Model, Sound, Way
from studio.providers.catalog.shapes import NEGATIVE_PROMPT, NOBODY, card, choice, rates, source, switch, whole

SINCE = date(2026, 9, 1)
FRAME_RATES = ("24", "25", "30", "48", "50", "60", "120", "23_98", "29_97", "59_94")

UPSCALER = Model(
    name="magnific_video_upscaler_creative",
    label="Magnific Upscaler",
    vendor="Magnific",
    tagline="Makes a clip of up to 30 s larger · up to 4K",
    ways=(
        Way(
            kind=WayKind.UPSCALE,
            inputs=(source(max_s=30),),
            resolutions=("720p", "1k", "2k", "4k"),
            default_resolution="2k",
            sound=Sound.SOURCE,
            extras=(
                whole("creativity", "Creativity", least=0, most=100),
                whole("sharpen", "Sharpen", least=0, most=100),
                whole("smartGrain", "Grain", least=0, most=100),
                choice("flavor", "Look", "vivid", "natural"),
                switch("fpsBoost", "More frames a second"),
            ),
            strict=True,
            note="How many frames “more frames a second” adds is not documented; twice as many are priced.",
        ),
    ),
    price_cards=(
        card(
            "magnific_video_upscaler_creative",
            rates(t720p=0.7, t1k=0.7, t2k=0.9, t4k=1.2),
            unit=PriceUnit.FRAME,
            minimum=1,
            source="docs.dev.runwayml.com/guides/pricing, as copied on 2026-08-15; and published charges",
        ),
    ),
)

FRAME_RATE = Model(
    name="enhance_frame_rate",
    label="Frame Rate",
    vendor="vendor not known",
    tagline="Gives a clip more or fewer frames a second",
    ways=(
        Way(
            kind=WayKind.UPSCALE,
            inputs=(source(max_s=300),),
            sound=Sound.SOURCE,
            extras=(choice("targetFramerate", "Frames a second", *FRAME_RATES, is_required=True),),
            unsure=("inputs", "strict"),
            note="That a source may last 300 s is from a third party's study.",
        ),
    ),
    price_cards=(
        card(
            "enhance_frame_rate",
            rates(any=5),
            since=SINCE,
            source=NOBODY,
            minimum=5,
            guess="No price is known; this is guessed high.",
        ),
    ),
    note="Nothing says whose model it is.",
)

MIRELO = Model(
    name="mirelo_sfx_2_0",
    label="Mirelo SFX 2",
    vendor="Mirelo",
    tagline="Sounds and noises for a clip",
    ways=(
        Way(
            kind=WayKind.SOUND,
            prompt_max_units=1000,
            inputs=(source(),),
            durations_s=tuple(range(1, 61)),
            default_duration_s=5,
            sound=Sound.ALWAYS,
            takes_seed=True,
            extras=(
                choice("format", "File format", "mp3", "wav", "flac"),
                NEGATIVE_PROMPT,
                whole("numVariants", "Variants", least=1, most=4, default="1"),
                switch("preserveSpeech", "Keep speech"),
            ),
            unsure=("prompt_max_units", "durations_s", "extras", "strict"),
            note="The SDK names no bounds: lengths, the limit of the prompt and the number of variants are guessed.",
        ),
    ),
    price_cards=(
        card(
            "mirelo_sfx_2_0",
            rates(any=5),
            since=SINCE,
            source=NOBODY,
            minimum=5,
            guess="No price is known; this is guessed high.",
        ),
    ),
)

MODELS = (UPSCALER, FRAME_RATE, MIRELO)
