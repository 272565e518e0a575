"""CometAPI's payloads: every shape of a task, what a create sends, and how an id says where it is read."""

from dataclasses import replace
from typing import Any

import pytest

from studio.providers.base import Input, InputRole, RemoteStatus, RemoteTask, TaskSpec, WayKind
from studio.providers.cometapi import requests, wire
from studio.providers.cometapi.formats import Format, Handle, Route, handle_of
from studio.providers.errors import Rejected
from studio.providers.reading import UnreadableError

ID = "3d95e1c2-0000-4000-8000-000000000000"
LINK = "https://cdn.example.com/clip.mp4?_jwt=1"
POSTER = "https://cdn.example.com/poster.jpg"
TIMES = {"submit_time": 1773366766, "start_time": 0, "finish_time": 0}
INNER: dict[str, Any] = {"id": ID, "status": "PENDING", "createdAt": "2026-03-13T09:52:46+08:00"}
DONE = {**INNER, "status": "SUCCEEDED", "output": [LINK]}
FAILED = {**INNER, "status": "FAILED", "failure": "Too dark.", "failureCode": "SAFETY.INPUT.TEXT"}


def _enveloped(data: object) -> dict[str, object]:
    return {"code": "success", "message": "", "data": data}


def _outer(status: str, *, fail_reason: str = "", progress: object = "0%", **more: object) -> dict[str, object]:
    data = {"task_id": ID, "action": "IMAGE_TO_VIDEO", "status": status, "fail_reason": fail_reason, **TIMES}
    return _enveloped({**data, "progress": progress, **more})


def _task(status: RemoteStatus, raw: str, **more: Any) -> RemoteTask:
    return RemoteTask(task_id=ID, status=status, raw_status=raw, **more)


P, R, S, F = RemoteStatus.PENDING, RemoteStatus.RUNNING, RemoteStatus.SUCCEEDED, RemoteStatus.FAILED
TASKS = [
    # an envelope with Runway's object in it
    (_outer("QUEUED", data=INNER), _task(P, "PENDING", progress=0.0)),
    (_outer("IN_PROGRESS", progress="42%", data={**INNER, "status": "RUNNING"}), _task(R, "RUNNING", progress=0.42)),
    (_outer("SUCCESS", progress="100%", data=DONE), _task(S, "SUCCEEDED", progress=1.0, outputs=(LINK,))),
    (
        _outer("FAILURE", progress="100%", fail_reason="Too dark.", data=FAILED),
        _task(F, "FAILED", progress=1.0, failure="Too dark.", failure_code="SAFETY.INPUT.TEXT"),
    ),
    # an outer failure beats what the inner object still says
    (_outer("FAILURE", fail_reason="Gone.", data=INNER), _task(F, "FAILURE", progress=0.0, failure="Gone.")),
    # an outer success counts once there is a link
    (_outer("SUCCESS", data=INNER), _task(P, "PENDING", progress=0.0)),
    (_outer("SUCCESS", result_url=LINK, data=INNER), _task(S, "SUCCESS", progress=0.0, outputs=(LINK,))),
    # a clip that is there is not lost to a word of failure around it
    (_outer("FAILURE", fail_reason="Late.", data=DONE), _task(S, "SUCCEEDED", progress=0.0, outputs=(LINK,))),
    # the link in the wrong field
    (_outer("SUCCESS", fail_reason=LINK, progress="100%"), _task(S, "SUCCESS", progress=1.0, outputs=(LINK,))),
    (_outer("SUCCESS", video_url=LINK), _task(S, "SUCCESS", progress=0.0, outputs=(LINK,))),
    (_outer("SUCCESS", url=LINK), _task(S, "SUCCESS", progress=0.0, outputs=(LINK,))),
    (_outer("SUCCESS", output=LINK), _task(S, "SUCCESS", progress=0.0, outputs=(LINK,))),
    (_outer("SUCCESS", data={"output": [{"url": LINK}]}), _task(S, "SUCCESS", progress=0.0, outputs=(LINK,))),
    (_outer("SUCCESS", data={**INNER, "video_url": LINK}), _task(S, "SUCCESS", progress=0.0, outputs=(LINK,))),
    # https before http, each once
    (
        _outer("SUCCESS", output=["http://a.example/1.mp4", LINK], result_url=LINK),
        _task(S, "SUCCESS", progress=0.0, outputs=(LINK, "http://a.example/1.mp4")),
    ),
    # a success without a link stays one: nothing is given up
    (_outer("SUCCESS", fail_reason="not a link"), _task(S, "SUCCESS", progress=0.0)),
    # a link in the reason of a failure is no clip and no text
    (_outer("FAILURE", fail_reason=LINK), _task(F, "FAILURE", progress=0.0)),
    # Runway's own object
    (INNER, _task(P, "PENDING")),
    ({**INNER, "status": "THROTTLED"}, _task(RemoteStatus.THROTTLED, "THROTTLED")),
    ({**INNER, "status": "RUNNING", "progress": 0.5}, _task(R, "RUNNING", progress=0.5)),
    ({**INNER, "status": "RUNNING", "progress": 50}, _task(R, "RUNNING", progress=0.5)),
    ({**INNER, "status": "RUNNING", "progress": "nearly"}, _task(R, "RUNNING")),
    (DONE, _task(S, "SUCCEEDED", outputs=(LINK,))),
    (FAILED, _task(F, "FAILED", failure="Too dark.", failure_code="SAFETY.INPUT.TEXT")),
    ({**INNER, "status": "CANCELLED"}, _task(RemoteStatus.CANCELLED, "CANCELLED")),
    # flat, as the feed's newer pages and the callback have it
    ({"task_id": ID, "status": "3", "video_url": LINK, "poster": POSTER}, _task(S, "3", outputs=(LINK,))),
    ({"task_id": ID, "status": 3, "video_url": LINK}, _task(S, "3", outputs=(LINK,))),
    ({"task_id": ID, "state": "processing"}, _task(R, "processing")),
    ({"code": 200, "data": {"task_id": ID, "status": "SUBMITTED"}}, _task(P, "SUBMITTED")),
    ({"code": "success", "status": "NOT_START", "task_id": ID}, _task(P, "NOT_START")),
    # what nobody has heard of is kept
    (_outer("ON_HOLD", data={"id": ID}), _task(RemoteStatus.UNKNOWN, "ON_HOLD", progress=0.0)),
    ({**INNER, "status": "AWAITING_REVIEW"}, _task(RemoteStatus.UNKNOWN, "AWAITING_REVIEW")),
]


@pytest.mark.parametrize(("body", "task"), TASKS)
def test_task(body: object, task: RemoteTask) -> None:
    assert wire.read_task(body, task_id=ID) == task


@pytest.mark.parametrize(
    "body",
    [None, [], "text", {}, {"id": ID}, {"code": "success", "data": None}, {"code": "x", "message": "y", "data": []},
     {"status": ""}, {"status": None}, _enveloped({"task_id": ID})],
)  # fmt: skip
def test_no_task(body: object) -> None:
    with pytest.raises(UnreadableError):
        wire.read_task(body, task_id=ID)


@pytest.mark.parametrize(
    ("body", "is_not_there_yet"),
    [
        ({"code": "task_not_exist", "message": "task_not_exist", "data": None}, True),
        ({"code": "", "message": "task_not_exist"}, True),
        ({"error": {"message": "no", "code": "task_not_exist"}}, True),
        ({"code": "success", "message": ""}, False),
        ({"error": {"message": "task_not_exist_at_all", "code": ""}}, False),
        ([], False),
    ],
)
def test_not_there_yet(body: object, is_not_there_yet: bool) -> None:
    assert wire.read_said(body).is_not_there_yet is is_not_there_yet


@pytest.mark.parametrize(
    ("form", "body", "task_id"),
    [
        (Format.RUNWAY, {"id": ID}, ID),
        (Format.RUNWAY, _enveloped({"id": ID}), ID),
        (Format.RUNWAY, _enveloped(ID), ID),
        (Format.COMPAT, {"code": 200, "msg": "success", "data": {"task_id": ID}, "exec_time": 0.1}, f"feed:{ID}"),
        (Format.COMPAT, {"code": 200, "msg": "成功", "data": {"task_id": 1966}}, "feed:1966"),
        (Format.COMPAT, {"task_id": ID}, f"feed:{ID}"),
    ],
)
def test_created(form: Format, body: object, task_id: str) -> None:
    handle = wire.read_created(body, form)

    assert handle.task_id == task_id
    assert handle_of(task_id) == handle


@pytest.mark.parametrize(
    "body", [{}, {"id": ""}, {"id": None}, {"id": ".."}, {"id": "x" * 101}, {"id": "a\nb"}, {"id": "é"}, []]
)
def test_nothing_that_could_be_asked_for(body: object) -> None:
    with pytest.raises(UnreadableError):
        wire.read_created(body, Format.RUNWAY)


@pytest.mark.parametrize(
    ("task_id", "handle"),
    [
        (ID, Handle(Route.TASK, ID)),
        ("feed:1966", Handle(Route.FEED, "1966")),
        ("response:resp_1", Handle(Route.RESPONSE, "resp_1")),
        ("kept:ab", Handle(Route.KEPT, "ab")),
        ("other:ab", Handle(Route.TASK, "other:ab")),
    ],
)
def test_the_id_says_how_it_is_read(task_id: str, handle: Handle) -> None:
    assert handle_of(task_id) == handle
    assert handle.task_id == task_id


FRAME = Input("https://images.example.com/boat.png", InputRole.FIRST)


def test_runway_format_is_runways_own(spec: TaskSpec) -> None:
    with_frame = replace(spec, way=WayKind.IMAGE, inputs=(FRAME,), seed=7)

    assert requests.create_path(spec, Format.RUNWAY) == "/runwayml/v1/text_to_video"
    assert requests.create_path(with_frame, Format.RUNWAY) == "/runwayml/v1/image_to_video"
    assert requests.create_body(with_frame, Format.RUNWAY) == {
        "model": "gen4.5",
        "promptText": "A paper boat",
        "promptImage": FRAME.uri,
        "ratio": "1280:720",
        "duration": 5,
        "seed": 7,
    }


def test_compatibility_format(spec: TaskSpec) -> None:
    still = {"x": 0, "y": 0, "z": 0, "r": 0, "bg_x_pan": 0, "bg_y_pan": 0}
    plain = {
        "callback_url": "https://nobody.example.com/",
        "prompt": "A paper boat",
        "model": "gen4.5",
        "style": "cinematic",
        "options": {"seconds": 5, "motion_vector": still},
    }
    with_frame = replace(spec, inputs=(FRAME,))
    url = "https://nobody.example.com/"

    assert requests.create_path(spec, Format.COMPAT) == "/runway/pro/generate"
    assert requests.create_body(spec, Format.COMPAT, callback_url=url) == {**plain, "ratio": "16:9"}
    assert requests.create_body(with_frame, Format.COMPAT, callback_url=url) == {
        **plain,
        "ratio": "1280:720",
        "image": FRAME.uri,
    }


def test_compatibility_format_refuses_what_it_cannot_carry(spec_with_both_frames: TaskSpec) -> None:
    with pytest.raises(Rejected) as last:
        requests.create_body(spec_with_both_frames, Format.COMPAT)
    with pytest.raises(Rejected) as sound:
        requests.create_body(replace(spec_with_both_frames, inputs=()), Format.COMPAT)

    assert [issue.field for issue in last.value.issues] == ["last_frame"]
    assert [issue.field for issue in sound.value.issues] == ["sound"]


def test_unified_way(spec: TaskSpec) -> None:
    assert requests.create_path(spec, Format.RESPONSES) == "/v1/responses"
    assert requests.create_body(spec, Format.RESPONSES) == {
        "model": "runway-video",
        "input": {"model": "gen4.5", "promptText": "A paper boat", "ratio": "1280:720", "duration": 5},
    }


@pytest.mark.parametrize(
    ("ratio", "aspect"),
    [
        ("1280:720", "16:9"),
        ("960:960", "1:1"),
        ("1104:832", "69:52"),
        ("16:9", "16:9"),
        ("auto", "auto"),
        ("1:0", "1:0"),
    ],
)
def test_aspect(ratio: str, aspect: str) -> None:
    assert requests.aspect_of(ratio) == aspect
