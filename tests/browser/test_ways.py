"""Each way to make a clip, through the pages: its price before the launch, and a result that is what was asked for."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page, expect

from studio.media.frames import frame_of
from studio.media.probe import probe_video
from tests.browser.composing import Composing, picture
from tests.browser.conftest import fresh_project, keep_picture, sign_in
from tests.journeys.house import House

pytestmark = pytest.mark.browser

SOURCE = "A silent harbour at dawn"
LAUNCH = f"""
from dataclasses import replace
from uuid import uuid4
from django.utils import timezone
from studio.generations.spec import default_spec
from studio.generations.submit import submit_generation
from studio.models import Project
project = Project.objects.get(slug="first-film")
spec = replace(default_spec(), prompt="{SOURCE}", model="wan3", ratio="832:480", duration_s=3, sound=False)
by = project.team.memberships.get(user__email="demo@example.com").user
take = submit_generation(project, spec=spec, token=uuid4(), by=by, now=timezone.now())[0]
print("Generation:", take.public_id)
"""


@pytest.fixture(scope="module", autouse=True)
def brisk(house: House) -> Iterator[None]:
    """The simulator works faster while these stories run: they are about what comes, not about the wait."""
    usual = house.remote.pace
    house.remote.pace = replace(usual, pending_s=0.1, running_s=0.3)
    yield
    house.remote.pace = usual


@pytest.fixture(scope="module")
def source(house: House) -> str:
    """The take of a small silent clip: 832 × 480, 3 s."""
    found = re.search(r"Generation: (\S+)", house.manage("shell", "-c", LAUNCH))
    assert found is not None
    house.wait_for(lambda: house.row(found[1])[0] == "ready", what="the source")
    return found[1]


@pytest.fixture
def studio(signed_in: Page, house: House) -> Iterator[Composing]:
    """A person in a new project."""
    fresh_project(signed_in, house)
    composing = Composing(signed_in, house)
    yield composing
    assert composing.problems == []


@pytest.fixture
def viewer(page: Page, house: House, source: str) -> Iterator[Composing]:
    """A person who looks at the source."""
    sign_in(page, house)
    composing = Composing(page, house)
    composing.view(source)
    yield composing
    assert composing.problems == []


def difference(left: Path, right: Path) -> float:
    """How far two films' first frames are from each other, 0 to 255."""
    images = [Image.open(io.BytesIO(frame_of(path, at_s=0))).convert("RGB").resize((64, 64)) for path in (left, right)]
    return sum(ImageStat.Stat(ImageChops.difference(*images)).mean) / 3


def test_text_to_video_with_a_shape_and_a_size(studio: Composing, tmp_path: Path) -> None:
    studio.choose_model("seedance2")
    studio.prompt.fill("A paper boat on a pond")
    studio.pick("duration", "4")
    at_720p = studio.price
    studio.choose("size", "1080p")
    assert studio.price > at_720p
    studio.choose("size", "480p")
    studio.choose("ratio", "640:640")
    price = studio.price

    take = studio.generate()

    assert studio.plays() == [640, 640]
    facts = probe_video(studio.download(tmp_path))
    assert (facts.width, facts.height) == (640, 640)
    assert round(facts.duration_s) == 4
    assert studio.sent("text_to_video")["ratio"] == "640:640"
    assert studio.charged(take) == price


def test_image_to_video_between_two_frames(studio: Composing) -> None:
    studio.choose_model("veo3.1")
    studio.prompt.fill("The boat turns")
    studio.add("first_frame", picture())
    studio.add("last_frame", picture(name="end.png"))
    studio.choose("duration", "4")
    price = studio.price

    take = studio.generate()

    assert studio.plays() == [1280, 720]
    frames = studio.sent("image_to_video")["promptImage"]
    assert [frame["position"] for frame in frames] == ["first", "last"]
    assert studio.charged(take) == price
    expect(studio.page.get_by_alt_text("end.png")).to_be_visible()


def test_image_to_video_with_reference_images(studio: Composing) -> None:
    studio.choose_model("seedance2")
    studio.prompt.fill("A boat like these")
    studio.pick("duration", "4")
    studio.choose("size", "480p")
    studio.add("reference_image", picture())
    studio.add("reference_image", picture(name="sail.png"))
    expect(studio.page.locator("[data-slot^=reference_image].filled")).to_have_count(2)

    studio.generate()

    assert studio.plays() == [864, 496]
    assert len(studio.sent("text_to_video")["references"]) == 2


def test_video_to_video_with_a_keyframe_and_a_wider_picture(viewer: Composing, tmp_path: Path) -> None:
    before = viewer.download(tmp_path)
    told = viewer.work("edit")
    viewer.prompt.fill("In winter")
    viewer.add("keyframe", picture())
    viewer.write("keyframe-at", "0.5")
    viewer.page.locator("#more-settings > summary").click()
    viewer.pick("extra_targetAspectRatio", "1:1")
    expect(viewer.page.locator("#keyframe-at")).to_have_value("0.5")
    assert told == viewer.price
    keep_picture(viewer.page, "ways-edit")

    viewer.generate()

    width, height = viewer.plays()
    assert width == height
    (tmp_path / "after").mkdir()
    after = viewer.download(tmp_path / "after")
    assert difference(before, after) > 10
    assert "0.5" in str(viewer.sent("video_to_video"))


def test_a_performance_by_another_character(viewer: Composing) -> None:
    told = viewer.work("perform")
    expect(viewer.page.locator("[data-slot=performance].filled")).to_be_visible()
    viewer.add("character", picture((640, 640), "captain.png"))
    assert told == viewer.price

    viewer.generate()

    viewer.plays()
    body = viewer.sent("character_performance")
    assert (body["character"]["type"], body["reference"]["type"]) == ("image", "video")


def test_a_clip_goes_on_from_its_last_frame(viewer: Composing) -> None:
    viewer.use_frame("extend")
    expect(viewer.page.locator("[data-slot=first_frame] img")).to_be_visible()
    expect(viewer.prompt).to_have_value(SOURCE)
    expect(viewer.page.locator("#model-wan3")).to_be_checked()

    viewer.generate()

    viewer.plays()
    assert viewer.sent("image_to_video")["promptText"] == SOURCE


def test_an_upscaled_clip_is_larger(viewer: Composing, tmp_path: Path) -> None:
    told = viewer.work("upscale")
    assert told == viewer.price
    viewer.choose("resolution", "720p")

    viewer.generate()

    viewer.plays()
    facts = probe_video(viewer.download(tmp_path))
    assert facts.height > 480
    assert facts.width > 832


def test_a_clip_gets_the_frame_rate_that_is_chosen(viewer: Composing, tmp_path: Path) -> None:
    told = viewer.work("frame_rate")
    assert told == viewer.price
    viewer.pick("extra_targetFramerate", "48")

    viewer.generate()

    viewer.plays()
    facts = probe_video(viewer.download(tmp_path))
    assert facts.fps == 48


def test_hdr_is_offered_as_a_file_and_plays_as_a_preview(viewer: Composing, tmp_path: Path) -> None:
    assert viewer.work("hdr") == viewer.price

    viewer.generate()

    expect(viewer.page.get_by_text("You see a preview.")).to_be_visible()
    viewer.plays()
    assert probe_video(viewer.download(tmp_path)).curve.value != "sdr"


def test_a_silent_clip_gets_sound(viewer: Composing, tmp_path: Path) -> None:
    assert not probe_video(viewer.download(tmp_path)).has_sound
    told = viewer.work("sound")
    assert told == viewer.price
    expect(viewer.page.locator("#price-warning")).to_be_visible()

    viewer.prompt.fill("Waves against a wall")
    viewer.generate()

    viewer.plays()
    assert probe_video(viewer.download(tmp_path)).has_sound


def test_an_image_with_tagged_references_becomes_a_first_frame(studio: Composing, tmp_path: Path) -> None:
    studio.choose_model("gen4_image")
    studio.add("reference_image", picture(name="anna.png"))
    studio.write("reference_image-tag", "anna")
    studio.prompt.fill("@anna at sea")
    studio.choose("size", "720p")

    studio.generate()

    expect(studio.page.locator(".screen img.still")).to_be_visible()
    with Image.open(studio.download(tmp_path)) as image:
        assert image.size == (1280, 720)
    assert studio.sent("text_to_image")["referenceImages"][0]["tag"] == "anna"
    studio.use_frame("first")
    expect(studio.page.locator("[data-slot=first_frame] img")).to_be_visible()


def test_several_outputs_come_as_one_zip(studio: Composing, tmp_path: Path) -> None:
    studio.choose_model("muse_image")
    studio.prompt.fill("A boat, four times")
    one = studio.price
    studio.page.locator("#more-settings > summary").click()
    studio.pick("extra_outputCount", "3")
    assert studio.price == 3 * one

    studio.generate()

    names = zipfile.ZipFile(studio.download(tmp_path)).namelist()
    assert len(names) == 3


def test_a_price_that_nobody_has_confirmed_says_so(studio: Composing) -> None:
    expect(studio.page.locator("#price-warning")).to_have_count(0)

    studio.choose_model("kling_4")

    expect(studio.page.locator("#price-warning")).to_contain_text("not confirmed")
