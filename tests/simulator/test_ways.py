"""Each way of making an output really makes it: what comes out is probed, and compared with what went in."""

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from PIL import Image

from studio.simulator import ManualClock
from tests.simulator.footage import difference, heard_s, pictures, seen, shot
from tests.simulator.remotes import Client

Film = Callable[..., str]
Picture = Callable[..., bytes]
ALEPH: dict[str, Any] = {"model": "aleph2", "promptText": "Make it snow", "seed": 5}


def made(client: Client, clock: ManualClock, endpoint: str, **body: Any) -> bytes:
    """The only output of a task."""
    [(_, content)] = client.made(body, endpoint=endpoint, clock=clock)
    return content


# Edits


def test_edit_has_the_sources_length_and_size_and_another_look(client: Client, clock: ManualClock, film: Film) -> None:
    content = made(client, clock, "video_to_video", **ALEPH, videoUri=film())

    found = seen(content)
    assert (found.codec, found.pixels, found.size, found.frames, found.rate) == (
        "h264",
        "yuv420p",
        (320, 180),
        48,
        Fraction(24),
    )
    assert found.sounds == ()
    pairs = list(zip(pictures(content), pictures(shot()), strict=True))
    assert all(difference(one, other) > 4 for one, other in pairs[6:])


def test_edit_depends_on_prompt_and_seed_and_on_nothing_else(client: Client, clock: ManualClock, film: Film) -> None:
    source = film()

    one, same = (made(client, clock, "video_to_video", **ALEPH, videoUri=source) for _ in range(2))
    lava = made(client, clock, "video_to_video", **ALEPH | {"promptText": "Lava"}, videoUri=source)
    seed = made(client, clock, "video_to_video", **ALEPH | {"seed": 6}, videoUri=source)

    assert one == same
    assert difference(pictures(one)[20], pictures(lava)[20]) > 8
    assert difference(pictures(one)[20], pictures(seed)[20]) > 0.5


def test_keyframe_is_seen_near_its_time_alone(client: Client, clock: ManualClock, film: Film, picture: Picture) -> None:
    white = client.upload(picture(colour="white"))
    frames = [{"uri": white, "at": 0.5}]

    plain, keyed = (
        pictures(made(client, clock, "video_to_video", **ALEPH, videoUri=film(), **more))
        for more in ({}, {"keyframes": frames})
    )

    apart = [difference(one, other) for one, other in zip(plain, keyed, strict=True)]
    assert apart[24] > 60
    assert max(apart[0], apart[-1]) < 8


def test_keyframe_range_leaves_the_rest_of_the_film_alone(
    client: Client, clock: ManualClock, film: Film, picture: Picture
) -> None:
    frame = {"uri": client.upload(picture()), "seconds": 1.2, "range": {"start_seconds": 1, "end_seconds": 2}}

    content = made(client, clock, "video_to_video", **ALEPH, videoUri=film(), keyframes=[frame])

    apart = [difference(one, other) for one, other in zip(pictures(content), pictures(shot()), strict=True)]
    assert max(apart[:23]) < 5
    assert min(apart[25:]) > 10


def test_outpainting_widens_the_frame_and_keeps_the_film_inside(client: Client, clock: ManualClock, film: Film) -> None:
    content = made(client, clock, "video_to_video", **ALEPH, videoUri=film(), targetAspectRatio="1:1")

    frame = pictures(content)[30]
    inside, above = frame.crop((0, 70, 320, 250)), frame.crop((0, 0, 320, 70))
    assert seen(content).size == (320, 320)
    assert difference(above, Image.new("RGB", above.size)) > 3
    same = pictures(made(client, clock, "video_to_video", **ALEPH, videoUri=film()))[30]
    assert difference(inside, same) < 6


@pytest.mark.parametrize(
    ("body", "sounds"),
    [
        ({"model": "klingO3_standard"}, ("aac",)),
        ({"model": "klingO3_standard", "providerSettings": {"keepOriginalSound": False}}, ()),
    ],
)
def test_sound_of_the_source_stays_unless_it_is_not_wanted(
    client: Client, clock: ManualClock, film: Film, body: dict[str, Any], sounds: tuple[str, ...]
) -> None:
    content = made(client, clock, "video_to_video", promptText="Lava", promptVideo=film(), **body)

    assert seen(content).sounds == sounds


def test_references_are_seen_in_the_edit(client: Client, clock: ManualClock, film: Film, picture: Picture) -> None:
    body = {"model": "kling_4", "promptText": "Lava", "videoUri": film()}
    references = [{"uri": client.upload(picture(colour="red"))}]
    client.remote._seed = lambda order: 4  # type: ignore[method-assign]  # the same chance for both

    plain, inset = (
        pictures(made(client, clock, "video_to_video", **body, **more))[30] for more in ({}, {"references": references})
    )

    corner = (280, 140, 318, 178)
    assert difference(plain.crop(corner), inset.crop(corner)) > 20
    assert difference(plain.crop((0, 0, 200, 100)), inset.crop((0, 0, 200, 100))) < 8


def test_reference_mode_makes_a_new_film_of_its_own_length_and_size(
    client: Client, clock: ManualClock, film: Film
) -> None:
    content = made(
        client, clock, "video_to_video", model="seedance2_mini", promptVideo=film(), duration=4, ratio="640:640"
    )

    found = seen(content)
    assert (found.size, found.frames, found.sounds) == ((640, 640), 96, ("aac",))


def test_extending_keeps_the_film_and_goes_on_from_its_last_frame(
    client: Client, clock: ManualClock, film: Film
) -> None:
    content = made(
        client,
        clock,
        "video_to_video",
        model="gemini_omni_flash_1.1",
        promptText="On and on",
        videoUri=film(),
        mode="extend",
        duration=3,
    )

    frames, source = pictures(content), pictures(shot())
    assert (seen(content).size, len(frames)) == ((320, 180), 48 + 72)
    assert heard_s(content) == pytest.approx(5, abs=0.1)
    assert max(difference(one, other) for one, other in zip(frames, source, strict=False)) < 4
    assert difference(frames[48], source[47]) < 8
    assert difference(frames[48], frames[-1]) > 1


# Performance


@pytest.mark.parametrize("kind", ["image", "video"])
def test_performance_has_the_picture_of_one_and_the_time_of_the_other(
    client: Client, clock: ManualClock, film: Film, picture: Picture, kind: str
) -> None:
    who = client.upload(picture(colour="orange")) if kind == "image" else film(prompt="Lava", has_sound=False)
    acted = film(duration_s=4, prompt="A dancer in the night")
    body = {"model": "act_two", "reference": {"type": "video", "uri": acted}, "ratio": "1280:720"}

    content = made(client, clock, "character_performance", **body, character={"type": kind, "uri": who})

    found, frames = seen(content), pictures(content)
    assert (found.size, found.frames, found.sounds) == ((1280, 720), 96, ("aac",))
    assert heard_s(content) == pytest.approx(4, abs=0.1)
    assert difference(frames[0], frames[60]) > 1
    own = Image.open(io.BytesIO(picture(colour="orange"))) if kind == "image" else pictures(shot(prompt="Lava"))[0]
    cropped = own.convert("RGB").resize((160, 90))
    assert difference(frames[0].resize((160, 90)), cropped) < 25


def test_performance_moves_as_the_performer_does(
    client: Client, clock: ManualClock, film: Film, picture: Picture
) -> None:
    who = {"type": "image", "uri": client.upload(picture())}
    one, other = (film(duration_s=3, prompt=prompt) for prompt in ("A dancer in the night", "Lava"))

    films = [
        made(client, clock, "character_performance", model="act_two", character=who, reference=reference, seed=1)
        for reference in ({"type": "video", "uri": one}, {"type": "video", "uri": other})
    ]

    assert difference(pictures(films[0])[50], pictures(films[1])[50]) > 0.5


# Larger, quicker


@pytest.mark.parametrize(
    ("resolution", "size"),
    [("720p", (1280, 720)), ("1k", (1920, 1080)), ("2k", (2560, 1440)), ("4k", (3840, 2160)), (None, (2560, 1440))],
)
def test_upscale_is_larger(
    client: Client, clock: ManualClock, film: Film, resolution: str | None, size: tuple[int, int]
) -> None:
    asked = {} if resolution is None else {"resolution": resolution}

    content = made(client, clock, "video_upscale", model="magnific_video_upscaler_creative", videoUri=film(), **asked)

    found = seen(content)
    assert (found.size, found.frames, found.rate, found.sounds) == (size, 48, Fraction(24), ("aac",))
    small = pictures(content)[30].resize((320, 180))
    assert difference(small, pictures(shot())[30]) < 5


def test_upscale_keeps_a_tall_frame_and_doubles_its_frames(client: Client, clock: ManualClock, film: Film) -> None:
    body = {"model": "magnific_video_upscaler_creative", "resolution": "720p", "fpsBoost": True}

    content = made(client, clock, "video_upscale", **body, videoUri=film(width=180, height=320))

    assert (seen(content).size, seen(content).frames, seen(content).rate) == ((720, 1280), 96, Fraction(48))


def test_upscale_does_what_its_sliders_say(client: Client, clock: ManualClock, film: Film) -> None:
    body = {"model": "magnific_video_upscaler_creative", "resolution": "720p", "videoUri": film()}

    plain, changed = (
        pictures(made(client, clock, "video_upscale", **body, **more))[30]
        for more in ({}, {"sharpen": 100, "smartGrain": 80, "flavor": "vivid"})
    )

    assert difference(plain, changed) > 2


@pytest.mark.parametrize(
    ("name", "rate", "frames"),
    [
        ("30", Fraction(30), 60),
        ("60", Fraction(60), 120),
        ("120", Fraction(120), 240),
        ("23_98", Fraction(24000, 1001), 48),
        ("29_97", Fraction(30000, 1001), 60),
        ("59_94", Fraction(60000, 1001), 120),
    ],
)
def test_frame_rate_is_the_one_that_was_asked_for(
    client: Client, clock: ManualClock, film: Film, name: str, rate: Fraction, frames: int
) -> None:
    content = made(client, clock, "video_upscale", model="enhance_frame_rate", videoUri=film(), targetFramerate=name)

    assert (seen(content).rate, seen(content).frames, seen(content).size) == (rate, frames, (320, 180))


def test_frames_between_two_are_a_blend_of_both(client: Client, clock: ManualClock, film: Film) -> None:
    content = made(client, clock, "video_upscale", model="enhance_frame_rate", videoUri=film(), targetFramerate="48")

    frames, source = pictures(content), pictures(shot())
    middle = Image.blend(source[10], source[11], 0.5)
    assert difference(frames[20], source[10]) < 4
    assert difference(frames[21], middle) < 4


# Sound


@pytest.mark.parametrize(
    ("kind", "codec", "first"),
    [("mp3", "mp3float", b"ID3"), ("wav", "pcm_s16le", b"RIFF"), ("flac", "flac", b"fLaC")],
)
def test_sound_for_a_film_is_a_file_of_that_kind(
    client: Client, clock: ManualClock, film: Film, kind: str, codec: str, first: bytes
) -> None:
    body = {"model": "mirelo_sfx_2_0", "videoUri": film(has_sound=False), "duration": 2, "format": kind}

    [(ending, content)] = client.made(body, endpoint="video_to_audio", clock=clock)

    assert (ending, content[: len(first)]) == (kind, first)
    assert heard_s(content) == pytest.approx(2, abs=0.1)


def test_sound_comes_in_as_many_variants_as_were_asked_for(client: Client, clock: ManualClock, film: Film) -> None:
    body = {"model": "mirelo_sfx_2_0", "videoUri": film(), "duration": 1.5, "format": "wav", "numVariants": 3}

    made = client.made(body, endpoint="video_to_audio", clock=clock)

    assert len({content for _, content in made}) == 3
    assert [heard_s(content) for _, content in made] == [pytest.approx(1.5, abs=0.05)] * 3


def test_speech_of_the_source_is_kept_under_the_sound(client: Client, clock: ManualClock, film: Film) -> None:
    body = {"model": "mirelo_sfx_2_0", "videoUri": film(), "duration": 2, "format": "wav", "seed": 1}

    alone, kept = (made(client, clock, "video_to_audio", **body, **more) for more in ({}, {"preserveSpeech": True}))

    assert len(alone) == pytest.approx(len(kept), rel=0.05)
    assert alone != kept


# Pictures


def test_references_without_a_position_are_seen_in_the_scene(
    client: Client, clock: ManualClock, picture: Picture
) -> None:
    body = {"model": "hailuo3", "promptText": "A boat", "duration": 5, "resolution": "768p", "ratio": "adaptive"}

    content = made(
        client, clock, "image_to_video", **body, promptImage=[{"uri": client.upload(picture(400, 400, colour="red"))}]
    )

    frame = pictures(content)[60]
    assert seen(content).size == (768, 768)
    assert difference(frame.crop((640, 640, 740, 740)), frame.crop((20, 20, 120, 120))) > 20


@pytest.mark.parametrize(
    ("kind", "ending", "form"), [("png", "png", "PNG"), ("jpeg", "jpg", "JPEG"), ("webp", "webp", "WEBP")]
)
def test_stills_have_the_exact_size_and_format(
    client: Client, clock: ManualClock, kind: str, ending: str, form: str
) -> None:
    body = {"model": "muse_image", "promptText": "Dunes", "ratio": "1920:1280", "outputFormat": kind, "outputCount": 2}

    made = client.made(body, endpoint="text_to_image", clock=clock)

    stills = [Image.open(io.BytesIO(content)) for _, content in made]
    assert [name for name, _ in made] == [ending] * 2
    assert [(still.format, still.size) for still in stills] == [(form, (1920, 1280))] * 2
    assert difference(*stills) > 1


def test_tagged_reference_is_seen_in_the_still(client: Client, clock: ManualClock, picture: Picture) -> None:
    body: dict[str, Any] = {"model": "gen4_image", "promptText": "@cat on dunes", "ratio": "1280:720", "seed": 3}
    references = [{"uri": client.upload(picture(colour="red")), "tag": "cat"}]

    plain, tagged = (
        Image.open(io.BytesIO(made(client, clock, "text_to_image", **body, **more)))
        for more in ({}, {"referenceImages": references})
    )

    corner = (1150, 590, 1260, 700)
    assert tagged.size == (1280, 720)
    assert difference(plain.crop(corner), tagged.crop(corner)) > 20
    assert difference(plain.crop((0, 0, 600, 400)), tagged.crop((0, 0, 600, 400))) == 0


def test_transparent_still_has_an_alpha_channel(client: Client, clock: ManualClock) -> None:
    body = {"model": "gpt_image_2", "promptText": "Dunes", "ratio": "2048:880", "background": "transparent"}

    still = Image.open(io.BytesIO(made(client, clock, "text_to_image", **body)))

    assert (still.mode, still.size) == ("RGBA", (2048, 880))
    assert min(still.getchannel("A").tobytes()) < 20
