"""Requests as they go out, for what is peculiar to a way."""

import pytest

from studio.providers.base import Input, InputRole, MediaKind, TaskSpec, WayKind
from studio.providers.errors import Reason, Rejected
from studio.providers.runway.requests import create_body
from studio.providers.runway.wire import read_refusal

FIRST = Input("runway://one", InputRole.FIRST)
LAST = Input("runway://two", InputRole.LAST)
PICTURE = Input("runway://picture", InputRole.REFERENCE_IMAGE, tag="boat")
FILM = Input("runway://film", InputRole.REFERENCE_VIDEO, MediaKind.VIDEO)
SONG = Input("runway://song", InputRole.REFERENCE_AUDIO, MediaKind.AUDIO)
SOURCE = Input("runway://source", InputRole.SOURCE, MediaKind.VIDEO)
KEYFRAME = Input("runway://key", InputRole.KEYFRAME, at_s=1.5)

BODIES: dict[str, tuple[TaskSpec, dict[str, object]]] = {
    "references in the place of frames": (
        TaskSpec(model="seedance2", way=WayKind.IMAGE, prompt="", ratio="1280:720", inputs=(PICTURE, SONG)),
        {
            "model": "seedance2",
            "promptImage": [{"uri": "runway://picture"}],
            "referenceAudio": [{"type": "audio", "uri": "runway://song"}],
            "ratio": "1280:720",
            "duration": "auto",
        },
    ),
    "references beside a text": (
        TaskSpec(
            model="kling_4",
            way=WayKind.TEXT,
            prompt="A boat",
            ratio="1280:720",
            duration_s=5,
            sound=True,
            seed=7,
            inputs=(PICTURE, FILM),
        ),
        {
            "model": "kling_4",
            "promptText": "A boat",
            "references": [{"uri": "runway://picture"}],
            "referenceVideos": [{"uri": "runway://film"}],
            "ratio": "1280:720",
            "duration": 5,
        },
    ),
    "a video with keyframes": (
        TaskSpec(
            model="aleph2",
            way=WayKind.VIDEO,
            prompt="At night",
            duration_s=6,
            inputs=(KEYFRAME, SOURCE),
            extras={"targetAspectRatio": "9:16", "contentModeration.publicFigureThreshold": "low"},
        ),
        {
            "model": "aleph2",
            "promptText": "At night",
            "videoUri": "runway://source",
            "keyframes": [{"uri": "runway://key", "seconds": 1.5}],
            "targetAspectRatio": "9:16",
            "contentModeration": {"publicFigureThreshold": "low"},
        },
    ),
    "an edit follows its source": (
        TaskSpec(
            model="seedance2_5",
            way=WayKind.VIDEO,
            prompt="At night",
            ratio="1280:720",
            duration_s=5,
            inputs=(SOURCE,),
            extras={"mode": "edit", "outputFormat": "mov"},
        ),
        {
            "model": "seedance2_5",
            "promptText": "At night",
            "promptVideo": "runway://source",
            "duration": "auto",
            "mode": "edit",
            "outputFormat": "mov",
        },
    ),
    "a draft is an MP4": (
        TaskSpec(
            model="seedance2_5",
            way=WayKind.TEXT,
            prompt="A boat",
            ratio="1280:720",
            duration_s=5,
            extras={"draft": True, "outputFormat": "mov"},
        ),
        {"model": "seedance2_5", "promptText": "A boat", "ratio": "1280:720", "duration": 5, "draft": True},
    ),
    "several shots carry their lengths": (
        TaskSpec(
            model="kling3.0_pro",
            way=WayKind.TEXT,
            prompt="",
            ratio="1920:1080",
            duration_s=5,
            extras={
                "providerSettings.multiPrompt": [{"prompt": "A boat", "duration": 4}],
                "providerSettings.shotType": "customize",
            },
        ),
        {
            "model": "kling3.0_pro",
            "ratio": "1920:1080",
            "providerSettings": {"multiPrompt": [{"prompt": "A boat", "duration": 4}], "shotType": "customize"},
        },
    ),
    "a profile without its format is left out": (
        TaskSpec(
            model="gen4.5",
            way=WayKind.TEXT,
            prompt="A boat",
            ratio="1280:720",
            duration_s=5,
            extras={"proresProfile": "4444", "outputFormat": "mp4"},
        ),
        {"model": "gen4.5", "promptText": "A boat", "ratio": "1280:720", "duration": 5, "outputFormat": "mp4"},
    ),
    "a performance": (
        TaskSpec(
            model="act_two",
            way=WayKind.PERFORMANCE,
            prompt="not taken",
            ratio="1280:720",
            duration_s=9,
            inputs=(
                Input("runway://who", InputRole.CHARACTER, MediaKind.IMAGE),
                Input("runway://acts", InputRole.PERFORMANCE, MediaKind.VIDEO),
            ),
            extras={"expressionIntensity": 4, "bodyControl": False},
        ),
        {
            "model": "act_two",
            "character": {"type": "image", "uri": "runway://who"},
            "reference": {"type": "video", "uri": "runway://acts"},
            "ratio": "1280:720",
            "bodyControl": False,
            "expressionIntensity": 4,
        },
    ),
    "an upscale": (
        TaskSpec(
            model="magnific_video_upscaler_creative",
            way=WayKind.UPSCALE,
            prompt="",
            resolution="4k",
            duration_s=6,
            inputs=(SOURCE,),
            extras={"creativity": 0},
        ),
        {
            "model": "magnific_video_upscaler_creative",
            "videoUri": "runway://source",
            "resolution": "4k",
            "creativity": 0,
        },
    ),
    "sound is as long as its clip": (
        TaskSpec(
            model="mirelo_sfx_2_0",
            way=WayKind.SOUND,
            prompt="Waves",
            duration_s=6,
            source_s=5.2,
            inputs=(SOURCE,),
        ),
        {"model": "mirelo_sfx_2_0", "promptText": "Waves", "videoUri": "runway://source", "duration": 5.2},
    ),
    "a tagged still": (
        TaskSpec(
            model="gen4_image", way=WayKind.STILL, prompt="@boat", ratio="1920:1080", duration_s=0, inputs=(PICTURE,)
        ),
        {
            "model": "gen4_image",
            "promptText": "@boat",
            "referenceImages": [{"uri": "runway://picture", "tag": "boat"}],
            "ratio": "1920:1080",
        },
    ),
    "a retired model is asked for in the commonest form": (
        TaskSpec(
            model="veo3",
            way=WayKind.IMAGE,
            prompt="A boat",
            ratio="1280:720",
            duration_s=8,
            sound=True,
            seed=1,
            inputs=(FIRST, LAST),
        ),
        {
            "model": "veo3",
            "promptText": "A boat",
            "promptImage": [
                {"uri": "runway://one", "position": "first"},
                {"uri": "runway://two", "position": "last"},
            ],
            "ratio": "1280:720",
            "duration": 8,
            "audio": True,
            "seed": 1,
        },
    ),
}


@pytest.mark.parametrize(("spec", "body"), BODIES.values(), ids=BODIES)
def test_body(spec: TaskSpec, body: dict[str, object]) -> None:
    assert create_body(spec) == body


@pytest.mark.parametrize(("file", "field"), [(LAST, "last_frame"), (SONG, "reference_audio")])
def test_a_file_without_a_place_is_refused_before_anything_is_sent(file: Input, field: str) -> None:
    spec = TaskSpec(
        model="gen4.5", way=WayKind.IMAGE, prompt="A boat", ratio="1280:720", duration_s=5, inputs=(FIRST, file)
    )

    with pytest.raises(Rejected) as caught:
        create_body(spec)

    assert (caught.value.reason, [issue.field for issue in caught.value.issues]) == (Reason.INVALID, [field])


@pytest.mark.parametrize(
    ("path", "inputs", "field"),
    [
        (["promptImage", 1, "uri"], (LAST, FIRST), "last_frame"),
        (["promptImage", 1, "uri"], (SONG, PICTURE, PICTURE), "reference_image"),
        (["promptImage", 7], (PICTURE,), "reference_image"),
        (["promptImage"], (), "first_frame"),
        (["promptImage", "last"], (FIRST, LAST), "last_frame"),
        (["promptImage", 1], (FIRST, Input("runway://mid", InputRole.MIDDLE), LAST), "middle"),
        (["references", 0, "uri"], (FIRST, PICTURE), "reference_image"),
        (["referenceAudio", 0], (PICTURE, SONG), "reference_audio"),
        (["referenceVideos"], (), "reference_video"),
        (["videoUri"], (SOURCE,), "source"),
        (["promptVideo"], (SOURCE, FILM), "source"),
        (["keyframes", 0, "seconds"], (SOURCE, KEYFRAME), "keyframe"),
        (["reference", "uri"], (), "performance"),
        (["resolution"], (), "resolution"),
        (["outputFormat"], (), ""),
    ],
)
def test_a_refusal_blames_the_file(path: list[str | int], inputs: tuple[Input, ...], field: str) -> None:
    said = {"error": "Validation of body failed", "issues": [{"code": "custom", "path": path, "message": "no"}]}

    assert [issue.field for issue in read_refusal(said, inputs=inputs).issues] == [field]
