"""The ratios that models take, as exact strings in the order of the picker, and the names that people know them by."""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

LANDSCAPE, PORTRAIT = "1280:720", "720:1280"
WIDE_AND_TALL = (LANDSCAPE, PORTRAIT)
# The docs' prose still names 672:1584 for gen4.5; the SDK took it out as invalid on 2026-02-13.
GEN4 = (LANDSCAPE, PORTRAIT, "1104:832", "832:1104", "960:960", "1584:672")
VEO = (LANDSCAPE, PORTRAIT, "1920:1080", "1080:1920")
OMNI_1_1 = ("640:360", "360:640", LANDSCAPE, PORTRAIT, "1920:1080", "1080:1920", "3840:2160", "2160:3840")

_SEEDANCE_720P = (LANDSCAPE, PORTRAIT, "960:960", "1112:834", "834:1112", "1470:630")
_SEEDANCE_1080P = ("1920:1080", "1080:1920", "1440:1440", "1664:1248", "1248:1664", "2206:946")
_SEEDANCE_4K = ("3840:2160", "2160:3840", "3840:3840", "3840:2880", "2880:3840", "3840:1646")
SEEDANCE_SMALL = (*_SEEDANCE_720P, "864:496", "496:864", "640:640", "752:560", "560:752", "992:432")
SEEDANCE = (*SEEDANCE_SMALL, *_SEEDANCE_1080P, *_SEEDANCE_4K)
SEEDANCE_2_5 = (
    *_SEEDANCE_720P,
    *("854:480", "480:854", "640:640", "752:560", "560:752", "992:432"),
    *_SEEDANCE_1080P,
)

ADAPTIVE = "adaptive"
HAILUO = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9", ADAPTIVE)
HAPPYHORSE = (
    *(LANDSCAPE, PORTRAIT, "960:960", "1108:832", "832:1108"),
    *("1920:1080", "1080:1920", "1440:1440", "1662:1248", "1248:1662"),
)
GROK = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3")
GROK_LITE = (
    *(LANDSCAPE, PORTRAIT, "720:720", "960:720", "720:960", "1088:720", "720:1088"),
    *("848:480", "480:848", "480:480", "640:480", "480:640", "720:480", "480:720"),
    *("1904:1072", "1072:1904", "1424:1424", "1648:1232", "1232:1648", "1744:1152", "1152:1744"),
)
AUTO_TWO = ("auto_720p", "auto_1080p")
AUTO_THREE = ("auto_480p", *AUTO_TWO)
WAN = (
    *(LANDSCAPE, PORTRAIT, "960:960", "1104:832", "832:1104"),
    *("832:480", "480:832", "624:624", "720:544", "544:720"),
    *("1920:1080", "1080:1920", "1440:1440", "1648:1248", "1248:1648"),
    *AUTO_THREE,
)
KLING_2_5 = ("1920:1080", "1080:1920", "1440:1440", LANDSCAPE, PORTRAIT, "720:720")
KLING_STANDARD = (LANDSCAPE, PORTRAIT, "960:960")
KLING_PRO = ("1920:1080", "1080:1920", "1440:1440")
KLING_4K = ("3840:2160", "2160:3840", "2880:2880")
KLING_4 = (
    *(LANDSCAPE, PORTRAIT, "940:940", "1460:624", "1920:1080", "1080:1920", "1440:1440", "2200:940"),
    *AUTO_TWO,
)

GEN4_IMAGE = (
    *("1920:1080", "1080:1920", "1080:1080", "1440:1080", "1080:1440", "2112:912"),
    *(LANDSCAPE, PORTRAIT, "720:720", "960:720", "720:960", "1680:720"),
    *("1024:1024", "1360:768", "1168:880", "1808:768"),
)
GPT_IMAGE = (
    *("1920:1088", "1088:1920", "1920:1920", "1920:1440", "1440:1920", "1920:1280", "1280:1920"),
    *("1920:1536", "1536:1920", "2048:880"),
    *("2560:1440", "1440:2560", "2560:2560", "2560:1920", "1920:2560", "2560:1712", "1712:2560"),
    *("2560:2048", "2048:2560", "2912:1248"),
    *("3840:2160", "2160:3840", "2880:2880", "3264:2448", "2448:3264", "3504:2336", "2336:3504"),
    *("3200:2560", "2560:3200", "3840:1648", "auto"),
)
GEMINI_1K = (
    *("1344:768", "768:1344", "1024:1024", "1184:864", "864:1184"),
    *("1248:832", "832:1248", "1152:896", "896:1152", "1536:672"),
)
_GEMINI_2K = (
    *("2752:1536", "1536:2752", "2048:2048", "2400:1792", "1792:2400"),
    *("2528:1696", "1696:2528", "2304:1856", "1856:2304", "3168:1344"),
)
_GEMINI_4K = (
    *("5504:3072", "3072:5504", "4096:4096", "4800:3584", "3584:4800"),
    *("5056:3392", "3392:5056", "4608:3712", "3712:4608", "6336:2688"),
)
GEMINI_3_PRO = (*GEMINI_1K, *_GEMINI_2K, *_GEMINI_4K)
GEMINI_3_1_FLASH = (
    *(*GEMINI_1K, "2048:512", "512:2048", "2816:352", "352:2816"),
    *("672:384", "384:672", "512:512", "592:432", "432:592", "624:416", "416:624", "576:448", "448:576", "768:336"),
    *("1024:256", "256:1024", "1408:176", "176:1408"),
    *(*_GEMINI_2K, "4096:1024", "1024:4096", "5632:704", "704:5632"),
    *(*_GEMINI_4K, "8192:2048", "2048:8192", "11264:1408", "1408:11264"),
)
MUSE = ("2016:1152", "1152:2016", "1600:1600", "1792:1344", "1344:1792", "1920:1280", "1280:1920", "2352:1008", "auto")
SEEDREAM_PRO = (
    *("1376:768", "768:1376", "1024:1024", "1184:896", "896:1184", "1296:864", "864:1296"),
    *("2720:1530", "1530:2720", "2048:2048", "2304:1728", "1728:2304", "2496:1664", "1664:2496"),
    *("auto_1k", "auto_2k"),
)
SEEDREAM_LITE = (
    *("2848:1600", "1600:2848", "2048:2048", "2304:1728", "1728:2304", "2496:1664", "1664:2496", "3136:1344"),
    *("4096:2304", "2304:4096", "3072:3072", "3456:2592", "2592:3456", "3744:2496", "2496:3744", "4704:2016"),
)
GROK_IMAGE = (
    *("1280:720", "720:1280", "1024:1024", "1152:864", "864:1152", "1248:832", "832:1248"),
    *("1248:576", "576:1248", "1280:576", "576:1280", "1408:704", "704:1408"),
    *("2816:1584", "1584:2816", "2048:2048", "2368:1776", "1776:2368", "2496:1664", "1664:2496"),
    *("2912:1344", "1344:2912", "3200:1440", "1440:3200", "2912:1456", "1456:2912"),
    *("auto_1k", "auto_2k"),
)
BRIA_EDIT = (
    *("1024:576", "576:1024", "1024:1024", "1024:768", "768:1024", "1152:768", "768:1152", "960:768", "768:960"),
    "auto",
)
BRIA = (
    *BRIA_EDIT[:-1],
    *("2048:1152", "1152:2048", "2048:2048", "2048:1536", "1536:2048", "2304:1536", "1536:2304"),
    *("1920:1536", "1536:1920"),
)
OUTPAINT = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9")

PIXELS = re.compile(r"(\d{1,5}):(\d{1,5})", re.ASCII)
LONGEST_WORD = 40
"""A side up to this is a proportion, as in 16:9; a longer one counts pixels."""
SHAPES = ("1:1", "5:4", "4:3", "3:2", "16:9", "2:1", "13:6", "20:9", "21:9", "4:1", "8:1")
FILM_SIZES = ((300_000, "360p"), (450_000, "480p"), (1_150_000, "720p"), (2_400_000, "1080p"), (5_000_000, "2K"))
LABELS: Mapping[str, str] = MappingProxyType(
    {
        ADAPTIVE: "As the input",
        "auto": "As the input",
        "480:480": "1:1 480p",
        "auto_480p": "As the input, 480p",
        "auto_720p": "As the input, 720p",
        "auto_1080p": "As the input, 1080p",
        "auto_1k": "As the input, 1K",
        "auto_2k": "As the input, 2K",
    }
)


def ratio_label(ratio: str) -> str:
    """The name that people know a ratio by: `16:9` for `1280:720`, `9:16 1080p` for `1080:1920`.

    Sizes of about 720p carry no mark. What is no ratio is its own name.
    """
    size = ratio_size(ratio)
    if size is None or ratio in LABELS:
        return LABELS.get(ratio, ratio)
    mark = size_mark(*size)
    shape = shape_of(*size)
    return shape if mark == "720p" else f"{shape} {mark}"


def still_label(ratio: str) -> str:
    """The name of the size of a still: `16:9, 1920 × 1080`; what is no size in pixels is as `ratio_label` says."""
    size = ratio_size(ratio)
    return f"{shape_of(*size)}, {size[0]} × {size[1]}" if size else ratio_label(ratio)


def ratio_size(ratio: str) -> tuple[int, int] | None:
    """Width and height in pixels, None for a proportion, for `adaptive` and the like, and for no ratio at all."""
    match = PIXELS.fullmatch(ratio)
    if match is None or min(int(match[1]), int(match[2])) == 0:
        return None
    width, height = int(match[1]), int(match[2])
    return (width, height) if max(width, height) > LONGEST_WORD else None


def follows_input(ratio: str) -> bool:
    """Whether the size is that of an image or film of the request, so that there must be one."""
    return ratio == ADAPTIVE or ratio.startswith("auto")


def size_mark(width: int, height: int) -> str:
    """The name of a film's size: 360p, 480p, 720p, 1080p, 2K, 4K."""
    return next((name for most, name in FILM_SIZES if width * height <= most), "4K")


def shape_of(width: int, height: int) -> str:
    """The proportion that people know, the nearest one: 21:9 for 1584 × 672."""
    slope = math.log(max(width, height) / min(width, height))
    name = min(SHAPES, key=lambda shape: abs(slope - _slope(shape)))
    long, _, short = name.partition(":")
    return name if width >= height else f"{short}:{long}"


def _slope(shape: str) -> float:
    long, _, short = shape.partition(":")
    return math.log(int(long) / int(short))
