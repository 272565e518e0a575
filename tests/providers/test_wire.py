"""Runway's payloads, version 2024-11-06. Samples follow docs.dev.runwayml.com and the SDK 5.24.0; ids are invented."""

import contextlib
import dataclasses
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.providers.base import (
    Input,
    InputRole,
    ModelLimits,
    Organization,
    RemoteStatus,
    RemoteTask,
    Submitted,
    TaskSpec,
    Usage,
    WayKind,
)
from studio.providers.errors import Issue
from studio.providers.reading import UnreadableError
from studio.providers.runway import requests, wire

TASK_ID = "17f20503-6c24-4c16-946b-35dbbce2af2f"
CREATED = "2026-08-26T06:30:33.796Z"
LINK = "https://dnznrvs05pmza.cloudfront.net/clip.mp4?_jwt=abc"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _task(**fields: object) -> RemoteTask:
    return wire.read_task({"id": TASK_ID, "createdAt": CREATED, **fields}, task_id="asked")


def test_text_request_has_the_minimal_body(spec: TaskSpec) -> None:
    assert requests.create_path(spec) == "/v1/text_to_video"
    assert requests.create_body(spec) == {
        "model": "gen4.5",
        "promptText": "A paper boat",
        "ratio": "1280:720",
        "duration": 5,
    }


def test_one_first_frame_is_a_plain_string(spec: TaskSpec) -> None:
    request = dataclasses.replace(
        spec, way=WayKind.IMAGE, prompt="", seed=0, inputs=(Input("runway://one", InputRole.FIRST),)
    )
    assert requests.create_path(request) == "/v1/image_to_video"
    assert requests.create_body(request) == {
        "model": "gen4.5",
        "promptImage": "runway://one",
        "ratio": "1280:720",
        "duration": 5,
        "seed": 0,
    }


def test_two_frames_say_their_positions(spec_with_both_frames: TaskSpec) -> None:
    assert requests.create_body(spec_with_both_frames) == {
        "model": "veo3.1",
        "promptText": "A paper boat",
        "promptImage": [
            {"uri": "runway://one", "position": "first"},
            {"uri": "runway://two", "position": "last"},
        ],
        "ratio": "1280:720",
        "duration": 8,
        "audio": True,
    }


def test_sound_off_is_said(spec_with_both_frames: TaskSpec) -> None:
    body = requests.create_body(dataclasses.replace(spec_with_both_frames, sound=False))
    assert body["audio"] is False


@pytest.mark.parametrize(
    ("body", "submitted"),
    [
        ({"id": TASK_ID, "estimatedCost": {"credits": 60}}, Submitted(TASK_ID, 60)),
        ({"id": TASK_ID, "estimatedCost": {"credits": 13.6}}, Submitted(TASK_ID, 14)),
        ({"id": TASK_ID}, Submitted(TASK_ID, None)),
        ({"id": TASK_ID, "estimatedCost": {"credits": "60"}}, Submitted(TASK_ID, None)),
        ({"id": TASK_ID, "estimatedCost": None, "queue": {"place": 3}}, Submitted(TASK_ID, None, ("queue",))),
    ],
)
def test_submitted(body: object, submitted: Submitted) -> None:
    assert wire.read_submitted(body) == submitted


@pytest.mark.parametrize("body", [None, [], "text", {}, {"id": ""}, {"id": 7}, {"estimatedCost": {"credits": 5}}])
def test_submitted_without_an_id_is_unreadable(body: object) -> None:
    with pytest.raises(UnreadableError):
        wire.read_submitted(body)


@pytest.mark.parametrize("status", ["PENDING", "THROTTLED"])
def test_task_that_waits(status: str) -> None:
    task = _task(status=status, estimatedCost={"credits": 63})
    assert task == RemoteTask(TASK_ID, RemoteStatus(status), estimated_credits=63, raw_status=status)
    assert not task.status.is_final


def test_task_that_runs() -> None:
    task = _task(status="RUNNING", progress=0.02, estimatedCost={"credits": 63})
    assert (task.status, task.progress, task.estimated_credits) == (RemoteStatus.RUNNING, 0.02, 63)


def test_task_that_succeeded() -> None:
    task = _task(status="SUCCEEDED", output=[LINK], cost={"credits": 63})
    assert task == RemoteTask(TASK_ID, RemoteStatus.SUCCEEDED, outputs=(LINK,), cost_credits=63, raw_status="SUCCEEDED")
    assert task.status.is_final


def test_task_that_failed() -> None:
    task = _task(
        status="FAILED",
        failure="Invalid input",
        failureCode="THIRD_PARTY.INPUT_VALIDATION",
        cost={"credits": 0},
    )
    assert (task.failure, task.failure_code, task.cost_credits) == (
        "Invalid input",
        "THIRD_PARTY.INPUT_VALIDATION",
        0,
    )


def test_task_that_failed_without_code_or_cost() -> None:
    task = _task(status="FAILED", failure="An error", failureCode=None)
    assert (task.failure_code, task.cost_credits) == ("", None)


@pytest.mark.parametrize("status", ["CANCELLED", "CANCELED", "canceled"])
def test_cancelled_in_both_spellings(status: str) -> None:
    task = _task(status=status, cost={"credits": 5})
    assert (task.status, task.raw_status) == (RemoteStatus.CANCELLED, status)


def test_unknown_status_and_fields_are_kept_and_ignored() -> None:
    task = _task(status="POLISHING", mood="good", output=[LINK, 7, None])
    assert (task.status, task.raw_status, task.outputs) == (RemoteStatus.UNKNOWN, "POLISHING", (LINK,))
    assert not task.status.is_final


@pytest.mark.parametrize(
    ("said", "progress"),
    [
        (-0.5, 0.0),
        (0, 0.0),
        (0.42, 0.42),
        (1.7, 1.0),
        ("42", None),
        (True, None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_progress_is_clamped(said: object, progress: float | None) -> None:
    assert _task(status="RUNNING", progress=said).progress == progress


@pytest.mark.parametrize(
    ("said", "cost"), [(63, 63), (62.1, 63), (-1, None), (float("inf"), None), (10**400, None), ("5", None)]
)
def test_cost_is_whole_or_not_said(said: object, cost: int | None) -> None:
    assert _task(status="SUCCEEDED", output=[LINK], cost={"credits": said}).cost_credits == cost


def test_task_without_an_id_keeps_the_one_asked_for() -> None:
    assert wire.read_task({"status": "PENDING"}, task_id="asked").task_id == "asked"


@pytest.mark.parametrize("body", [None, [], "x", {}, {"status": ""}, {"status": 3}])
def test_task_without_a_status_is_unreadable(body: object) -> None:
    with pytest.raises(UnreadableError):
        wire.read_task(body, task_id="asked")


USAGE_DAYS = (date(2026, 11, 20), date(2026, 11, 22))
USAGE = {
    "models": ["gen4.5", "veo3.1"],
    "results": [
        {"date": "2026-11-20", "usedCredits": [{"model": "gen4.5", "amount": 120}]},
        {
            "date": "2026-11-21",
            "usedCredits": [{"model": "gen4.5", "amount": -60}, {"model": "a_model_of_2027", "amount": 17}],
        },
    ],
    "apiKeys": [],
    "resultsByApiKey": [{"date": "2026-11-20", "usedCredits": [{"apiKeyId": "1", "amount": 1}]}],
}


def _read_usage(body: object) -> Usage:
    return wire.read_usage(body, start=USAGE_DAYS[0], before=USAGE_DAYS[1])


def _used(*entries: object) -> Usage:
    return _read_usage({"results": [{"date": "2026-11-20", "usedCredits": list(entries)}]})


def test_usage_body() -> None:
    assert requests.usage_body(USAGE_DAYS[0], before=USAGE_DAYS[1]) == {
        "startDate": "2026-11-20",
        "beforeDate": "2026-11-22",
    }


@pytest.mark.parametrize("before", [date(2026, 11, 20), date(2026, 11, 19), date(2027, 2, 19)])
def test_a_window_of_usage_has_1_to_90_days(before: date) -> None:
    with pytest.raises(ValueError, match="1 to 90 days"):
        requests.usage_body(USAGE_DAYS[0], before=before)
    assert requests.usage_body(USAGE_DAYS[0], before=date(2027, 2, 18))["beforeDate"] == "2027-02-18"


def test_usage_by_day_and_model_may_be_negative_and_of_unknown_models() -> None:
    assert _read_usage(USAGE) == Usage(
        start=USAGE_DAYS[0],
        before=USAGE_DAYS[1],
        credits={
            (date(2026, 11, 20), "gen4.5"): 120,
            (date(2026, 11, 21), "gen4.5"): -60,
            (date(2026, 11, 21), "a_model_of_2027"): 17,
        },
        is_whole=True,
    )


@pytest.mark.parametrize(
    ("said", "credits"), [(24, 24), (0, 0), (24.0, 24), (23.2, 24), (0.2, 1), (-0.2, -1), (-23.2, -24)]
)
def test_a_part_of_a_credit_of_usage_counts_away_from_nothing(said: object, credits: int) -> None:
    assert _used({"model": "gen4.5", "amount": said}).credits == {(date(2026, 11, 20), "gen4.5"): credits}


@pytest.mark.parametrize(
    "entry",
    [
        {"model": "gen4.5"},
        {"amount": 5},
        {"model": "", "amount": 5},
        {"model": "x" * 61, "amount": 5},
        {"model": "gen4.5", "amount": "5"},
        {"model": "gen4.5", "amount": True},
        {"model": "gen4.5", "amount": 10**12},
        None,
        7,
    ],
)
def test_usage_that_is_readable_in_part_says_so(entry: object) -> None:
    found = _used({"model": "veo3.1", "amount": 40}, entry)

    assert found.credits == {(date(2026, 11, 20), "veo3.1"): 40}
    assert found.is_whole is False


@pytest.mark.parametrize("result", [None, {}, {"date": "2026-11-20"}, {"date": "20 Nov", "usedCredits": []}])
def test_a_day_of_usage_that_cannot_be_read_is_missed(result: object) -> None:
    assert _read_usage({"results": [result]}).is_whole is False


def test_usage_outside_the_window_is_left_out_and_the_same_model_is_added_up() -> None:
    twice = [{"model": "gen4.5", "amount": 24}, {"model": "gen4.5", "amount": 36}]
    days = [{"date": day, "usedCredits": twice} for day in ("2026-11-19", "2026-11-20", "2026-11-22")]

    found = _read_usage({"results": days})

    assert (found.credits, found.is_whole) == ({(date(2026, 11, 20), "gen4.5"): 60}, True)


@pytest.mark.parametrize("body", [None, [], {}, {"results": None}, {"results": {}}])
def test_usage_without_results_is_unreadable(body: object) -> None:
    with pytest.raises(UnreadableError):
        _read_usage(body)


@given(JSON)
def test_readers_never_raise_anything_but_unreadable(body: object) -> None:
    for read in (wire.read_submitted, wire.read_upload_form, wire.read_organization, _read_usage):
        with contextlib.suppress(UnreadableError):
            read(body)
    assert isinstance(wire.read_refusal(body), wire.Refusal)


@given(st.fixed_dictionaries({"status": st.text(min_size=1), "output": JSON, "cost": JSON, "progress": JSON}))
def test_a_task_with_any_fields_is_readable(body: dict[str, object]) -> None:
    assert wire.read_task(body, task_id="asked").raw_status == body["status"]


def test_fields_that_nobody_knows_are_named_and_few() -> None:
    assert _task(status="PENDING", createdAt="now", eta=1, queue={}).new_fields == ("eta", "queue")
    assert _task(status="RUNNING", progress=0.5, output=[], failure="", failureCode=None, cost={}).new_fields == ()
    assert len(_task(status="PENDING", **{f"field{number}": 1 for number in range(50)}).new_fields) == 10
    organization = wire.read_organization({"creditBalance": 5, "tier": {}, "usage": {}, "plan": "gold"})
    assert organization.new_fields == ("plan",)


def test_upload_form_keeps_the_order_of_its_fields() -> None:
    form = wire.read_upload_form(
        {
            "uploadUrl": "https://runway-uploads-prod.s3.amazonaws.com/",
            "fields": {"key": "k", "policy": "p", "acl": "a"},
            "runwayUri": "runway://token",
            "expires": "later",
        }
    )
    assert (form.url, form.uri) == ("https://runway-uploads-prod.s3.amazonaws.com/", "runway://token")
    assert list(form.fields.items()) == [("key", "k"), ("policy", "p"), ("acl", "a")]


def test_organization() -> None:
    said = {
        "creditBalance": 1234,
        "tier": {
            "maxMonthlyCreditSpend": 10000,
            "models": {
                "gen4.5": {"maxConcurrentGenerations": 1, "maxDailyGenerations": 50},
                "veo3": {"maxConcurrentGenerations": None, "maxDailyGenerations": None},
                "odd": 7,
            },
        },
        "usage": {"models": {"gen4.5": {"dailyGenerations": 3}}},
    }
    assert wire.read_organization(said) == Organization(
        credit_balance=1234,
        limits={"gen4.5": ModelLimits(1, 50, 3), "veo3": ModelLimits(None, None, 0)},
    )


def test_organization_without_limits_still_tells_the_balance() -> None:
    assert wire.read_organization({"creditBalance": 0}) == Organization(0, {})


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (["promptText"], "prompt"),
        (["model"], "model"),
        (["ratio"], "ratio"),
        (["duration"], "duration_s"),
        (["audio"], "sound"),
        (["seed"], "seed"),
        (["promptImage"], "first_frame"),
        (["promptImage", 0, "uri"], "first_frame"),
        (["promptImage", 1, "uri"], "last_frame"),
        (["promptImage", 7], "first_frame"),
        (["promptImage", "last"], "last_frame"),
        (["outputFormat"], ""),
        ([], ""),
        (None, ""),
    ],
)
def test_issue_is_mapped_to_our_field(spec_with_both_frames: TaskSpec, path: object, field: str) -> None:
    body = {
        "error": "Validation of body failed",
        "issues": [{"code": "custom", "path": path, "message": "No."}],
        "docUrl": "https://docs.dev.runwayml.com/api",
    }
    refusal = wire.read_refusal(body, inputs=spec_with_both_frames.inputs)
    assert refusal == wire.Refusal("Validation of body failed", (Issue(field, "custom", "No."),))


def test_old_flat_error_has_no_issues() -> None:
    body = {"error": "Invalid parameter 'promptText'"}
    assert wire.read_refusal(body) == wire.Refusal("Invalid parameter 'promptText'", ())


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 13:00:00 +0100", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 12:00:00 -0000", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("Sun, 22 Nov 99999 12:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ],
)
def test_the_moment_of_a_date_header(said: str, moment: datetime | None) -> None:
    assert wire.read_http_date(said) == moment


@given(st.text(max_size=40))
def test_any_date_header_can_be_read(said: str) -> None:
    wire.read_http_date(said)
