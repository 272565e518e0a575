"""What the renderer paints with: slow things in between, and the planes that the encoder takes."""

from fractions import Fraction

import pytest
from PIL import Image

from studio.simulator.encoding import FPS
from studio.simulator.painting.planes import frame_of, planes_of
from studio.simulator.painting.tween import Tween


def test_tween_paints_each_key_once_and_blends_what_is_between() -> None:
    painted: list[float] = []

    def paint(at_s: float) -> Image.Image:
        painted.append(at_s)
        return Image.new("L", (2, 2), round(at_s * 100))

    tween = Tween(paint, rate=2)
    levels = [tween.at(at_s).getpixel((0, 0)) for at_s in (0.0, 0.125, 0.25, 0.5, 0.75)]

    assert levels == [0, 12, 25, 50, 75]
    assert painted == [0.0, 0.5, 1.0]


def test_tween_gives_a_picture_that_may_be_painted_on() -> None:
    tween = Tween(lambda at_s: Image.new("L", (2, 2), 40), rate=2)

    tween.at(0.0).paste(255, (0, 0, 2, 2))

    assert tween.at(0.0).getpixel((0, 0)) == 40


@pytest.mark.parametrize(
    ("colour", "levels"),
    [((255, 255, 255), (235, 128, 128)), ((0, 0, 0), (16, 128, 128)), ((255, 0, 0), (63, 102, 240))],
)
def test_planes_are_bt709_both_when_converted_and_when_pasted(
    colour: tuple[int, int, int], levels: tuple[int, int, int]
) -> None:
    converted = planes_of(Image.new("RGB", (32, 16), colour), size=(64, 32))
    pasted = planes_of(Image.new("RGB", (32, 16), "teal"), size=(64, 32))

    pasted.paste(colour, at=(0, 0), mask=Image.new("L", (64, 32), 255))

    for planes in (converted, pasted):
        found = tuple(plane.getpixel((5, 5)) for plane in (planes.luma, planes.blue, planes.red))
        assert found == pytest.approx(levels, abs=1)


def test_frame_of_a_width_that_needs_padding_is_the_picture() -> None:
    picture = Image.linear_gradient("L").resize((270, 30)).convert("RGB")

    frame = frame_of(planes_of(picture, size=(270, 30)), fps=FPS)
    shown: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's gap

    assert (frame.width, frame.height, frame.format.name) == (270, 30, "yuv420p")
    assert frame.time_base == Fraction(1, FPS)
    assert [shown.getpixel((x, 15))[1] for x in (0, 269)] == pytest.approx([127, 127], abs=6)  # type: ignore[index]
