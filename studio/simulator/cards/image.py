"""image_to_video, model by model."""

from studio.simulator import schema
from studio.simulator.cards import fields, ratios, rules
from studio.simulator.cards.card import Sound, Variant
from studio.simulator.cards.image_families import (
    FIRST_AND_LAST,
    FIRST_ONLY,
    GEN_WINDOW,
    GROK_WINDOW,
    TURBO_WINDOW,
    WIDE_WINDOW,
    kling,
    seedance,
    veo,
    wan,
)
from studio.simulator.cards.shapes import (
    DELIVERY,
    DELIVERY_RULES,
    GROK_RESOLUTION,
    H3,
    HAILUO_RESOLUTION,
    KLING,
    body,
    framed,
    heard,
)

VARIANTS: dict[str, Variant] = {
    "gen4.5": Variant(
        shape=body(
            "gen4.5",
            {
                "promptText": fields.prompt(),
                "ratio": schema.choice(ratios.SIX),
                "duration": fields.seconds(2, 10),
                "seed": fields.SEED,
                "promptImage": FIRST_ONLY,
                **DELIVERY,
            },
            required="promptText ratio duration promptImage",
            is_strict=False,
        ),
        rules=DELIVERY_RULES,
        limits=framed(GEN_WINDOW),
    ),
    "gen4_turbo": Variant(
        shape=body(
            "gen4_turbo",
            {
                "promptText": fields.prompt(),
                "ratio": schema.choice(ratios.SIX),
                "duration": fields.seconds(2, 10),
                "seed": fields.SEED,
                "promptImage": FIRST_ONLY,
                "contentModeration": fields.MODERATION,
            },
            required="ratio promptImage",
            is_strict=False,
        ),
        limits=framed(TURBO_WINDOW),
    ),
    "veo3.1": veo("veo3.1"),
    "veo3.1_fast": veo("veo3.1_fast"),
    "gemini_omni_flash": Variant(
        shape=body(
            "gemini_omni_flash",
            {
                "promptText": fields.prompt(4000),
                "ratio": schema.choice(ratios.OMNI),
                "duration": fields.seconds(3, 10),
                "promptImage": FIRST_ONLY,
            },
            required="promptImage",
            is_strict=False,
        ),
        limits=framed(GEN_WINDOW),
        sound=Sound.ALWAYS,
    ),
    "gemini_omni_flash_1.1": Variant(
        shape=body(
            "gemini_omni_flash_1.1",
            {
                "promptText": fields.prompt(4000),
                "ratio": schema.choice(ratios.OMNI_11),
                "duration": fields.seconds_or_auto(3, 10),
                "promptImage": FIRST_AND_LAST,
            },
            required="promptText promptImage",
            is_strict=False,
        ),
        limits=framed(GEN_WINDOW),
        sound=Sound.ALWAYS,
    ),
    "seedance2": seedance("seedance2", ratios.SEEDANCE_24),
    "seedance2_fast": seedance("seedance2_fast", ratios.SEEDANCE_12),
    "seedance2_mini": seedance("seedance2_mini", ratios.SEEDANCE_12),
    "seedance2_5": Variant(
        shape=body(
            "seedance2_5",
            {
                "promptText": fields.prompt(15000),
                "ratio": schema.choice(ratios.SEEDANCE_25),
                "duration": fields.seconds_or_auto(4, 30),
                "seed": fields.SEED,
                "promptImage": fields.prompt_image("first", "last", references=30),
                "audio": schema.boolean,
                "referenceAudio": fields.many_media("audio", 10),
                "draft": schema.boolean,
                "outputFormat": schema.choice(("mp4", "mov")),
            },
            required="promptImage",
        ),
        rules=(rules.draft,),
        limits=framed(WIDE_WINDOW) | heard(30),
        sound=Sound.ASKED,
        longest_s=30,
    ),
    "hailuo3": Variant(
        shape=body(
            "hailuo3",
            {
                "promptText": fields.prompt(6000),
                "ratio": schema.choice(ratios.HAILUO),
                "resolution": HAILUO_RESOLUTION,
                "duration": fields.seconds(5, 15),
                "promptImage": fields.prompt_image("first", "last", references=9),
                "referenceAudio": fields.many_media("audio", 3),
            },
            required="promptText promptImage",
        ),
        rules=(rules.audio_without_frames,),
        limits=framed((0.2, 4)) | heard(15),
        ratio="adaptive",
        resolution="2k",
        longest_s=15,
    ),
    "h3_max": Variant(
        shape=body(
            "h3_max",
            {
                "promptText": fields.prompt(6000),
                "duration": fields.seconds(5, 15),
                "promptImage": FIRST_AND_LAST,
                **H3,
            },
            required="promptText promptImage",
            is_strict=False,
        ),
        limits=framed(side_min_px=256),
        ratio="",
        resolution="768p",
        longest_s=15,
    ),
    "happyhorse_1_0": Variant(
        shape=body(
            "happyhorse_1_0",
            {
                "promptText": fields.prompt(2500, minimum=2),
                "resolution": schema.choice(("720p", "1080p", "720P", "1080P")),
                "duration": fields.seconds(3, 15),
                "promptImage": FIRST_ONLY,
            },
            required="promptImage",
        ),
        limits=framed((0.55, 1.8), side_min_px=300),
        ratio="",
        resolution="720p",
        longest_s=15,
    ),
    "wan3": wan("wan3"),
    "wan3_prime": wan("wan3_prime"),
    "grok_imagine_1_5": Variant(
        shape=body(
            "grok_imagine_1_5",
            {
                "promptText": fields.prompt(2500),
                "resolution": GROK_RESOLUTION,
                "duration": fields.seconds(1, 15),
                "promptImage": FIRST_ONLY,
            },
            required="promptImage",
        ),
        limits=framed(GROK_WINDOW),
        ratio="",
        resolution="480p",
        longest_s=15,
    ),
    "grok_imagine_1_5_lite": Variant(
        shape=body(
            "grok_imagine_1_5_lite",
            {
                "promptText": fields.prompt(2500),
                "ratio": schema.choice(ratios.AUTO_3),
                "duration": fields.seconds(1, 15),
                "promptImage": FIRST_ONLY,
            },
            required="promptImage",
            is_strict=False,
        ),
        limits=framed(GROK_WINDOW),
        ratio="",
        resolution="480p",
        longest_s=15,
    ),
    "kling2.5_turbo_pro": Variant(
        shape=body(
            "kling2.5_turbo_pro",
            {
                "promptText": fields.prompt(2500),
                "duration": schema.choice((5, 10)),
                "promptImage": FIRST_AND_LAST,
                "cfgScale": fields.CFG_SCALE,
            },
            required="promptText promptImage",
            is_strict=False,
        ),
        ratio="",
        resolution="1080p",
    ),
    **{model: kling(model) for model in KLING},
    "kling_4": Variant(
        shape=body(
            "kling_4",
            {
                "promptText": fields.prompt(2500),
                "ratio": schema.choice(ratios.AUTO_2),
                "duration": fields.seconds(3, 15),
                "promptImage": fields.prompt_image("first", "middle", "last"),
                "references": fields.pictures(10),
                "referenceVideos": fields.films(5),
            },
            required="promptImage",
            is_strict=False,
        ),
        limits=framed() | heard(30, films_s=30),
        ratio="",
        resolution="720p",
        longest_s=15,
    ),
}
