from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from studio.media.errors import NotAVideo
from studio.media.preview import make_poster, make_thumb
from tests.media.files import image_bytes, make_video


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize(
    ("size", "expected"), [((1280, 720), (640, 360)), ((720, 1280), (360, 640)), ((200, 100), (200, 100))]
)
def test_thumb_has_640_pixels_at_most(size: tuple[int, int], expected: tuple[int, int]) -> None:
    thumb = opened(make_thumb(image_bytes(size=size)))

    assert (thumb.format, thumb.size, thumb.mode) == ("WEBP", expected, "RGB")


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_thumb_keeps_transparency(mode: str) -> None:
    target = BytesIO()
    Image.new("RGBA", (64, 64), (10, 20, 30, 128)).convert(mode).save(target, format="PNG")

    thumb = opened(make_thumb(target.getvalue()))

    assert thumb.mode == "RGBA"
    assert thumb.getchannel("A").getextrema() == (128, 128)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_thumb_of_few_colours_is_rgb(mode: str) -> None:
    assert opened(make_thumb(image_bytes(mode=mode))).mode == "RGB"


def test_thumb_of_deep_grey_keeps_its_brightness() -> None:
    target = BytesIO()
    Image.new("I;16", (64, 64), 32_768).save(target, format="PNG")

    thumb = opened(make_thumb(target.getvalue())).convert("L")

    assert ImageStat.Stat(thumb).mean[0] == pytest.approx(128, abs=4)


def test_poster_is_a_small_webp(tmp_path: Path) -> None:
    poster = opened(make_poster(make_video(tmp_path / "clip.mp4")))

    assert (poster.format, poster.size) == ("WEBP", (64, 36))


def test_poster_shows_a_third_in(tmp_path: Path) -> None:
    """Frame 8 or 9 of 24 stands 0.35 s in; the stripes of both cover pixels 9 to 15."""
    poster = opened(make_poster(make_video(tmp_path / "clip.mp4"))).convert("RGB")

    inside, outside = poster.getpixel((12, 18)), poster.getpixel((30, 18))
    assert isinstance(inside, tuple)
    assert isinstance(outside, tuple)
    assert inside[0] < 80
    assert outside[0] > 200


def test_poster_skips_black(tmp_path: Path) -> None:
    poster = opened(make_poster(make_video(tmp_path / "clip.mp4", seconds=2, black_seconds=1.5)))

    assert ImageStat.Stat(poster.convert("L")).mean[0] > 100


def test_poster_of_a_black_clip_is_black(tmp_path: Path) -> None:
    poster = opened(make_poster(make_video(tmp_path / "clip.mp4", black_seconds=1)))

    assert ImageStat.Stat(poster.convert("L")).mean[0] < 5


def test_poster_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video")

    with pytest.raises(NotAVideo):
        make_poster(path)
