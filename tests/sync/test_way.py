"""The way of a generation from QUEUED to READY, FAILED or CANCELLED, through the real client and the simulator."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.generations.references import add_reference
from studio.models import Clip, Reference, ReferenceUpload
from tests.stage import GRANT, Stage

COST = 24  # 2 s of Gen-4.5


def _reference(stage: Stage, colour: str = "navy") -> Reference:
    buffer = io.BytesIO()
    Image.effect_noise((640, 360), 60).convert("RGB").save(buffer, "PNG")
    upload = ContentFile(buffer.getvalue(), name=f"{colour}.png")
    return add_reference(stage.team, upload=upload, by=stage.owner)


def test_a_text_becomes_a_stored_clip(stage: Stage) -> None:
    generation = stage.launch()

    stage.run_pass()
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.RUNNING, StatusCode.PROVIDER_PENDING)
    stage.run_until_final(generation)

    clip = Clip.objects.get(generation=generation)
    content = (Path(settings.MEDIA_ROOT) / clip.key).read_bytes()
    assert generation.state == State.READY
    assert (clip.width, clip.height, clip.duration_ms, clip.has_sound) == (1280, 720, 2000, False)
    assert (clip.size_bytes, clip.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert [path.suffix for path in stage.stored_files()] == [".mp4", ".webp"]
    assert stage.amounts(generation) == [("hold", -COST), ("settle", 0)]
    assert (generation.cost_credits, stage.balance) == (COST, GRANT - COST)
    assert len(stage.remote.creates) == 1
    assert list(differences()) == []


def test_events_tell_the_whole_story_in_order(stage: Stage) -> None:
    generation = stage.run_until_final(stage.launch())

    states = list(generation.events.values_list("state", flat=True))
    seqs = list(generation.events.values_list("seq", flat=True))
    stage.project.refresh_from_db()
    assert list(dict.fromkeys(states)) == ["queued", "submitting", "running", "storing", "ready"]
    assert seqs == list(range(1, len(seqs) + 1))
    assert stage.project.change_seq == seqs[-1]


def test_an_image_is_uploaded_once_for_several_takes(stage: Stage) -> None:
    reference = _reference(stage)
    takes = stage.launch_all(model="gen4_turbo", first_frame=reference, takes=3)

    for take in takes:
        stage.run_until_final(take)
        assert take.state == State.READY

    uploads = [record for record in stage.remote.requests if record.path == "/v1/uploads"]
    bodies = [record.body for record in stage.remote.creates]
    assert len(uploads) == 1
    assert ReferenceUpload.objects.get().reference == reference
    assert {body["promptImage"] for body in bodies} == {ReferenceUpload.objects.get().uri}
    assert sorted(body["seed"] for body in bodies) == [7, 8, 9]


def test_an_expired_upload_is_made_again(stage: Stage) -> None:
    reference = _reference(stage)
    stage.run_until_final(stage.launch(model="gen4_turbo", first_frame=reference))
    stage.clock.advance(25 * 3600)

    stage.run_until_final(stage.launch(model="gen4_turbo", first_frame=reference))

    assert len([record for record in stage.remote.requests if record.path == "/v1/uploads"]) == 2
    assert ReferenceUpload.objects.count() == 1


def test_first_and_last_frame_arrive_in_their_places(stage: Stage) -> None:
    first, last = _reference(stage), _reference(stage)
    generation = stage.launch(model="veo3.1_fast", first_frame=first, last_frame=last, sound=True, duration_s=4)

    stage.run_until_final(generation)

    uris = {upload.reference_id: upload.uri for upload in ReferenceUpload.objects.all()}
    assert generation.state == State.READY
    assert stage.remote.creates[0].body["promptImage"] == [
        {"uri": uris[first.pk], "position": "first"},
        {"uri": uris[last.pk], "position": "last"},
    ]


def test_a_take_with_sound_is_charged_with_sound(stage: Stage) -> None:
    generation = stage.launch(model="veo3.1_fast", sound=True, duration_s=4)

    stage.run_until_final(generation)

    assert generation.cost_credits == 60
    assert generation.clip.has_sound is True


@pytest.mark.parametrize(
    ("scenario", "code", "provider_code", "cost"),
    [
        ("moderated_input", StatusCode.MODERATED_INPUT, "SAFETY.INPUT.TEXT", COST),
        ("moderated_output", StatusCode.MODERATED_OUTPUT, "SAFETY.OUTPUT.VIDEO", COST),
        ("bad_output", StatusCode.BAD_OUTPUT, "INTERNAL.BAD_OUTPUT.01", 0),
        ("internal", StatusCode.PROVIDER_INTERNAL, "INTERNAL", 0),
        ("no_failure_code", StatusCode.PROVIDER_INTERNAL, "", 0),
        ("third_party_unavailable", StatusCode.PROVIDER_UNAVAILABLE, "THIRD_PARTY.UNAVAILABLE", 0),
        ("asset_invalid", StatusCode.INVALID_ASSET, "ASSET.INVALID", 0),
    ],
)
def test_a_failure_is_charged_as_the_provider_says(
    make_stage: Callable[..., Stage], scenario: str, code: StatusCode, provider_code: str, cost: int
) -> None:
    stage = make_stage(scenario)
    generation = stage.run_until_final(stage.launch())

    closing = ("settle", 0) if cost else ("release", COST)
    assert (generation.state, generation.status_code) == (State.FAILED, code)
    assert (generation.provider_code, generation.cost_credits) == (provider_code, cost)
    assert stage.amounts(generation) == [("hold", -COST), closing]
    assert stage.balance == GRANT - cost
    assert stage.stored_files() == []
    assert list(differences()) == []


@pytest.mark.parametrize(
    "scenario",
    [
        "html_502",
        "empty_504",
        "expired_link",
        "truncated_download",
        "unknown_status",
        "unknown_fields",
        "throttled",
        "no_costs",
    ],
)
def test_a_rough_way_still_ends_in_one_clip(make_stage: Callable[..., Stage], scenario: str) -> None:
    stage = make_stage(scenario)
    generation = stage.run_until_final(stage.launch())

    assert generation.state == State.READY
    assert Clip.objects.count() == 1
    assert [path.suffix for path in stage.stored_files()] == [".mp4", ".webp"]
    assert len(stage.remote.creates) == 1
    assert stage.balance == GRANT - COST
    assert list(differences()) == []


def test_throttled_is_waiting_and_no_error(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("throttled")
    generation = stage.launch()

    stage.run_pass()
    stage.run_pass(after_s=7)

    generation.refresh_from_db()
    assert (generation.state, generation.status_code, generation.failures) == ("running", "throttled", 0)


def test_without_a_cost_the_estimate_or_the_quote_is_booked_and_said_so(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("no_costs")
    generation = stage.run_until_final(stage.launch())

    assert generation.cost_credits == COST
    assert generation.entries.get(kind="settle").note == "Estimated by quote: the provider named none"


def test_what_is_not_a_video_fails_after_three_tries_and_is_kept(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("not_a_video")
    generation = stage.run_until_final(stage.launch())

    downloads = [record for record in stage.remote.requests if record.path.startswith("/outputs/")]
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.NOT_A_VIDEO)
    assert len(downloads) == 3
    assert generation.cost_credits == COST
    assert [str(path).split("/")[0] for path in stage.stored_files()] == ["rejected"]
    assert Clip.objects.count() == 0


def test_progress_is_shown_and_never_goes_without_its_event(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()

    stage.run_pass(after_s=7)

    generation.refresh_from_db()
    assert generation.state == State.RUNNING
    assert generation.progress is not None
    assert 0 < generation.progress < 1
    assert generation.started_at == stage.clock.now()
    assert generation.events.last().state == State.RUNNING  # type: ignore[union-attr]  # it has events


def test_a_task_is_not_read_before_the_minimum_interval(stage: Stage) -> None:
    stage.launch()
    stage.run_pass()

    assert stage.run_pass(after_s=4.9) == 0
    assert stage.run_pass(after_s=1.5) == 1
