"""A studio that runs for real, and Debian's Chromium in front of it."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.journeys.house import PASSWORD, House

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
PACE = Pace(pending_s=0.8, running_s=2.5, throttled_s=900, outage_s=1, odd_s=1)
FRESH = itertools.count(1)
DESK = {"width": 1440, "height": 900}
HERE = Path(__file__).resolve().parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that lies in this folder needs a browser, whether its author thought of saying so or not."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium, without calls to anywhere else."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium is missing: apt-get install chromium")
    return {"executable_path": chromium, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": DESK, "color_scheme": "dark", "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Web, engine and simulator, with clips that are really painted."""
    with served(lambda url: Remote(base_url=url, pace=PACE)) as remote:
        yield from opened(remote, tmp_path_factory.mktemp("house"), {})


def opened(remote: Remote, folder: Path, settings: dict[str, str]) -> Iterator[House]:
    """A house whose web and engine run, until it is closed again."""
    settings = {"PROVIDER_POLL_S": "0.4", "ENGINE_PASS_S": "0.1", "ENGINE_LEASE_S": "20", **settings}
    house = House(folder=folder, remote=remote, url=remote.base_url, settings=settings)
    try:
        house.settle_in()
        house.open_web()
        house.engine()
        yield house
    finally:
        house.close()


@pytest.fixture
def signed_in(page: Page, house: House) -> Page:
    """A page of the demo user, on the studio."""
    sign_in(page, house)
    return page


def sign_in(page: Page, house: House) -> None:
    """Go to the studio, through the sign-in page."""
    page.goto(f"{house.address}/demo/first-film/")
    page.get_by_label("E-mail").fill("demo@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/demo/first-film/")


def fresh_project(page: Page, house: House) -> str:
    """The address of a new and empty project, which the page now shows."""
    page.goto(f"{house.address}/demo/")
    page.get_by_label("Name of a new project").fill(f"Fresh {next(FRESH)}")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/demo/fresh-*/")
    return page.url


def keep_picture(page: Page, name: str) -> None:
    """Write a screenshot to the folder that the environment's SHOTS names, if it names one."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")


def until(page: Page, locator: Locator, condition: str) -> None:
    """Wait until a JavaScript condition holds of an element (the page's own policy forbids Playwright's way)."""
    for _ in range(200):
        if locator.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"In vain: {condition}")
