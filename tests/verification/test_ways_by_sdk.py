"""What only some ways take, by the official SDK: frames at a time, modes, references, drafts, formats."""

import io
import zipfile

from PIL import Image

from tests.simulator.footage import heard_s, seen
from tests.verification.conftest import Connect
from tests.verification.files import downloads, film, finished, png, tone, uploaded

SMALL = (854, 480)


def test_an_edit_with_a_keyframe_in_a_wider_frame(connect: Connect) -> None:
    client, remote = connect()
    source, frame = uploaded(client, "film.mp4", film()), uploaded(client, "frame.png", png())

    task = finished(
        client.video_to_video.create(
            model="aleph2",
            video_uri=source,
            prompt_text="Make it snow",
            keyframes=[{"seconds": 1, "uri": frame}],
            target_aspect_ratio="1:1",
        )
    )

    [(_, content)] = downloads(task)
    assert (seen(content).size, seen(content).frames) == ((854, 854), 48)
    assert remote.creates[0].body["keyframes"] == [{"seconds": 1, "uri": frame}]


def test_an_extension_is_as_long_as_the_film_and_what_was_asked_for(connect: Connect) -> None:
    client, _ = connect()
    source = uploaded(client, "film.mp4", film())

    task = finished(
        client.video_to_video.create(
            model="gemini_omni_flash_1.1", video_uri=source, prompt_text="On and on", mode="extend", duration=3
        )
    )

    [(_, content)] = downloads(task)
    assert (seen(content).size, seen(content).frames) == (SMALL, 48 + 72)
    assert 4.9 < heard_s(content) < 5.1


def test_references_of_three_kinds_beside_a_text(connect: Connect) -> None:
    client, remote = connect()
    image, sound = uploaded(client, "a.png", png()), uploaded(client, "a.wav", tone(3))
    source = uploaded(client, "film.mp4", film())

    task = finished(
        client.text_to_video.create(
            model="seedance2_5",
            prompt_text="A boat",
            ratio="854:480",
            duration=4,
            references=[{"uri": image}],
            reference_videos=[{"type": "video", "uri": source}],
            reference_audio=[{"type": "audio", "uri": sound}],
        )
    )

    [(_, content)] = downloads(task)
    assert (seen(content).size, seen(content).frames) == (SMALL, 96)
    assert task.cost.credits == 4 * 20 + 2 * 10
    assert [media.kind for media in next(iter(remote.tasks.values())).pictures.media] == ["image", "video", "audio"]


def test_a_draft_becomes_a_large_clip(connect: Connect) -> None:
    client, _ = connect()
    draft = finished(
        client.text_to_video.create(model="seedance2_5", prompt_text="A boat", ratio="720:1280", duration=4, draft=True)
    )

    large = finished(client.text_to_video.create(model="seedance2_5", draft_task_id=draft.id))

    sizes = [seen(content).size for task in (draft, large) for _, content in downloads(task)]
    assert sizes == [(480, 854), (1080, 1920)]


def test_a_master_in_hdr_is_prores(connect: Connect) -> None:
    client, _ = connect()
    source = uploaded(client, "film.mp4", film())

    task = finished(
        client.video_to_hdr.create(model="ruby", video_uri=source, output_format="hdr_prores", prores_profile="422 HQ")
    )

    [(ending, content)] = downloads(task)
    found = seen(content)
    assert (ending, found.codec, found.size, found.frames, found.transfer) == ("mov", "prores", SMALL, 48, 16)


def test_a_clip_as_single_pictures(connect: Connect) -> None:
    client, _ = connect()

    task = finished(
        client.text_to_video.create(
            model="gen4.5", prompt_text="A boat", ratio="720:1280", duration=2, output_format="png_sequence"
        )
    )

    [(ending, content)] = downloads(task)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = {Image.open(io.BytesIO(archive.read(name))).size for name in archive.namelist()}
        assert (ending, len(archive.namelist()), sizes) == ("zip", 48, {(720, 1280)})
    assert task.cost.credits == 2 * (12 + 5)


def test_twice_the_frames_of_a_larger_film(connect: Connect) -> None:
    client, _ = connect()
    source = uploaded(client, "film.mp4", film())

    task = finished(
        client.video_upscale.create(
            model="magnific_video_upscaler_creative", video_uri=source, resolution="720p", fps_boost=True, sharpen=40
        )
    )

    [(_, content)] = downloads(task)
    assert (seen(content).size, seen(content).frames) == ((1280, 720), 96)


def test_a_picture_with_a_tagged_reference_and_one_that_is_clear(connect: Connect) -> None:
    client, _ = connect()
    reference = uploaded(client, "cat.png", png())

    tagged = finished(
        client.text_to_image.create(
            model="gen4_image",
            prompt_text="@cat on dunes",
            ratio="720:720",
            reference_images=[{"uri": reference, "tag": "cat"}],
        )
    )
    clear = finished(
        client.text_to_image.create(
            model="gpt_image_2", prompt_text="Dunes", ratio="1920:1088", quality="low", background="transparent"
        )
    )

    stills = [Image.open(io.BytesIO(content)) for task in (tagged, clear) for _, content in downloads(task)]
    assert [(still.mode, still.size) for still in stills] == [("RGB", (720, 720)), ("RGBA", (1920, 1088))]


def test_a_performance_of_a_filmed_character_is_deleted_when_it_is_fetched(connect: Connect) -> None:
    client, remote = connect()
    acted = uploaded(client, "film.mp4", film(3))

    created = client.character_performance.create(
        model="act_two",
        character={"type": "video", "uri": acted},
        reference={"type": "video", "uri": acted},
        ratio="960:960",
        expression_intensity=4,
    )
    [(_, content)] = downloads(finished(created))
    client.tasks.delete(created.id)

    assert (seen(content).size, seen(content).frames) == ((960, 960), 72)
    assert remote.tasks == {}
    assert client.organization.retrieve().usage.models["act_two"].daily_generations == 1
