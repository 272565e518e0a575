"""image_to_video: the families whose members differ in a size or two."""

from studio.simulator import schema
from studio.simulator.cards import fields, ratios, rules
from studio.simulator.cards.card import Sound, Variant
from studio.simulator.cards.shapes import KLING, VEO, body, framed, heard, kling_fields
from studio.simulator.schema import Check

FIRST_ONLY = fields.prompt_image("first")


FIRST_AND_LAST = fields.prompt_image("first", "last")


GEN_WINDOW, TURBO_WINDOW, WIDE_WINDOW, GROK_WINDOW = (0.5, 2), (0.5, 2.358), (0.4, 4), (0.4, 2.5)


def veo(model: str) -> Variant:
    """Veo 3.1."""
    shape = body(
        model,
        {
            "promptText": fields.prompt(),
            "ratio": schema.choice(ratios.VEO),
            "duration": schema.choice((4, 6, 8)),
            "seed": fields.SEED,
            "promptImage": FIRST_AND_LAST,
            **VEO,
        },
        required="promptImage ratio",
    )
    return Variant(shape=shape, limits=framed(GEN_WINDOW), sound=Sound.ASKED, duration_s=8)


def seedance(model: str, sizes: tuple[str, ...]) -> Variant:
    """Seedance 2."""
    shape = body(
        model,
        {
            "promptText": fields.prompt(3500),
            "ratio": schema.choice(sizes),
            "duration": fields.seconds_or_auto(4, 15),
            "seed": fields.SEED,
            "promptImage": fields.prompt_image("first", "last", references=9),
            "audio": schema.boolean,
            "referenceAudio": fields.many_media("audio", 3),
        },
        required="promptImage",
    )
    limits = framed(WIDE_WINDOW) | heard(15)
    return Variant(shape=shape, limits=limits, sound=Sound.ASKED, longest_s=15)


def wan(model: str) -> Variant:
    """Wan 3."""
    shape = body(
        model,
        {
            "promptText": fields.prompt(5000),
            "ratio": schema.choice(ratios.WAN),
            "duration": fields.seconds(2, 30),
            "promptImage": fields.prompt_image("first", "last", references=10),
            "audio": schema.boolean,
            "referenceAudio": fields.many_media("audio", 10),
            "referenceVideos": fields.many_media("video", 10),
        },
        required="promptText promptImage",
        is_strict=False,
    )
    limits = framed() | heard(15, films_s=15)
    wanted = (rules.auto_ratio_with_keyframes,)
    return Variant(
        shape=shape, rules=wanted, limits=limits, sound=Sound.ASKED, ratio="", resolution="720p", longest_s=30
    )


def kling(model: str) -> Variant:
    """Kling 3.0, and O3, which takes references too."""
    sizes, has_scale = KLING[model]
    own: dict[str, Check] = {"promptImage": FIRST_AND_LAST}
    if not has_scale:
        own["references"] = fields.one_or_more_pictures(7)
    shape = body(
        model,
        {
            **kling_fields(sizes, has_scale=has_scale),
            **own,
        },
        required="promptImage",
        is_strict=False,
    )
    return Variant(
        shape=shape,
        rules=(rules.shots,),
        sound=Sound.ASKED,
        ratio="",
        resolution={"1280:720": "720p", "1920:1080": "1080p"}.get(sizes[0], "4k"),
        longest_s=15,
    )
