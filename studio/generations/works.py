"""What may be done with a finished clip: each work opens the composer with the clip in its place. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from studio.credits.pricing import NoPrice, quote
from studio.enums import MediaKind
from studio.generations.adjusting import adjusted
from studio.generations.preflight import problems_of
from studio.generations.request import Spec, SpecInput, field_of
from studio.generations.spec import fresh_spec, use_of
from studio.generations.ways import shown_way
from studio.models import Clip
from studio.providers.base import InputRole
from studio.providers.catalog import Model, Way, find_model


@dataclass(frozen=True, slots=True)
class Plan:
    """A work: the clip's role in it, the model to begin with, and how it is called."""

    role: InputRole
    model: str
    label: str
    line: str
    icon: str


PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        "edit": Plan(InputRole.SOURCE, "aleph2", "Edit", "By words, keyframes or a wider picture", "adjusted"),
        "guide": Plan(InputRole.REFERENCE_VIDEO, "seedance2", "Use as reference", "Another clip moves alike", "film"),
        "perform": Plan(InputRole.PERFORMANCE, "act_two", "Use as performance", "Another character acts it", "person"),
        "character": Plan(InputRole.CHARACTER, "act_two", "Use as character", "Let it act like another clip", "person"),
        "upscale": Plan(InputRole.SOURCE, "magnific_video_upscaler_creative", "Upscale", "Larger, up to 4K", "enlarge"),
        "frame_rate": Plan(InputRole.SOURCE, "enhance_frame_rate", "Frame rate", "More or fewer of them", "clock"),
        "hdr": Plan(InputRole.SOURCE, "ruby", "HDR", "Brighter lights, deeper darks", "sun"),
        "sound": Plan(InputRole.SOURCE, "mirelo_sfx_2_0", "Add sound", "Noises that fit the picture", "sound"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """A frame of the clip that becomes a reference: which one, and what for."""

    name: str
    at: str
    use: str
    label: str
    line: str
    icon: str


OF_FILMS = (
    Step("extend", "last", "extend", "Extend", "A new clip goes on from the last frame", "forward"),
    Step("first", "first", "first_frame", "First frame", "As the first frame of another clip", "image"),
    Step("last", "last", "last_frame", "Last frame", "As the last frame of another clip", "image"),
    Step("image", "first", "reference_image", "Frame as reference", "Its first frame guides another clip", "image"),
)
OF_IMAGES = (
    Step("first", "first", "first_frame", "First frame", "A clip begins with it", "image"),
    Step("last", "first", "last_frame", "Last frame", "A clip ends with it", "image"),
    Step("image", "first", "reference_image", "Reference image", "It guides a clip or another image", "image"),
)


def steps_of(clip: Clip) -> tuple[Step, ...]:
    """The frames that the menu of this clip offers; () for a sound."""
    if clip.kind == MediaKind.VIDEO:
        return OF_FILMS
    return OF_IMAGES if clip.kind == MediaKind.IMAGE else ()


GONE = "Not on offer now."


@dataclass(frozen=True, slots=True)
class Work:
    """A work that a clip's menu offers. `credits` is its price with the default settings, None while that is not known;
    `reason` says why it cannot be done, "" if it can."""

    name: str
    label: str
    line: str
    icon: str
    credits: int | None
    reason: str


def works_of(clip: Clip, *, today: date) -> list[Work]:
    """All works, in the order of the menu; [] for what is no film."""
    if clip.kind != MediaKind.VIDEO:
        return []
    return [_work(name, plan, clip, today=today) for name, plan in PLANS.items()]


def spec_for(plan: Plan, clip: Clip) -> Spec | None:
    """The request that a work begins with; None when its model is not on offer."""
    model = find_model(plan.model)
    if model is None or model.is_retired:
        return None
    way = way_for(plan, model)
    return replace(fresh_spec(model, way), inputs=(SpecInput(role=plan.role, clip=clip),))


def way_for(plan: Plan, model: Model) -> Way:
    """The first way of the model that takes the clip in its role."""
    return next((way for way in model.ways if way.input_rule(plan.role)), model.ways[0])


def _work(name: str, plan: Plan, clip: Clip, *, today: date) -> Work:
    spec = spec_for(plan, clip)
    credits, reason = None, GONE
    if spec is not None:
        spec, _ = adjusted(spec)
        credits, reason = _price(spec, today=today), _reason(spec, plan)
    return Work(name=name, label=plan.label, line=plan.line, icon=plan.icon, credits=credits, reason=reason)


def _reason(spec: Spec, plan: Plan) -> str:
    """Why the model does not take this very clip; what else is missing is added in the composer."""
    model = find_model(spec.model)
    assert model is not None  # noqa: S101  # `spec_for` has found it
    return problems_of(spec, model, shown_way(spec, model)).get(field_of(plan.role), "")


def _price(spec: Spec, *, today: date) -> int | None:
    try:
        return quote(spec.model, use_of(spec), takes=1, on=today).total_credits
    except NoPrice:
        return None
