"""A launch is stored whole or not at all, once a token, at the price that was seen."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.credits.audit import differences
from studio.credits.pricing import NoPrice
from studio.enums import InputRole, State, StatusCode
from studio.errors import InvalidSpec, NotEnoughCredits, NotPossible, PriceChanged, StudioError
from studio.generations.request import SpecInput
from studio.generations.submit import submit_generation
from studio.models import (
    Generation,
    GenerationEvent,
    GenerationReference,
    LedgerEntry,
    Project,
    Prompt,
    Reference,
)
from studio.models.generation import MAX_SEED
from studio.providers import base
from tests.factories import ProjectFactory, PromptFactory, ReferenceFactory
from tests.generations.steps import NOW, amounts, balance_of, funded_project, make_spec

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return funded_project()


def _submit(project: Project, *, token: uuid.UUID | None = None, **options: Any) -> list[Generation]:
    spec = options.pop("spec", None) or make_spec(**options.pop("changes", {}))
    return submit_generation(project, spec=spec, token=token or uuid.uuid4(), by=project.created_by, now=NOW, **options)


def _nothing_stored() -> bool:
    tables = (Generation, GenerationEvent, GenerationReference, Prompt)
    return not any(table.objects.exists() for table in tables) and not LedgerEntry.objects.exclude(kind="grant")


def test_an_extra_of_another_way_is_neither_stored_nor_priced(project: Project) -> None:
    changes = {"model": "gemini_omni_flash_1.1", "seed": None, "duration_s": 5}

    [plain], [other] = (_submit(project, changes={**changes, "extras": extras}) for extras in ({}, {"mode": "edit"}))

    assert (other.extras, other.quote_credits) == ({}, plain.quote_credits)


def test_launch_stores_takes_holds_and_events(project: Project) -> None:
    token = uuid.uuid4()

    takes = _submit(project, token=token, changes={"takes": 2})

    assert [take.take_number for take in takes] == [1, 2]
    for take in Generation.objects.order_by("pk"):
        assert (take.state, take.status_code, take.launch_token) == (State.QUEUED, StatusCode.NONE, token)
        assert (take.model, take.ratio, take.duration_s, take.has_sound) == ("gen4.5", "1280:720", 2, None)
        assert (take.quote_credits, take.price_card["key"]) == (24, "gen4.5@2026-08-01")
        assert (take.created_at, take.due_at, take.created_by) == (NOW, NOW, project.created_by)
        assert (take.team, take.project, take.prompt.text) == (project.team, project, "A paper boat")
        assert amounts(take) == [("hold", -24)]
        assert take.entries.get().created_at == NOW
    events = GenerationEvent.objects.order_by("seq").values_list("generation", "seq", "state", "by", "created_at")
    assert list(events) == [
        (take.pk, number, "queued", project.created_by_id, NOW) for number, take in enumerate(takes, start=1)
    ]
    assert balance_of(project) == 10_000 - 48
    assert Prompt.objects.count() == 1
    assert list(differences()) == []


def test_same_token_twice_is_one_launch(project: Project) -> None:
    token = uuid.uuid4()
    first = _submit(project, token=token, changes={"takes": 2})

    second = _submit(project, token=token, changes={"takes": 2})

    assert second == first
    assert (Generation.objects.count(), Prompt.objects.count(), GenerationEvent.objects.count()) == (2, 1, 2)
    assert balance_of(project) == 10_000 - 48


def test_same_token_with_another_request_gives_the_first_launch(project: Project) -> None:
    token = uuid.uuid4()
    first = _submit(project, token=token)

    assert _submit(project, token=token, changes={"prompt": "Another", "takes": 4}) == first
    assert balance_of(project) == 10_000 - 24


def test_same_token_is_answered_although_the_credits_are_gone() -> None:
    project = funded_project(credits=24)
    token = uuid.uuid4()
    first = _submit(project, token=token)

    assert _submit(project, token=token, seen_credits=1) == first


def test_token_of_another_project_of_the_team_is_refused(project: Project) -> None:
    token = uuid.uuid4()
    _submit(project, token=token)
    other = ProjectFactory.create(team=project.team)

    with pytest.raises(NotPossible, match="used already, in another project"):
        _submit(other, token=token)

    assert Generation.objects.count() == 1


def test_token_of_another_team_means_nothing(project: Project) -> None:
    token = uuid.uuid4()
    first = _submit(project, token=token)

    second = _submit(funded_project(), token=token)

    assert second != first
    assert Generation.objects.count() == 2


@pytest.mark.parametrize("seen", [None, 24, 25, 1_000])
def test_price_that_was_seen_or_higher_is_taken(project: Project, seen: int | None) -> None:
    assert _submit(project, seen_credits=seen)[0].quote_credits == 24


@pytest.mark.parametrize("seen", [0, 23])
def test_price_above_the_seen_one_starts_nothing(project: Project, seen: int) -> None:
    with pytest.raises(PriceChanged) as caught:
        _submit(project, seen_credits=seen)

    assert str(caught.value) == (
        f"The price is 24 credits now, not {seen}. Nothing was started: press Generate again if that is all right."
    )
    assert _nothing_stored()


def test_exactly_enough_is_enough() -> None:
    project = funded_project(credits=48)

    assert len(_submit(project, changes={"takes": 2})) == 2
    assert balance_of(project) == 0


def test_one_credit_missing_starts_nothing() -> None:
    project = funded_project(credits=47)

    with pytest.raises(NotEnoughCredits) as caught:
        _submit(project, changes={"takes": 2})

    assert str(caught.value).startswith("This costs 48 credits and the team has 47: 1 are missing.")
    assert (_nothing_stored(), balance_of(project)) == (True, 47)


def test_team_without_an_account_is_told_what_is_missing() -> None:
    project = funded_project(credits=0)

    with pytest.raises(NotEnoughCredits) as caught:
        _submit(project)

    assert caught.value.missing_credits == 24
    assert _nothing_stored()


def test_bad_request_starts_nothing(project: Project) -> None:
    with pytest.raises(InvalidSpec) as caught:
        _submit(project, changes={"prompt": " ", "takes": 5})

    assert set(caught.value.problems) == {"prompt", "takes"}
    assert (_nothing_stored(), balance_of(project)) == (True, 10_000)


def test_day_without_a_price_is_a_sentence(project: Project) -> None:
    before_prices = datetime(2026, 7, 31, 23, 59, tzinfo=UTC)

    with pytest.raises(StudioError, match=r"^There is no price for gen4\.5 on 2026-07-31\.$") as caught:
        submit_generation(project, spec=make_spec(), token=uuid.uuid4(), by=project.created_by, now=before_prices)

    assert isinstance(caught.value, NoPrice)
    assert _nothing_stored()


def test_price_is_that_of_the_day_in_utc(project: Project) -> None:
    east = datetime(2026, 8, 1, 1, 0, tzinfo=UTC).astimezone(tz=None)

    takes = submit_generation(project, spec=make_spec(), token=uuid.uuid4(), by=project.created_by, now=east)

    assert takes[0].price_card["effective_from"] == "2026-08-01"


def test_random_seeds_are_stored_and_differ(project: Project) -> None:
    seeds = [take.seed for take in _submit(project, changes={"takes": 4, "seed": None})]

    assert all(seed is not None and 0 <= seed <= MAX_SEED for seed in seeds)
    assert len(set(seeds)) == 4
    assert list(Generation.objects.order_by("pk").values_list("seed", flat=True)) == seeds


@pytest.mark.parametrize(
    ("seed", "seeds"),
    [(0, [0, 1, 2]), (7, [7, 8, 9]), (MAX_SEED - 1, [MAX_SEED - 1, MAX_SEED, 0]), (MAX_SEED, [MAX_SEED, 0, 1])],
)
def test_chosen_seed_counts_up_and_wraps(project: Project, seed: int, seeds: list[int]) -> None:
    assert [take.seed for take in _submit(project, changes={"takes": 3, "seed": seed})] == seeds


def test_prompt_is_trimmed(project: Project) -> None:
    assert _submit(project, changes={"prompt": "  A paper boat\n"})[0].prompt.text == "A paper boat"


def test_prompt_with_the_same_text_is_reused(project: Project) -> None:
    source = PromptFactory.create(project=project, text="A paper boat")

    assert _submit(project, source_prompt=source, changes={"prompt": " A paper boat "})[0].prompt == source
    assert Prompt.objects.count() == 1


def test_edited_prompt_names_its_source(project: Project) -> None:
    source = PromptFactory.create(project=project, text="A paper boat")

    prompt = _submit(project, source_prompt=source, changes={"prompt": "A paper boat at night"})[0].prompt

    assert (prompt.text, prompt.edited_from, prompt.project) == ("A paper boat at night", source, project)
    source.refresh_from_db()
    assert source.text == "A paper boat"


@pytest.mark.parametrize("text", ["A paper boat", "Another boat"])
@pytest.mark.parametrize("is_same_team", [True, False])
def test_prompt_of_another_project_is_neither_reused_nor_named(project: Project, is_same_team: bool, text: str) -> None:
    team = {"project__team": project.team} if is_same_team else {}
    source = PromptFactory.create(text="A paper boat", **team)

    prompt = _submit(project, source_prompt=source, changes={"prompt": text})[0].prompt

    assert (prompt.text, prompt.project, prompt.edited_from) == (text, project, None)


def test_frames_are_placed_for_each_take(project: Project) -> None:
    first, last = ReferenceFactory.create_batch(2, team=project.team)

    takes = _submit(
        project,
        changes={
            "model": "veo3.1", "duration_s": 8, "sound": True, "takes": 2, "first_frame": first, "last_frame": last,
        },
    )  # fmt: skip

    for take in takes:
        assert list(take.inputs.values_list("role", "reference")) == [
            (InputRole.FIRST, first.pk),
            (InputRole.LAST, last.pk),
        ]
        assert (take.quote_credits, take.has_sound) == (320, True)


@pytest.mark.parametrize("field", ["first_frame", "last_frame"])
def test_frame_of_another_team_is_refused(project: Project, field: str) -> None:
    frames: dict[str, Reference] = {
        "first_frame": ReferenceFactory.create(team=project.team),
        "last_frame": ReferenceFactory.create(team=project.team),
    }
    frames[field] = ReferenceFactory.create()

    with pytest.raises(InvalidSpec) as caught:
        _submit(project, changes={"model": "veo3.1", "duration_s": 8, "sound": False, **frames})

    assert caught.value.problems == {field: "This file is not among the team's files. Add it again."}
    assert _nothing_stored()


def test_retry_is_linked(project: Project) -> None:
    first = _submit(project)[0]

    assert _submit(project, retry_of=first)[0].retry_of == first


def test_failure_in_the_middle_leaves_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_paper(*args: object, **kwargs: object) -> None:
        raise RuntimeError("out of paper")

    monkeypatch.setattr("studio.generations.submit.record_event", out_of_paper)

    with pytest.raises(RuntimeError, match="out of paper"):
        _submit(project, changes={"takes": 3})

    assert (_nothing_stored(), balance_of(project)) == (True, 10_000)


def test_events_go_on_counting_between_launches(project: Project) -> None:
    for _ in range(3):
        _submit(project)

    assert list(GenerationEvent.objects.order_by("pk").values_list("seq", flat=True)) == [1, 2, 3]
    project.refresh_from_db()
    assert project.change_seq == 3


def test_launch_long_ago_keeps_its_token(project: Project) -> None:
    token = uuid.uuid4()
    first = _submit(project, token=token)

    again = submit_generation(
        project, spec=make_spec(), token=token, by=project.created_by, now=NOW + timedelta(days=30)
    )

    assert again == first


def test_what_the_way_has_no_place_for_is_not_stored(project: Project) -> None:
    """The page shows the stored shape and length: those of the source, and no others."""
    film = ReferenceFactory.create(
        team=project.team, kind="video", content_type="video/mp4", width=854, height=480, duration_ms=3_200, fps=24
    )
    source = SpecInput(role=base.InputRole.SOURCE, reference=film)
    changes = {"model": "ruby", "ratio": "1280:720", "resolution": "2k", "duration_s": 5, "seed": None}

    take = _submit(project, changes={**changes, "inputs": (source,)})[0]

    assert (take.ratio, take.resolution, take.prompt.text, take.auto_duration) == ("", "", "", True)
    assert take.duration_s == 4
    assert take.quote_credits == 64
