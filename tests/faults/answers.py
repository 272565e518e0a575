"""How a fault looks on the line: at which call, and what the client is told there."""

import json
from typing import Any

from tests.faults.cells import Fault, Step
from tests.faults.line import (
    Behaviour,
    Call,
    breaks_off,
    edited,
    long,
    replaced,
    reset,
    says,
    short,
    silent,
)

CALL_OF: dict[Step, Call] = {
    Step.CLAIM: Call.ORGANIZATION,
    Step.UPLOAD: Call.TICKET,
    Step.SEND: Call.CREATE,
    Step.SENT: Call.CREATE,
    Step.POLL: Call.READ,
    Step.DOWNLOAD: Call.FILE,
    Step.PROBE: Call.FILE,
    Step.CANCEL: Call.DELETE,
}
"""The call that is the step's own."""

HTML = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'
HALF_JSON = b'{"id": "7f3c'
NOT_A_CLIP = b"The clip could not be found in this region. " * 40
REFUSALS: dict[Fault, tuple[int, bytes, str]] = {
    Fault.ANSWER_429: (429, b'{"error": "Too many requests."}', "application/json"),
    Fault.ANSWER_500: (500, b'{"error": "An unexpected error occurred."}', "application/json"),
    Fault.HTML_502: (502, HTML, "text/html"),
    Fault.ANSWER_503: (503, b"Service Unavailable", "text/plain"),
    Fault.EMPTY_504: (504, b"", "text/plain"),
    Fault.LINK_403: (403, XML, "application/xml"),
    Fault.KEY_REVOKED: (401, b'{"error": "The API key that was provided is not valid or was disabled."}', ""),
    Fault.TASK_GONE: (404, b'{"error": "Could not find Task"}', "application/json"),
    Fault.MODEL_RETIRED: (403, b'{"error": "Model variant gen4.5 is not available"}', "application/json"),
}


def behaviour(step: Step, fault: Fault) -> Behaviour:
    """What the step's call meets."""
    arrives = step is Step.SENT or (step is Step.CANCEL and fault not in REFUSALS)
    if fault in REFUSALS:
        status, body, content_type = REFUSALS[fault]
        return says(status, body, content_type=content_type or "application/json", after=arrives)
    if fault is Fault.TIMEOUT:
        return silent(after=arrives)
    if fault is Fault.RESET:
        return breaks_off if step is Step.DOWNLOAD else reset(after=arrives)
    if fault in EDITS:
        return edited(EDITS[fault])
    return _body(fault, arrives=arrives or step not in {Step.SEND, Step.CANCEL})


def _body(fault: Fault, *, arrives: bool) -> Behaviour:
    """A body that is not what it should be; where nothing arrives it is that of a refusal."""
    if fault is Fault.GARBAGE:
        return says(200, HALF_JSON, after=arrives)
    if fault is Fault.ZERO_BYTES:
        return replaced(b"") if arrives else says(200)
    if fault is Fault.NOT_A_VIDEO:
        return replaced(NOT_A_CLIP)
    if not arrives:
        body = json.dumps({"error": "Validation of body failed"}).encode()
        return says(400, body, announced=len(body) + (9 if fault is Fault.SHORT else -9))
    return short if fault is Fault.SHORT else long


def _without_costs(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in {"cost", "estimatedCost"}}


def _unheard_of(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "etaSeconds": 7, "queue": {"position": 1, "lane": "standard"}}


def _odd_status(body: dict[str, Any]) -> dict[str, Any]:
    return {"id": body["id"], "createdAt": body["createdAt"], "status": "AWAITING_REVIEW"}


def _cancelled(body: dict[str, Any]) -> dict[str, Any]:
    charged = 24 if body["status"] == "RUNNING" else 0
    return {"id": body["id"], "createdAt": body["createdAt"], "status": "CANCELLED", "cost": {"credits": charged}}


EDITS = {
    Fault.NO_COST: _without_costs,
    Fault.UNKNOWN_FIELDS: _unheard_of,
    Fault.UNKNOWN_STATUS: _odd_status,
    Fault.CANCELLED_ELSEWHERE: _cancelled,
}
