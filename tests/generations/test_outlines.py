"""The shape and the length of a take in words and in sides, from the first moment on."""

from typing import Any

import pytest

from studio.enums import InputRole, State, WayKind
from studio.generations.outlines import length_label, outline_of, shape_label, sides_of
from studio.models import Generation, GenerationReference
from tests.factories import ClipFactory, GenerationFactory, ReferenceFactory

SHOTS = {"providerSettings.multiPrompt": [{"prompt": "A boat", "duration": 4}]}


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        ("1280:720", (1280, 720)),
        ("720:1280", (720, 1280)),
        ("1:1", (1, 1)),
        ("", None),
        ("adaptive", None),
        ("16", None),
        ("0:9", None),
        ("16:9:1", None),
        ("-16:9", None),
        ("²:1", None),
    ],
)
def test_the_sides_of_a_ratio(ratio: str, size: tuple[int, int] | None) -> None:
    assert sides_of(ratio) == size


def a_take(**fields: Any) -> Generation:
    return GenerationFactory.create(**{"state": State.QUEUED, "ratio": "", **fields})


def use(take: Generation, role: InputRole, *, crop: dict[str, float] | None = None, **fields: Any) -> None:
    reference = ReferenceFactory.create(team=take.team, **fields)
    GenerationReference.objects.create(generation=take, role=role, reference=reference, crop=crop)


@pytest.mark.django_db
@pytest.mark.parametrize("ratio", ["", "adaptive", "auto_720p"])
def test_a_take_without_a_ratio_has_the_shape_of_what_it_is_made_from(ratio: str) -> None:
    take = a_take(ratio=ratio)
    assert outline_of(take) == (16, 9)

    use(take, InputRole.REFERENCE_AUDIO, kind="audio", width=0, height=0, duration_ms=3000)
    use(take, InputRole.REFERENCE_IMAGE, width=500, height=500)
    assert outline_of(take) == (500, 500)

    use(take, InputRole.FIRST, width=400, height=800, crop={"left": 0, "top": 0.25, "width": 1, "height": 0.5})
    assert outline_of(take) == (400, 400)

    use(take, InputRole.SOURCE, kind="video", width=720, height=1280, duration_ms=3000, fps=24)
    assert outline_of(take) == (720, 1280)


@pytest.mark.django_db
def test_what_was_asked_for_goes_before_the_files() -> None:
    take = a_take(ratio="1280:720")
    use(take, InputRole.FIRST, width=500, height=500)
    outpainted = a_take(model="aleph2", way=WayKind.VIDEO, extras={"targetAspectRatio": "9:16"})
    use(outpainted, InputRole.SOURCE, kind="video", width=854, height=480, duration_ms=3000, fps=24)

    assert outline_of(take) == (1280, 720)
    assert outline_of(outpainted) == (9, 16)


@pytest.mark.django_db
def test_a_finished_clip_tells_its_own_shape() -> None:
    clip = ClipFactory.create(generation__ratio="adaptive", width=720, height=1280)
    take = Generation.objects.get(pk=clip.generation_id)

    assert outline_of(take) == (720, 1280)
    assert shape_label(take) == "9:16"


@pytest.mark.django_db
def test_sound_without_a_picture_has_the_usual_shape() -> None:
    clip = ClipFactory.create(generation__ratio="", kind="audio", width=0, height=0)

    assert outline_of(clip.generation) == (16, 9)
    assert shape_label(clip.generation) == ""


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"duration_s": 5}, "5 s"),
        ({"duration_s": 0, "way": "text_to_image", "model": "gen4_image"}, ""),
        ({"duration_s": 15, "model": "seedance2", "auto_duration": True}, "up to 15 s"),
        ({"duration_s": 4, "model": "ruby", "way": "video_to_hdr", "auto_duration": True}, "4 s"),
        ({"duration_s": 4, "model": "kling3.0_pro", "auto_duration": True, "extras": SHOTS}, "4 s"),
        ({"duration_s": 9, "model": "gone", "auto_duration": True}, "9 s"),
    ],
)
def test_the_length_in_words(fields: dict[str, Any], label: str) -> None:
    assert length_label(Generation(**fields)) == label
