"""The whole story in a real browser: sign in, type, drop an image, Generate, watch every state, play the clip."""

import base64
import io
import re
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import fresh_project, keep_picture, sign_in, until
from tests.journeys.house import House

PROMPT = "A fishing boat leaves a quiet harbour at first light, gulls wheel overhead"
READY_MS = 120_000
WATCH_STATES = """() => {
  window.seenStates = [];
  const look = () => {
    const take = document.querySelector('[data-take]');
    if (take && window.seenStates.at(-1) !== take.dataset.state) window.seenStates.push(take.dataset.state);
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
DROP = """async ([selector, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "harbour.png", {type: "image/png"}));
  const slot = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"])
    slot.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


def _picture() -> str:
    buffer = io.BytesIO()
    Image.radial_gradient("L").resize((960, 540)).convert("RGB").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def _violations(page: Page) -> list[str]:
    """All of axe's violations, as one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {[node['target'] for node in item['nodes']][:4]}" for item in found]


def _width_overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _generate(page: Page, prompt: str) -> Locator:
    """Launch one take. Its card, by its id: the first one on the page may be an older launch's for a moment."""
    shots = page.locator(".shot", has_text=prompt)
    before = shots.count()
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.locator("#generate").click()
    expect(shots).to_have_count(before + 1)
    take = shots.first.locator("[data-take]").first.get_attribute("data-take")
    return page.locator(f'[data-take="{take}"]')


def test_from_a_prompt_and_an_image_to_a_playing_clip(signed_in: Page, house: House) -> None:
    page = signed_in
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    fresh_project(page, house)

    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    expect(page.locator("[data-prompt-count]")).to_have_text(f"{len(PROMPT)} / 1000")
    page.evaluate(DROP, ["[data-slot=first_frame]", _picture()])
    expect(page.locator("[data-slot=first_frame] img")).to_be_visible()
    page.locator("label:has(#takes-2)").click()
    expect(page.locator("[data-price]")).to_have_text("120")
    expect(page.locator("[data-explanation]")).to_have_text("5 s × 12 cr × 2 takes")

    page.evaluate(WATCH_STATES)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-take]")).to_have_count(2)
    expect(page.get_by_text("You may close this tab")).to_be_visible()
    keep_picture(page, "studio-running")
    expect(page.locator("[data-take][data-state=ready]")).to_have_count(2, timeout=READY_MS)
    expect(page.locator("#poller")).to_have_attribute("data-live", "false", timeout=10_000)

    states = page.evaluate("window.seenStates")
    assert states[0] in {"queued", "submitting", "running"}
    assert states[-1] == "ready"
    assert "running" in states
    assert "failed" not in states
    video = page.locator("[data-take] video").first
    video.evaluate("(video) => { video.muted = true; return video.play(); }")
    until(page, video, "(video) => video.currentTime > 0.3")
    assert video.evaluate("(video) => [video.videoWidth, video.videoHeight]") == [1280, 720]
    assert [record.body.get("promptText") for record in house.remote.creates].count(PROMPT) == 2
    assert problems == []
    keep_picture(page, "studio-ready")


def test_seeking_lands_where_it_was_asked_to(page: Page, house: House) -> None:
    take = house.launch("A clip to seek in", "--duration", "5")
    house.wait_for(lambda: house.row(take)[0] == "ready", what="ready")
    sign_in(page, house)
    video = page.locator(f"#take-{take} video")
    video.evaluate("(video) => { video.preload = 'auto'; video.load(); }")
    until(page, video, "(video) => video.readyState >= 1")

    video.evaluate("(video) => { video.currentTime = 4; }")
    until(page, video, "(video) => !video.seeking")

    assert video.evaluate("(video) => video.currentTime") == pytest.approx(4, abs=0.1)


def test_a_launch_survives_the_tab(signed_in: Page, house: House, browser: Browser) -> None:
    page = signed_in
    take = _generate(page, "The tab is closed at once").get_attribute("data-take")
    page.close()

    house.wait_for(lambda: house.row(str(take))[0] == "ready", what="the clip of a closed tab")
    context = browser.new_context()
    another = context.new_page()
    sign_in(another, house)

    expect(another.locator(f"#take-{take} video")).to_have_count(1)
    context.close()


def test_a_blocked_take_says_whether_it_was_charged(signed_in: Page) -> None:
    page = signed_in
    take = _generate(page, "[[moderated_input]] Something unsafe")

    expect(take).to_have_attribute("data-state", "failed", timeout=READY_MS)
    expect(take).to_contain_text("Blocked by moderation")
    expect(take).to_contain_text("60 credits charged")
    take.get_by_role("link", name="Edit prompt").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("[[moderated_input]] Something unsafe")


def test_cancel_says_what_it_costs_first(signed_in: Page) -> None:
    page = signed_in
    take = _generate(page, "[[throttled]] Never to be seen")

    take.locator("summary", has_text="Cancel").click()
    expect(take).to_contain_text("Nothing is charged for a take that has not begun.")
    take.get_by_role("button", name="Cancel this take").click()

    expect(take).to_have_attribute("data-state", "cancelled", timeout=READY_MS)
    expect(take).to_contain_text("Not charged")


def test_refused_input_keeps_the_text_and_names_the_field(signed_in: Page) -> None:
    page = signed_in
    text = "x" * 1001
    page.get_by_label("Prompt", exact=True).fill(text)
    page.locator("#generate").click()

    expect(page.locator("#prompt-error")).to_contain_text("The prompt has 1,001 characters and Gen-4.5 takes 1,000.")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(text)


def test_a_wrong_file_gets_its_sentence(signed_in: Page) -> None:
    page = signed_in
    page.locator("#first_frame_file").set_input_files(
        {"name": "harbour.png", "mimeType": "image/png", "buffer": b"%PDF-1.7 " + bytes(64)}
    )

    expect(page.locator("#first_frame-error")).to_contain_text("PDF")
    expect(page.locator("[data-slot=first_frame] img")).to_have_count(0)


def test_the_draft_survives_a_reload(signed_in: Page) -> None:
    page = signed_in
    page.get_by_label("Prompt", exact=True).fill("Half a thought")
    page.reload()

    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Half a thought")


def test_without_javascript_everything_works_as_plain_forms(browser: Browser, house: House) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, house)
    page.get_by_label("Prompt", exact=True).fill("A plain form")
    page.locator("#generate").click()
    shot = page.locator(".shot", has_text="A plain form")
    take = shot.locator("[data-take]").first.get_attribute("data-take")

    house.wait_for(lambda: house.row(str(take))[0] == "ready", what="ready")
    page.get_by_role("link", name="Refresh").click()

    expect(page.locator(f"#take-{take} video")).to_have_count(1)
    context.close()


PAGES = {
    "studio": "/demo/first-film/",
    "gallery": "/demo/first-film/gallery/",
    "team": "/demo/",
    "missing": "/demo/nothing/",
}


@pytest.fixture(scope="session")
def first_clip(house: House) -> str:
    """The address of a clip, for pages that are nothing without one."""
    take = house.launch("A clip for the pages")
    house.wait_for(lambda: house.row(take)[0] == "ready", what="ready")
    found = house.query("select public_id from studio_clip order by id limit 1")[0][0]
    return f"/clips/{UUID(str(found))}/"


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_pages_have_no_violation_and_fit(
    browser: Browser, house: House, first_clip: str, width: int, height: int, theme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]  # dark or light
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, house)
    for name, path in {**PAGES, "viewer": first_clip}.items():
        page.goto(f"{house.address}{path}")

        assert _violations(page) == [], name
        assert _width_overflow(page) <= 0, name
        keep_picture(page, f"{name}-{width}-{theme}")
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_open_menus_have_no_violation(browser: Browser, house: House, first_clip: str, theme: str) -> None:
    context = browser.new_context(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # as above
    page = context.new_page()
    sign_in(page, house)
    _generate(page, "[[throttled]] A menu to open")
    for menu in ("summary.model", ".history summary", "[data-take] summary", ".person summary"):
        page.locator(menu).first.click()
        assert _violations(page) == [], menu
    context.close()


def test_the_sign_in_page_has_no_violation(page: Page, house: House) -> None:
    page.goto(f"{house.address}/sign-in/")

    assert _violations(page) == []
    keep_picture(page, "sign-in")


def test_scripts_and_styles_of_a_page_stay_small(signed_in: Page, house: House) -> None:
    """Under 60 KB for the studio page, compressed as the image serves it (brotli, measured here file by file)."""
    import brotli

    bodies: dict[str, bytes] = {}

    def keep(response: object) -> None:
        url = response.url  # type: ignore[attr-defined]  # a Response of Playwright
        if re.search(r"\.(js|css)(\?|$)", url):
            bodies[url] = response.body()  # type: ignore[attr-defined]  # as above

    signed_in.on("response", keep)
    signed_in.goto(f"{house.address}/demo/first-film/")
    signed_in.wait_for_load_state("networkidle")

    assert bodies
    assert sum(len(brotli.compress(body)) for body in bodies.values()) < 60_000
