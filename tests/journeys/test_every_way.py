"""Every model in every way that it may be used: from the form as it is rendered to the stored clip."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from studio.enums import MediaKind as Stored
from studio.enums import State
from studio.forms.inputs import ROLES
from studio.generations.extras import extra_field
from studio.generations.request import field_of
from studio.generations.ways import fitting_way
from studio.models import Generation
from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import Extra, ExtraKind, InputRule, Model, Way, active_models, ratio_size
from tests.journeys.conftest import Case
from tests.journeys.desk import Desk, Fields, Upload, values_of

PROMPT = "A paper boat crosses a pond"
NEW_EACH_TIME = frozenset({"csrfmiddlewaretoken", "token", "seen_credits", "source_prompt", "seed"})
LEAST, MOST = "least", "most"
FORMATS = frozenset({"outputFormat", "format"})
"""What becomes of each is told elsewhere: `test_special_ways` and the tests of outputs."""
SAMPLES = {ExtraKind.WHOLE: "2", ExtraKind.NUMBER: "0.25", ExtraKind.TEXT: "No rain", ExtraKind.SHOTS: ""}
Chosen = list[InputRole]


def _cases() -> Iterator[Any]:
    """(model, way, which): with as few files as the way takes; and with a file in each place, and other extras."""
    for model in active_models():
        for way in model.ways:
            kinds = [LEAST]
            if _roles(way, MOST) != _roles(way, LEAST) or _extras(way):
                kinds.append(MOST)
            yield from (pytest.param(model, way, kind, id=f"{model.name}-{way.kind.value}-{kind}") for kind in kinds)


def _roles(way: Way, which: str) -> Chosen:
    found: Chosen = []
    for rule in way.inputs:
        is_needed = rule.least > 0 or rule.role in way.needs_one_of[:1]
        if is_needed or (which == MOST and _goes_with(rule, found, way)):
            found.append(rule.role)
    return found


def _goes_with(rule: InputRule, present: Chosen, way: Way) -> bool:
    others = [way.input_rule(role) for role in present]
    is_excluded = set(rule.not_with) & set(present) or any(other and rule.role in other.not_with for other in others)
    return not is_excluded and (rule.needs is None or rule.needs in present)


def _extras(way: Way) -> dict[str, str]:
    """Another value than the default for each extra that changes neither the files nor the shots."""
    return {extra_field(extra.field): _other(extra) for extra in way.extras if _is_plain(extra)}


def _is_plain(extra: Extra) -> bool:
    return extra.field not in FORMATS and not extra.only_with and not extra.effects and bool(_other(extra))


def _other(extra: Extra) -> str:
    if extra.kind is ExtraKind.SWITCH:
        return "off" if extra.default == "true" else "on"
    return extra.choices[-1] if extra.choices else SAMPLES[extra.kind]


def _files(way: Way, roles: Chosen, suitcase: dict[MediaKind, Case], large: Case) -> Iterator[Upload]:
    for role in roles:
        rule = way.input_rule(role)
        assert rule is not None
        kind = rule.kinds[0]
        yield field_of(role), *(large if rule.side_min_px and kind is MediaKind.VIDEO else suitcase[kind])


def _smallest(ratios: list[str]) -> str:
    """The last of those with the fewest pixels; one that follows the input where there are no others."""
    sizes = {ratio: ratio_size(ratio) for ratio in ratios}
    sized = [(size[0] * size[1], -place, ratio) for place, (ratio, size) in enumerate(sizes.items()) if size]
    return min(sized)[2] if sized else ratios[0]


def _settle(desk: Desk, way: Way, roles: Chosen, *, which: str) -> None:
    """Choose the smallest and the shortest that the page offers, and further extras."""
    first = {
        name: offered[0] for name in ("size", "resolution", "duration_s") if (offered := values_of(desk.form, name))
    }
    moments = {"keyframe_at_s": "1.5"} if InputRole.KEYFRAME in roles else {}
    desk.choose(**first, **moments)
    ratios = values_of(desk.form, "ratio")
    chosen = {"ratio": _smallest(ratios)} if ratios else {}
    needed = {extra_field(extra.field): extra.choices[0] for extra in way.extras if extra.is_required}
    desk.choose(**chosen, **(needed | (_extras(way) if which == MOST else {})))


@pytest.mark.parametrize(("model", "way", "which"), list(_cases()))
def test_from_the_form_to_the_clip(
    desk: Desk, suitcase: dict[MediaKind, Case], large_film: Case, model: Model, way: Way, which: str
) -> None:
    roles = _roles(way, which)
    assert fitting_way(model, Counter(roles)) is way
    desk.add(_files(way, roles, suitcase, large_film), model=model.name, prompt=PROMPT)
    _settle(desk, way, roles, which=which)
    sent, price = desk.fields, desk.price

    takes = desk.generate()

    assert [take.way for take in takes] == [way.kind.value]
    assert desk.stage.amounts(takes[0]) == [("hold", -price)]
    take = desk.stage.run_until_final(takes[0])
    assert (take.state, take.status_code) == (State.READY, "")
    assert desk.stage.remote.creates[-1].path == f"/v1/{way.kind.value}"
    _check_body(desk.stage.remote.creates[-1].body, sent, take, way, roles)
    _check_clip(take, way, sent)
    assert take.quote_credits == price
    assert (take.cost_credits or 0) <= price or not take.price_card["is_confirmed"]
    assert _lasting(desk.open(reuse=take.public_id).fields, way) == _lasting(sent, way)


def _lasting(fields: Fields, way: Way) -> dict[str, list[str]]:
    """What a reused take has in common with the form that it came from. Words wait for a model that takes them."""
    changing = NEW_EACH_TIME if way.prompt_max_units else NEW_EACH_TIME | {"prompt"}
    return {name: values for name, values in fields.items() if name not in changing}


def _check_body(body: dict[str, Any], sent: Fields, take: Generation, way: Way, roles: Chosen) -> None:
    """The provider was asked for what the form said, and for nothing else."""
    expected: dict[str, Any] = {"model": take.model}
    if way.prompt_max_units:
        expected["promptText"] = PROMPT
    expected |= {name: sent[name][0] for name in ("ratio", "resolution") if name in sent}
    if "duration_s" in sent:
        expected["duration"] = int(sent["duration_s"][0])
    elif way.kind is WayKind.SOUND:
        expected["duration"] = 3.0
    if "sound" in sent:
        expected["audio"] = sent["sound"][-1] == "on"
    if way.takes_seed:
        expected["seed"] = take.seed
    fields = {rule.field for role in roles if (rule := way.input_rule(role))}
    expected |= {name: body.get(name) for name in fields}
    for extra in way.extras:
        _expect(expected, extra, sent.get(extra_field(extra.field), [""])[-1])
    assert body == expected
    assert str(body).count("runway://") == len(roles)


def _expect(expected: dict[str, Any], extra: Extra, said: str) -> None:
    value: Any = said
    if extra.kind is ExtraKind.SWITCH:
        value = said == "on"
    elif extra.kind in {ExtraKind.WHOLE, ExtraKind.NUMBER} and said:
        value = float(said)
    if said in {"", extra.default} or (extra.kind is ExtraKind.SWITCH and str(value).lower() == extra.default):
        return
    outer, _, inner = extra.field.partition(".")
    if inner:
        expected.setdefault(outer, {})[inner] = value
    else:
        expected[outer] = value


def _check_clip(take: Generation, way: Way, sent: Fields) -> None:
    clip = take.clip
    assert clip.kind == (Stored.IMAGE if way.kind is WayKind.STILL else Stored.VIDEO)
    size = ratio_size(sent["ratio"][0]) if "ratio" in sent else None
    assert size in {None, (clip.width, clip.height)} or clip.width * 9 == clip.height * 16
    if way.kind is WayKind.STILL:
        assert clip.duration_ms == 0
    else:
        assert clip.content_type == "video/mp4"
        assert abs(clip.duration_ms - 1000 * take.duration_s) < 100
    if way.kind is WayKind.SOUND or (way.has_sound_switch and sent["sound"][-1] == "on"):
        assert clip.has_sound


def test_each_field_of_a_file_is_one_that_a_way_has() -> None:
    roles = {rule.role for model in active_models() for way in model.ways for rule in way.inputs}
    assert roles == set(ROLES.values())
