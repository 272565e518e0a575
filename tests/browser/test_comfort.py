"""What a creator feels: play in place, cards that keep still, focus that stays, tabs that catch up, local times."""

import base64
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import fresh_project, sign_in, until
from tests.journeys.house import House

READY_MS = 120_000
AT_REST_MS = 20_000
TOKYO = "Asia/Tokyo"
WATCH_BOXES = """(card) => {
  window.boxes = new Set();
  const look = () => {
    const {x, y, width, height} = document.getElementById(card.id).getBoundingClientRect();
    window.boxes.add([x, y, width, height].join(" "));
  };
  look();
  const shots = document.getElementById("shots");
  new MutationObserver(look).observe(shots, {subtree: true, childList: true, attributes: true});
}"""


def watched(page: Page) -> list[str]:
    """The errors of the page's console, as they come in."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    return problems


def generate(page: Page, prompt: str) -> Locator:
    """The card of a new take."""
    before = page.locator("[data-shot]").count()
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.locator("#generate").click()
    expect(page.locator("[data-shot]")).to_have_count(before + 1)
    return page.locator("[data-take]").first


def picture(colour: str) -> bytes:
    """A PNG; the same bytes again are the same reference, under its first name."""
    target = io.BytesIO()
    Image.new("RGB", (960, 540), colour).save(target, "PNG")
    return target.getvalue()


def test_a_ready_take_plays_in_place_by_keyboard(signed_in: Page, house: House) -> None:
    page = signed_in
    problems = watched(page)
    fresh_project(page, house)
    take = generate(page, "A poster with a button")
    button = take.get_by_role("button", name="Play take 1, 0:05")
    expect(button).to_be_visible(timeout=READY_MS)
    video = take.locator("video")
    expect(video).to_be_hidden()
    expect(take.locator(".corners")).to_have_text("720p 0:05")

    button.focus()
    page.keyboard.press("Space")

    until(page, video, "(video) => video.currentTime > 0.3")
    expect(video).to_be_visible()
    expect(video).to_be_focused()
    expect(button).to_be_hidden()
    assert problems == []


def test_without_javascript_the_browsers_own_controls_stay(browser: Browser, house: House) -> None:
    take = house.launch("A plain player")
    house.wait_for(lambda: house.row(take)[0] == "ready", what="ready")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, house)

    card = page.locator(f"#take-{take}")
    expect(card.locator("video[controls]")).to_be_visible()
    expect(card.locator(".play")).to_be_hidden()
    expect(card.locator(".cover")).to_be_hidden()
    context.close()


def test_a_card_keeps_its_place_through_all_states(signed_in: Page, house: House) -> None:
    page = signed_in
    fresh_project(page, house)
    take = generate(page, "Nothing moves but the picture")
    take.evaluate(WATCH_BOXES)

    expect(take).to_have_attribute("data-state", "ready", timeout=READY_MS)

    assert len(page.evaluate("[...window.boxes]")) == 1


def test_a_take_of_another_tab_shows_when_somebody_comes_back(signed_in: Page, house: House) -> None:
    page = signed_in
    problems = watched(page)
    address = fresh_project(page, house)
    expect(page.locator("#poller")).to_have_attribute("data-live", "false")
    other = page.context.new_page()
    other.goto(address)
    generate(other, "From another tab")
    page.wait_for_timeout(1_200)
    expect(page.locator("[data-newcomers]")).to_be_hidden()

    page.evaluate("window.dispatchEvent(new Event('focus'))")

    expect(page.locator("[data-newcomers]")).to_have_text("There are new takes: show them")
    expect(page.locator("#poller")).to_have_attribute("data-live", "true")
    page.locator("[data-newcomers]").click()
    expect(page.locator("[data-shot]")).to_have_count(1)
    assert problems == []


def test_an_idle_tab_leaves_the_draft_of_another_alone(signed_in: Page, house: House) -> None:
    page = signed_in
    address = fresh_project(page, house)
    generate(page, "Launched and left")
    other = page.context.new_page()
    other.goto(address)
    other.get_by_label("Prompt", exact=True).fill("Being written")

    expect(page.locator("#poller")).to_have_attribute("data-live", "false", timeout=AT_REST_MS)
    other.reload()

    expect(other.get_by_label("Prompt", exact=True)).to_have_value("Being written")


def test_an_ended_session_leads_to_the_sign_in_page(signed_in: Page, house: House) -> None:
    page = signed_in
    address = fresh_project(page, house)
    generate(page, "[[throttled]] Watched too long")

    page.context.clear_cookies(name="sessionid")

    page.wait_for_url("**/sign-in/?next=*")
    assert address.removeprefix(house.address).replace("/", "%2F") in page.url


def test_a_seed_that_is_none_buys_nothing(signed_in: Page, house: House) -> None:
    page = signed_in
    fresh_project(page, house)
    page.get_by_label("Prompt", exact=True).fill("A certain look")
    page.locator("#seed").fill("abc")
    page.locator("#seed").blur()
    expect(page.locator("#seed-error")).to_contain_text("A seed is a whole number")

    page.locator("#generate").click()

    expect(page.locator("#composer #prompt[data-filled]")).to_have_count(1)
    expect(page.locator("#seed")).to_have_value("abc")
    expect(page.locator("[data-take]")).to_have_count(0)


def test_the_focus_stays_with_the_slot_and_the_take(signed_in: Page, house: House) -> None:
    page = signed_in
    fresh_project(page, house)
    page.locator("#first_frame_file").set_input_files(
        {"name": "boat.png", "mimeType": "image/png", "buffer": picture("teal")}
    )
    page.locator("#remove-first_frame").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#first_frame_file")).to_be_focused()
    page.get_by_label("Prompt", exact=True).fill("[[throttled]] Never to be seen")

    page.locator("#generate").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-take]")).to_have_count(1)
    expect(page.locator("#generate")).to_be_focused()
    take = page.locator("[data-take]")
    expect(take).to_have_attribute("data-state", "running", timeout=READY_MS)  # no cancelling while it is sent
    take.locator("summary").focus()
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)

    expect(take).to_have_attribute("data-state", "cancelled", timeout=READY_MS)
    assert take.evaluate("(card) => card.contains(document.activeElement)")


def test_an_image_comes_by_paste(signed_in: Page, house: House) -> None:
    page = signed_in
    fresh_project(page, house)
    page.get_by_label("Prompt", exact=True).focus()

    page.evaluate(
        """(base64) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "pasted.png", {type: "image/png"}));
          const paste = new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true});
          document.activeElement.dispatchEvent(paste);
        }""",
        base64.b64encode(picture("orange")).decode(),
    )

    expect(page.locator("[data-slot=first_frame] img")).to_have_attribute("alt", "First frame: pasted.png")


def test_a_prompt_that_is_too_long_is_counted_where_it_is_written(signed_in: Page) -> None:
    page = signed_in
    page.get_by_label("Prompt", exact=True).fill("x" * 1001)

    counter, box = page.locator("#prompt-count").bounding_box(), page.locator(".prompt").bounding_box()

    assert counter is not None
    assert box is not None
    assert box["y"] < counter["y"] < box["y"] + box["height"]
    expect(page.locator("#prompt-count")).to_have_text("1001 / 1000")


def test_the_clip_arrives_as_a_file_with_a_name(signed_in: Page, house: House) -> None:
    take = house.launch("Gulls: wheel, <script> & overhead 🎬")
    house.wait_for(lambda: house.row(take)[0] == "ready", what="ready")
    signed_in.reload()

    with signed_in.expect_download() as arriving:
        signed_in.locator(f"#download-{take}").click()

    assert arriving.value.suggested_filename == "first-film-gulls-wheel-script-overhead-take-1.mp4"
    assert arriving.value.path().read_bytes()[4:8] == b"ftyp"


def test_moments_are_shown_in_the_readers_own_time(browser: Browser, house: House) -> None:
    take = house.launch("A launch in Tokyo")
    context = browser.new_context(timezone_id=TOKYO)
    page = context.new_page()
    sign_in(page, house)

    shown = page.locator(f"[data-shot]:has(#take-{take}) time")
    moment = datetime.fromisoformat(str(shown.get_attribute("datetime"))).astimezone(ZoneInfo(TOKYO))
    expect(shown).to_have_text(f"{moment:%-d %b, %H:%M}")
    assert str(shown.get_attribute("title")).endswith(" UTC")
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_sign_in_card_stands_in_the_middle(browser: Browser, house: House, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{house.address}/sign-in/")

    card = page.locator("main").bounding_box()

    assert card is not None
    assert card["x"] + card["width"] / 2 == pytest.approx(width / 2, abs=1)
    assert card["y"] + card["height"] / 2 == pytest.approx(height / 2, abs=1)
    context.close()
