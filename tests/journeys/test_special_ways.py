"""What only some models can do: from the form to the stored clip, and once more by reuse and retry."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.utils import timezone

from studio.enums import State
from studio.generations.cancel import cancel_generation
from studio.generations.retry import retry_generation, spec_of
from studio.models import Clip, Generation, Reference, ReferenceUpload
from studio.providers.base import MediaKind
from tests.journeys.conftest import Case
from tests.journeys.desk import Desk
from tests.media.files import image_bytes

Choices = Mapping[str, str | list[str]]
PROMPT = "A paper boat crosses a pond"
MOMENTS = {"keyframe_at_s": ["0", "1.5"]}
TAGS = {"reference_image_tag": ["boat", "gulls", ""]}
SHOTS = "2: A boat leaves\r\n3: A boat comes back: late"
CHOSEN = "0,0,1,0.5625"
PARTS = [{"prompt": "A boat leaves", "duration": 2}, {"prompt": "A boat comes back: late", "duration": 3}]


@dataclass(frozen=True)
class Recipe:
    """A model, its files (the field of each, in their order), what is chosen one after the other, and what comes of it.

    `asked` is part of the request that the provider got, `size` that of the clip, `files` the endings of the originals
    that are kept beside it.
    """

    model: str
    choices: tuple[Choices, ...]
    asked: Mapping[str, Any]
    uses: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_auto: bool = False
    measures: Mapping[str, Any] = field(default_factory=dict)


RECIPES = {
    "a length that the model decides": Recipe(
        model="seedance2_mini",
        choices=({"size": "480p"}, {"duration_s": "auto", "sound": "off"}),
        asked={"duration": "auto", "audio": False},
        is_auto=True,
    ),
    "an open length of another maker": Recipe(
        model="gemini_omni_flash_1.1",
        choices=({"ratio": "640:360", "duration_s": "auto"},),
        asked={"duration": "auto", "ratio": "640:360"},
        is_auto=True,
        size=(640, 360),
    ),
    "images that the prompt calls by name": Recipe(
        model="gen4_image",
        uses=("reference_image", "reference_image", "reference_image"),
        choices=({"ratio": "720:720", **TAGS},),
        asked={"ratio": "720:720"},
        size=(720, 720),
    ),
    "from one frame to another": Recipe(
        model="veo3.1_fast",
        uses=("first_frame", "last_frame"),
        choices=({"duration_s": "4", "sound": "off"}, {"first_frame_crop": CHOSEN}),
        asked={"duration": 4, "audio": False, "ratio": "1280:720"},
        size=(1280, 720),
    ),
    "from one frame to another, as large as they are": Recipe(
        model="kling2.5_turbo_pro",
        uses=("first_frame", "last_frame"),
        choices=({"duration_s": "5", "extra_cfgScale": "0.8"},),
        asked={"duration": 5, "cfgScale": 0.8},
        missing=("ratio",),
    ),
    "keyframes at their moments": Recipe(
        model="aleph2",
        uses=("source", "keyframe", "keyframe"),
        choices=(MOMENTS,),
        asked={},
        missing=("ratio", "duration"),
        size=(320, 180),
    ),
    "a picture that is extended": Recipe(
        model="aleph2",
        uses=("source",),
        choices=({"extra_targetAspectRatio": "1:1"},),
        asked={"targetAspectRatio": "1:1"},
        size=(320, 320),
    ),
    "ProRes of a profile": Recipe(
        model="gen4.5",
        choices=({"duration_s": "2", "extra_outputFormat": "prores"}, {"extra_proresProfile": "422 LT"}),
        asked={"outputFormat": "prores", "proresProfile": "422 LT"},
        files=("mov",),
    ),
    "frames in an archive": Recipe(
        model="aleph2",
        uses=("source",),
        choices=({"extra_outputFormat": "png_sequence"},),
        asked={"outputFormat": "png_sequence"},
        files=("zip",),
        size=(320, 180),
    ),
    "HDR frames": Recipe(
        model="ruby",
        uses=("source",),
        choices=({"extra_outputFormat": "hdr_exr_sequence"},),
        asked={"outputFormat": "hdr_exr_sequence"},
        files=("zip",),
        size=(320, 180),
    ),
    "larger": Recipe(
        model="magnific_video_upscaler_creative",
        uses=("source",),
        choices=({"resolution": "4k", "extra_creativity": "30", "extra_flavor": "natural"},),
        asked={"resolution": "4k", "creativity": 30, "flavor": "natural"},
        missing=("promptText",),
        size=(3840, 2160),
    ),
    "more frames a second": Recipe(
        model="enhance_frame_rate",
        uses=("source",),
        choices=({"extra_targetFramerate": "48"},),
        asked={"targetFramerate": "48"},
        measures={"fps": 48},
        size=(320, 180),
    ),
    "sound for a silent film": Recipe(
        model="mirelo_sfx_2_0",
        uses=("source",),
        choices=({"extra_format": "wav", "extra_negativePrompt": "Voices", "extra_preserveSpeech": "on"},),
        asked={"duration": 3.0, "format": "wav", "negativePrompt": "Voices", "preserveSpeech": True},
        files=("wav",),
        measures={"has_sound": True},
        size=(320, 180),
    ),
    "several shots": Recipe(
        model="kling3.0_standard",
        choices=(
            {"extra_providerSettings.multiPrompt": SHOTS, "sound": "off"},
            {"extra_providerSettings.shotType": "customize"},
        ),
        asked={"providerSettings": {"multiPrompt": PARTS, "shotType": "customize"}, "audio": False},
        missing=("duration",),
        measures={"duration_ms": 5000},
    ),
    "the shape of its image": Recipe(
        model="hailuo3",
        uses=("first_frame",),
        choices=({"ratio": "adaptive", "resolution": "768p", "duration_s": "5"},),
        asked={"ratio": "adaptive", "resolution": "768p", "duration": 5},
        size=(768, 768),
    ),
    "the shape of its image, by another name": Recipe(
        model="wan3",
        uses=("first_frame",),
        choices=({"ratio": "auto_720p", "duration_s": "3", "sound": "off"},),
        asked={"ratio": "auto_720p", "duration": 3, "audio": False},
        size=(720, 720),
    ),
    "a draft that edits": Recipe(
        model="seedance2_5",
        uses=("large_source",),
        choices=({"extra_mode": "edit", "extra_draft": "on", "sound": "off"},),
        asked={"mode": "edit", "draft": True, "duration": "auto"},
        missing=("ratio", "outputFormat"),
        is_auto=True,
    ),
    "somebody's acting": Recipe(
        model="act_two",
        uses=("character", "performance"),
        choices=({"ratio": "720:1280", "extra_expressionIntensity": "5", "extra_bodyControl": "on"},),
        asked={"expressionIntensity": 5, "bodyControl": True, "ratio": "720:1280"},
        missing=("promptText", "duration"),
        size=(720, 1280),
    ),
}
FILMS = {"source", "performance"}


def _files(recipe: Recipe, suitcase: dict[MediaKind, Case], large_film: Case) -> list[tuple[str, bytes, str]]:
    found = []
    for number, name in enumerate(recipe.uses):
        if name == "large_source":
            found.append(("source", *large_film))
        elif name in FILMS:
            found.append((name, *suitcase[MediaKind.VIDEO]))
        else:  # each image is another one: the same bytes are one reference
            found.append((name, image_bytes(size=(400 + number, 400 + number)), f"boat-{number}.png"))
    return found


def _launch(desk: Desk, recipe: Recipe, suitcase: dict[MediaKind, Case], large_film: Case) -> Generation:
    desk.choose(model=recipe.model, prompt=PROMPT)
    for file in _files(recipe, suitcase, large_film):
        desk.add([file])
    for choices in recipe.choices:
        desk.choose(**choices)
    assert desk.notes == ""
    price = desk.price
    (take,) = desk.generate()
    assert desk.stage.amounts(take) == [("hold", -price)]
    return take


@pytest.fixture(params=list(RECIPES.values()), ids=list(RECIPES))
def recipe(request: pytest.FixtureRequest) -> Recipe:
    found: Recipe = request.param
    return found


def test_from_the_form_to_the_clip(
    desk: Desk, recipe: Recipe, suitcase: dict[MediaKind, Case], large_film: Case
) -> None:
    take = desk.stage.run_until_final(_launch(desk, recipe, suitcase, large_film))

    body = desk.stage.remote.creates[-1].body
    assert {name: body.get(name) for name in recipe.asked} == recipe.asked
    assert not set(recipe.missing) & set(body)
    assert (take.state, take.status_code) == (State.READY, "")
    assert (take.cost_credits or 0) <= take.quote_credits
    clip = Clip.objects.get(generation=take)
    assert recipe.size in {None, (clip.width, clip.height)}
    assert {name: getattr(clip, name) for name in recipe.measures} == recipe.measures
    assert tuple(file.filename.rpartition(".")[2] for file in clip.files.all()) == recipe.files
    assert clip.content_type == ("image/png" if recipe.model == "gen4_image" else "video/mp4")
    if recipe.is_auto:
        assert take.auto_duration
        assert clip.duration_ms < 1000 * take.duration_s
        assert (take.cost_credits or 0) < take.quote_credits


def test_it_is_the_same_once_more(
    desk: Desk, recipe: Recipe, suitcase: dict[MediaKind, Case], large_film: Case
) -> None:
    """Reuse fills the form with it, retry sends it: every file, crop, name, moment and setting."""
    take = _launch(desk, recipe, suitcase, large_film)
    before = replace(spec_of(take), seed=None)

    (again,) = desk.open(reuse=take.public_id).choose(seed="").generate()
    cancel_generation(take, by=desk.stage.owner, now=timezone.now())
    (retried,) = retry_generation(take, by=desk.stage.owner, token=uuid.uuid4(), now=timezone.now())

    for other in (again, retried):
        assert replace(spec_of(other), seed=None) == before
        assert (other.quote_credits, other.duration_s, other.way) == (take.quote_credits, take.duration_s, take.way)


NAMED = [
    ("images that the prompt calls by name", "referenceImages", "tag", ["boat", "gulls", None]),
    ("keyframes at their moments", "keyframes", "seconds", [0, 1.5]),
    ("from one frame to another", "promptImage", "position", ["first", "last"]),
    ("from one frame to another, as large as they are", "promptImage", "position", ["first", "last"]),
]


@pytest.mark.parametrize(("name", "place", "part", "expected"), NAMED)
def test_what_belongs_to_a_file_reaches_the_provider(
    desk: Desk, suitcase: dict[MediaKind, Case], large_film: Case, name: str, place: str, part: str, expected: list[Any]
) -> None:
    desk.stage.run_until_final(_launch(desk, RECIPES[name], suitcase, large_film))

    assert [file.get(part) for file in desk.stage.remote.creates[-1].body[place]] == expected


def test_a_crop_is_kept_where_it_was_chosen(desk: Desk, suitcase: dict[MediaKind, Case], large_film: Case) -> None:
    take = _launch(desk, RECIPES["from one frame to another"], suitcase, large_film)

    first, last = take.inputs.get(role="first"), take.inputs.get(role="last")
    assert first.crop == {"left": 0, "top": 0, "width": 1, "height": pytest.approx(0.5625, abs=0.001)}
    assert last.crop is not None
    assert last.crop["top"] == pytest.approx((1 - 0.5625) / 2, abs=0.001)
    assert desk.open(reuse=take.public_id).fields["first_frame_crop"] == [CHOSEN]
    desk.stage.run_until_final(take)
    sent = ReferenceUpload.objects.get(reference=first.reference)
    assert sent.variant.startswith("crop 0,0,1,0.56")


# With clips of the team


def made(desk: Desk, **choices: str) -> Clip:
    """A small silent clip of the team: four seconds, 480p."""
    desk.open().choose(model="seedance2_mini", prompt=PROMPT, sound="off")
    desk.choose(size="480p", duration_s="4", **choices)
    (take,) = desk.generate()
    return desk.stage.run_until_final(take).clip


@pytest.mark.parametrize(
    ("work", "role", "asked", "has_sound"),
    [
        ("sound", "source", {"duration": 4.0}, True),
        ("frame_rate", "source", {"targetFramerate": "24"}, False),
        ("hdr", "source", {"model": "ruby"}, False),
        ("upscale", "source", {"resolution": "2k"}, False),
        ("edit", "source", {"promptText": PROMPT}, False),
        ("guide", "reference_video", {"duration": 5}, True),
    ],
)
def test_a_clip_is_worked_on(desk: Desk, work: str, role: str, asked: dict[str, Any], has_sound: bool) -> None:
    clip = made(desk)

    desk.open(work=work, clip=clip.public_id)
    assert desk.fields[role] == [f"clip-{clip.public_id}"]
    if "promptText" in asked or work == "guide":
        desk.choose(prompt=PROMPT)
    (take,) = desk.generate()
    take = desk.stage.run_until_final(take)

    assert (take.state, take.inputs.get(role=role).clip) == (State.READY, clip)
    body = desk.stage.remote.creates[-1].body
    assert {name: body.get(name) for name in asked} == asked
    assert take.clip.has_sound is has_sound
    assert desk.open(reuse=take.public_id).fields[role] == [f"clip-{clip.public_id}"]


def test_a_clip_lends_its_acting_to_a_face(desk: Desk, suitcase: dict[MediaKind, Case]) -> None:
    clip = made(desk)

    desk.open(work="perform", clip=clip.public_id)
    assert "character" in desk.problems["character-error"]
    desk.add([("character", *suitcase[MediaKind.IMAGE])])
    (take,) = desk.generate()

    assert desk.stage.run_until_final(take).state == State.READY
    assert set(take.inputs.values_list("role", flat=True)) == {"character", "performance"}


def test_a_clip_goes_on_from_its_last_frame(desk: Desk) -> None:
    clip = made(desk, ratio="496:864")
    answer = desk.client.post(f"/clips/{clip.public_id}/frame/", {"at": "last", "use": "extend"})

    desk.open_at(answer.headers["Location"])
    fields = desk.fields
    assert (fields["model"], fields["prompt"], fields["duration_s"]) == (["seedance2_mini"], [PROMPT], ["4"])
    assert fields["ratio"] == ["496:864"]
    (take,) = desk.generate()
    take = desk.stage.run_until_final(take)

    assert take.way == "image_to_video"
    assert Reference.objects.get(generations=take).from_clip == clip
    assert (take.clip.width, take.clip.height) == (496, 864)
