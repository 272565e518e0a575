"""Composing: what a person does at the composer and at a clip's menu, and the file that comes of it."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import until
from tests.journeys.house import House

READY_MS = 120_000
WITHIN_MS = 15_000


def picture(size: tuple[int, int] = (640, 360), name: str = "boat.png") -> FilePayload:
    """An image from dark to light, which says its name in its own data: another name is another file."""
    target = io.BytesIO()
    pixels = Image.linear_gradient("L").rotate(90).resize(size).convert("RGB")
    pixels.putpixel((0, 0), tuple(sha256(name.encode()).digest()[:3]))
    pixels.save(target, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": target.getvalue()}


def violations(page: Page) -> list[str]:
    """All of axe's violations, as one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {[node['target'] for node in item['nodes']][:4]}" for item in found]


@dataclass
class Composing:
    """A person at a page of the studio. `problems` are the page's errors, which nobody wants."""

    page: Page
    house: House
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    @property
    def prompt(self) -> Locator:
        return self.page.get_by_label("Prompt", exact=True)

    @property
    def price(self) -> int:
        """The credits on the button."""
        return int(str(self.page.locator("[data-price]").get_attribute("data-price")))

    @contextmanager
    def settled(self) -> Iterator[None]:
        """Do something that asks the server for new settings, and wait for them."""
        self.page.locator("#settings").evaluate("(settings) => { settings.dataset.old = 'yes'; }")
        yield
        expect(self.page.locator("#settings[data-old]")).to_have_count(0, timeout=WITHIN_MS)
        expect(self.page.locator(".htmx-request")).to_have_count(0, timeout=WITHIN_MS)

    def choose_model(self, name: str) -> None:
        self.page.locator("#models > summary").click()
        self.choose("model", name)

    def choose(self, group: str, value: str) -> None:
        """Press one of a group of choices that stand side by side, unless it is chosen already."""
        control = self.page.locator(f'[id="{group}-{value}"]')
        if control.is_checked():
            return
        with self.settled():
            self.page.locator("label", has=control).click()

    def write(self, name: str, text: str) -> None:
        """Type into a field of the settings and leave it."""
        with self.settled():
            control = self.page.locator(f'[id="{name}"]')
            control.fill(text)
            control.blur()

    def pick(self, name: str, value: str) -> None:
        """Choose from a list."""
        with self.settled():
            self.page.locator(f'[id="{name}"]').select_option(value)

    def add(self, role: str, file: FilePayload | Path) -> None:
        """Browse for a file of a place."""
        with self.settled():
            self.page.locator(f"#{role}_file").set_input_files(file)

    def press_generate(self) -> str:
        """Launch; the new take's id."""
        cards = self.page.locator("[data-take]")
        before = set(self._takes())
        self.page.locator("#generate").click()
        for _ in range(300):
            new = [take for take in self._takes() if take not in before]
            if new:
                return new[0]
            self.page.wait_for_timeout(50)
        said = [text for text in self.page.locator("#composer .error").all_inner_texts() if text]
        raise AssertionError(f"No take of {cards.count()} is new: {said}")

    def _takes(self) -> list[str]:
        found: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('[data-take]')].map((one) => one.dataset.take)"
        )
        return found

    def generate(self) -> str:
        """Launch, wait until the take is ready on the page, and go to its viewer; the take's id."""
        take = self.press_generate()
        card = self.page.locator(f'[data-take="{take}"]')
        expect(card).to_have_attribute("data-state", re.compile("ready|failed"), timeout=READY_MS)
        expect(card).to_have_attribute("data-state", "ready")
        self.view(take)
        return take

    def view(self, take: str) -> None:
        self.page.locator(f"#view-{take}").click()
        self.page.wait_for_url("**/clips/*/")

    def plays(self) -> list[int]:
        """Play the clip of the viewer for a moment; its width and height as the browser sees them."""
        video = self.page.locator(".screen video")
        video.evaluate("(video) => { video.muted = true; return video.play(); }")
        until(self.page, video, "(video) => video.currentTime > 0.2")
        size: list[int] = video.evaluate("(video) => { video.pause(); return [video.videoWidth, video.videoHeight]; }")
        return size

    def download(self, folder: Path) -> Path:
        """The file behind the viewer's button."""
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=re.compile("^Download")).click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def work(self, name: str) -> int:
        """Choose from the clip's menu; the credits that stood there."""
        item = self.page.locator(f'a[href$="work={name}"]')
        told = re.search(r"[\d,]+", item.locator(".num").inner_text())
        assert told is not None
        item.click()
        expect(self.page.locator("#composer")).to_be_attached(timeout=WITHIN_MS)
        return int(told[0].replace(",", ""))

    def use_frame(self, words: str) -> None:
        """Press a button of the clip's menu by what it says: the studio opens with a frame of the clip."""
        self.page.get_by_role("button", name=re.compile(words, re.IGNORECASE)).first.click()
        expect(self.page.locator("#composer")).to_be_attached(timeout=WITHIN_MS)

    def show_sheet(self) -> None:
        """Open the sheet with the settings, where the screen is so small that there is one."""
        sheet = self.page.locator("label.sheet-grip")
        if sheet.is_visible():
            sheet.click()

    def show_further(self) -> None:
        """Open the settings that only this model has."""
        self.page.locator("summary", has_text="More settings of").click()

    def sent(self, way: str) -> dict[str, Any]:
        """The newest request of a way that reached the provider."""
        return next(record.body for record in reversed(self.house.remote.creates) if record.path == f"/v1/{way}")

    def forgive_refusals(self) -> None:
        """A refused launch is told to the console by the browser itself."""
        self.problems[:] = [problem for problem in self.problems if "422" not in problem]

    def charged(self, take: str) -> int:
        """The credits that a finished take has cost."""
        sql = "select cost_credits from studio_generation where public_id = ?"
        return int(str(self.house.query(sql, take.replace("-", ""))[0][0]))
