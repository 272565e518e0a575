"""Answers of `/v1/responses`, which nobody documents: what is found in them, and what is passed over."""

import json
from typing import Any

import pytest

from studio.providers.base import RemoteStatus
from studio.providers.cometapi.responses import NO_VIDEO, handle_to_keep, read_response
from studio.providers.reading import UnreadableError

LINK = "https://cdn.example.com/clip.mp4?_jwt=1"
IMAGE = "https://cdn.example.com/boat.png"
P, R, S, F = RemoteStatus.PENDING, RemoteStatus.RUNNING, RemoteStatus.SUCCEEDED, RemoteStatus.FAILED


def _message(text: str) -> list[dict[str, Any]]:
    return [{"type": "message", "content": [{"type": "output_text", "text": text}]}]


def _said(status: str, **more: object) -> dict[str, object]:
    return {"id": "resp_1", "object": "response", "status": status, **more}


ANSWERS = [
    # a finished output
    (_said("completed", output=[{"type": "video", "url": LINK}]), "response:resp_1", S, (LINK,)),
    (_said("completed", output=[LINK]), "response:resp_1", S, (LINK,)),
    (_said("completed", output={"video": {"url": LINK}}), "response:resp_1", S, (LINK,)),
    (_said("succeeded", result={"video_url": LINK}), "response:resp_1", S, (LINK,)),
    (_said("completed", output=_message(f"Ready: [watch]({LINK})")), "response:resp_1", S, (LINK,)),
    (_said("completed", output=_message(json.dumps({"video_url": LINK}))), "response:resp_1", S, (LINK,)),
    ({"video_url": LINK}, "kept:spare", S, (LINK,)),
    ({"code": 200, "data": {"status": "SUCCESS", "result_url": LINK}}, "kept:spare", S, (LINK,)),
    # a task
    (_said("completed", output=[{"task_id": "t1"}]), "t1", P, ()),
    (_said("queued", task={"id": "t1"}), "t1", P, ()),
    (_said("completed", output=_message(json.dumps({"task_id": "t1"}))), "t1", P, ()),
    ({"code": "success", "data": {"task_id": "t1"}}, "t1", P, ()),
    (_said("completed", output=[{"task_id": "t1", "url": LINK}]), "t1", S, (LINK,)),
    # asynchronous, by its own id
    (_said("queued", output=[]), "response:resp_1", P, ()),
    (_said("in_progress"), "response:resp_1", R, ()),
    (_said("in_progress", output=[LINK]), "response:resp_1", R, ()),
    (_said("under_review"), "response:resp_1", RemoteStatus.UNKNOWN, ()),
    ({"id": "resp_1"}, "response:resp_1", P, ()),
    # over, without a clip
    (_said("failed", error={"message": "Too dark."}), "response:resp_1", F, ()),
    (_said("incomplete"), "response:resp_1", F, ()),
    (_said("cancelled"), "response:resp_1", RemoteStatus.CANCELLED, ()),
    (_said("completed", output=_message("I cannot make videos.")), "response:resp_1", F, ()),
    # what echoes the request, and pictures, are no clip
    (_said("in_progress", input={"video_url": LINK}), "response:resp_1", R, ()),
    (_said("completed", input=LINK, output=[]), "response:resp_1", F, ()),
    (_said("completed", output=[{"type": "image", "url": IMAGE}]), "response:resp_1", F, ()),
    # an id that cannot be one
    (_said("queued", task_id="x" * 101), "response:resp_1", P, ()),
]


@pytest.mark.parametrize(("body", "task_id", "status", "outputs"), ANSWERS)
def test_answer(body: object, task_id: str, status: RemoteStatus, outputs: tuple[str, ...]) -> None:
    found = read_response(body)

    assert handle_to_keep(found, spare_id="spare").task_id == task_id
    assert (found.task.status, found.task.outputs) == (status, outputs)


def test_an_answer_in_words_says_that_there_is_no_video() -> None:
    task = read_response(_said("completed", output=_message("I cannot make videos."))).task

    assert (task.failure_code, task.failure) == (NO_VIDEO, "The gateway answered without a video.")


def test_a_failure_says_why() -> None:
    assert read_response(_said("failed", error={"message": "Too dark."})).task.failure == "Too dark."


@pytest.mark.parametrize("body", [None, [], {}, {"id": ""}, {"status": "completed"}, {"input": {"task_id": "t1"}}])
def test_nothing_to_be_found(body: object) -> None:
    with pytest.raises(UnreadableError):
        read_response(body)


def test_a_deep_or_endless_answer_is_not_followed_for_ever() -> None:
    deep: dict[str, object] = {"url": LINK}
    for _ in range(500):
        deep = {"data": deep}
    wide = {"id": "resp_1", "status": "queued", "output": [{"n": n} for n in range(50_000)]}

    with pytest.raises(UnreadableError):
        read_response(deep)
    assert read_response(wide).task.status is P
