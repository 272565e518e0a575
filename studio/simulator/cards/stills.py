"""text_to_image, model by model: those whose price is known. The others of the API are left out."""

from collections.abc import Mapping

from studio.simulator import schema
from studio.simulator.cards import fields, ratios
from studio.simulator.cards.card import Limits, Role, Variant, Way
from studio.simulator.cards.shapes import body
from studio.simulator.schema import Check

COUNT = schema.integer(minimum=1, maximum=4)
ONE_OR_FOUR = schema.choice((1, 4))
PNG_OR_JPEG = schema.choice(("png", "jpeg"))
SUBJECT: dict[str, Check] = {
    "subject": schema.choice(("object", "human")),
    "tag": schema.matching(fields.TAG, maximum=16),
}


def _still(
    model: str,
    sizes: tuple[str, ...],
    own: Mapping[str, Check],
    *,
    required: str = "promptText ratio",
    prompt_max: int = 5000,
    default: str = "1024:1024",
    aspect: tuple[float, float] | None = None,
) -> Variant:
    shape = body(
        model,
        {
            "promptText": fields.prompt(prompt_max),
            "ratio": schema.choice(sizes),
            **own,
        },
        required=required,
        is_strict=False,
    )
    return Variant(shape=shape, limits={Role.REFERENCE: Limits(aspect=aspect)}, way=Way.STILL, ratio=default)


_GEN4: dict[str, Check] = {"seed": fields.SEED, "contentModeration": fields.MODERATION}

VARIANTS: dict[str, Variant] = {
    "gen4_image": _still(
        "gen4_image",
        ratios.GEN4_IMAGE,
        {
            "referenceImages": fields.tagged_pictures(3),
            **_GEN4,
        },
        prompt_max=fields.PROMPT_MAX,
    ),
    "gen4_image_turbo": _still(
        "gen4_image_turbo",
        ratios.GEN4_IMAGE,
        {
            "referenceImages": fields.tagged_pictures(3, minimum=1),
            **_GEN4,
        },
        required="promptText ratio referenceImages",
        prompt_max=fields.PROMPT_MAX,
    ),
    "gpt_image_2": _still(
        "gpt_image_2",
        ratios.GPT_IMAGE,
        {
            "referenceImages": fields.tagged_pictures(16),
            "quality": schema.choice(("low", "medium", "high", "auto")),
            "background": schema.choice(("transparent", "opaque", "auto")),
            "outputCount": COUNT,
        },
        default="auto",
    ),
    "gemini_2.5_flash": _still(
        "gemini_2.5_flash",
        ratios.GEMINI_25,
        {
            "referenceImages": fields.tagged_pictures(3),
        },
        aspect=(0.25, 4),
    ),
    "gemini_image3_pro": _still(
        "gemini_image3_pro",
        ratios.GEMINI_3_PRO,
        {
            "referenceImages": fields.pictures(14, extra=SUBJECT),
            "outputCount": ONE_OR_FOUR,
        },
    ),
    "gemini_image3.1_flash": _still(
        "gemini_image3.1_flash",
        ratios.GEMINI_31,
        {
            "referenceImages": fields.pictures(14, extra=SUBJECT),
            "outputCount": ONE_OR_FOUR,
        },
    ),
    "muse_image": _still(
        "muse_image",
        ratios.MUSE,
        {
            "referenceImages": fields.pictures(10),
            "outputCount": COUNT,
            "outputFormat": schema.choice(("webp", "png", "jpeg")),
        },
        default="auto",
    ),
    "seedream5_lite": _still(
        "seedream5_lite",
        ratios.SEEDREAM_LITE,
        {
            "referenceImages": fields.pictures(14),
            "grounding": schema.boolean,
            "outputCount": COUNT,
            "outputFormat": PNG_OR_JPEG,
        },
        default="2048:2048",
    ),
    "seedream5_pro": _still(
        "seedream5_pro",
        ratios.SEEDREAM_PRO,
        {
            "referenceImages": fields.pictures(10),
            "grounding": schema.boolean,
            "outputCount": COUNT,
            "outputFormat": PNG_OR_JPEG,
        },
    ),
    "grok_imagine_image_2": _still(
        "grok_imagine_image_2",
        ratios.GROK_IMAGE,
        {
            "referenceImages": fields.pictures(5),
            "quality": schema.choice(("low", "medium")),
            "edit": schema.boolean,
            "outputCount": COUNT,
        },
    ),
    "bria_fibo_1_5": _still(
        "bria_fibo_1_5",
        ratios.BRIA,
        {
            "referenceImages": fields.pictures(1),
            "outputFormat": PNG_OR_JPEG,
            "seed": fields.SEED,
        },
    ),
    "bria_fibo_edit_1_5": _still(
        "bria_fibo_edit_1_5",
        ratios.BRIA_EDIT,
        {
            "referenceImages": fields.pictures(1),
            "outputFormat": PNG_OR_JPEG,
            "seed": fields.SEED,
        },
        required="promptText",
        default="auto",
    ),
}
