"""Clips are real: codec, size, length, sound and index as promised; the same request gives the same bytes."""

import io
import os
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from studio.simulator.clips import Clips
from studio.simulator.encoding import FPS
from studio.simulator.painting.camera import cropped
from studio.simulator.renderer import ClipSpec, render_clip
from studio.simulator.shelf import FolderShelf, MemoryShelf

Picture = Callable[..., bytes]
SPEC = ClipSpec(prompt="A paper boat on the sea", width=480, height=270, duration_s=2, seed=7)


def frames_of(content: bytes) -> list[Image.Image]:
    with av.open(io.BytesIO(content), "r") as container:
        images: list[Image.Image] = [
            frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's gap
            for frame in container.decode(video=0)
        ]
    return images


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, 0 to 255."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


@pytest.mark.parametrize(
    ("size", "duration_s", "has_sound", "is_draft"),
    [
        ((1280, 720), 2, False, False),
        ((720, 1280), 4, True, True),
        ((1920, 1080), 8, True, True),
        ((1584, 672), 10, False, True),
        ((1104, 832), 3, False, True),
    ],
)
def test_clip_is_what_was_asked_for(size: tuple[int, int], duration_s: int, has_sound: bool, is_draft: bool) -> None:
    width, height = size
    spec = ClipSpec(
        prompt="A boat",
        width=width,
        height=height,
        duration_s=duration_s,
        seed=1,
        has_sound=has_sound,
        is_draft=is_draft,
    )

    content = render_clip(spec)

    with av.open(io.BytesIO(content), "r") as container:
        video = container.streams.video[0]
        count = len(list(container.decode(video)))
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height) == (width, height)
        assert video.average_rate == FPS
        assert count == 24 * duration_s
        assert container.duration == duration_s * av.time_base
        assert [(s.codec_context.name, s.codec_context.channels) for s in container.streams.audio] == (
            [("aac", 2)] if has_sound else []
        )
    assert content.find(b"moov") < content.find(b"mdat")


def test_same_request_gives_the_same_bytes() -> None:
    spec = replace(SPEC, has_sound=True)

    assert render_clip(spec) == render_clip(replace(spec))


@pytest.mark.parametrize("change", [{"seed": 8}, {"prompt": "A red fox in the snow"}])
def test_other_seed_or_prompt_is_visibly_another_clip(change: dict[str, object]) -> None:
    other = replace(SPEC, **change)  # type: ignore[arg-type]  # the fields are named by the parameters

    middle = [frames_of(render_clip(spec))[24] for spec in (SPEC, other)]

    assert other.digest != SPEC.digest
    assert difference(*middle) > 8


def test_prompt_is_painted_as_type_that_comes_after_a_moment() -> None:
    box = (30, 200, 240, 270)

    frames = frames_of(render_clip(replace(SPEC, prompt="night", seed=3)))
    brightest = [max(frames[index].crop(box).convert("L").tobytes()) for index in (2, 30)]

    assert brightest[0] < 200 < 240 < brightest[1]


def test_clip_moves() -> None:
    frames = frames_of(render_clip(SPEC))

    assert all(difference(frames[index], frames[index + 12]) > 0.4 for index in (0, 12, 24, 35))


def test_camera_begins_on_the_first_frame_and_ends_on_the_last(picture: Picture) -> None:
    first, last = picture(640, 480, colour="orange"), picture(500, 500, colour="navy")

    frames = frames_of(render_clip(replace(SPEC, first=first, last=last)))

    for frame, content in ((frames[0], first), (frames[-1], last)):
        assert difference(frame, cropped(content, size=SPEC.size).resize(SPEC.size)) < 4
    assert difference(frames[0], frames[-1]) > 30


def test_camera_moves_over_a_single_frame_by_its_seed(picture: Picture) -> None:
    first = picture()

    one, other = (frames_of(render_clip(replace(SPEC, first=first, seed=seed))) for seed in (1, 2))

    assert difference(one[0], other[0]) < 1
    assert difference(one[0], one[-1]) > 3
    assert difference(one[-1], other[-1]) > 2


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "CMYK"])
def test_picture_of_any_mode_is_filmed(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 180), "teal").convert(mode).save(buffer, "JPEG" if mode == "CMYK" else "PNG")

    assert len(frames_of(render_clip(replace(SPEC, width=320, height=180, first=buffer.getvalue())))) == 48


@pytest.mark.parametrize(
    "prompt",
    ["", "x" * 1000, "word " * 200, "海辺の夜明け 🎬", "\x00\n\t", "lone \ud800 half"],
    ids=["empty", "one-long-word", "many-words", "wide", "control", "surrogate"],
)
def test_any_prompt_can_be_painted(prompt: str) -> None:
    spec = replace(SPEC, prompt=prompt, width=320, height=180)

    assert len(frames_of(render_clip(spec))) == 48


def test_clip_is_rendered_once_for_many_requests() -> None:
    rendered: list[ClipSpec] = []

    def render(spec: ClipSpec) -> bytes:
        rendered.append(spec)
        return b"clip"

    clips = Clips(shelf=MemoryShelf(), render=render)
    futures = [clips.request(replace(SPEC)) for _ in range(5)]
    wait(futures)
    again = clips.request(SPEC).result()
    clips.close()

    assert {future.result() for future in futures} == {b"clip"} == {again}
    assert rendered == [SPEC]


def test_clip_is_there_only_when_it_is_rendered() -> None:
    clips = Clips(shelf=MemoryShelf(), render=lambda spec: b"clip")
    before = clips.is_ready(SPEC)

    clips.request(SPEC).result()
    clips.close()

    assert (before, clips.is_ready(SPEC)) == (False, True)


def test_memory_shelf_drops_the_oldest() -> None:
    shelf = MemoryShelf(limit_bytes=10)

    for name in ("a", "b", "c"):
        shelf.put(name, name.encode() * 4)
    shelf.put("c", b"cc")

    assert [shelf.get(name) for name in ("a", "b", "c")] == [None, b"bbbb", b"cc"]


def test_folder_shelf_keeps_files(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    FolderShelf(folder).put("a", b"x")

    assert FolderShelf(folder).get("a") == b"x"
    assert FolderShelf(folder).get("b") is None


def test_folder_shelf_drops_the_oldest_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite3").write_bytes(b"x" * 100)
    shelf = FolderShelf(tmp_path, limit_bytes=4)
    for name, content in (("b", b"bb"), ("a", b"aa"), ("c", b"cc")):
        shelf.put(name, content)
        os.utime(tmp_path / name, ns=(ord(name), ord(name)) if name == "b" else (200, 200))

    assert [shelf.get(name) for name in ("b", "a", "c")] == [None, b"aa", b"cc"]
    assert (tmp_path / "state.sqlite3").stat().st_size == 100
