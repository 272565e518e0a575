"""Every format of an output is one: depth, colours, container, and what the name of the file ends on."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from studio.simulator import ManualClock, colours
from studio.simulator.colours import Curve
from tests.simulator.footage import difference, pictures, seen, shot
from tests.simulator.remotes import Client

Film = Callable[..., str]
GEN: dict[str, Any] = {"model": "gen4.5", "promptText": "A fire", "ratio": "1280:720", "duration": 2, "seed": 1}


def only(client: Client, clock: ManualClock, endpoint: str, body: dict[str, Any]) -> tuple[str, bytes]:
    [output] = client.made(body, endpoint=endpoint, clock=clock)
    return output


@pytest.mark.parametrize(
    ("name", "ending", "codec", "pixels", "colour"),
    [
        ("mp4", "mp4", "h264", "yuv420p", (1, 1)),
        ("prores", "mov", "prores", "yuva444p12le", (1, 1)),
        ("sdr_rec709_10bit", "mp4", "hevc", "yuv420p10le", (1, 1)),
        ("hdr10", "mp4", "hevc", "yuv420p10le", (9, 16)),
        ("hlg", "mp4", "hevc", "yuv420p10le", (9, 18)),
        ("hdr_pq_12bit_master", "mov", "hevc", "yuv444p12le", (9, 16)),
        ("hdr_prores", "mov", "prores", "yuv422p10le", (9, 16)),
    ],
)
def test_generated_film_comes_in_the_format_that_was_asked_for(
    client: Client, clock: ManualClock, name: str, ending: str, codec: str, pixels: str, colour: tuple[int, int]
) -> None:
    given, content = only(client, clock, "text_to_video", GEN | {"outputFormat": name})

    found = seen(content)
    assert (given, found.codec, found.pixels, found.size, found.frames) == (ending, codec, pixels, (1280, 720), 48)
    assert (found.primaries, found.transfer) == colour


@pytest.mark.parametrize(
    ("profile", "pixels"), [("422 Proxy", "yuv422p10le"), ("422", "yuv422p10le"), ("4444 XQ", "yuva444p12le")]
)
def test_prores_has_the_profile_that_was_asked_for(
    client: Client, clock: ManualClock, film: Film, profile: str, pixels: str
) -> None:
    body = {"model": "aleph2", "promptText": "Snow", "videoUri": film(), "outputFormat": "prores"}

    _, content = only(client, clock, "video_to_video", body | {"proresProfile": profile})

    assert (seen(content).codec, seen(content).pixels) == ("prores", pixels)


def test_mov_of_seedance_is_deep(client: Client, clock: ManualClock) -> None:
    body = {"model": "seedance2_5", "promptText": "A fire", "duration": 4, "ratio": "640:640", "outputFormat": "mov"}

    ending, content = only(client, clock, "text_to_video", body)

    assert (ending, seen(content).codec, seen(content).pixels) == ("mov", "prores", "yuv422p10le")
    assert seen(content).sounds == ("aac",)


def test_png_sequence_is_one_picture_a_frame(client: Client, clock: ManualClock, film: Film) -> None:
    body = {"model": "aleph2", "promptText": "Snow", "videoUri": film(), "outputFormat": "png_sequence"}

    ending, content = only(client, clock, "video_to_video", body)

    archive = zipfile.ZipFile(io.BytesIO(content))
    first = Image.open(io.BytesIO(archive.read("frame.0001.png")))
    last = Image.open(io.BytesIO(archive.read("frame.0048.png")))
    assert (ending, len(archive.namelist())) == ("zip", 48)
    assert (first.format, first.size, first.mode) == ("PNG", (320, 180), "RGB")
    assert difference(first, last) > 1


def test_deep_png_sequence_has_sixteen_bits_and_says_what_they_mean(client: Client, clock: ManualClock) -> None:
    _, content = only(client, clock, "text_to_video", GEN | {"outputFormat": "hdr_png_sequence"})

    archive = zipfile.ZipFile(io.BytesIO(content))
    header = archive.read("frame.0001.png")[16:26]
    assert struct.unpack(">IIBB", header) == (1280, 720, 16, 2)
    assert json.loads(archive.read("colorimetry.json"))["transfer"] == "SMPTE ST 2084"
    assert len(archive.namelist()) == 49


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "colour"),
    [
        (None, "hevc", "yuv420p10le", (9, 16)),
        ("hlg", "hevc", "yuv420p10le", (9, 18)),
        ("hdr_prores", "prores", "yuv422p10le", (9, 16)),
    ],
)
def test_hdr_is_ten_bits_in_its_own_colours(
    client: Client,
    clock: ManualClock,
    film: Film,
    name: str | None,
    codec: str,
    pixels: str,
    colour: tuple[int, int],
) -> None:
    asked = {} if name is None else {"outputFormat": name}

    _, content = only(client, clock, "video_to_hdr", {"model": "ruby", "videoUri": film()} | asked)

    found = seen(content)
    assert (found.codec, found.pixels, found.size, found.frames) == (codec, pixels, (320, 180), 48)
    assert (found.primaries, found.transfer, found.sounds) == (*colour, ("aac",))
    assert difference(pictures(content)[30], pictures(shot())[30]) > 5


def test_exr_sequence_is_half_floats_with_the_sound_beside_them(client: Client, clock: ManualClock, film: Film) -> None:
    body = {"model": "ruby", "videoUri": film(), "outputFormat": "hdr_exr_sequence"}

    ending, content = only(client, clock, "video_to_hdr", body)

    archive = zipfile.ZipFile(io.BytesIO(content))
    first = archive.read("frame.0001.exr")
    # In the list of channels a type of 1 is half, 2 is float.
    start = first.index(b"chlist\0") + 11
    kinds = [struct.unpack("<I", first[start + at + 2 : start + at + 6])[0] for at in (0, 18, 36)]
    assert (ending, first[:4], kinds) == ("zip", b"v/1\x01", [1, 1, 1])
    assert json.loads(archive.read("colorimetry.json"))["transfer"] == "linear, 1.0 = 100 nits"
    assert archive.read("audio.wav")[:4] == b"RIFF"
    assert len(archive.namelist()) == 50


@pytest.mark.parametrize("endpoint", ["video_to_hdr", "text_to_video"])
@pytest.mark.parametrize("version", ["1_3", "2_0"])
def test_acescg_is_refused_in_words(client: Client, film: Film, endpoint: str, version: str) -> None:
    name = f"hdr_exr_acescg_sequence_{version}"
    body = GEN if endpoint == "text_to_video" else {"model": "ruby", "videoUri": film()}

    answer = client.post(f"/v1/{endpoint}", json=body | {"outputFormat": name})

    assert answer.status_code == 400
    assert answer.json()["issues"] == [
        {
            "code": "custom",
            "message": f"The simulator does not render outputFormat {name}. Use hdr_exr_sequence.",
            "path": ["outputFormat"],
        }
    ]


def test_same_order_gives_the_same_bytes(client: Client, clock: ManualClock, film: Film) -> None:
    body = {"model": "ruby", "videoUri": film()}

    one = only(client, clock, "video_to_hdr", body)
    client.remote.clips._shelf._items.clear()  # type: ignore[attr-defined]  # made anew
    other = only(client, clock, "video_to_hdr", body)

    assert one == other


@pytest.mark.parametrize(("nits", "signal"), [(0, 0.0), (100, 0.508), (1000, 0.752), (10_000, 1.0)])
def test_pq_is_the_curve_of_the_standard(nits: float, signal: float) -> None:
    assert colours.pq(nits) == pytest.approx(signal, abs=0.001)


def test_white_and_black_are_where_they_belong() -> None:
    assert sum(colours.nits_of(0, 0, 0)) == 0
    assert colours.nits_of(1, 1, 1) == pytest.approx((507.5,) * 3, rel=0.001)
    assert colours.hlg(1000) == pytest.approx(1.0, abs=0.001)
    assert colours.cube(Curve.PQ).count("\n") == 33**3 + 1
