"""Every model at every endpoint: the official SDK asks, waits and downloads, and what comes is what was asked for.

The credits are worked out by hand from the provider's price list, not by the simulator's own tables.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from runwayml import RunwayML

from studio.simulator import Pace, Remote
from studio.simulator.cards import TABLES
from studio.simulator.server import served
from tests.simulator.footage import heard_s, seen
from tests.verification.conftest import KEY
from tests.verification.files import downloads, film, finished, png, uploaded

Size = tuple[int, int]
SMALL, LARGE = (854, 480), (1280, 720)


@dataclass(frozen=True)
class Film:
    """One film: its size, its frames, whether it is heard, and what it costs."""

    size: Size
    frames: int
    has_sound: bool
    credits: int


@dataclass(frozen=True)
class Stills:
    """So many pictures of one size."""

    size: Size
    form: str
    count: int
    credits: int


@dataclass(frozen=True)
class Sounds:
    """So many files of sound."""

    seconds: float
    count: int
    credits: int


Asked = dict[str, Any]
Row = tuple[Asked, Film | Stills | Sounds]

TEXT: dict[str, Row] = {
    "gen4.5": ({"ratio": "1280:720", "duration": 2}, Film(LARGE, 48, False, 24)),
    "veo3.1": ({"ratio": "720:1280", "duration": 4, "audio": False}, Film((720, 1280), 96, False, 80)),
    "veo3.1_fast": ({"ratio": "1280:720", "duration": 4, "audio": True}, Film(LARGE, 96, True, 60)),
    "gemini_omni_flash": ({"ratio": "720:1280", "duration": 3}, Film((720, 1280), 72, True, 30)),
    "gemini_omni_flash_1.1": ({"ratio": "640:360", "duration": 3}, Film((640, 360), 72, True, 11)),
    "seedance2": ({"ratio": "640:640", "duration": 4, "audio": False}, Film((640, 640), 96, False, 144)),
    "seedance2_fast": ({"ratio": "640:640", "duration": 4}, Film((640, 640), 96, True, 116)),
    "seedance2_mini": ({"ratio": "496:864", "duration": 4}, Film((496, 864), 96, True, 64)),
    "seedance2_5": ({"ratio": "854:480", "duration": 4}, Film(SMALL, 96, True, 80)),
    "hailuo3": ({"ratio": "1:1", "resolution": "768p", "duration": 5}, Film((768, 768), 120, False, 50)),
    "h3_max": ({"resolution": "480p", "duration": 5}, Film(SMALL, 120, False, 25)),
    "happyhorse_1_0": ({"ratio": "960:960", "duration": 3}, Film((960, 960), 72, False, 45)),
    "wan3": ({"ratio": "832:480", "duration": 2, "audio": False}, Film((832, 480), 48, False, 10)),
    "wan3_prime": ({"ratio": "832:480", "duration": 2}, Film((832, 480), 48, True, 14)),
    "grok_imagine_1_5": ({"ratio": "1:1", "resolution": "480p", "duration": 1}, Film((480, 480), 24, False, 10)),
    "grok_imagine_1_5_lite": ({"ratio": "480:480", "duration": 1}, Film((480, 480), 24, False, 2)),
    "kling2.5_turbo_pro": ({"ratio": "720:720", "duration": 5}, Film((720, 720), 120, False, 60)),
    "kling3.0_standard": ({"ratio": "960:960", "duration": 3, "audio": False}, Film((960, 960), 72, False, 27)),
    "kling3.0_pro": ({"ratio": "1440:1440", "duration": 3}, Film((1440, 1440), 72, True, 51)),
    "kling3.0_4k": ({"ratio": "2880:2880", "duration": 3}, Film((2880, 2880), 72, True, 129)),
    "klingO3_standard": ({"ratio": "960:960", "duration": 3}, Film((960, 960), 72, True, 39)),
    "klingO3_pro": ({"ratio": "1440:1440", "duration": 3}, Film((1440, 1440), 72, True, 51)),
    "klingO3_4k": ({"ratio": "2880:2880", "duration": 3}, Film((2880, 2880), 72, True, 129)),
    "kling_4": ({"ratio": "940:940", "duration": 3}, Film((940, 940), 72, False, 42)),
}
# The picture has 640x360 pixels: models that follow it answer in its proportion.
IMAGE: dict[str, Row] = {
    **{name: TEXT[name] for name in ("gen4.5", "veo3.1", "veo3.1_fast", "gemini_omni_flash_1.1", "h3_max")},
    **{name: row for name, row in TEXT.items() if name.startswith(("seedance", "kling3", "klingO3"))},
    "gen4_turbo": ({"ratio": "1584:672", "duration": 2}, Film((1584, 672), 48, False, 10)),
    "gemini_omni_flash": ({"ratio": "720:1280", "duration": 3}, Film((720, 1280), 72, True, 31)),
    "hailuo3": ({"ratio": "1:1", "resolution": "768p", "duration": 5}, Film((768, 768), 120, False, 52)),
    "happyhorse_1_0": ({"resolution": "720p", "duration": 3}, Film(LARGE, 72, False, 45)),
    "wan3": ({"ratio": "auto_480p", "duration": 2, "audio": False}, Film(SMALL, 48, False, 10)),
    "wan3_prime": ({"ratio": "auto_480p", "duration": 2}, Film(SMALL, 48, True, 14)),
    "grok_imagine_1_5": ({"resolution": "480p", "duration": 1}, Film(SMALL, 24, False, 11)),
    "grok_imagine_1_5_lite": ({"ratio": "auto_480p", "duration": 1}, Film(SMALL, 24, False, 3)),
    "kling2.5_turbo_pro": ({"duration": 5}, Film((1920, 1080), 120, False, 60)),
    "kling_4": ({"ratio": "auto_720p", "duration": 3}, Film(LARGE, 72, False, 42)),
}
# The film has 854x480 pixels, 48 frames in 2 seconds, and sound.
VIDEO: dict[str, Row] = {
    "aleph2": ({"video_uri": "film"}, Film(SMALL, 48, False, 56)),
    "gemini_omni_flash": ({"video_uri": "film"}, Film(SMALL, 48, True, 22)),
    "gemini_omni_flash_1.1": (
        {"video_uri": "film", "ratio": "640:360", "duration": 3},
        Film((640, 360), 72, True, 11),
    ),
    "seedance2": ({"prompt_video": "film", "ratio": "640:640", "duration": 4}, Film((640, 640), 96, True, 144)),
    "seedance2_fast": ({"prompt_video": "film", "ratio": "640:640", "duration": 4}, Film((640, 640), 96, True, 116)),
    "seedance2_mini": (
        {"prompt_video": "film", "ratio": "640:640", "duration": 4, "audio": False},
        Film((640, 640), 96, False, 64),
    ),
    "seedance2_5": ({"prompt_video": "film", "ratio": "854:480", "duration": 4}, Film(SMALL, 96, True, 100)),
    "hailuo3": (
        {"prompt_video": "film", "ratio": "1:1", "resolution": "768p", "duration": 5},
        Film((768, 768), 120, False, 70),
    ),
    "klingO3_standard": ({"prompt_video": "film"}, Film(SMALL, 48, True, 26)),
    "klingO3_pro": ({"prompt_video": "film"}, Film(SMALL, 48, True, 34)),
    "klingO3_4k": ({"prompt_video": "film"}, Film(SMALL, 48, True, 86)),
    "kling_4": ({"video_uri": "film", "ratio": "auto_720p"}, Film(SMALL, 48, True, 28)),
}
STILL: dict[str, Row] = {
    "gen4_image": ({"ratio": "720:720"}, Stills((720, 720), "PNG", 1, 5)),
    "gen4_image_turbo": (
        {"ratio": "720:720", "reference_images": [{"uri": "picture"}]},
        Stills((720, 720), "PNG", 1, 2),
    ),
    "gpt_image_2": (
        {"ratio": "1280:1920", "quality": "low", "output_count": 2},
        Stills((1280, 1920), "PNG", 2, 2),
    ),
    "gemini_2.5_flash": ({"ratio": "1344:768"}, Stills((1344, 768), "PNG", 1, 5)),
    "gemini_image3_pro": ({"ratio": "1024:1024"}, Stills((1024, 1024), "PNG", 1, 20)),
    "gemini_image3.1_flash": ({"ratio": "512:512", "output_count": 4}, Stills((512, 512), "PNG", 4, 20)),
    "muse_image": ({"ratio": "1600:1600", "output_count": 2}, Stills((1600, 1600), "WEBP", 2, 2)),
    "seedream5_lite": ({"ratio": "2048:2048", "output_format": "jpeg"}, Stills((2048, 2048), "JPEG", 1, 4)),
    "seedream5_pro": ({"ratio": "1024:1024"}, Stills((1024, 1024), "PNG", 1, 5)),
    "grok_imagine_image_2": ({"ratio": "1280:720", "quality": "low"}, Stills((1280, 720), "PNG", 1, 6)),
    "bria_fibo_1_5": ({"ratio": "768:1152"}, Stills((768, 1152), "PNG", 1, 5)),
    "bria_fibo_edit_1_5": (
        {"ratio": "1024:576", "reference_images": [{"uri": "picture"}]},
        Stills((1024, 576), "PNG", 1, 5),
    ),
}
TOOLS: dict[str, dict[str, Row]] = {
    "character_performance": {
        "act_two": (
            {
                "character": {"type": "image", "uri": "picture"},
                "reference": {"type": "video", "uri": "performance"},
                "ratio": "960:960",
            },
            Film((960, 960), 72, True, 15),
        ),
    },
    "video_upscale": {
        "magnific_video_upscaler_creative": ({"video_uri": "film", "resolution": "720p"}, Film(LARGE, 48, True, 34)),
        "enhance_frame_rate": ({"video_uri": "film", "target_framerate": "48"}, Film(SMALL, 96, True, 2)),
    },
    "video_to_hdr": {"ruby": ({"video_uri": "film"}, Film(SMALL, 48, True, 40))},
    "video_to_audio": {
        "mirelo_sfx_2_0": (
            {"video_uri": "film", "duration": 1, "format": "wav", "num_variants": 2},
            Sounds(1.0, 2, 2),
        ),
    },
}
ROWS = {"text_to_video": TEXT, "image_to_video": IMAGE, "video_to_video": VIDEO, "text_to_image": STILL} | TOOLS
CASES = [pytest.param(place, name, id=f"{place}-{name}") for place, rows in ROWS.items() for name in rows]
PROMPTED = ("text_to_video", "image_to_video", "video_to_video", "text_to_image")


@dataclass(frozen=True)
class Desk:
    """A client of a simulator, and the addresses of the files that were uploaded there, by name."""

    client: RunwayML
    files: dict[str, str]

    def body(self, asked: Any) -> Any:
        """What is asked, with addresses where a file is named."""
        if isinstance(asked, dict):
            return {name: self.body(value) for name, value in asked.items()}
        if isinstance(asked, list):
            return [self.body(value) for value in asked]
        return self.files.get(asked, asked) if isinstance(asked, str) else asked


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """One simulator for all models."""
    with (
        served(lambda url: Remote(base_url=url, pace=Pace.instant(), draft_clips=True, max_concurrent=None)) as remote,
        RunwayML(api_key=KEY, base_url=remote.base_url, max_retries=0, _strict_response_validation=True) as client,
    ):
        contents = {"picture.png": png(), "film.mp4": film(), "performance.mp4": film(3)}
        yield Desk(client, {name[:-4]: uploaded(client, name, content) for name, content in contents.items()})


def test_no_model_is_left_out() -> None:
    assert {place: set(rows) for place, rows in ROWS.items()} == {place: set(rows) for place, rows in TABLES.items()}


@pytest.mark.parametrize(("endpoint", "model"), CASES)
def test_the_sdk_gets_what_it_asks_for(desk: Desk, endpoint: str, model: str) -> None:
    asked, expected = ROWS[endpoint][model]
    words = {"prompt_text": "A paper boat"} if endpoint in PROMPTED else {}
    frame = {"prompt_image": desk.files["picture"]} if endpoint == "image_to_video" else {}

    created = getattr(desk.client, endpoint).create(model=model, **desk.body(words | frame | asked))
    task = finished(created)

    assert task.cost.credits == expected.credits
    check(downloads(task), expected)


def check(files: list[tuple[str, bytes]], expected: Film | Stills | Sounds) -> None:
    """Decodes every file."""
    if isinstance(expected, Film):
        [(ending, content)] = files
        found = seen(content)
        assert ending == "mp4"
        assert (found.size, found.frames, bool(found.sounds)) == (expected.size, expected.frames, expected.has_sound)
    elif isinstance(expected, Stills):
        stills = [Image.open(io.BytesIO(content)) for _, content in files]
        assert [(still.format, still.size) for still in stills] == [(expected.form, expected.size)] * expected.count
    else:
        assert [heard_s(content) for _, content in files] == [pytest.approx(expected.seconds, abs=0.1)] * expected.count
