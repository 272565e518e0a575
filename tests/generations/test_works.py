"""What a clip's menu offers: by which model, at what price, and why not."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from studio.credits.pricing import Use, quote
from studio.generations.works import (
    OFFERS,
    Price,
    Work,
    menu_of,
    model_to_extend,
    price_to_extend,
    work_of,
    works_of,
)
from studio.models import Clip, Generation
from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import MODELS, Model, find_model

DAY = date(2026, 11, 28)
NAMES = ["edit", "guide", "perform", "character", "upscale", "frame_rate", "hdr", "sound"]


def a_clip(*, model: str = "gen4.5", **fields: Any) -> Clip:
    """A film of 5 s, 1280 × 720, 24 frames a second and silent; in memory alone."""
    film = {"kind": MediaKind.VIDEO, "width": 1280, "height": 720, "duration_ms": 5000, "fps": Decimal(24)}
    return Clip(generation=Generation(model=model), **{**film, "has_sound": False, **fields})


def still() -> Clip:
    return a_clip(kind=MediaKind.IMAGE, duration_ms=0, fps=Decimal(0))


def sound() -> Clip:
    return a_clip(kind=MediaKind.AUDIO, width=0, height=0, fps=Decimal(0), has_sound=True)


def the(name: str, clip: Clip) -> Work:
    work = work_of(clip, name, on=DAY)
    assert work is not None
    return work


def put(monkeypatch: pytest.MonkeyPatch, *models: Model) -> None:
    """The catalog with these models in place of their namesakes."""
    found = {**MODELS, **{model.name: model for model in models}}
    monkeypatch.setattr("studio.generations.works.find_model", found.get)


def known(name: str) -> Model:
    model = find_model(name)
    assert model is not None
    return model


def test_a_film_can_be_worked_on_in_every_way() -> None:
    works = works_of(a_clip(), on=DAY)

    assert [work.name for work in works] == NAMES
    assert [work.problem for work in works] == [""] * len(NAMES)
    assert {work.name: (work.model.name, work.way.value, work.role.value) for work in works} == {
        "edit": ("aleph2", "video_to_video", "source"),
        "guide": ("seedance2", "text_to_video", "reference_video"),
        "perform": ("act_two", "character_performance", "performance"),
        "character": ("act_two", "character_performance", "character"),
        "upscale": ("magnific_video_upscaler_creative", "video_upscale", "source"),
        "frame_rate": ("enhance_frame_rate", "video_upscale", "source"),
        "hdr": ("ruby", "video_to_hdr", "source"),
        "sound": ("mirelo_sfx_2_0", "video_to_audio", "source"),
    }


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.name)
def test_every_model_of_an_offer_takes_a_film_in_its_role(offer: Any) -> None:
    for name in offer.models:
        way = known(name).way(offer.way)
        rule = way.input_rule(offer.role) if way else None
        assert rule is not None
        assert MediaKind.VIDEO in rule.kinds


def test_a_still_can_be_a_character_and_a_sound_nothing() -> None:
    assert [work.name for work in works_of(still(), on=DAY)] == ["character"]
    assert works_of(sound(), on=DAY) == ()


def test_the_menu_knows_what_kind_of_clip_it_is_of() -> None:
    film, image, audio = (menu_of(clip, on=DAY) for clip in (a_clip(), still(), sound()))

    assert (film.has_frames, film.is_still) == (True, False)
    assert (image.has_frames, image.is_still) == (False, True)
    assert (audio.has_frames, audio.is_still) == (False, False)


def test_a_work_that_nobody_knows_is_none() -> None:
    assert work_of(a_clip(), "colour", on=DAY) is None
    assert work_of(still(), "upscale", on=DAY) is None


# Prices


@pytest.mark.parametrize(
    ("name", "fields", "credits"),
    [
        ("edit", {}, 140),
        ("edit", {"duration_ms": 2000}, 56),
        ("edit", {"duration_ms": 2500}, 70),
        ("perform", {}, 25),
        ("character", {"duration_ms": 20_000}, 15),
        ("upscale", {}, 84),
        ("upscale", {"fps": Decimal(60)}, 210),
        ("hdr", {}, 100),
        ("hdr", {"width": 3840, "height": 2160}, 200),
        ("guide", {}, 144),
    ],
)
def test_the_price_is_that_of_this_clip(name: str, fields: dict[str, Any], credits: int) -> None:
    assert the(name, a_clip(**fields)).price == Price(credits, is_confirmed=True)


def test_no_size_and_no_length_is_cheaper_than_the_price_that_is_said() -> None:
    way = known("seedance2").way(WayKind.TEXT)
    price = the("guide", a_clip()).price

    assert way is not None
    assert price is not None
    every = (
        quote("seedance2", Use(way=way.kind, ratio=ratio, duration_s=seconds, sound=heard, input_s=5), takes=1, on=DAY)
        for ratio in way.ratios
        for seconds in way.durations_s
        for heard in (True, False)
    )
    assert min(one.total_credits for one in every) == price.credits


def test_a_price_that_is_a_guess_says_so() -> None:
    price = the("frame_rate", a_clip()).price

    assert price is not None
    assert (str(price), price.is_confirmed) == ("from 25 credits", False)


def test_a_day_without_prices_has_none() -> None:
    works = works_of(a_clip(), on=date(2020, 1, 1))

    assert [work.price for work in works] == [None] * len(NAMES)
    assert price_to_extend(a_clip(), on=date(2020, 1, 1)) is None


@pytest.mark.parametrize(("seconds", "credits"), [(4.2, 25), (5.02, 25), (90, 300)])
def test_sound_is_as_long_as_the_film_as_far_as_the_model_goes(seconds: float, credits: int) -> None:
    price = the("sound", a_clip(duration_ms=round(seconds * 1000))).price

    assert price is not None
    assert price.credits == credits


# What cannot be


@pytest.mark.parametrize(
    ("name", "fields", "problem"),
    [
        ("edit", {"duration_ms": 42_040}, "Aleph 2 takes clips of up to 30 s, and this one is 42.0 s long."),
        ("edit", {"duration_ms": 1900}, "Aleph 2 takes clips of 2 s and more, and this one is 1.9 s long."),
        ("perform", {"duration_ms": 2000}, "Act-Two takes clips of 3 s and more, and this one is 2.0 s long."),
        ("hdr", {"duration_ms": 31_000}, "Ruby HDR takes clips of up to 30 s, and this one is 31.0 s long."),
        ("guide", {"duration_ms": 31_000}, "Seedance 2.5 takes clips of up to 30 s, and this one is 31.0 s long."),
    ],
)
def test_what_a_clip_is_too_long_or_too_short_for_says_why(name: str, fields: dict[str, Any], problem: str) -> None:
    work = the(name, a_clip(**fields))

    assert (work.problem, work.price) == (problem, None)


def test_a_film_may_end_with_its_last_frame() -> None:
    assert the("edit", a_clip(duration_ms=30_042)).problem == ""


def test_the_next_model_takes_what_the_first_does_not() -> None:
    assert the("guide", a_clip(duration_ms=15_000)).model.name == "seedance2"
    assert the("guide", a_clip(duration_ms=16_000)).model.name == "seedance2_5"


def test_many_frames_a_second_are_no_problem_since_they_are_taken_away_before_it_is_sent() -> None:
    assert the("edit", a_clip(fps=Decimal(60))).problem == ""


def test_a_clip_that_is_too_small_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    ruby = known("ruby")
    rule = replace(ruby.ways[0].inputs[0], side_min_px=800)
    put(monkeypatch, replace(ruby, ways=(replace(ruby.ways[0], inputs=(rule,)),)))

    assert the("hdr", a_clip()).problem == "Ruby HDR needs 800 px a side, and this one is 1280 × 720."


def test_a_model_that_is_retired_does_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, replace(known("ruby"), retired_since=date(2026, 11, 1)))

    work = the("hdr", a_clip())

    assert (work.problem, work.price) == ("Ruby HDR does this, and it is retired.", None)


def test_what_replaced_a_model_takes_its_place_if_it_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ruby = known("ruby")
    put(
        monkeypatch,
        replace(ruby, retired_since=date(2026, 11, 1), replaced_by="ruby2"),
        replace(ruby, name="ruby2", label="Ruby 2"),
    )
    assert (the("hdr", a_clip()).model.label, the("hdr", a_clip()).problem) == ("Ruby 2", "")

    put(monkeypatch, replace(ruby, retired_since=date(2026, 11, 1), replaced_by="gen4.5"))
    assert the("hdr", a_clip()).problem == "Ruby HDR does this, and it is retired."


def test_a_model_that_the_catalog_does_not_have_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {name: model for name, model in MODELS.items() if name != "ruby"}
    monkeypatch.setattr("studio.generations.works.find_model", found.get)

    assert [work.name for work in works_of(a_clip(), on=DAY)] == [name for name in NAMES if name != "hdr"]


def test_sound_in_place_of_sound_is_said() -> None:
    assert the("sound", a_clip()).does == "Sounds and noises that fit what is seen."
    assert the("sound", a_clip(has_sound=True)).does == "Other sounds and noises in place of those that it has."


# Going on


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gen4.5", "gen4.5"),
        ("gen4_turbo", "gen4_turbo"),
        ("seedance2", "seedance2"),
        ("gen3a_turbo", "gen4_turbo"),
        ("veo3", "veo3.1"),
        ("aleph2", "gen4.5"),
        ("gen4_aleph", "gen4.5"),
        ("ruby", "gen4.5"),
        ("gen4_image", "gen4.5"),
        ("never_heard_of", "gen4.5"),
    ],
)
def test_a_clip_goes_on_with_its_own_model_or_one_that_takes_a_frame(name: str, expected: str) -> None:
    model = model_to_extend(name)

    assert model is not None
    assert model.name == expected
    way = model.way(WayKind.IMAGE)
    assert way is not None
    assert way.input_rule(InputRole.FIRST) is not None


def test_going_on_costs_at_least_the_shortest_clip() -> None:
    assert price_to_extend(a_clip(), on=DAY) == Price(24, is_confirmed=True)
    assert price_to_extend(a_clip(model="gen4_turbo"), on=DAY) == Price(10, is_confirmed=True)
