"""An owner gives the team a key of its own, and makes a clip with it."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.browser.conftest import PACE, keep_picture, opened, sign_in
from tests.journeys.house import House

CHECKED_MS = 30_000
OWN, WRONG = f"key_{'5' * 128}", f"key_{'6' * 128}"
TEAMS = f"key_{'ab' * 64}"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose teams may enter keys; the provider takes the installation's and one more."""
    with served(lambda url: Remote(base_url=url, pace=PACE, keys=frozenset({OWN, TEAMS}))) as remote:
        secret = {"PROVIDER_KEYS_SECRET": "a-secret-of-forty-characters-or-so-for-tests"}
        yield from opened(remote, tmp_path_factory.mktemp("keyed"), secret)


def test_a_key_is_entered_refused_replaced_used_and_retired(page: Page, keyed: House) -> None:
    sign_in(page, keyed)
    page.goto(f"{keyed.address}/demo/")
    page.get_by_role("link", name="Key", exact=True).click()
    page.get_by_label("Key, from the provider").fill("key_123")
    page.get_by_role("button", name="Enter the key").click()
    expect(page.locator("#key-error")).to_contain_text("That is not a key of Runway's")
    expect(page.get_by_label("Key, from the provider")).to_have_value("")

    page.get_by_label("Key, from the provider").fill(WRONG)
    page.get_by_role("button", name="Enter the key").click()
    expect(page.locator("#key")).to_contain_text("refuses this key", timeout=CHECKED_MS)
    keep_picture(page, "key-refused")

    page.get_by_label("Key, from the provider").fill(TEAMS)
    page.get_by_role("button", name="Replace the key").click()
    expect(page.locator("#key")).to_contain_text("credits left", timeout=CHECKED_MS)
    assert Axe().run(page).response["violations"] == []
    assert TEAMS not in page.content()
    keep_picture(page, "key-works")

    take = keyed.launch("A paper boat of our own")
    keyed.wait_for(lambda: keyed.row(take)[0] == "ready", what="ready")
    assert {task.key for task in keyed.remote.tasks.values()} == {TEAMS}

    page.get_by_role("button", name="Retire the key").click()
    expect(page.locator("#key")).to_contain_text("No key of its own")
