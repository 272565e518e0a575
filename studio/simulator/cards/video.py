"""video_to_video, model by model. The film stands in `videoUri` or in `promptVideo`, as the model has it."""

from studio.simulator import schema
from studio.simulator.cards import fields, ratios, rules
from studio.simulator.cards.card import Limits, Role, Sound, Variant, Way
from studio.simulator.cards.shapes import HAILUO_RESOLUTION, body, combined, references

FILM = fields.uri("video")
MODES = schema.choice(("reference", "extend", "edit"))


def _seedance(model: str, sizes: tuple[str, ...]) -> Variant:
    shape = body(
        model,
        {
            "promptVideo": FILM,
            "promptText": fields.prompt(3500),
            "ratio": schema.choice(sizes),
            "duration": fields.seconds_or_auto(4, 15),
            "seed": fields.SEED,
            "audio": schema.boolean,
            **references(9, films=3, sounds=3),
        },
        required="promptVideo",
    )
    limits = combined(15, aspect=(0.4, 4)) | {Role.SOURCE: Limits(duration_max_s=15)}
    return Variant(shape=shape, limits=limits, sound=Sound.ASKED, way=Way.GUIDED, longest_s=15)


def _kling(model: str) -> Variant:
    shape = body(
        model,
        {
            "promptVideo": FILM,
            "promptText": fields.prompt(2500),
            "references": fields.one_or_more_pictures(4),
            "providerSettings": fields.provider_settings(is_edit=True),
        },
        required="promptText promptVideo",
        is_strict=False,
    )
    return Variant(
        shape=shape,
        rules=(rules.shots,),
        limits={Role.SOURCE: Limits(duration_max_s=30)},
        sound=Sound.ORIGINAL,
        way=Way.EDIT,
        ratio="",
        longest_s=30,
    )


VARIANTS: dict[str, Variant] = {
    "aleph2": Variant(
        shape=body(
            "aleph2",
            {
                "videoUri": FILM,
                "promptText": fields.prompt(),
                "keyframes": fields.KEYFRAMES,
                "targetAspectRatio": fields.TARGET_RATIO,
                "seed": fields.SEED,
                "contentModeration": fields.MODERATION,
                "outputFormat": schema.choice(("mp4", "prores", "png_sequence", "sdr_rec709_10bit")),
                "proresProfile": schema.choice(fields.PRORES),  # Deprecated: any string, passed over.
                "ratio": schema.string(maximum=100),
            },
            required="videoUri",
        ),
        rules=(rules.keyframe_ranges, rules.prores_profile),
        limits={Role.SOURCE: Limits(duration_min_s=2, duration_max_s=30, fps_max=30)},
        way=Way.EDIT,
        ratio="",
        resolution="1080p",
        longest_s=30,
    ),
    "gemini_omni_flash": Variant(
        shape=body(
            "gemini_omni_flash",
            {
                "videoUri": FILM,
                "promptText": fields.prompt(4000),
                "references": fields.pictures(5),
            },
            required="promptText videoUri",
        ),
        limits={Role.SOURCE: Limits(duration_max_s=10)},
        sound=Sound.ALWAYS,
        way=Way.EDIT,
        ratio="",
        resolution="720p",
    ),
    "gemini_omni_flash_1.1": Variant(
        shape=body(
            "gemini_omni_flash_1.1",
            {
                "videoUri": FILM,
                "promptText": fields.prompt(4000),
                "mode": MODES,
                "duration": fields.seconds_or_auto(3, 10),
                "ratio": schema.choice(ratios.OMNI_11),
                "references": fields.pictures(5),
            },
            required="promptText videoUri",
            is_strict=False,
        ),
        limits={Role.SOURCE: Limits(duration_max_s=30)},
        sound=Sound.ALWAYS,
        way=Way.GUIDED,
    ),
    "seedance2": _seedance("seedance2", ratios.SEEDANCE_24),
    "seedance2_fast": _seedance("seedance2_fast", ratios.SEEDANCE_12),
    "seedance2_mini": _seedance("seedance2_mini", ratios.SEEDANCE_12),
    "seedance2_5": Variant(
        shape=body(
            "seedance2_5",
            {
                "promptVideo": FILM,
                "promptText": fields.prompt(15000),
                "mode": MODES,
                "ratio": schema.choice(ratios.SEEDANCE_25),
                "duration": fields.seconds_or_auto(4, 30),
                "seed": fields.SEED,
                "audio": schema.boolean,
                "draft": schema.boolean,
                "outputFormat": schema.choice(("mp4", "mov")),
                **references(30, films=9, sounds=10),
            },
            required="promptVideo",
        ),
        rules=(rules.seedance_mode, rules.draft),
        limits=combined(30, aspect=(0.4, 4)) | {Role.SOURCE: Limits(duration_max_s=30, side_min_px=480)},
        sound=Sound.ASKED,
        way=Way.GUIDED,
        longest_s=30,
    ),
    "hailuo3": Variant(
        shape=body(
            "hailuo3",
            {
                "promptVideo": FILM,
                "promptText": fields.prompt(6000),
                "ratio": schema.choice(ratios.HAILUO),
                "resolution": HAILUO_RESOLUTION,
                "duration": fields.seconds(5, 15),
                **references(9, films=2, sounds=3),
            },
            required="promptText promptVideo",
        ),
        limits=combined(15, aspect=(0.2, 4)) | {Role.SOURCE: Limits(duration_max_s=15)},
        way=Way.GUIDED,
        ratio="adaptive",
        resolution="2k",
        longest_s=15,
    ),
    **{model: _kling(model) for model in ("klingO3_standard", "klingO3_pro", "klingO3_4k")},
    "kling_4": Variant(
        shape=body(
            "kling_4",
            {
                "videoUri": FILM,
                "promptText": fields.prompt(2500),
                "ratio": schema.choice(ratios.AUTO_2),
                "references": fields.pictures(10),
            },
            required="promptText videoUri",
            is_strict=False,
        ),
        limits={Role.SOURCE: Limits(duration_max_s=30)},
        sound=Sound.SOURCE,
        way=Way.EDIT,
        ratio="",
        resolution="720p",
        longest_s=30,
    ),
}
