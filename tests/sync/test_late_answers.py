"""The provider's answer comes after somebody has decided that there will be none: no paid clip is lost."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings

from studio.credits.audit import differences
from studio.credits.ledger import adjust
from studio.enums import State, StatusCode
from studio.generations import decisions
from studio.generations.late import take_up_late
from studio.models import Generation
from studio.providers.base import Provider, Submitted, TaskSpec
from studio.providers.runway.client import RunwayProvider
from tests.factories import ReferenceFactory
from tests.stage import Stage

GRANT, COST = 10_000, 24
Decide = Callable[[Stage, Generation], object]


@dataclass
class Interrupted:
    """Lets `between` happen after the provider has taken a task and before its answer is in our hands."""

    stage: Stage
    between: Callable[[], None]

    def __call__(self, client: httpx.AsyncClient) -> Provider:
        between = self.between

        class Slow(RunwayProvider):
            async def submit(self, spec: TaskSpec) -> Submitted:
                submitted = await super().submit(spec)
                await sync_to_async(between)()
                return submitted

        return Slow(
            api_key=django_settings.RUNWAYML_API_SECRET,
            base_url=django_settings.RUNWAYML_BASE_URL,
            client=client,
            clock=self.stage.clock.now,
        )


def decided_too_early(stage: Stage, decide: Decide) -> Generation:
    """A take that another engine called "Checking", and a person decided about, while its answer was on the way."""
    generation = stage.launch()

    def between() -> None:
        Generation.objects.filter(pk=generation.pk).update(
            status_code=StatusCode.OUTCOME_UNKNOWN, lease_token=None, lease_until=None
        )
        generation.refresh_from_db()
        decide(stage, generation)

    usual = stage.provider
    stage.provider = Interrupted(stage, between)  # type: ignore[method-assign]  # the same, but slower
    stage.run_pass()
    stage.provider = usual  # type: ignore[method-assign]  # as above
    generation.refresh_from_db()
    return generation


def give_back(stage: Stage, generation: Generation) -> None:
    decisions.give_back(generation, by=stage.owner, now=stage.clock.now())


def charge(stage: Stage, generation: Generation) -> None:
    decisions.charge_unseen(generation, credits=COST, by=stage.owner, now=stage.clock.now())


def follow_wrong_task(stage: Stage, generation: Generation) -> None:
    decisions.follow_task(generation, task_id=str(uuid.uuid4()), by=stage.owner, now=stage.clock.now())


def send_again(stage: Stage, generation: Generation) -> None:
    decisions.send_again(generation, token=uuid.uuid4(), by=stage.owner, now=stage.clock.now())


def test_found_not_bought_and_bought_all_the_same(stage: Stage) -> None:
    generation = decided_too_early(stage, give_back)

    new = Generation.objects.get(retry_of=generation)
    stage.run_until_final(new)

    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.NOT_SENT)
    assert stage.amounts(generation) == [("hold", -COST), ("release", COST)]
    assert (new.state, new.provider_task_id) == (State.READY, next(iter(stage.remote.tasks)))
    assert (new.submitted_at, new.account, new.seed) == (generation.submitted_at, generation.account, 7)
    assert stage.amounts(new) == [("hold", -COST), ("settle", 0)]
    assert stage.balance == GRANT - COST
    assert len(stage.remote.creates) == 1
    assert list(differences()) == []


def test_what_a_person_had_charged_unseen_is_charged_once(stage: Stage) -> None:
    generation = decided_too_early(stage, charge)

    new = stage.run_until_final(Generation.objects.get(retry_of=generation))

    assert generation.status_code == StatusCode.CHARGED_UNSEEN
    assert new.state == State.READY
    assert stage.balance == GRANT - COST
    adjusted = stage.team.account.entries.get(kind="adjust")
    assert (adjusted.amount_credits, str(generation.public_id) in adjusted.note) == (COST, True)
    assert list(differences()) == []


def test_a_wrong_task_id_does_not_lose_the_right_one(stage: Stage) -> None:
    generation = decided_too_early(stage, follow_wrong_task)

    new = stage.run_until_final(Generation.objects.get(retry_of=generation))
    generation = stage.run_until_final(generation, step_s=400)

    assert new.state == State.READY
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.TASK_LOST)
    assert stage.balance == GRANT - COST
    assert len(stage.remote.creates) == 1


def test_sent_again_and_answered_late_are_two_clips_and_both_are_kept(stage: Stage) -> None:
    generation = decided_too_early(stage, send_again)

    takes = [stage.run_until_final(take) for take in Generation.objects.filter(retry_of=generation)]

    assert [take.state for take in takes] == [State.READY, State.READY]
    assert stage.balance == GRANT - 2 * COST
    assert len(stage.remote.creates) == 2
    assert list(differences()) == []


def test_the_right_task_id_and_its_late_answer_are_one_take(stage: Stage) -> None:
    def follow(stage: Stage, generation: Generation) -> None:
        task_id = next(iter(stage.remote.tasks))
        decisions.follow_task(generation, task_id=task_id, by=stage.owner, now=stage.clock.now())

    generation = decided_too_early(stage, follow)
    stage.run_until_final(generation)

    assert Generation.objects.count() == 1
    assert generation.state == State.READY
    assert stage.balance == GRANT - COST


@pytest.mark.parametrize("balance", [COST, 10_000])
def test_taking_up_twice_is_taking_up_once_whatever_the_balance_is(stage: Stage, balance: int) -> None:
    if balance < GRANT:
        adjust(stage.team, credits=balance - GRANT, note="Spent elsewhere", by=None)
    generation = decided_too_early(stage, send_again)
    task_id, now = next(iter(stage.remote.tasks)), stage.clock.now()

    again = take_up_late(generation.pk, task_id=task_id, estimated_credits=COST, due_at=now, now=now)

    assert again is None
    assert Generation.objects.filter(provider_task_id=task_id).count() == 1
    assert stage.balance == balance - 2 * COST


def test_an_image_goes_with_it(stage: Stage) -> None:
    reference = ReferenceFactory.create(team=stage.team)
    generation = decided_too_early(stage, give_back)
    Generation.objects.get(retry_of=generation)
    generation.inputs.create(reference=reference, role="first")
    now = stage.clock.now()

    new = take_up_late(generation.pk, task_id="another-task", estimated_credits=None, due_at=now, now=now)

    assert new is not None
    assert [(used.role, used.reference) for used in new.inputs.all()] == [("first", reference)]
