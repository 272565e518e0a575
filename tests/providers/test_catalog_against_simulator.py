"""The catalog against the simulator, which knows the same facts from a reading of its own.

Each request that the catalog allows passes the simulator's check, and each quote is at least what the simulator asks.
"""

import io
import math
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product

import pytest
from PIL import Image

from studio.credits.pricing import Use, quote
from studio.providers.base import InputRole, TaskSpec
from studio.providers.catalog import MODELS, Model, Way, active_models, follows_input
from studio.providers.runway.requests import create_body, create_path
from studio.simulator.assets import Media, Pictures
from studio.simulator.cards import TABLES, Role
from studio.simulator.films import Facts
from studio.simulator.plan import plan_of
from studio.simulator.prices import TARIFFS, whole
from studio.simulator.validator import body_issues, order_of
from tests.providers.specimens import Specimen, specimens

TODAY = date(2026, 11, 22)
SPECIMENS = specimens()
SOURCE = Facts(width=1920, height=1080, duration_s=6.0, fps=24.0, has_sound=True, codec="h264")
FILM = Facts(width=1280, height=720, duration_s=2.0, fps=24.0, has_sound=True, codec="h264")
STILL = Facts(width=1280, height=720)
FACTS = {Role.SOURCE: SOURCE, Role.PERFORMANCE: SOURCE, Role.REFERENCE_VIDEO: FILM}


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.id)
def test_every_request_is_taken(specimen: Specimen) -> None:
    endpoint = create_path(specimen.spec).removeprefix("/v1/")

    assert body_issues(create_body(specimen.spec), endpoint=endpoint) == []


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.id)
def test_a_quote_is_never_below_the_simulators_price(specimen: Specimen) -> None:
    assert _quote(specimen.spec) >= _simulated(specimen.spec)


@pytest.mark.parametrize(
    ("model", "way"),
    [pytest.param(model, way, id=f"{model.name}-{way.kind.value}") for model in active_models() for way in model.ways],
)
def test_no_use_of_a_grid_is_quoted_too_low(model: Model, way: Way) -> None:
    smallest = next(one.spec for one in SPECIMENS if (one.model, one.way) == (model, way))
    durations = {*way.durations_s[:1], *way.durations_s[-1:], *([None] if way.takes_auto else [])} or {None}
    grid = product(
        way.ratios or ("",),
        way.resolutions or ("",),
        (True, False, None) if way.has_sound_switch else (None,),
        durations,
    )
    for ratio, resolution, sound, duration_s in grid:
        spec = replace(smallest, ratio=ratio, resolution=resolution, sound=sound, duration_s=duration_s)
        assert _quote(spec) >= _simulated(spec), (ratio, resolution, sound, duration_s)


def test_a_confirmed_quote_equals_the_simulators_price() -> None:
    """Where nothing is guessed and nothing is left to the model, both readings agree to the credit."""
    others = {
        one.id
        for one in SPECIMENS
        if (card := one.model.price_card(TODAY, way=one.way.kind)) and card.is_confirmed
        if one.spec.duration_s is not None or not one.way.takes_auto
        if _quote(one.spec) != _simulated(one.spec)
    }
    assert others == set()


def test_both_know_the_same_models() -> None:
    ours = {(way.kind.value, model.name) for model in active_models() for way in model.ways}
    theirs = {(endpoint, name) for endpoint, table in TABLES.items() for name in table}
    assert ours == theirs
    assert {model.name for model in active_models()} == set(TARIFFS)


def test_both_are_unsure_of_the_same_prices() -> None:
    unsure = {name for name, model in MODELS.items() if any(not card.is_confirmed for card in model.price_cards)}
    assert {name for name, tariff in TARIFFS.items() if not tariff.is_confirmed} <= unsure


def _quote(spec: TaskSpec) -> int:
    way = MODELS[spec.model].way(spec.way)
    assert way is not None
    files = [file.role for file in spec.inputs]
    has_source = InputRole.SOURCE in files or InputRole.PERFORMANCE in files
    use = Use(
        way=way.kind,
        ratio=spec.ratio,
        resolution=spec.resolution,
        duration_s=spec.duration_s,
        sound=spec.sound,
        images=sum(role in {InputRole.FIRST, InputRole.LAST, InputRole.REFERENCE_IMAGE} for role in files),
        audios=files.count(InputRole.REFERENCE_AUDIO),
        input_s=files.count(InputRole.REFERENCE_VIDEO) * FILM.duration_s,
        source_s=SOURCE.duration_s if has_source else None,
        source_fps=SOURCE.fps if has_source else None,
        source_pixels=SOURCE.width * SOURCE.height if has_source else None,
        extras=spec.extras,
    )
    return quote(spec.model, use, takes=1, on=TODAY).total_credits


def _simulated(spec: TaskSpec) -> int:
    """The most that the simulator takes for this request, in whole credits."""
    body = create_body(spec)
    endpoint = create_path(spec).removeprefix("/v1/")
    if follows_input(spec.ratio) and body_issues(body, endpoint=endpoint):
        return 0
    order = order_of(body, endpoint=endpoint)
    media = tuple(
        Media(role=asset.role, kind=asset.kind, content=b"", facts=FACTS.get(asset.role, STILL))
        for asset in order.frames
        if asset.role not in {Role.FIRST, Role.LAST}
    )
    roles = {asset.role for asset in order.frames}
    picture = _picture()
    pictures = Pictures(picture if Role.FIRST in roles else None, picture if Role.LAST in roles else None, media)
    return math.ceil(whole(plan_of(order, pictures, seed=1).estimate))


@cache
def _picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", STILL.size).save(content, "PNG")
    return content.getvalue()
