"""text_to_video, model by model."""

from studio.simulator import schema
from studio.simulator.cards import fields, ratios, rules
from studio.simulator.cards.card import Limits, Role, Sound, Variant
from studio.simulator.cards.shapes import (
    DELIVERY,
    DELIVERY_RULES,
    GROK_RESOLUTION,
    H3,
    HAILUO_RESOLUTION,
    KLING,
    VEO,
    body,
    combined,
    kling_fields,
    references,
)


def _veo(model: str) -> Variant:
    shape = body(
        model,
        {
            "promptText": fields.prompt(),
            "ratio": schema.choice(ratios.VEO),
            "duration": schema.choice((4, 6, 8)),
            "seed": fields.SEED,
            **VEO,
        },
        required="promptText ratio",
    )
    return Variant(shape=shape, sound=Sound.ASKED, duration_s=8)


def _seedance(model: str, sizes: tuple[str, ...]) -> Variant:
    shape = body(
        model,
        {
            "promptText": fields.prompt(3500),
            "ratio": schema.choice(sizes),
            "duration": fields.seconds_or_auto(4, 15),
            "seed": fields.SEED,
            "audio": schema.boolean,
            **references(9, films=3, sounds=3),
        },
    )
    return Variant(shape=shape, limits=combined(15, aspect=(0.4, 4)), sound=Sound.ASKED, longest_s=15)


def _wan(model: str) -> Variant:
    shape = body(
        model,
        {
            "promptText": fields.prompt(5000),
            "ratio": schema.choice(ratios.WAN),
            "duration": fields.seconds(2, 30),
            "audio": schema.boolean,
            **references(10, films=10, sounds=10),
        },
        is_strict=False,
    )
    wanted = (rules.auto_ratio_with_input,)
    return Variant(shape=shape, rules=wanted, limits=combined(15), sound=Sound.ASKED, longest_s=30)


def _kling(model: str) -> Variant:
    sizes, has_scale = KLING[model]
    shape = body(
        model,
        {
            **kling_fields(sizes, has_scale=has_scale),
        },
        required="ratio",
        is_strict=False,
    )
    wanted = (rules.shots, rules.words_or_shots)
    return Variant(shape=shape, rules=wanted, sound=Sound.ASKED, ratio=sizes[0], longest_s=15)


VARIANTS: dict[str, Variant] = {
    "gen4.5": Variant(
        shape=body(
            "gen4.5",
            {
                "promptText": fields.prompt(),
                "ratio": schema.choice(ratios.WIDE_AND_TALL),
                "duration": fields.seconds(2, 10),
                "seed": fields.SEED,
                **DELIVERY,
            },
            required="promptText ratio duration",
            is_strict=False,
        ),
        rules=DELIVERY_RULES,
    ),
    "veo3.1": _veo("veo3.1"),
    "veo3.1_fast": _veo("veo3.1_fast"),
    "gemini_omni_flash": Variant(
        shape=body(
            "gemini_omni_flash",
            {
                "promptText": fields.prompt(4000),
                "ratio": schema.choice(ratios.OMNI),
                "duration": fields.seconds(3, 10),
            },
            is_strict=False,
        ),
        sound=Sound.ALWAYS,
    ),
    "gemini_omni_flash_1.1": Variant(
        shape=body(
            "gemini_omni_flash_1.1",
            {
                "promptText": fields.prompt(4000),
                "ratio": schema.choice(ratios.OMNI_11),
                "duration": fields.seconds_or_auto(3, 10),
                "references": fields.pictures(5),
                "referenceVideos": fields.films(3),
            },
            is_strict=False,
        ),
        limits=combined(30),
        sound=Sound.ALWAYS,
    ),
    "seedance2": _seedance("seedance2", ratios.SEEDANCE_24),
    "seedance2_fast": _seedance("seedance2_fast", ratios.SEEDANCE_12),
    "seedance2_mini": _seedance("seedance2_mini", ratios.SEEDANCE_12),
    "seedance2_5": Variant(
        shape=body(
            "seedance2_5",
            {
                "promptText": fields.prompt(15000),
                "ratio": schema.choice(ratios.SEEDANCE_25),
                "duration": fields.seconds_or_auto(4, 30),
                "seed": fields.SEED,
                "audio": schema.boolean,
                "draft": schema.boolean,
                "draftTaskId": schema.string(minimum=1, maximum=64),
                "outputFormat": schema.choice(("mp4", "mov")),
                **references(30, films=10, sounds=10),
            },
            required="",
        ),
        rules=(rules.prompt_for_text, rules.draft),
        limits=combined(30, aspect=(0.4, 4)),
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
                **references(9, films=3, sounds=3),
            },
        ),
        rules=(rules.concrete_ratio,),
        limits=combined(15, aspect=(0.2, 4)),
        ratio="16:9",
        resolution="2k",
        longest_s=15,
    ),
    "h3_max": Variant(
        shape=body(
            "h3_max",
            {
                "promptText": fields.prompt(6000),
                "duration": fields.seconds(5, 15),
                **H3,
            },
            is_strict=False,
        ),
        ratio="16:9",
        resolution="768p",
        longest_s=15,
    ),
    "happyhorse_1_0": Variant(
        shape=body(
            "happyhorse_1_0",
            {
                "promptText": fields.prompt(2500, minimum=2),
                "ratio": schema.choice(ratios.HAPPYHORSE),
                "duration": fields.seconds(3, 15),
            },
        ),
        longest_s=15,
    ),
    "wan3": _wan("wan3"),
    "wan3_prime": _wan("wan3_prime"),
    "grok_imagine_1_5": Variant(
        shape=body(
            "grok_imagine_1_5",
            {
                "promptText": fields.prompt(2500),
                "ratio": schema.choice(ratios.GROK),
                "resolution": GROK_RESOLUTION,
                "duration": fields.seconds(1, 15),
                "references": fields.pictures(7),
                "referenceAudio": fields.many_media("audio", 3),
            },
        ),
        rules=(rules.audio_with_images, rules.small_with_images),
        limits={Role.REFERENCE_AUDIO: Limits(duration_min_s=3, duration_max_s=15)},
        ratio="16:9",
        resolution="480p",
        longest_s=15,
    ),
    "grok_imagine_1_5_lite": Variant(
        shape=body(
            "grok_imagine_1_5_lite",
            {
                "promptText": fields.prompt(2500),
                "ratio": schema.choice(ratios.GROK_LITE),
                "duration": fields.seconds(1, 15),
            },
            is_strict=False,
        ),
        ratio="848:480",
        longest_s=15,
    ),
    "kling2.5_turbo_pro": Variant(
        shape=body(
            "kling2.5_turbo_pro",
            {
                "promptText": fields.prompt(2500),
                "ratio": schema.choice(ratios.KLING_25),
                "duration": schema.choice((5, 10)),
                "cfgScale": fields.CFG_SCALE,
            },
            is_strict=False,
        ),
    ),
    **{model: _kling(model) for model in KLING},
    "kling_4": Variant(
        shape=body(
            "kling_4",
            {
                "promptText": fields.prompt(2500),
                "ratio": schema.choice(ratios.KLING_4),
                "duration": fields.seconds(3, 15),
                "references": fields.pictures(10),
                "referenceVideos": fields.films(5),
            },
            is_strict=False,
        ),
        rules=(rules.auto_ratio_with_input,),
        limits=combined(30),
        longest_s=15,
    ),
}
