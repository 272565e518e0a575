"""Bodies of creates for CometAPI. Pure.

The Runway format takes Runway's own body. The compatibility format's fields are those of CometAPI's pages for
`/runway/pro/generate`. What `/v1/responses` wants as `input` is documented nowhere: Runway's own fields are sent.
"""

from math import gcd

from studio.providers.base import InputRole, TaskSpec
from studio.providers.cometapi.formats import Format
from studio.providers.errors import Issue, Reason, Rejected
from studio.providers.runway import wire as runway

RUNWAY_PREFIX = "/runwayml"
COMPAT_PATH = "/runway/pro/generate"
FEED_PATH = "/runway/feed"
RESPONSES_PATH = "/v1/responses"
RESPONSES_MODEL = "runway-video"
UNUSED_CALLBACK_URL = "https://example.com/dailies-never-listens-here"
STYLE = "cinematic"
STILL = {"x": 0, "y": 0, "z": 0, "r": 0, "bg_x_pan": 0, "bg_y_pan": 0}


def create_path(spec: TaskSpec, form: Format) -> str:
    """The endpoint for a request in this format."""
    if form is Format.RUNWAY:
        return f"{RUNWAY_PREFIX}{runway.create_path(spec)}"
    return COMPAT_PATH if form is Format.COMPAT else RESPONSES_PATH


def create_body(spec: TaskSpec, form: Format, *, callback_url: str = UNUSED_CALLBACK_URL) -> dict[str, object]:
    """The body of a create. Raises Rejected for what this format has no field for: nothing is sent then."""
    if form is Format.COMPAT:
        return _compat_body(spec, callback_url=callback_url)
    body = runway.create_body(spec)
    return {"model": RESPONSES_MODEL, "input": body} if form is Format.RESPONSES else body


def feed_body(remote_id: str) -> dict[str, object]:
    """The body that reads a task in the compatibility format."""
    return {"task_id": remote_id}


def _compat_body(spec: TaskSpec, *, callback_url: str) -> dict[str, object]:
    """`seed` has no field there and is left out; sound and a last frame would change the clip, so they are refused."""
    _refuse_what_is_not_carried(spec)
    body: dict[str, object] = {
        "callback_url": callback_url,
        "prompt": spec.prompt,
        "model": spec.model,
        "style": STYLE,
        "options": {"seconds": spec.duration_s, "motion_vector": dict(STILL)},
    }
    if spec.inputs:
        return body | {"ratio": spec.ratio, "image": spec.inputs[0].uri}
    return body | {"ratio": aspect_of(spec.ratio)}


def _refuse_what_is_not_carried(spec: TaskSpec) -> None:
    field = "last_frame" if any(used.role is InputRole.LAST for used in spec.inputs) else ""
    field = field or ("sound" if spec.sound else "")
    if field:
        issue = Issue(field=field, code="not_carried", message="The compatibility format has no such field.")
        raise Rejected(f"no field for {field}", reason=Reason.INVALID, issues=[issue])


def aspect_of(ratio: str) -> str:
    """`1280:720` as `16:9`, where both sides are whole numbers; else as it is."""
    sides = ratio.split(":")
    if len(sides) != 2 or not all(side.isdecimal() and int(side) for side in sides):
        return ratio
    width, height = int(sides[0]), int(sides[1])
    divisor = gcd(width, height)
    return f"{width // divisor}:{height // divisor}"
