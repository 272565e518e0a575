"""The check of a body that asks for an output: which shape it must have, and what it asks for once it has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.simulator import issues
from studio.simulator.cards import CARDS, NOT_ENABLED, TEXT, Card, Role, Sound, Variant, models_for
from studio.simulator.issues import Issue, Path

SOURCE_FIELDS = ("videoUri", "promptVideo")
LISTS = {
    "references": (Role.REFERENCE, "image"),
    "referenceImages": (Role.REFERENCE, "image"),
    "referenceVideos": (Role.REFERENCE_VIDEO, "video"),
    "referenceAudio": (Role.REFERENCE_AUDIO, "audio"),
}
ASSET_FIELDS = frozenset({*SOURCE_FIELDS, *LISTS, "promptImage", "character", "reference", "keyframes"})


@dataclass(frozen=True, slots=True)
class AssetRef:
    """A file that the body points at: what it is there for, and where in the body it stands.

    `at` belongs to a keyframe: seconds when positive or 0, a share of the film when `is_share`.
    """

    uri: str
    kind: str
    role: Role
    path: Path
    tag: str = ""
    at: float = 0.0
    is_share: bool = False
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a valid body asks for: its own ratio and length or the model's. `settings` are its plain fields."""

    card: Card
    prompt: str
    ratio: str
    duration_s: int
    sound: bool
    seed: int | None
    frames: tuple[AssetRef, ...]
    endpoint: str = TEXT
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def variant(self) -> Variant:
        return self.card.variants[self.endpoint]


def body_issues(body: object, *, endpoint: str) -> list[Issue]:
    """Everything that is wrong with `body`, at once. A model that is not enabled is left to the next check."""
    if not isinstance(body, dict):
        return [issues.wrong_type("object", got=body, path=())]
    model = body.get("model")
    if model in NOT_ENABLED and isinstance(model, str):
        return []
    if not isinstance(model, str) or model not in models_for(endpoint):
        return _model_issues(body, endpoint=endpoint)
    variant = CARDS[model].variants[endpoint]
    return variant.shape(body) or [issue for rule in variant.rules for issue in rule(body)]


def _model_issues(body: dict[str, Any], *, endpoint: str) -> list[Issue]:
    path: Path = ("model",)
    model = body.get("model")
    wrong = (
        issues.wrong_choice(models_for(endpoint), path=path)
        if isinstance(model, str)
        else issues.wrong_type("string", got=model, path=path, missing="model" not in body)
    )
    return [wrong, issues.no_discriminator("model")]


def order_of(body: dict[str, Any], *, endpoint: str = TEXT) -> Order:
    """Read a body that has no issues."""
    card = CARDS[body["model"]]
    variant = card.variants[endpoint]
    duration = body.get("duration", variant.duration_s)
    known = variant.shape.fields
    return Order(
        card=card,
        prompt=body.get("promptText", ""),
        ratio=body.get("ratio", variant.ratio) if "ratio" in known else variant.ratio,
        duration_s=variant.longest_s if duration == "auto" else int(duration),
        sound=_has_sound(variant, body),
        seed=None if body.get("seed") is None else int(body["seed"]),
        frames=tuple(_assets_of(body)),
        endpoint=endpoint,
        settings={name: value for name, value in body.items() if name in known and name not in ASSET_FIELDS},
    )


def _has_sound(variant: Variant, body: dict[str, Any]) -> bool:
    """Whether sound is wanted; where it depends on the source, whether it may stay."""
    if variant.sound is Sound.ASKED:
        return bool(body.get("audio", True))
    if variant.sound is Sound.ORIGINAL:
        return bool(body.get("providerSettings", {}).get("keepOriginalSound", True))
    return variant.sound is not Sound.NEVER


def _assets_of(body: dict[str, Any]) -> Iterator[AssetRef]:
    """The files of a body, frames first, the first of them at the front."""
    yield from _frames_of(body.get("promptImage"))
    for name in SOURCE_FIELDS:
        if name in body:
            yield AssetRef(body[name], "video", Role.SOURCE, (name,))
    if "character" in body:
        who = body["character"]
        yield AssetRef(who["uri"], who["type"], Role.CHARACTER, ("character", "uri"))
        yield AssetRef(body["reference"]["uri"], "video", Role.PERFORMANCE, ("reference", "uri"))
    for name, (role, kind) in LISTS.items():
        yield from _listed(body.get(name, []), name=name, role=role, kind=kind)
    for index, frame in enumerate(body.get("keyframes", [])):
        yield _keyframe(frame, index=index)


def _listed(entries: Any, *, name: str, role: Role, kind: str) -> Iterator[AssetRef]:
    if isinstance(entries, str):
        yield AssetRef(entries, kind, role, (name,))
        return
    for index, entry in enumerate(entries):
        yield AssetRef(entry["uri"], kind, role, (name, index, "uri"), tag=entry.get("tag", ""))


def _keyframe(frame: dict[str, Any], *, index: int) -> AssetRef:
    span = frame.get("range")
    return AssetRef(
        frame["uri"],
        "image",
        Role.KEYFRAME,
        ("keyframes", index, "uri"),
        at=float(frame["at"] if "at" in frame else frame["seconds"]),
        is_share="at" in frame,
        span=None if span is None else (span["start_seconds"], span["end_seconds"]),
    )


def _frames_of(image: str | list[dict[str, str]] | None) -> list[AssetRef]:
    if image is None:
        return []
    if isinstance(image, str):
        return [AssetRef(image, "image", Role.FIRST, ("promptImage",))]
    frames = (
        AssetRef(entry["uri"], "image", Role(entry.get("position", Role.REFERENCE)), ("promptImage", index, "uri"))
        for index, entry in enumerate(image)
    )
    order = list(Role)
    return sorted(frames, key=lambda frame: order.index(frame.role))
