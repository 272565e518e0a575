"""What the model would refuse is found before it is sent: the field, and a sentence that says what to do."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from studio.generations.preflight import file_problems, fps_to_make, problems_of
from studio.generations.request import SpecInput, field_of
from studio.generations.rules import FrameRule, one_of, rules_of
from studio.media.cropping import Crop
from studio.models import Reference
from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import MODELS, Way
from tests.generations.steps import make_spec

FIRST = FrameRule(role=InputRole.FIRST, aspect=(0.5, 2.0), side_min_px=256)
SOURCE = FrameRule(role=InputRole.SOURCE, kinds=(MediaKind.VIDEO,), least=1, min_s=2, max_s=30, fps_max=30)
PICTURES = FrameRule(role=InputRole.REFERENCE_IMAGE, most=3)
FILMS = FrameRule(role=InputRole.REFERENCE_VIDEO, kinds=(MediaKind.VIDEO,), most=3, total_max_s=15)
SOUNDS = FrameRule(
    role=InputRole.REFERENCE_AUDIO, kinds=(MediaKind.AUDIO,), most=3, min_s=3, max_s=15, needs=InputRole.REFERENCE_IMAGE
)


def image(width: int = 1280, height: int = 720, **facts: Any) -> Reference:
    return Reference(**{"content_type": "image/jpeg", "size_bytes": 24_000, "width": width, "height": height, **facts})


def video(seconds: float = 5, **facts: Any) -> Reference:
    known = {"kind": "video", "content_type": "video/mp4", "size_bytes": 2_000_000, "width": 1280, "height": 720}
    return Reference(**{**known, "duration_ms": round(seconds * 1000), "fps": Decimal(24), **facts})


def sound(seconds: float = 5, **facts: Any) -> Reference:
    known = {"kind": "audio", "content_type": "audio/mpeg", "size_bytes": 200_000, "width": 0, "height": 0}
    return Reference(**{**known, "duration_ms": round(seconds * 1000), **facts})


def used(role: InputRole, reference: Reference, crop: Crop | None = None) -> SpecInput:
    return SpecInput(role=role, reference=reference, crop=crop)


def found(inputs: list[SpecInput], *rules: FrameRule) -> list[tuple[str, str]]:
    return list(file_problems(inputs, rules, label="Seedance 2"))


CASES: list[tuple[str, list[SpecInput], list[FrameRule], list[tuple[str, str]]]] = [
    ("good image", [used(InputRole.FIRST, image())], [FIRST], []),
    (
        "good files of all kinds",
        [
            used(InputRole.REFERENCE_IMAGE, image()),
            used(InputRole.REFERENCE_VIDEO, video(7)),
            used(InputRole.REFERENCE_VIDEO, video(8)),
            used(InputRole.REFERENCE_AUDIO, sound()),
        ],
        [PICTURES, FILMS, SOUNDS],
        [],
    ),
    (
        "aspect",
        [used(InputRole.FIRST, image(3000, 600))],
        [FIRST],
        [
            (
                "first_frame",
                "This image is 3000 × 600, 5.00 times as wide as high. Seedance 2 takes 0.5 to 2: crop it, "
                "or choose another image.",
            )
        ],
    ),
    (
        "aspect that a crop mends",
        [used(InputRole.FIRST, image(3000, 600), Crop(left=0.3, top=0, width=0.4, height=1))],
        [FIRST],
        [],
    ),
    (
        "side",
        [used(InputRole.FIRST, image(400, 255))],
        [FIRST],
        [("first_frame", "This image is 400 × 255 px and Seedance 2 needs 256 px a side. Choose a larger one.")],
    ),
    (
        "side after the crop",
        [used(InputRole.FIRST, image(400, 300), Crop(left=0.2, top=0, width=0.5, height=1))],
        [FIRST],
        [
            (
                "first_frame",
                "This image is 200 × 300 px after the crop and Seedance 2 needs 256 px a side. Choose a larger one.",
            )
        ],
    ),
    (
        "kind",
        [used(InputRole.FIRST, video())],
        [FIRST],
        [("first_frame", "The first frame has to be an image; this is a video. Choose another file.")],
    ),
    (
        "type",
        [used(InputRole.FIRST, image(content_type="image/gif"))],
        [FIRST],
        [
            (
                "first_frame",
                "Providers do not take images of the type image/gif. Add the image again in another format.",
            )
        ],
    ),
    (
        "size",
        [used(InputRole.SOURCE, video(size_bytes=200_100_000))],
        [SOURCE],
        [("source", "This video has 200.1 MB and the provider takes 200 MB. Add a smaller one.")],
    ),
    (
        "too short",
        [used(InputRole.SOURCE, video(1.5))],
        [SOURCE],
        [("source", "This video is 1.5 s long and Seedance 2 needs 2 s. Choose a longer one.")],
    ),
    (
        "too long",
        [used(InputRole.SOURCE, video(42))],
        [SOURCE],
        [("source", "This video is 42.0 s long and Seedance 2 takes 30 s. Cut it shorter, or choose another one.")],
    ),
    ("as long as may be", [used(InputRole.SOURCE, video(30.02))], [SOURCE], []),
    ("too many frames a second are mended", [used(InputRole.SOURCE, video(fps=Decimal(60)))], [SOURCE], []),
    (
        "too long together",
        [used(InputRole.REFERENCE_VIDEO, video(9)), used(InputRole.REFERENCE_VIDEO, video(9))],
        [FILMS],
        [
            (
                "reference_video",
                "The reference videos are 18.0 s long together and Seedance 2 takes 15 s. "
                "Remove one, or add shorter ones.",
            )
        ],
    ),
    (
        "too many",
        [used(InputRole.REFERENCE_IMAGE, image()) for _ in range(5)],
        [PICTURES],
        [("reference_image", "Seedance 2 takes 3 reference images and these are 5. Remove 2.")],
    ),
    ("missing", [], [SOURCE], [("source", "Seedance 2 needs a source video. Add one.")]),
    (
        "not taken",
        [used(InputRole.LAST, image())],
        [PICTURES],
        [("last_frame", "Seedance 2 takes no last frame. Remove it, or choose another model.")],
    ),
    (
        "needs another",
        [used(InputRole.REFERENCE_AUDIO, sound())],
        [SOUNDS],
        [
            (
                "reference_audio",
                "A reference sound needs a reference image beside it. Add one, or remove the reference sound.",
            )
        ],
    ),
    (
        "not both",
        [used(InputRole.REFERENCE_IMAGE, image()), used(InputRole.FIRST, image())],
        [FrameRule(role=InputRole.REFERENCE_IMAGE, most=3, not_with=(InputRole.FIRST,)), FIRST],
        [("reference_image", "Seedance 2 takes a reference image or a first frame, not both. Remove one of them.")],
    ),
]


@pytest.mark.parametrize(("inputs", "rules", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_violation_has_its_field_and_its_sentence(
    inputs: list[SpecInput], rules: list[FrameRule], expected: list[tuple[str, str]]
) -> None:
    assert found(inputs, *rules) == expected


@pytest.mark.parametrize(("fps", "made"), [(24, None), (30, None), (60, 30)])
def test_frames_a_second_are_brought_down(fps: int, made: float | None) -> None:
    assert fps_to_make(used(InputRole.SOURCE, video(fps=Decimal(fps))), SOURCE) == made


def test_every_way_of_the_catalog_can_be_asked() -> None:
    for model in MODELS.values():
        for way in model.ways:
            spec = make_spec(model=model.name)

            missing = problems_of(spec, model, way)

            needed = {field_of(rule.role) for rule in rules_of(way) if rule.least}
            assert set(missing) == needed | {field_of(role) for role in one_of(way)[:1]}


def test_a_frame_of_a_real_model_is_held_to_its_window() -> None:
    way = MODELS["gen4_turbo"].way(WayKind.IMAGE)
    assert way is not None
    spec = make_spec(model="gen4_turbo", first_frame=image(2359, 1000))

    assert "2.358" in problems_of(spec, MODELS["gen4_turbo"], way)["first_frame"]


def test_one_of_several_files_is_asked_for() -> None:
    class EitherWay:
        inputs = (FIRST, PICTURES)
        needs_one_of = (InputRole.FIRST, InputRole.REFERENCE_IMAGE)

    model, way = MODELS["gen4_turbo"], cast("Way", EitherWay())
    picture = replace(make_spec(), inputs=(used(InputRole.REFERENCE_IMAGE, image()),))

    assert problems_of(make_spec(), model, way) == {
        "first_frame": "Gen-4 Turbo needs a first frame or a reference image. Add one."
    }
    assert problems_of(picture, model, way) == {}
