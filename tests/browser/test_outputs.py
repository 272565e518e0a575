"""A take that no browser plays: its preview does, and the original is what is downloaded."""

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from studio.media.probe import probe_video
from tests.browser.conftest import keep_picture, sign_in, until
from tests.journeys.house import House

LAUNCH = """
from dataclasses import replace
from uuid import uuid4
from django.utils import timezone
from studio.generations.spec import default_spec
from studio.generations.submit import submit_generation
from studio.models import Project
project = Project.objects.get(slug="first-film")
spec = replace(default_spec(), prompt="A lighthouse, graded", duration_s=2, extras={"outputFormat": "prores"})
by = project.team.memberships.get(user__email="demo@example.com").user
take = submit_generation(project, spec=spec, token=uuid4(), by=by, now=timezone.now())[0]
print("Generation:", take.public_id)
"""


def test_prores_is_seen_as_a_preview_and_downloaded_as_it_came(page: Page, house: House, tmp_path: Path) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    found = re.search(r"Generation: (\S+)", house.manage("shell", "-c", LAUNCH))
    assert found is not None
    sign_in(page, house)
    house.wait_for(lambda: house.row(found[1])[0] == "ready", what="the take")
    page.reload()

    page.locator(f"#view-{found[1]}").click()
    video = page.locator(".screen video")
    video.evaluate("(video) => { video.muted = true; return video.play(); }")
    until(page, video, "(video) => video.currentTime > 0.3 && video.videoWidth === 1280")
    expect(page.get_by_text("You see a preview. The original is ProRes 4444, 1280 × 720,")).to_be_visible()
    keep_picture(page, "outputs-prores")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original").click()
    with page.expect_download() as archive:
        page.get_by_role("link", name="All as ZIP").click()

    download.value.save_as(tmp_path / "original")
    archive.value.save_as(tmp_path / "all.zip")
    assert download.value.suggested_filename.endswith("-take-1.mov")
    assert probe_video(tmp_path / "original").codec == "prores"
    assert [name.rpartition(".")[2] for name in zipfile.ZipFile(tmp_path / "all.zip").namelist()] == ["mov", "mp4"]
    assert problems == []
