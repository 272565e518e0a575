"""Bodies of CometAPI's formats as Runway's own. What a format demands and a body lacks is refused in its words."""

from math import gcd
from typing import Any

from studio.simulator.answers import Refused
from studio.simulator.cards import CARDS, IMAGE, TEXT, ratios


def gateway_error(message: str, *, code: str = "invalid_request") -> dict[str, Any]:
    """An error as the gateway words it."""
    text = f"{message} (request id: 20261122120000000000000)"
    return {"error": {"message": text, "type": "comet_api_error", "param": "", "code": code}}


def task_error(code: str) -> dict[str, Any]:
    """An error as the routes of tasks word it."""
    return {"code": code, "message": code, "data": None}


def from_compat(body: Any) -> tuple[dict[str, Any], str]:
    """Runway's body and endpoint for `/runway/pro/generate`. Raises Refused."""
    fields = body if isinstance(body, dict) else {}
    if not fields.get("callback_url"):
        raise Refused(400, task_error("callback_url_empty"))
    for name in ("prompt", "model"):
        if not isinstance(fields.get(name), str):
            raise Refused(400, task_error(f"{name}_empty"))
    options = fields.get("options") if isinstance(fields.get("options"), dict) else {}
    endpoint = IMAGE if "image" in fields else TEXT
    made = {
        "model": fields["model"],
        "promptText": fields["prompt"],
        "ratio": _ratio(fields.get("ratio", ""), model=fields["model"], endpoint=endpoint),
        "duration": (options or {}).get("seconds", 5),
    }
    return made | ({"promptImage": fields["image"]} if endpoint == IMAGE else {}), endpoint


def _ratio(asked: Any, *, model: str, endpoint: str) -> str:
    """The model's ratio for `16:9`; what is no aspect of it is left to the validator."""
    card = CARDS.get(model)
    variant = card.variants.get(endpoint) if card else None
    takes = variant.shape.fields.get("ratio") if variant else None
    known = [ratio for ratio in (*ratios.SIX, *ratios.VEO) if takes and not takes(ratio, ())]
    return next((ratio for ratio in known if asked in (ratio, _aspect(ratio))), str(asked))


def _aspect(ratio: str) -> str:
    width, height = (int(side) for side in ratio.split(":"))
    return f"{width // gcd(width, height)}:{height // gcd(width, height)}"


def from_response(body: Any) -> tuple[dict[str, Any], str]:
    """Runway's body and endpoint for `/v1/responses`. Raises Refused."""
    fields = body if isinstance(body, dict) else {}
    if fields.get("model") != "runway-video":
        name = fields.get("model")
        raise Refused(404, gateway_error(f"The model {name} does not exist", code="model_not_found"))
    asked = fields.get("input")
    if not isinstance(asked, dict):
        raise Refused(400, gateway_error("input must be an object"))
    return asked, IMAGE if "promptImage" in asked else TEXT
