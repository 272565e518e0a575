"""Makes the picture in the README. It runs only when it is asked for: UPDATE_SCREENSHOTS=1."""

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from studio.simulator.assets import Pictures
from studio.simulator.pace import Pace
from studio.simulator.painting.palettes import PALETTES, Mood
from studio.simulator.painting.scenes import scene_for
from studio.simulator.remote import Remote
from studio.simulator.server import served
from studio.simulator.tasks import Task
from studio.simulator.validator import Order
from tests.browser.conftest import opened, sign_in
from tests.journeys.house import House

pytestmark = pytest.mark.skipif(
    os.environ.get("UPDATE_SCREENSHOTS") != "1", reason="UPDATE_SCREENSHOTS=1 makes the picture."
)

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "img" / "studio.png"
SIZE_MOST_BYTES = 400_000
READY_MS = 120_000
PACE = Pace(pending_s=0.3, running_s=1.5, throttled_s=900)
BLOCKED_SEED, RUNNING_SEED, WAITING_SEED = 482115, 733100, 733101
SCENES = {BLOCKED_SEED: "moderated_output", RUNNING_SEED: "stuck_progress", WAITING_SEED: "throttled"}
DUNES = (
    "Dunes at the edge of a desert, wind draws lines in the golden sand, slow aerial shot towards the last light, "
    "long shadows, anamorphic"
)
STORM = (
    "Storm in the evening, waves break across the pier, lightning behind the lighthouse, cold palette, "
    "wide shot that slowly pushes in towards the lamp"
)
BOAT = (
    "A fishing boat leaves a quiet harbour at first light, gulls wheel overhead, camera tracks low along the pier, "
    "soft haze, 35mm"
)


class Casting(Remote):
    """A remote that plays a scenario for a seed, so that no prompt has to ask for it."""

    def launch(self, order: Order, *, pictures: Pictures, key: str) -> Task:
        """Start the task in its seed's scenario."""
        scene = SCENES.get(order.seed or 0)
        cast = replace(order, prompt=f"[[{scene}]] {order.prompt}") if scene else order
        return super().launch(cast, pictures=pictures, key=key)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[House]:
    with served(lambda url: Casting(base_url=url, pace=PACE)) as remote:
        yield from opened(remote, tmp_path, {})


def _launch(page: Page, prompt: str, *, takes: int, seed: int, ready: int) -> None:
    """Launch, and wait until so many takes of it are ready."""
    before = page.locator("[data-shot]").count()
    page.locator(f"label:has(#takes-{takes})").click()
    expect(page.locator(f"#takes-{takes}")).to_be_checked()
    page.locator("#seed").fill(str(seed))
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.wait_for_timeout(500)
    page.locator("#generate").click()
    expect(page.locator("[data-shot]")).to_have_count(before + 1)
    newest = page.locator("[data-shot]").first
    expect(newest.locator("[data-take][data-state=ready]")).to_have_count(ready, timeout=READY_MS)


def _first_frame() -> bytes:
    """A still of the sea at dawn, as the simulator paints it."""
    still = scene_for(Mood(PALETTES["dawn"], "sea"), size=(1280, 720), rng=Random(11)).paint(2.0)
    target = io.BytesIO()
    still.convert("RGB").save(target, "JPEG", quality=92)
    return target.getvalue()


def _saved(png: bytes) -> bytes:
    """The picture in at most 400 KB: with six bits a colour, or a palette, when it has to be."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    coarse = image.point([value & 0b1111_1100 for value in range(256)] * 3)
    tries = (image, coarse, image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=8))
    return next(packed for packed in map(_packed, tries) if len(packed) <= SIZE_MOST_BYTES)


def _packed(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()


def test_the_picture_of_the_readme(page: Page, stage: House) -> None:
    sign_in(page, stage)
    _launch(page, DUNES, takes=3, seed=20507, ready=3)
    _launch(page, STORM, takes=3, seed=BLOCKED_SEED - 2, ready=2)
    page.locator("#first_frame_file").set_input_files(
        {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": _first_frame()}
    )
    expect(page.locator("[data-slot=first_frame] img")).to_be_visible()
    _launch(page, BOAT, takes=3, seed=RUNNING_SEED, ready=1)
    expect(page.locator("[data-shot]").first).to_contain_text("42 %", timeout=READY_MS)
    expect(page.locator("[data-shot]").nth(1)).to_contain_text("Blocked by moderation", timeout=READY_MS)
    page.reload()
    page.locator("#feed").evaluate("(feed) => feed.scrollTo(0, 0)")
    page.wait_for_timeout(1_000)

    png = _saved(page.screenshot(caret="hide"))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(png)

    assert len(png) <= SIZE_MOST_BYTES
