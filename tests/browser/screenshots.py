"""Takes pictures of every page, at two sizes and in two themes, into a folder.

python tests/browser/screenshots.py http://127.0.0.1:8000 demo@example.com PASSWORD demo/first-film [var/shots]
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
THEMES = ("dark", "light")


@dataclass(frozen=True)
class Shoot:
    """Where to look, as whom, and where to put the pictures."""

    base_url: str
    email: str
    password: str
    project: str
    folder: Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("email")
    parser.add_argument("password")
    parser.add_argument("project", help="TEAM/PROJECT")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("var/shots"))
    shoot = Shoot(**vars(parser.parse_args()))
    shoot.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        for path in pictures(browser, shoot):
            sys.stdout.write(f"{path}\n")


def pictures(browser: Browser, shoot: Shoot) -> Iterator[Path]:
    """The files, one by one as they are made."""
    for size, viewport in SIZES.items():
        for theme in THEMES:
            context = browser.new_context(viewport=viewport, color_scheme=theme)  # type: ignore[arg-type]
            yield from _round(context, shoot, f"{size}-{theme}")
            context.close()


def _round(context: BrowserContext, shoot: Shoot, name: str) -> Iterator[Path]:
    page = context.new_page()
    page.goto(f"{shoot.base_url}/sign-in/")
    yield _picture(page, shoot.folder / f"sign-in-{name}.png")
    page.fill("[name=login]", shoot.email)
    page.fill("[name=password]", shoot.password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    for title, path in _addresses(shoot.project).items():
        page.goto(f"{shoot.base_url}{path}")
        yield _picture(page, shoot.folder / f"{title}-{name}.png")
    page.goto(f"{shoot.base_url}/{shoot.project}/gallery/")
    if page.locator("[data-clip] a").count():
        page.locator("[data-clip] a").first.click()
        page.wait_for_url("**/clips/**")
        yield _picture(page, shoot.folder / f"viewer-{name}.png")


def _addresses(project: str) -> dict[str, str]:
    team = project.split("/", maxsplit=1)[0]
    return {
        "studio": f"/{project}/",
        "gallery": f"/{project}/gallery/",
        "team": f"/{team}/",
        "missing": "/nobody/nothing/",
    }


def _picture(page: Page, path: Path) -> Path:
    page.wait_for_load_state("load")
    page.wait_for_timeout(400)
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    main()
