"""A person sets how they see the site, reads what they are told, and lets the browser take pushes.

No push service can be reached here, so a browser's subscription to one is not tried; the worker is given its message by
the browser's own protocol instead, as a push service's message would reach it.
"""

import io
import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from studio.providers.vapid import new_key
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.browser.conftest import PACE, keep_picture, opened, sign_in
from tests.journeys.house import House

PHONE: ViewportSize = {"width": 390, "height": 844}
NOTICE = {"title": "Dailies", "body": "Your take is ready.", "url": "https://evil.example/", "tag": "one"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that can push, and in which every take is a long one."""
    settings = {
        "PUSH_PRIVATE_KEY": new_key().private,
        "PUSH_CONTACT": "mailto:admin@example.com",
        "NOTICE_LONG_TAKE_S": "0",
    }
    with served(lambda url: Remote(base_url=url, pace=PACE)) as remote:
        yield from opened(remote, tmp_path_factory.mktemp("told"), settings)


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (400, 300), (60, 120, 90)).save(target, "PNG")
    return target.getvalue()


def test_a_profile_is_set_and_seen(page: Page, told: House) -> None:
    sign_in(page, told)
    page.goto(f"{told.address}/profile/")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Picture").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": _picture()})
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_text("Light", exact=True).first.click()
    page.get_by_label("Let nothing move").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("html")).to_have_attribute("data-motion", "reduce")
    assert page.locator("img.avatar").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 256
    assert Axe().run(page).response["violations"] == []
    keep_picture(page, "profile-light")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    keep_picture(page, "profile-phone")


def test_a_notice_rings_leads_to_its_take_and_is_read(page: Page, told: House) -> None:
    sign_in(page, told)
    page.goto(f"{told.address}/notices/")
    take = told.launch("A lighthouse")
    told.wait_for(lambda: told.row(take)[0] == "ready", what="ready")
    page.goto(f"{told.address}/notices/")
    expect(page.locator("#bell b")).to_have_text("1")
    assert Axe().run(page).response["violations"] == []
    keep_picture(page, "notices")

    page.get_by_role("button", name="take in").click()

    page.wait_for_url("**/demo/first-film/#shot-*")
    expect(page.locator("#bell b")).to_have_count(0)
    page.goto(f"{told.address}/notices/choices/")
    keep_picture(page, "choices")
    assert Axe().run(page).response["violations"] == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    keep_picture(page, "choices-phone")


def test_the_worker_shows_what_is_pushed_and_leads_nowhere_else(page: Page, told: House) -> None:
    page.context.grant_permissions(["notifications"], origin=told.address)
    sign_in(page, told)
    page.goto(f"{told.address}/notices/choices/")
    expect(page.get_by_role("button", name="Show them in this browser")).to_be_visible()
    devtools = page.context.new_cdp_session(page)
    registered: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    scope = page.evaluate(
        "navigator.serviceWorker.register('/push/worker.js', {scope: '/'})"
        ".then(() => navigator.serviceWorker.ready).then((worker) => worker.scope)"
    )
    page.wait_for_timeout(500)

    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": told.address, "registrationId": registered[-1], "data": json.dumps(NOTICE)},
    )
    page.wait_for_timeout(1000)
    shown = page.evaluate(
        "navigator.serviceWorker.ready.then((worker) => worker.getNotifications())"
        ".then((all) => all.map(({title, body, tag, data}) => ({title, body, tag, url: data.url})))"
    )

    assert scope == f"{told.address}/"
    assert shown == [{"title": "Dailies", "body": "Your take is ready.", "tag": "one", "url": f"{told.address}/"}]
