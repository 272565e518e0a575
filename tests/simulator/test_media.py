"""Films and sounds of a body are looked at before a task exists: length, size, rate, codec."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from studio.simulator import ManualClock, sound
from studio.simulator.films import look_at
from tests.simulator.footage import seen, shot
from tests.simulator.remotes import Client

Film = Callable[..., str]
Picture = Callable[..., bytes]
Body = dict[str, Any]


def issues_of(client: Client, endpoint: str, body: Body) -> list[Body]:
    answer = client.post(f"/v1/{endpoint}", json=body)
    found: list[Body] = answer.json().get("issues", [])
    assert (answer.status_code == 400) is bool(found), answer.text
    return found


def audio(client: Client, seconds: float) -> Body:
    content = sound.packed(sound.silence(duration_s=seconds), kind="wav")
    return {"type": "audio", "uri": client.upload(content, filename="a.wav")}


def test_film_that_is_too_long_is_refused_in_the_providers_words(client: Client, film: Film) -> None:
    uri = film(duration_s=31, width=64, height=64, is_draft=True)

    for endpoint, model in (
        ("video_to_video", "aleph2"),
        ("video_upscale", "magnific_video_upscaler_creative"),
        ("video_to_hdr", "ruby"),
    ):
        assert issues_of(client, endpoint, {"model": model, "videoUri": uri}) == [
            {
                "code": "too_big",
                "maximum": 30,
                "type": "number",
                "inclusive": True,
                "origin": "number",
                "message": "Asset duration must be at most 30 seconds",
                "path": ["videoUri"],
            }
        ]
    assert client.remote.tasks == {}


def test_performance_that_is_too_brief_is_refused(client: Client, film: Film, picture: Picture) -> None:
    body = {
        "model": "act_two",
        "character": {"type": "image", "uri": client.upload(picture())},
        "reference": {"type": "video", "uri": film()},
    }

    found = issues_of(client, "character_performance", body)

    assert [(issue["code"], issue["message"], issue["path"]) for issue in found] == [
        ("too_small", "Asset duration must be at least 3 seconds", ["reference", "uri"])
    ]


@pytest.mark.parametrize(
    ("endpoint", "body", "options", "message"),
    [
        ("video_to_video", {"model": "aleph2"}, {"fps": 60}, "Asset frame rate must be at most 30 fps. Got 60.00."),
        (
            "video_to_video",
            {"model": "seedance2_5", "promptText": "x"},
            {},
            "Invalid asset dimensions. Each side must be at least 480 px. Got 320x180.",
        ),
    ],
)
def test_film_outside_the_models_limits_is_refused(
    client: Client, film: Film, endpoint: str, body: Body, options: Body, message: str
) -> None:
    field = "videoUri" if body["model"] == "aleph2" else "promptVideo"

    found = issues_of(client, endpoint, body | {field: film(**options)})

    assert found == [{"code": "custom", "message": message, "path": [field]}]


@pytest.mark.parametrize(
    ("model", "size", "message"),
    [
        ("h3_max", (255, 400), "Invalid asset dimensions. Each side must be at least 256 px. Got 255x400."),
        ("happyhorse_1_0", (299, 400), "Invalid asset dimensions. Each side must be at least 300 px. Got 299x400."),
        (
            "grok_imagine_1_5",
            (600, 200),
            "Invalid asset aspect ratio. width / height ratio must be at most 2.5. Got 3.000.",
        ),
    ],
)
def test_picture_outside_the_models_limits_is_refused(
    client: Client, picture: Picture, model: str, size: tuple[int, int], message: str
) -> None:
    body = {"model": model, "promptText": "A boat", "promptImage": client.upload(picture(*size))}

    assert [issue["message"] for issue in issues_of(client, "image_to_video", body)] == [message]


def test_combined_length_of_films_and_of_sounds_is_limited(client: Client, film: Film) -> None:
    clip = {"type": "video", "uri": film(duration_s=8, is_draft=True)}
    body: Body = {"model": "seedance2", "promptText": "A boat"}

    films = issues_of(client, "text_to_video", body | {"referenceVideos": [clip] * 2})
    sounds = issues_of(client, "text_to_video", body | {"referenceAudio": [audio(client, 8)] * 2})
    both = issues_of(client, "video_to_video", body | {"promptVideo": clip["uri"], "referenceVideos": [clip]})

    words = "The combined duration of all {} references must be at most 15 seconds."
    assert [(issue["message"], issue["path"]) for issue in (*films, *sounds, *both)] == [
        (words.format("video"), ["referenceVideos"]),
        (words.format("audio"), ["referenceAudio"]),
        (words.format("video"), ["referenceVideos"]),
    ]


def test_sound_of_a_reference_has_its_own_bounds(client: Client, picture: Picture) -> None:
    body = {"model": "grok_imagine_1_5", "promptText": "A", "references": [{"uri": client.upload(picture())}]}

    brief = issues_of(client, "text_to_video", body | {"referenceAudio": [audio(client, 2)]})
    good = issues_of(client, "text_to_video", body | {"referenceAudio": [audio(client, 4)]})

    assert [(issue["code"], issue["path"]) for issue in brief] == [("too_small", ["referenceAudio", 0, "uri"])]
    assert good == []


def test_keyframe_behind_the_end_of_the_film_is_refused(client: Client, film: Film, picture: Picture) -> None:
    frame = {"uri": client.upload(picture()), "seconds": 5}

    found = issues_of(client, "video_to_video", {"model": "aleph2", "videoUri": film(), "keyframes": [frame]})

    assert [issue["path"] for issue in found] == [["keyframes", 0, "seconds"]]


def test_all_bad_files_are_told_at_once(client: Client, film: Film, picture: Picture) -> None:
    frames = [{"uri": film(), "at": 0.1}, {"uri": "https://example.com/a.png", "at": 0.5}]
    body = {"model": "aleph2", "videoUri": client.upload(picture()), "keyframes": frames}

    found = issues_of(client, "video_to_video", body)

    assert [(issue["path"], issue["message"]) for issue in found] == [
        (["videoUri"], 'Unsupported Content-Type response header: "image/png".'),
        (["keyframes", 0, "uri"], 'Unsupported Content-Type response header: "video/mp4".'),
        (["keyframes", 1, "uri"], 'Failed to fetch asset. Received HTTP response code "404".'),
    ]


def test_film_that_breaks_off_is_refused(client: Client) -> None:
    uri = client.upload(shot()[:2000], filename="a.mp4")

    found = issues_of(client, "video_to_hdr", {"model": "ruby", "videoUri": uri})

    assert found[0]["message"] == "Invalid asset. The video could not be decoded."


def test_film_in_the_body_itself_is_taken(client: Client, clock: ManualClock) -> None:
    uri = f"data:video/mp4;base64,{base64.b64encode(shot()).decode()}"
    body = {"model": "enhance_frame_rate", "videoUri": uri, "targetFramerate": "30"}

    [(_, content)] = client.made(body, endpoint="video_upscale", clock=clock)

    assert seen(content).frames == 60


def test_facts_of_a_film_are_its_own() -> None:
    facts = look_at(shot(width=180, height=320), kind="video")

    assert (facts.size, facts.duration_s, facts.fps, facts.has_sound, facts.codec) == ((180, 320), 2, 24, True, "h264")


@pytest.mark.parametrize(("kind", "codec"), [("mp3", "mp3float"), ("wav", "pcm_s16le"), ("flac", "flac")])
def test_facts_of_a_sound_are_its_own(kind: str, codec: str) -> None:
    facts = look_at(sound.packed(sound.silence(duration_s=3), kind=kind), kind="audio")

    assert facts.codec == codec
    assert facts.duration_s == pytest.approx(3, abs=0.1)


def test_draft_is_small_and_becomes_large_for_a_week(client: Client, clock: ManualClock) -> None:
    body = {"model": "seedance2_5", "promptText": "A boat", "draft": True, "duration": 4}
    [(_, small)] = client.made(body, endpoint="text_to_video", clock=clock)
    draft = next(iter(client.remote.tasks))
    order = {"model": "seedance2_5", "draftTaskId": draft}

    [(_, large)] = client.made(order, endpoint="text_to_video", clock=clock)
    clock.advance(7 * 86_400)
    late = issues_of(client, "text_to_video", order)

    assert (seen(small).size, seen(large).size, seen(large).frames) == ((854, 480), (1920, 1080), 96)
    assert [issue["path"] for issue in late] == [["draftTaskId"]]
