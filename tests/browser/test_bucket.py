"""The same studio with its media in a real S3 store: playback by redirects to signed links."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.browser.conftest import PACE, opened, sign_in, until
from tests.journeys.house import House
from tests.services.swift import S3Store

pytestmark = pytest.mark.s3


@pytest.fixture(scope="module")
def bucket_house(tmp_path_factory: pytest.TempPathFactory, s3_store: S3Store) -> Iterator[House]:
    with served(lambda url: Remote(base_url=url, pace=PACE)) as remote:
        yield from opened(remote, tmp_path_factory.mktemp("bucket"), s3_store.environment())


def test_a_clip_plays_and_seeks_from_the_bucket(page: Page, bucket_house: House) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    sign_in(page, bucket_house)
    page.get_by_label("Prompt", exact=True).fill("A clip in a bucket")
    page.locator("#generate").click()
    video = page.locator("[data-take] video").first
    expect(video).to_have_count(1, timeout=60_000)

    video.evaluate("(video) => { video.muted = true; return video.play(); }")
    until(page, video, "(video) => video.currentTime > 0.3")
    video.evaluate("(video) => { video.pause(); video.currentTime = 4; }")
    until(page, video, "(video) => !video.seeking")

    assert video.evaluate("(video) => video.currentTime") == pytest.approx(4, abs=0.1)
    assert "127.0.0.1" in str(video.evaluate("(video) => video.currentSrc"))
    assert bucket_house.stored() == []
    assert problems == []
