"""The crop of a frame in a real browser: by mouse, by finger-wide screens, by keyboard, and without JavaScript."""

import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import fresh_project, keep_picture, sign_in
from tests.journeys.house import House

PHONE = ViewportSize(width=390, height=844)
MIDDLE = "22 % at the left and 22 % at the right will be cut."


def panorama(width: int = 1920, height: int = 600) -> dict[str, str | bytes]:
    """An image from dark to light, which 16:9 cuts at its sides."""
    target = io.BytesIO()
    Image.linear_gradient("L").rotate(90).resize((width, height)).convert("RGB").save(target, "JPEG")
    return {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}


def added(page: Page, house: House, image: dict[str, str | bytes]) -> Locator:
    """The control of the crop of an image that was just added to a new project."""
    fresh_project(page, house)
    if page.viewport_size and page.viewport_size["width"] < 800:
        page.locator("label.sheet-grip").click()
    page.locator("#first_frame_file").set_input_files(image)  # type: ignore[arg-type]  # a FilePayload
    box = page.locator("#crop-first_frame-box")
    expect(box).to_have_attribute("role", "slider")
    return box


def crop_of(page: Page) -> list[float]:
    return [float(part) for part in page.locator("input[name=first_frame_crop]").input_value().split(",")]


def sentence(page: Page) -> Locator:
    return page.locator("#crop-first_frame [data-crop-sentence]")


def test_a_box_is_dragged(signed_in: Page, house: House) -> None:
    box = added(signed_in, house, panorama())
    expect(sentence(signed_in)).to_have_text(MIDDLE)
    place = box.bounding_box()
    assert place is not None

    signed_in.mouse.move(place["x"] + place["width"] / 2, place["y"] + 20)
    signed_in.mouse.down()
    signed_in.mouse.move(place["x"] + place["width"] * 0.6, place["y"] + 25, steps=4)
    signed_in.mouse.up()

    left, top, width, height = crop_of(signed_in)
    assert left == pytest.approx(0.2222 + 0.1, abs=0.01)
    assert (top, height) == (0, 1)
    assert width == pytest.approx(0.5556, abs=0.001)
    expect(sentence(signed_in)).to_have_text("32 % at the left and 12 % at the right will be cut.")
    expect(box).to_have_attribute("aria-valuetext", "32 % at the left and 12 % at the right will be cut.")
    keep_picture(signed_in, "crop")
    assert Axe().run(signed_in).response["violations"] == []


def test_a_box_is_never_dragged_out_of_the_image(signed_in: Page, house: House) -> None:
    box = added(signed_in, house, panorama())
    place = box.bounding_box()
    assert place is not None

    signed_in.mouse.move(place["x"] + place["width"] / 2, place["y"] + 20)
    signed_in.mouse.down()
    signed_in.mouse.move(place["x"] + 5 * place["width"], place["y"] + 20, steps=3)
    signed_in.mouse.up()
    signed_in.mouse.move(place["x"], place["y"])

    assert crop_of(signed_in)[0] == pytest.approx(1 - 0.5556, abs=0.001)
    expect(sentence(signed_in)).to_have_text("44 % at the left will be cut.")
    expect(box).to_have_attribute("aria-valuenow", "100")


def test_arrow_keys_move_it(signed_in: Page, house: House) -> None:
    box = added(signed_in, house, panorama())
    expect(signed_in.get_by_role("slider", name="Crop of the first frame")).to_have_count(1)
    box.focus()
    start = crop_of(signed_in)[0]

    signed_in.keyboard.press("ArrowRight")
    assert crop_of(signed_in)[0] == pytest.approx(start + 0.01, abs=0.0001)
    signed_in.keyboard.press("Shift+ArrowLeft")
    assert crop_of(signed_in)[0] == pytest.approx(start - 0.04, abs=0.0001)
    signed_in.keyboard.press("Home")
    assert crop_of(signed_in)[0] == 0
    expect(sentence(signed_in)).to_have_text("44 % at the right will be cut.")


def test_the_crop_stays_when_something_else_is_chosen(signed_in: Page, house: House) -> None:
    box = added(signed_in, house, panorama())
    box.press("Home")

    signed_in.locator("label", has=signed_in.locator("#duration-5")).click()

    expect(box).to_have_attribute("aria-valuenow", "0")
    expect(sentence(signed_in)).to_have_text("44 % at the right will be cut.")
    signed_in.reload()
    expect(signed_in.locator("#crop-first_frame-box")).to_have_attribute("aria-valuenow", "0")


def test_a_tall_image_moves_up_and_down(signed_in: Page, house: House) -> None:
    box = added(signed_in, house, panorama(800, 1000))

    box.press("ArrowDown")

    left, top, width, _ = crop_of(signed_in)
    assert (left, width) == (0, 1)
    assert top == pytest.approx((1 - 0.45) / 2 + 0.01, abs=0.001)
    expect(box).to_have_attribute("aria-orientation", "vertical")


def test_it_fits_a_phone(browser: Browser, house: House) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    sign_in(page, house)

    box = added(page, house, panorama())
    box.scroll_into_view_if_needed()

    place = box.bounding_box()
    assert place is not None
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    keep_picture(page, "crop-phone")
    context.close()


def test_without_javascript_the_middle_stands(browser: Browser, house: House) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, house)
    fresh_project(page, house)
    page.locator("#first_frame_file").set_input_files(panorama())  # type: ignore[arg-type]  # a FilePayload

    page.get_by_role("button", name="Update the price").first.click()

    expect(sentence(page)).to_have_text(MIDDLE)
    expect(page.locator("[data-crop-shade]")).to_have_attribute("d", re.compile("^M0 0H1000V1000H0ZM222"))
    assert crop_of(page)[0] == pytest.approx(0.2222, abs=0.001)
    assert page.locator("#crop-first_frame-box").get_attribute("role") is None
    context.close()


def test_a_warning_comes_when_the_prompt_is_written(signed_in: Page, house: House) -> None:
    fresh_project(signed_in, house)
    prompt = signed_in.get_by_label("Prompt", exact=True)

    prompt.fill("A shop, and a sign that says OPEN above its door")
    prompt.blur()
    expect(signed_in.locator("#prompt-hints")).to_contain_text("Text and logos in the picture")
    prompt.fill("A shop at night in the rain, warm light behind its window")
    prompt.blur()

    expect(signed_in.locator("#prompt-hints")).to_have_text("")
