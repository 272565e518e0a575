"""The endpoints that work on a finished film: performance, upscale, frame rate, HDR, sound."""

from studio.simulator import schema
from studio.simulator.cards import fields, ratios, rules
from studio.simulator.cards.card import Limits, Role, Sound, Variant, Way
from studio.simulator.cards.fields import HTTPS_MAX
from studio.simulator.cards.shapes import body

FILM = fields.uri("video")
FRAME_RATES = ("24", "25", "30", "48", "50", "60", "120", "23_98", "29_97", "59_94")
HDR_FORMATS = (
    "hdr10", "hlg", "hdr_prores", "hdr_exr_sequence", "hdr_exr_acescg_sequence_1_3", "hdr_exr_acescg_sequence_2_0",
)  # fmt: skip
ACT_WINDOW = (0.5, 2.358)

ACT_TWO = Variant(
    shape=body(
        "act_two",
        {
            "character": fields.character,
            "reference": fields.media("video"),
            "bodyControl": schema.boolean,
            "expressionIntensity": schema.integer(minimum=1, maximum=5),
            "ratio": schema.choice(ratios.SIX),
            "seed": fields.SEED,
            "contentModeration": fields.MODERATION,
        },
        required="character reference",
        is_strict=False,
    ),
    limits={
        Role.CHARACTER: Limits(aspect=ACT_WINDOW),
        Role.PERFORMANCE: Limits(aspect=ACT_WINDOW, duration_min_s=3, duration_max_s=30),
    },
    sound=Sound.SOURCE,
    way=Way.PERFORM,
    longest_s=30,
)
UPSCALER = Variant(
    shape=body(
        "magnific_video_upscaler_creative",
        {
            "videoUri": FILM,
            "resolution": schema.choice(("720p", "1k", "2k", "4k")),
            "creativity": fields.PER_CENT,
            "sharpen": fields.PER_CENT,
            "smartGrain": fields.PER_CENT,
            "flavor": schema.choice(("vivid", "natural")),
            "fpsBoost": schema.boolean,
        },
        required="videoUri",
    ),
    limits={Role.SOURCE: Limits(duration_max_s=30)},
    sound=Sound.SOURCE,
    way=Way.UPSCALE,
    ratio="",
    resolution="2k",
)
FRAME_RATE = Variant(
    shape=body(
        "enhance_frame_rate",
        {
            "videoUri": FILM,
            "targetFramerate": schema.choice(FRAME_RATES),
        },
        required="videoUri targetFramerate",
        is_strict=False,
    ),
    limits={Role.SOURCE: Limits(duration_max_s=300)},
    sound=Sound.SOURCE,
    way=Way.FRAME_RATE,
    ratio="",
)
RUBY = Variant(
    shape=body(
        "ruby",
        {
            "videoUri": FILM,
            "outputFormat": schema.choice(HDR_FORMATS),
            "proresProfile": schema.choice(rules.HDR_PROFILES),
        },
        required="videoUri",
        is_strict=False,
    ),
    rules=(rules.supported_format, rules.prores_profile),
    limits={Role.SOURCE: Limits(duration_max_s=30)},
    sound=Sound.SOURCE,
    way=Way.HDR,
    ratio="",
)
MIRELO = Variant(
    shape=body(
        "mirelo_sfx_2_0",
        {
            "videoUri": FILM,
            "duration": schema.number(minimum=1, maximum=60),
            "format": schema.choice(("mp3", "wav", "flac")),
            "negativePrompt": fields.prompt(HTTPS_MAX, minimum=0),
            "numVariants": schema.integer(minimum=1, maximum=4),
            "preserveSpeech": schema.boolean,
            "promptText": fields.prompt(HTTPS_MAX, minimum=0),
            "seed": fields.SEED,
        },
        required="videoUri duration",
        is_strict=False,
    ),
    sound=Sound.ALWAYS,
    way=Way.SOUND,
    ratio="",
)
