"""Each way to make a clip, through the pages: its price before the launch, and a result that is what was asked for."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser, Page, expect

from studio.media.frames import frame_of
from studio.media.probe import probe_video
from tests.browser.composing import Composing, picture, violations
from tests.browser.conftest import fresh_project, keep_picture, sign_in
from tests.journeys.house import House
from tests.media.films import film

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


@pytest.fixture(scope="module")
def cookies(browser: Browser, house: House) -> Any:
    """What a browser keeps of a person who has signed in: for all stories, as that takes its time."""
    context = browser.new_context()
    sign_in(context.new_page(), house)
    kept = context.cookies()
    context.close()
    return kept


@pytest.fixture
def studio(page: Page, house: House, cookies: Any) -> Iterator[Composing]:
    """A person in a new project."""
    page.context.add_cookies(cookies)
    fresh_project(page, house)
    composing = Composing(page, house)
    yield composing
    assert composing.problems == []


@pytest.fixture
def viewer(page: Page, house: House, cookies: Any, source: str) -> Iterator[Composing]:
    """A person who looks at the source."""
    page.context.add_cookies(cookies)
    page.goto(f"{house.address}/demo/first-film/")
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


def test_reference_images_guide_a_clip(studio: Composing) -> None:
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
    viewer.show_further()
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
    viewer.use_frame("^Extend")
    expect(viewer.page.locator("[data-slot=first_frame] img")).to_be_visible()
    expect(viewer.prompt).to_have_value(SOURCE)
    expect(viewer.page.locator("#model-wan3")).to_be_checked()

    viewer.generate()

    viewer.plays()
    assert viewer.sent("image_to_video")["promptText"] == SOURCE


def test_an_upscaled_clip_is_larger(viewer: Composing, tmp_path: Path) -> None:
    told = viewer.work("upscale")
    assert told < viewer.price, "the menu names the smallest size's"
    viewer.choose("resolution", "720p")
    assert told == viewer.price

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
    studio.use_frame("first frame")
    expect(studio.page.locator("[data-slot=first_frame] img")).to_be_visible()


def test_several_outputs_come_as_one_zip(studio: Composing, tmp_path: Path) -> None:
    studio.choose_model("muse_image")
    studio.prompt.fill("A boat, four times")
    one = studio.price
    studio.show_further()
    studio.pick("extra_outputCount", "3")
    assert studio.price == 3 * one

    studio.generate()

    names = zipfile.ZipFile(studio.download(tmp_path)).namelist()
    assert len(names) == 3


def test_a_format_for_editing_is_asked_for_at_its_price(studio: Composing) -> None:
    """What comes of it is told in `test_outputs`."""
    studio.prompt.fill("A boat, to be graded")
    studio.choose("duration", "2")
    plain = studio.price
    studio.show_further()
    studio.pick("extra_outputFormat", "prores")
    assert studio.price > plain

    take = studio.press_generate()

    studio.house.wait_for(lambda: studio.house.row(take)[0] not in {"queued", "submitting"}, what="the request")
    body = studio.sent("text_to_video")
    assert (body["promptText"], body["outputFormat"]) == ("A boat, to be graded", "prores")


def test_a_price_that_nobody_has_confirmed_says_so(studio: Composing) -> None:
    expect(studio.page.locator("#price-warning")).to_have_count(0)

    studio.choose_model("kling_4")

    expect(studio.page.locator("#price-warning")).to_contain_text("not confirmed")


def test_a_source_that_is_too_long_is_refused_and_nothing_is_lost(studio: Composing, tmp_path: Path) -> None:
    sent = len(studio.house.remote.creates)
    studio.choose_model("aleph2")
    studio.prompt.fill("In winter, at night")
    studio.add("source", film(tmp_path / "long.mp4", size=(320, 180), fps=4, seconds=32))
    studio.add("keyframe", picture(name="snow.png"))
    studio.write("keyframe-at", "1.5")
    studio.show_further()
    studio.pick("extra_targetAspectRatio", "21:9")

    studio.page.locator("#generate").click()

    expect(studio.page.locator("#source-error")).to_have_text(
        "This video is 32.0 s long and Aleph 2 takes 30 s. Cut it shorter, or choose another one."
    )
    _has_all_of_the_edit(studio)
    studio.page.reload()
    _has_all_of_the_edit(studio)
    expect(studio.page.locator("[data-take]")).to_have_count(0)
    assert len(studio.house.remote.creates) == sent
    studio.forgive_refusals()


def _has_all_of_the_edit(studio: Composing) -> None:
    page = studio.page
    expect(page.locator("#model-aleph2")).to_be_checked(timeout=10_000)
    expect(studio.prompt).to_have_value("In winter, at night")
    expect(page.locator("[data-slot=source]")).to_have_class(re.compile("filled"))
    expect(page.get_by_alt_text("Keyframe: snow.png")).to_be_visible()
    expect(page.locator("#keyframe-at")).to_have_value("1.5")
    expect(page.locator("#extra_targetAspectRatio")).to_have_value("21:9")


def test_an_image_that_is_too_small_is_refused(studio: Composing) -> None:
    studio.choose_model("happyhorse_1_0")
    studio.prompt.fill("A boat")
    studio.add("first_frame", picture((400, 225), "small.png"))

    studio.page.locator("#generate").click()

    expect(studio.page.locator("#generate")).to_be_enabled()
    expect(studio.page.locator("#first_frame-error")).to_have_text(
        "This image is 400 × 225 px and Happy Horse 1.0 needs 300 px a side. Choose a larger one."
    )
    expect(studio.page.get_by_alt_text("First frame: small.png")).to_be_visible()
    red = studio.page.locator("#first_frame-error").evaluate("(error) => getComputedStyle(error).color")
    expect(studio.page.locator("[data-slot=first_frame]")).to_have_css("border-top-color", red)
    expect(studio.prompt).to_have_value("A boat")
    expect(studio.page.locator("[data-take]")).to_have_count(0)
    studio.forgive_refusals()


def test_images_that_a_model_does_not_take_are_refused_and_tags_stay(studio: Composing) -> None:
    page = studio.page
    studio.choose_model("gen4_image")
    studio.prompt.fill("@anna and @pier at dusk")
    studio.add("reference_image", picture(name="anna.png"))
    studio.add("reference_image", picture((1200, 200), "pier.png"))
    studio.write("reference_image-tag", "anna")
    studio.write("reference_image.1-tag", "pier")
    page.reload()
    _has_both_tags(studio)
    studio.choose_model("seedance2")
    expect(page.get_by_text("Reference image 2: 17 % at the left and 17 % at the right will be cut.")).to_be_visible()

    studio.choose_model("happyhorse_1_0")
    page.locator("#generate").click()

    expect(page.locator("#reference_image-error")).to_contain_text(
        "Happy Horse 1.0 takes no reference image. Remove it,"
    )
    expect(page.locator("#generate")).to_be_enabled()
    expect(page.locator("[data-take]")).to_have_count(0)
    studio.choose_model("gen4_image")
    _has_both_tags(studio)
    studio.forgive_refusals()


def _has_both_tags(studio: Composing) -> None:
    expect(studio.page.locator("#reference_image-tag")).to_have_value("anna")
    expect(studio.page.locator('[id="reference_image.1-tag"]')).to_have_value("pier")
    expect(studio.prompt).to_have_value("@anna and @pier at dusk")


def test_without_javascript_a_model_and_its_extra_are_chosen(browser: Browser, house: House) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, house)
    fresh_project(page, house)
    page.locator("#models > summary").click()
    page.locator("label", has=page.locator('[id="model-veo3.1"]')).click()
    page.get_by_role("button", name="Update the price").last.click()
    page.locator("label", has=page.locator("#duration-4")).click()
    page.get_by_role("button", name="Update the price").last.click()
    expect(page.locator("[data-explanation]")).to_contain_text("4 s ×")
    page.locator("summary", has_text="More settings of").click()
    page.get_by_label("What must not be seen").fill("Birds")
    page.get_by_label("Prompt", exact=True).fill("A plain form, and an extra")
    page.locator("#generate").click()

    take = str(page.locator("[data-take]").get_attribute("data-take"))
    house.wait_for(lambda: house.row(take)[0] == "ready", what="ready")
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator(f"#take-{take} video")).to_have_count(1)
    body = house.remote.creates[-1].body
    assert (body["model"], body["duration"], body["negativePrompt"]) == ("veo3.1", 4, "Birds")
    context.close()


@pytest.mark.parametrize(("width", "height", "theme"), [(1440, 900, "dark"), (390, 844, "light")])
def test_the_pages_of_every_way_have_no_violation_and_fit(
    browser: Browser, house: House, source: str, width: int, height: int, theme: Any
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, house)
    composing = Composing(page, house)
    composing.view(source)
    _is_fine(page, f"menu-{width}-{theme}")
    composing.work("edit")
    composing.show_sheet()
    composing.add("keyframe", picture())
    composing.show_further()
    _is_fine(page, f"keyframe-{width}-{theme}")
    fresh_project(page, house)
    composing.show_sheet()
    composing.choose_model("seedance2")
    for role, file in (("first_frame", picture()), ("last_frame", picture(name="end.png"))):
        composing.add(role, file)
    _is_fine(page, f"seedance2-{width}-{theme}")
    assert composing.problems == []
    context.close()


def _is_fine(page: Page, name: str) -> None:
    keep_picture(page, f"ways-{name}")
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
