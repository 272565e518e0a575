"""A task in CometAPI's words. What it is now comes from the remote, in Runway's words."""

from datetime import datetime, timedelta, timezone
from typing import Any

CHINA = timezone(timedelta(hours=8))
GATEWAY_WORDS = {
    "PENDING": "QUEUED",
    "THROTTLED": "QUEUED",
    "RUNNING": "IN_PROGRESS",
    "SUCCEEDED": "SUCCESS",
    "FAILED": "FAILURE",
    "CANCELLED": "FAILURE",
}
RESPONSE_WORDS = {
    "PENDING": "queued",
    "THROTTLED": "queued",
    "RUNNING": "in_progress",
    "SUCCEEDED": "completed",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}
INNER_FIELDS = ("id", "status", "output", "failure", "failureCode")
BARE_FIELDS = (*INNER_FIELDS, "createdAt", "progress")


def told(task: dict[str, Any], *, tags: frozenset[str]) -> dict[str, Any]:
    """The task in the shape that its tags ask for; an envelope by default."""
    if "comet_bare" in tags:
        return {name: task[name] for name in BARE_FIELDS if name in task}
    if "comet_flat" in tags:
        return enveloped(flat(task))
    data = outer(task)
    if "comet_fail_reason" in tags and task["status"] == "SUCCEEDED":
        return enveloped(data | {"fail_reason": task["output"][0]})
    return enveloped(data | {"data": inner(task)})


def enveloped(data: dict[str, Any]) -> dict[str, Any]:
    """The gateway's envelope."""
    return {"code": "success", "message": "", "data": data}


def outer(task: dict[str, Any]) -> dict[str, Any]:
    """The gateway's own fields: a percent as text, times in whole seconds."""
    created = int(datetime.fromisoformat(task["createdAt"]).timestamp())
    word = GATEWAY_WORDS.get(task["status"], task["status"])
    is_over = word in {"SUCCESS", "FAILURE"}
    percent = 100 if is_over else round(100 * task.get("progress", 0))
    return {
        "task_id": task["id"],
        "action": "IMAGE_TO_VIDEO",
        "status": word,
        "fail_reason": task.get("failure", ""),
        "submit_time": created,
        "start_time": created if word != "QUEUED" else 0,
        "finish_time": created if is_over else 0,
        "progress": f"{percent}%",
    }


def inner(task: dict[str, Any]) -> dict[str, Any]:
    """Runway's object as the gateway passes it on, with a time of its own zone."""
    created = datetime.fromisoformat(task["createdAt"]).astimezone(CHINA)
    told = {name: task[name] for name in INNER_FIELDS if name in task}
    return told | {"createdAt": created.isoformat(timespec="seconds")}


def flat(task: dict[str, Any]) -> dict[str, Any]:
    """The fields that the newer pages of `/runway/feed` list."""
    links = task.get("output", [])
    return outer(task) | ({"video_url": links[0]} if links else {}) | {"metadata": None}


def response(task: dict[str, Any], *, tags: frozenset[str]) -> dict[str, Any]:
    """The task as an answer of `/v1/responses`."""
    link = next(iter(task.get("output", [])), None)
    if "comet_nameless" in tags and link:
        return {"object": "response", "status": "completed", "result": {"video_url": link}}
    body: dict[str, Any] = {
        "id": f"resp_{task['id']}",
        "object": "response",
        "model": "runway-video",
        "status": RESPONSE_WORDS.get(task["status"], task["status"].lower()),
        "output": [],
    }
    if "comet_task" in tags:
        return body | {"output": [{"type": "video_task", "task_id": task["id"]}]}
    if link and "comet_words" in tags:
        text = f"Your video is ready: [watch it]({link})"
        return body | {"output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]}
    if link:
        return body | {"output": [{"type": "video", "url": link}]}
    return body | ({"error": {"message": task["failure"]}} if "failure" in task else {})
