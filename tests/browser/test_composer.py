"""What a creator has put into the composer stays there, and a long name stays within a phone."""

import base64
import io

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import fresh_project
from tests.journeys.house import PASSWORD, House

DROP_ON_THE_PAGE = """(base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "second.png", {type: "image/png"}));
  const kept = ["dragover", "drop"].map((kind) =>
    !document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true})));
  return kept;
}"""


def picture(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (960, 540), colour).save(target, "PNG")
    return target.getvalue()


def test_what_was_made_of_a_filled_composer_survives_a_reload(signed_in: Page, house: House) -> None:
    page = signed_in
    address = fresh_project(page, house)
    page.goto(f"{address}?idea=3")
    expect(page.locator("#ratio-720\\:1280")).to_be_checked()
    page.get_by_label("Prompt", exact=True).fill("A night train, but in snow")

    page.reload()

    assert page.url == address
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A night train, but in snow")
    expect(page.locator("#ratio-720\\:1280")).to_be_checked()


def test_the_prompt_that_a_draft_came_from_is_kept_with_it(signed_in: Page, house: House) -> None:
    page = signed_in
    fresh_project(page, house)
    page.get_by_label("Prompt", exact=True).fill("[[throttled]] The first words")
    page.locator("#generate").click()
    expect(page.locator("[data-take]")).to_have_count(1)
    page.get_by_role("link", name="Reuse this shot").click()
    page.wait_for_load_state("load")
    source = page.locator("[data-source-prompt]").input_value()
    page.get_by_label("Prompt", exact=True).fill("[[throttled]] The second words")

    page.reload()

    assert source != ""
    expect(page.locator("[data-source-prompt]")).to_have_value(source)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("[[throttled]] The second words")


def test_an_image_without_a_place_leaves_the_page_as_it_is(signed_in: Page, house: House) -> None:
    page = signed_in
    fresh_project(page, house)
    page.locator("#first_frame_file").set_input_files(
        {"name": "first.png", "mimeType": "image/png", "buffer": picture("rebeccapurple")}
    )
    expect(page.locator("[data-slot=first_frame] img")).to_be_visible()

    is_kept = page.evaluate(DROP_ON_THE_PAGE, base64.b64encode(picture("plum")).decode())

    assert is_kept == [True, True]
    expect(page.locator("#toasts")).to_have_text(
        "No free place takes this file. Remove one first, or choose another model."
    )
    expect(page.locator("[data-slot=first_frame] img")).to_have_attribute("alt", "First frame: first.png")


LONG_EMAIL = f"{'verylong' * 7}@example.com"
MAKE_PERSON = f"""
from accounts.addresses import confirm_address
from accounts.models import User
confirm_address(User.objects.create_user("{LONG_EMAIL}", "{PASSWORD}", name="{"W" * 110}"))
"""
BEYOND_THE_EDGE = """() => [...document.querySelectorAll(".meta *, .person *")]
  .filter((part) => part.getBoundingClientRect().right > innerWidth || part.getBoundingClientRect().left < 0)
  .map((part) => part.outerHTML.slice(0, 80))"""


def test_a_long_name_and_address_stay_within_a_phone(browser: Browser, house: House) -> None:
    house.manage("shell", "--command", MAKE_PERSON)
    house.manage("add_member", "demo", LONG_EMAIL, "--role", "creator")
    house.launch("[[throttled]] By somebody with a long name", "--by", LONG_EMAIL)
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{house.address}/demo/first-film/")
    page.get_by_label("E-mail").fill(LONG_EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/demo/first-film/")

    page.locator(".person summary").click()

    expect(page.locator(".meta bdi").first).to_have_text("W" * 110)
    assert page.evaluate(BEYOND_THE_EDGE) == []
    context.close()
