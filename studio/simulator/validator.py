"""The check of a body that asks for a clip: which shape it must have, and what it asks for once it has."""

from dataclasses import dataclass
from typing import Any

from studio.simulator import issues, schema
from studio.simulator.cards import CARDS, IMAGE, NOT_ENABLED, Card, models_for
from studio.simulator.issues import Issue, Path

PROMPT_MAX = 1000
SEED_MAX = 4_294_967_295
HTTPS_MAX = 2048
RUNWAY_MAX = 5000
URI_MIN = 13
DATA_IMAGE_MAX = 5_242_880

_MODERATION = schema.Shape({"publicFigureThreshold": schema.choice(("auto", "low"))}, is_strict=True)


@dataclass(frozen=True, slots=True)
class FrameAsset:
    """An image of the body: its address, whether it ends the clip, and where in the body it stands."""

    uri: str
    is_last: bool
    path: Path


@dataclass(frozen=True, slots=True)
class Order:
    """What a valid body asks for."""

    card: Card
    prompt: str
    ratio: str
    duration_s: int
    sound: bool
    seed: int | None
    frames: tuple[FrameAsset, ...]

    @property
    def price_credits(self) -> int:
        return self.card.price_credits(duration_s=self.duration_s, sound=self.sound)


def body_issues(body: object, *, endpoint: str) -> list[Issue]:
    """Everything that is wrong with `body`, at once. A model that is not enabled is left to the next check."""
    if not isinstance(body, dict):
        return [issues.wrong_type("object", got=body, path=())]
    model = body.get("model")
    if model in NOT_ENABLED and isinstance(model, str):
        return []
    if model not in models_for(endpoint):
        return _model_issues(body, endpoint=endpoint)
    return _shape(CARDS[str(model)], endpoint=endpoint)(body)


def _model_issues(body: dict[str, Any], *, endpoint: str) -> list[Issue]:
    path: Path = ("model",)
    model = body.get("model")
    wrong = (
        issues.wrong_choice(models_for(endpoint), path=path)
        if isinstance(model, str)
        else issues.wrong_type("string", got=model, path=path, missing="model" not in body)
    )
    return [wrong, issues.no_discriminator("model")]


def _shape(card: Card, *, endpoint: str) -> schema.Shape:
    fields: dict[str, schema.Check] = {
        "model": schema.choice((card.name,)),
        "promptText": schema.string(minimum=1, maximum=PROMPT_MAX),
        "ratio": schema.choice(card.ratios[endpoint]),
        "duration": _duration(card),
        "seed": schema.integer(minimum=0, maximum=SEED_MAX),
    }
    if endpoint == IMAGE:
        fields["promptImage"] = _prompt_image(takes_last=card.takes_last_frame)
    fields |= _veo_fields() if card.has_sound else _gen_fields(card)
    return schema.Shape(fields, required=card.required[endpoint], is_strict=card.is_strict)


def _veo_fields() -> dict[str, schema.Check]:
    return {"audio": schema.boolean, "negativePrompt": schema.string(minimum=1, maximum=PROMPT_MAX)}


def _gen_fields(card: Card) -> dict[str, schema.Check]:
    moderation: dict[str, schema.Check] = {"contentModeration": _MODERATION}
    # This remote renders MP4 and nothing else, so it does not pretend to take the other formats.
    return moderation | ({"outputFormat": schema.choice(("mp4",))} if card.name == "gen4.5" else {})


def _duration(card: Card) -> schema.Check:
    low, high = card.durations_s[0], card.durations_s[-1]
    if len(card.durations_s) == high - low + 1:
        return schema.integer(minimum=low, maximum=high)
    return schema.choice(card.durations_s)


def media_uri(value: Any, path: Path) -> list[Issue]:
    """An https, runway or data address of an image, within its length."""
    if not isinstance(value, str):
        return [issues.wrong_type("string", got=value, path=path)]
    limits = (("https://", HTTPS_MAX), ("runway://", RUNWAY_MAX), ("data:image/", DATA_IMAGE_MAX))
    for prefix, maximum in limits:
        if value.startswith(prefix):
            return schema.string(minimum=URI_MIN, maximum=maximum)(value, path)
    return [issues.custom("Invalid asset. Expected an HTTPS URL, a Runway URI or a data URI.", path=path)]


def _prompt_image(*, takes_last: bool) -> schema.Check:
    positions = ("first", "last") if takes_last else ("first",)
    fields: dict[str, schema.Check] = {"uri": media_uri, "position": schema.choice(positions)}
    item = schema.Shape(fields, required=frozenset({"uri", "position"}), is_strict=True)

    def check(value: Any, path: Path) -> list[Issue]:
        if not isinstance(value, list):
            return media_uri(value, path)
        found = [issue for index, entry in enumerate(value) for issue in item(entry, (*path, index))]
        return found + _positions(value, path=path, most=len(positions))

    return check


def _positions(frames: list[Any], *, path: Path, most: int) -> list[Issue]:
    if not frames:
        return [issues.too_short("array", minimum=1, path=path)]
    found = [issues.too_long("array", maximum=most, path=path)] if len(frames) > most else []
    used = [frame.get("position") for frame in frames if isinstance(frame, dict)]
    if len(used) != len({str(position) for position in used}):
        words = "Duplicate position values are not allowed. Each position (`first`, `last`) may only be used once."
        found.append(issues.custom(words, path=path))
    if "first" not in used:
        found.append(issues.custom("You must specify a frame in position `first`.", path=path))
    return found


def order_of(body: dict[str, Any]) -> Order:
    """Read a body that has no issues."""
    card = CARDS[body["model"]]
    return Order(
        card=card,
        prompt=body.get("promptText", ""),
        ratio=body["ratio"],
        duration_s=int(body.get("duration", card.default_duration_s)),
        sound=card.has_sound and body.get("audio", True),
        seed=None if body.get("seed") is None else int(body["seed"]),
        frames=_frames_of(body.get("promptImage")),
    )


def _frames_of(image: str | list[dict[str, str]] | None) -> tuple[FrameAsset, ...]:
    if image is None:
        return ()
    if isinstance(image, str):
        return (FrameAsset(image, is_last=False, path=("promptImage",)),)
    frames = (
        FrameAsset(entry["uri"], is_last=entry["position"] == "last", path=("promptImage", index, "uri"))
        for index, entry in enumerate(image)
    )
    return tuple(sorted(frames, key=lambda frame: frame.is_last))
