"""Decisions about takes that are "Checking": each once, by whoever was first."""

import uuid
from collections.abc import Callable

import pytest

from accounts.enums import Role
from accounts.models import User
from studio.credits.audit import differences
from studio.credits.ledger import adjust
from studio.enums import State, StatusCode, Verdict
from studio.errors import InvalidDecision, InvalidSpec, NotPossible
from studio.generations import decisions, transitions
from studio.models import Evidence, Generation, Project
from tests.factories import join
from tests.generations.steps import NOW, QUOTE, SOON, amounts, balance_of, bring_to, claim, funded_project, launch

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return funded_project()


@pytest.fixture
def take(project: Project) -> Generation:
    """A take that is "Checking"."""
    take = launch(project)
    assert transitions.mark_unknown(bring_to(take, State.SUBMITTING), now=NOW)
    take.refresh_from_db()
    return take


@pytest.fixture
def bob(project: Project) -> User:
    return join(project.team, Role.MANAGER, email="bob@example.com", name="Bob")


def follow(take: Generation, by: User) -> None:
    decisions.follow_task(take, task_id="17f20503-6c24-4c16-946b-35dbbce2af2f", by=by, now=NOW)


def charge(take: Generation, by: User) -> None:
    decisions.charge_unseen(take, credits=QUOTE, by=by, now=NOW)


def give_back(take: Generation, by: User) -> None:
    decisions.give_back(take, by=by, now=NOW)


def send_again(take: Generation, by: User) -> None:
    decisions.send_again(take, token=uuid.uuid4(), by=by, now=NOW)


Decide = Callable[[Generation, User], None]
ALL: list[tuple[Decide, str]] = [
    (follow, "it was bought, and is being followed"),
    (charge, "it was bought, and 24 credits were charged"),
    (give_back, "it was not bought, and its 24 credits were given back"),
    (send_again, "it was not bought, and its 24 credits were given back"),
]


@pytest.mark.parametrize("second", [decide for decide, _ in ALL])
@pytest.mark.parametrize(("first", "outcome"), ALL)
def test_of_two_people_the_first_one_wins_and_the_other_reads_it(
    take: Generation, bob: User, first: Decide, outcome: str, second: Decide
) -> None:
    first(take, bob)
    before = list(Generation.objects.order_by("pk").values("state", "status_code", "cost_credits"))
    balance = balance_of(take.project)

    with pytest.raises(NotPossible, match=f"Bob has decided already: {outcome}. Nothing was changed."):
        second(Generation.objects.get(pk=take.pk), take.created_by)

    assert list(Generation.objects.order_by("pk").values("state", "status_code", "cost_credits")) == before
    assert balance_of(take.project) == balance
    assert list(differences()) == []


@pytest.mark.parametrize("decide", [decide for decide, _ in ALL])
def test_the_event_names_who_decided(take: Generation, bob: User, decide: Decide) -> None:
    decide(take, bob)

    event = take.events.get(detail__decided=True)
    assert (event.by, event.state) == (bob, Generation.objects.get(pk=take.pk).state)


def test_the_provider_may_be_first(take: Generation, bob: User) -> None:
    late = claim(take)
    assert transitions.mark_submitted(late, task_id="task-1", estimated_credits=QUOTE, due_at=SOON, now=NOW)

    with pytest.raises(
        NotPossible, match="The provider's answer has come meanwhile: it was bought, and is being followed"
    ):
        give_back(take, bob)
    assert amounts(take) == [("hold", -QUOTE)]


def test_a_charge_without_a_clip_is_noted_in_the_ledger(take: Generation, bob: User) -> None:
    decisions.charge_unseen(take, credits=20, by=bob, now=NOW)

    take.refresh_from_db()
    assert (take.state, take.status_code, take.cost_credits) == (State.FAILED, StatusCode.CHARGED_UNSEEN, 20)
    assert amounts(take) == [("hold", -QUOTE), ("settle", 4)]
    assert (
        take.entries.get(kind="settle").note == "Found to have been charged, by a person; its clip could not be found"
    )
    assert balance_of(take.project) == 10_000 - 20


@pytest.mark.parametrize(
    ("usage_more", "balance_more", "most"),
    [(None, None, QUOTE), (0, 0, QUOTE), (20, 20, QUOTE), (40, 30, 40), (30, 40, 40), (-40, -40, QUOTE)],
)
def test_the_evidence_may_allow_more_than_the_quote(
    take: Generation, bob: User, usage_more: int | None, balance_more: int | None, most: int
) -> None:
    Evidence.objects.create(
        generation=take, verdict=Verdict.CHARGED, usage_more=usage_more, balance_more=balance_more,
        found_at=NOW, read_at=NOW,
    )  # fmt: skip

    for wrong in (0, -1, most + 1):
        with pytest.raises(InvalidDecision, match=f"Between 1 and {most} credits") as caught:
            decisions.charge_unseen(take, credits=wrong, by=bob, now=NOW)
        assert caught.value.field == "credits"
    decisions.charge_unseen(take, credits=most, by=bob, now=NOW)

    assert balance_of(take.project) == 10_000 - most


def test_sending_again_twice_with_one_token_is_one_new_take(take: Generation, bob: User) -> None:
    token = uuid.uuid4()

    first = decisions.send_again(take, token=token, by=bob, now=NOW)
    second = decisions.send_again(take, token=token, by=bob, now=NOW)

    assert [new.pk for new in first] == [new.pk for new in second]
    assert Generation.objects.filter(retry_of=take).count() == 1
    assert (first[0].state, first[0].created_by, first[0].prompt) == (State.QUEUED, bob, take.prompt)
    assert amounts(take) == [("hold", -QUOTE), ("release", QUOTE)]
    assert balance_of(take.project) == 10_000 - QUOTE


def test_what_cannot_be_sent_again_is_not_decided(take: Generation, bob: User) -> None:
    Generation.objects.filter(pk=take.pk).update(model="gen3a_turbo")
    take.refresh_from_db()

    with pytest.raises(InvalidSpec):
        send_again(take, bob)

    take.refresh_from_db()
    assert (take.state, take.status_code) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    assert amounts(take) == [("hold", -QUOTE)]


def test_its_own_hold_pays_for_sending_it_again(take: Generation, bob: User) -> None:
    adjust(take.team, credits=-balance_of(take.project), note="Spent elsewhere", by=None)

    send_again(take, bob)

    assert balance_of(take.project) == 0


def test_a_task_of_another_team_is_not_told_of(take: Generation, bob: User) -> None:
    other = launch(funded_project())
    bring_to(other, State.RUNNING)
    other.refresh_from_db()
    Generation.objects.filter(pk=other.pk).update(provider=take.provider)

    with pytest.raises(InvalidDecision) as caught:
        decisions.follow_task(take, task_id=str(other.provider_task_id), by=bob, now=NOW)

    assert str(caught.value) == "Another take has this task already. Look the id up again."
    take.refresh_from_db()
    assert (take.state, take.provider_task_id) == (State.SUBMITTING, None)


@pytest.fixture
def lost(project: Project) -> Generation:
    """A take that the provider has, under a key that is not there now."""
    lost = launch(project)
    held = bring_to(lost, State.RUNNING)
    assert transitions.postpone(held, expected=State.RUNNING, code=StatusCode.OTHER_KEY, due_at=SOON, now=NOW)
    lost.refresh_from_db()
    return lost


@pytest.mark.parametrize(
    ("decide", "code", "closed"),
    [
        (charge, StatusCode.CHARGED_UNSEEN, ("settle", 0)),
        (give_back, StatusCode.TASK_LOST, ("release", QUOTE)),
        (send_again, StatusCode.TASK_LOST, ("release", QUOTE)),
    ],
)
def test_a_take_of_a_key_that_is_gone_is_ended_by_a_persons_word_alone(
    lost: Generation, bob: User, decide: Decide, code: StatusCode, closed: tuple[str, int]
) -> None:
    decide(lost, bob)

    lost.refresh_from_db()
    assert (lost.state, lost.status_code) == (State.FAILED, code)
    assert amounts(lost) == [("hold", -QUOTE), closed]
    assert list(differences()) == []


def test_a_take_of_another_key_has_its_task_already(lost: Generation, bob: User) -> None:
    with pytest.raises(NotPossible):
        follow(lost, bob)


@pytest.mark.parametrize("decide", [charge, give_back, send_again])
def test_a_take_that_is_followed_is_nobodys_to_decide(project: Project, bob: User, decide: Decide) -> None:
    take = launch(project)
    bring_to(take, State.RUNNING)
    take.refresh_from_db()

    with pytest.raises(NotPossible, match="it was bought, and is being followed"):
        decide(take, bob)

    assert amounts(take) == [("hold", -QUOTE)]
