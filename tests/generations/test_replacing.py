"""What is offered instead of a model that the provider refuses."""

from datetime import date
from typing import Any

import pytest

from studio.enums import InputRole, State, StatusCode
from studio.generations.cards import card
from studio.generations.refused_models import (
    MOST_REFUSED,
    note_accepted_model,
    note_refused_model,
    refused_since,
)
from studio.generations.replacing import find_offer, offers_of
from studio.generations.request import Spec, SpecInput
from studio.models import Generation, GenerationReference, Reference, RefusedModel
from tests.factories import GenerationFactory, PromptFactory, ReferenceFactory, TeamFactory
from tests.generations.steps import NOW

TODAY = date(2026, 11, 22)

GONE, NOT_OURS = StatusCode.MODEL_RETIRED, StatusCode.MODEL_NOT_ENABLED


def image(width: int = 1280, height: int = 720) -> Reference:
    return Reference(width=width, height=height, kind="image", content_type="image/jpeg", size_bytes=24_000)


def spec(model: str, *, frames: tuple[Reference, ...] = (), **changes: Any) -> Spec:
    roles = (InputRole.FIRST, InputRole.LAST)
    inputs = tuple(SpecInput(role=role, reference=frame) for role, frame in zip(roles, frames, strict=False))  # type: ignore[arg-type]  # the enums compare equal
    fields: dict[str, Any] = {"prompt": "A boat", "ratio": "1280:720", "duration_s": 5, "sound": None, "seed": 7}
    return Spec(**{**fields, "model": model, "takes": 1, "inputs": inputs, **changes})


def offered(wanted: Spec, *, offered: tuple[str, ...] = (), refused: tuple[str, ...] = ()) -> tuple[str, str] | None:
    found = find_offer(wanted, offered=offered, refused=refused, on=TODAY)
    return (found.model.name, found.settings) if found else None


# Which one


def test_the_nearest_keeps_all_settings_and_has_its_own_price() -> None:
    assert offered(spec("gen4_turbo", frames=(image(),))) == ("gen4.5", "16:9, 5 s, 60 credits")


def test_the_catalogs_successor_comes_first() -> None:
    assert offered(spec("gen3a_turbo", frames=(image(),))) == ("gen4_turbo", "16:9, 5 s, 25 credits")
    assert offered(spec("veo3", duration_s=8, sound=True)) == ("veo3.1", "16:9, 8 s, with sound, 320 credits")


def test_a_successor_that_cannot_do_it_or_is_refused_too_is_passed_over() -> None:
    assert offered(spec("gen3a_turbo")) == ("gen4.5", "16:9, 5 s, 60 credits")
    assert offered(spec("gen3a_turbo", frames=(image(),)), refused=("gen4_turbo",)) == (
        "gen4.5", "16:9, 5 s, 60 credits",
    )  # fmt: skip


def test_what_the_provider_itself_names_is_preferred() -> None:
    wanted = spec("gen4_turbo", frames=(image(),))
    found = find_offer(wanted, offered=("veo3.1_fast", "invented"), refused=(), on=TODAY)

    assert found is not None
    assert (found.model.name, found.spec.duration_s, found.spec.seed) == ("veo3.1_fast", 4, 7)
    assert "Duration is 4 s now: Veo 3.1 Fast does not make 5 s." in found.notes
    assert found.spec.inputs == wanted.inputs
    assert offered(wanted, offered=("invented",)) == ("gen4.5", "16:9, 5 s, 60 credits")


def test_no_file_is_lost_on_the_way() -> None:
    both = spec("veo3.1", frames=(image(), image()), duration_s=8, sound=True)

    assert offered(both) == ("veo3.1_fast", "16:9, 8 s, with sound, 120 credits")
    assert offered(both, refused=("veo3.1_fast",)) == ("seedance2", "16:9, 8 s, with sound, 288 credits")


def test_a_model_that_nobody_knows_is_replaced_too() -> None:
    assert offered(spec("invented", duration_s=5)) == ("gen4.5", "16:9, 5 s, 60 credits")


# On cards


def take(code: StatusCode, *, model: str = "gen4_turbo", frames: int = 1) -> Generation:
    generation = GenerationFactory.create(
        prompt=PromptFactory.create(), state=State.FAILED, status_code=code, model=model, account="one", cost_credits=0
    )
    for _ in range(frames):
        reference = ReferenceFactory.create(team=generation.team)
        GenerationReference.objects.create(generation=generation, reference=reference, role=InputRole.FIRST)
    return generation


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "told"),
    [
        (NOT_OURS, "Runway no longer offers Gen-4 Turbo to this account. Use Gen-4.5 instead: 16:9, 5 s, 60 credits."),
        (GONE, "Runway no longer offers Gen-4 Turbo. Use Gen-4.5 instead: 16:9, 5 s, 60 credits."),
    ],
)
def test_the_card_says_so_and_names_the_replacement_with_its_price(code: StatusCode, told: str) -> None:
    generation = take(code)
    offers = offers_of(Generation.objects.to_show(), now=NOW)

    assert card(generation, now=NOW, offer=offers[generation.pk]).sentence == told


@pytest.mark.django_db
def test_offers_know_what_else_is_refused_to_the_account(django_assert_num_queries: Any) -> None:
    mine = [take(NOT_OURS) for _ in range(3)]
    GenerationFactory.create(state=State.READY)
    key: dict[str, Any] = {"provider": "simulator", "code": GONE, "now": NOW}
    note_refused_model("gen4_turbo", account="one", offered=["gen4.5", "veo3.1_fast"], **key)
    note_refused_model("gen4.5", account="one", offered=[], **key)
    note_refused_model("veo3.1_fast", account="another", offered=[], **key)

    rows = list(Generation.objects.to_show())
    with django_assert_num_queries(1):
        offers = offers_of(rows, now=NOW)

    assert {pk: offer.model.name for pk, offer in offers.items()} == {row.pk: "veo3.1_fast" for row in mine}
    with django_assert_num_queries(0):
        assert offers_of([row for row in rows if row.state == State.READY], now=NOW) == {}


# What is remembered


@pytest.mark.django_db
def test_a_team_sees_what_was_refused_to_the_key_that_it_sends_with() -> None:
    key: dict[str, Any] = {"provider": "simulator", "code": GONE, "offered": [], "now": NOW}
    note_refused_model("gen4_turbo", account="one", **key)
    note_refused_model("gen4.5", account="another", **key)
    mine, other = GenerationFactory.create(account="one"), GenerationFactory.create(account="another")
    GenerationFactory.create(prompt=mine.prompt, account="")

    assert refused_since(mine.team) == {"gen4_turbo": NOW.date()}
    assert refused_since(other.team) == {"gen4.5": NOW.date()}
    assert len(refused_since(TeamFactory.create())) == 1
    assert note_accepted_model("gen4_turbo", provider="simulator", account="one")
    assert not note_accepted_model("gen4_turbo", provider="simulator", account="one")
    assert refused_since(mine.team) == {}


@pytest.mark.django_db
def test_what_the_provider_names_is_kept_within_bounds() -> None:
    names = ["gen4.5", "x" * 61, "bad\0name", *(f"m{number}" for number in range(300))]
    for number in range(MOST_REFUSED + 5):
        note_refused_model(f"model{number}", provider="simulator", account="one", code=GONE, offered=names, now=NOW)

    assert RefusedModel.objects.count() == MOST_REFUSED
    kept = RefusedModel.objects.first()
    assert kept is not None
    assert (kept.offered[:2], len(kept.offered)) == (["gen4.5", "m0"], 100)
