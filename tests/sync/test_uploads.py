"""Files on their way to the provider: each variant of a file once, as long as it is kept there."""

import uuid
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from studio.enums import State, StatusCode
from studio.generations.references import add_reference
from studio.generations.request import SpecInput
from studio.generations.submit import submit_generation
from studio.models import Generation, Reference, ReferenceUpload
from studio.providers.base import InputRole
from tests.media.files import image_bytes
from tests.media.films import film
from tests.stage import Stage

FIRST, SOURCE = InputRole.FIRST, InputRole.SOURCE
TURBO = {"model": "gen4_turbo", "duration_s": 2}
EDIT = {"model": "aleph2", "ratio": "", "duration_s": None}
RUBY = {"model": "ruby", "prompt": "", "ratio": "", "duration_s": None, "seed": None}


def added(stage: Stage, content: bytes, name: str) -> Reference:
    return add_reference(stage.team, upload=SimpleUploadedFile(name, content), by=stage.owner)


@pytest.fixture
def square(stage: Stage) -> Reference:
    return added(stage, image_bytes(size=(400, 400)), "square.png")


def small_film(stage: Stage, tmp_path: Path, *, fps: int = 24) -> Reference:
    path = film(tmp_path / f"{fps}.mp4", size=(160, 90), fps=fps, seconds=2)
    return added(stage, path.read_bytes(), path.name)


def launch(stage: Stage, used: SpecInput, **changes: Any) -> Generation:
    """A take with one file in the queue."""
    spec = stage.spec(**changes).with_input(used)
    return submit_generation(stage.project, spec=spec, token=uuid.uuid4(), by=stage.owner, now=stage.clock.now())[0]


def run(stage: Stage, used: SpecInput, **changes: Any) -> Generation:
    """The same, as far as its end."""
    return stage.run_until_final(launch(stage, used, **changes), step_s=30)


def sent_sums(stage: Stage) -> list[str]:
    """The checksums of the files that the remote has been given, under its own addresses."""
    given = [row.uri for row in ReferenceUpload.objects.order_by("pk")]
    key = next(iter(stage.remote.uploads.tickets.values())).key
    return [sha256(stage.remote.uploads.content(uri, key=key) or b"").hexdigest() for uri in given]


def uploads(stage: Stage) -> int:
    return sum(1 for request in stage.remote.requests if request.path == "/v1/uploads")


def test_one_file_is_brought_once_for_all_takes(stage: Stage, square: Reference) -> None:
    for take in stage.launch_all(**TURBO, takes=3, first_frame=square):
        assert stage.run_until_final(take).state == State.READY

    assert uploads(stage) == 1
    assert ReferenceUpload.objects.get().variant == "crop 0,0.21875,1,0.5625"


def test_each_crop_is_a_file_of_its_own(stage: Stage, square: Reference) -> None:
    for ratio in ("1280:720", "720:1280", "1280:720"):
        run(stage, SpecInput(role=FIRST, reference=square), **TURBO, ratio=ratio)

    assert uploads(stage) == 2
    assert len({upload.uri for upload in ReferenceUpload.objects.all()}) == 2


def test_a_copy_that_the_provider_has_thrown_away_is_brought_anew(stage: Stage, square: Reference) -> None:
    run(stage, SpecInput(role=FIRST, reference=square), **TURBO)
    ReferenceUpload.objects.update(expires_at=stage.clock.now() - timedelta(seconds=1))

    assert run(stage, SpecInput(role=FIRST, reference=square), **TURBO).state == State.READY
    assert uploads(stage) == 2
    assert ReferenceUpload.objects.count() == 1


def test_a_film_comes_down_to_what_its_model_takes(stage: Stage, tmp_path: Path) -> None:
    fast = SpecInput(role=SOURCE, reference=small_film(stage, tmp_path, fps=60))

    assert run(stage, fast, **EDIT).state == State.READY
    assert run(stage, fast, **RUBY).state == State.READY

    assert sorted(upload.variant for upload in ReferenceUpload.objects.all()) == ["", "30 fps"]


def test_a_film_that_is_slow_enough_goes_as_it_is(stage: Stage, tmp_path: Path) -> None:
    slow = SpecInput(role=SOURCE, reference=small_film(stage, tmp_path, fps=24))

    assert run(stage, slow, **EDIT).state == State.READY
    assert ReferenceUpload.objects.get().variant == ""


def test_a_clip_of_the_team_goes_like_any_file(stage: Stage) -> None:
    clip = stage.run_until_final(stage.launch()).clip

    takes = [run(stage, SpecInput(role=SOURCE, clip=clip), **RUBY) for _ in range(2)]

    assert [take.state for take in takes] == [State.READY, State.READY]
    assert uploads(stage) == 1
    assert ReferenceUpload.objects.get().clip == clip


def test_a_clip_that_is_shown_by_a_preview_goes_as_it_was_delivered(stage: Stage) -> None:
    shot = stage.launch(extras={"outputFormat": "prores"})
    clip = stage.run_until_final(shot, step_s=30).clip
    [original] = clip.files.all()

    take = run(stage, SpecInput(role=SOURCE, clip=clip), **RUBY)

    assert take.state == State.READY
    assert ReferenceUpload.objects.get().variant == "original"
    assert sent_sums(stage) == [original.sha256]
    assert original.sha256 != clip.sha256


def test_an_original_that_is_gone_or_too_large_leaves_its_place_to_the_preview(
    stage: Stage, settings: Settings
) -> None:
    clip = stage.run_until_final(stage.launch(extras={"outputFormat": "prores"}), step_s=30).clip
    settings.UPLOAD_MAX_BYTES = clip.files.get().size_bytes - 1

    assert run(stage, SpecInput(role=SOURCE, clip=clip), **RUBY).state == State.READY
    assert sent_sums(stage) == [clip.sha256]


def test_a_still_of_the_team_is_cropped_like_any_image(stage: Stage) -> None:
    still = stage.run_until_final(stage.launch(model="gen4_image", ratio="720:720", duration_s=None), step_s=30).clip

    assert run(stage, SpecInput(role=FIRST, clip=still), **TURBO).state == State.READY
    assert ReferenceUpload.objects.get(clip=still).variant == "crop 0,0.21875,1,0.5625"


def test_an_image_that_cannot_be_cropped_fails_its_take_free(stage: Stage, square: Reference) -> None:
    take = stage.launch(**TURBO, first_frame=square)
    (Path(settings.MEDIA_ROOT) / square.key).write_bytes(b"broken")

    take = stage.run_until_final(take)

    assert (take.state, take.status_code) == (State.FAILED, StatusCode.INVALID_ASSET)
    assert stage.amounts(take) == [("hold", -10), ("release", 10)]
    assert stage.remote.creates == []
