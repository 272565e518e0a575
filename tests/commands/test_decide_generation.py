"""decide_generation: the takes that are "Checking", from a shell."""

import io
import uuid
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from studio.enums import State, StatusCode, Verdict
from studio.models import Evidence, Generation
from tests.stage import Stage

pytestmark = pytest.mark.django_db


def _run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("decide_generation", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage with one take in the state “Checking”."""
    stage = Stage("create_lost")
    stage.launch()
    stage.run_pass()
    yield stage
    stage.close()


@pytest.fixture
def take(stage: Stage) -> Generation:
    return stage.project.generations.get()


def test_checking_takes_are_listed_with_their_evidence(stage: Stage, take: Generation) -> None:
    bare = _run()
    now = stage.clock.now()
    Evidence.objects.create(
        generation=take,
        verdict=Verdict.CHARGED,
        reason="Look.",
        usage_said="By usage: 24.",
        balance_said="By balance: 24.",
        found_at=now,
        read_at=now,
    )
    told = _run()

    head = f"{take.public_id}  sent 2026-11-22 12:00:00 UTC  gen4.5 2 s  24 credits held  {take.project}\n"
    assert bare == head + "    Nothing is known yet: the engine asks the provider every five minutes.\n"
    assert told == head + "    It was charged. Look.\n    By usage: 24.\n    By balance: 24.\n"


def test_nothing_is_listed_when_nothing_is_checking(stage: Stage, take: Generation) -> None:
    _run(str(take.public_id), "--not-sent")

    assert _run() == ""


def test_not_sent_gives_the_hold_back(stage: Stage, take: Generation) -> None:
    said = _run(str(take.public_id), "--not-sent", "--by", "Alice@example.com")

    take.refresh_from_db()
    assert said == "Its hold was given back.\n"
    assert (take.state, take.status_code) == (State.FAILED, StatusCode.NOT_SENT)
    assert stage.amounts(take) == [("hold", -24), ("release", 24)]
    assert take.events.latest("pk").by == stage.owner


def test_bought_is_followed_again(stage: Stage, take: Generation) -> None:
    task_id = next(iter(stage.remote.tasks))

    said = _run(str(take.public_id), "--task-id", task_id)

    take.refresh_from_db()
    assert said == "The engine follows it now.\n"
    assert (take.state, take.provider_task_id) == (State.RUNNING, task_id)


def test_bought_and_not_to_be_found_is_charged(stage: Stage, take: Generation) -> None:
    said = _run(str(take.public_id), "--charge", "20")

    take.refresh_from_db()
    assert said == "20 credits were charged.\n"
    assert (take.state, take.status_code, take.cost_credits) == (State.FAILED, StatusCode.CHARGED_UNSEEN, 20)
    assert stage.amounts(take) == [("hold", -24), ("settle", 4)]


@pytest.mark.parametrize("credits", ["0", "25"])
def test_no_other_number_is_charged(stage: Stage, take: Generation, credits: str) -> None:
    with pytest.raises(CommandError, match="Between 1 and 24 credits"):
        _run(str(take.public_id), "--charge", credits)
    assert stage.amounts(take) == [("hold", -24)]


def test_not_bought_is_sent_again_as_a_new_take(stage: Stage, take: Generation) -> None:
    said = _run(str(take.public_id), "--send-again")

    new = Generation.objects.get(retry_of=take)
    assert said == f"Its hold was given back, and it is sent again as {new.public_id}.\n"
    assert (new.created_by, stage.balance) == (stage.owner, 10_000 - 24)


@pytest.mark.parametrize("name", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_nothing_is_decided_about_no_take(name: str) -> None:
    with pytest.raises(CommandError, match=f"There is no take {name}"):
        _run(name, "--not-sent")


def test_a_decision_says_what_it_is(take: Generation) -> None:
    with pytest.raises(CommandError, match="Say --task-id TASK or --charge CREDITS when it was bought"):
        _run(str(take.public_id))


def test_who_decides_is_somebody(take: Generation) -> None:
    with pytest.raises(CommandError, match=r"There is nobody with the address bob@example\.com"):
        _run(str(take.public_id), "--not-sent", "--by", "bob@example.com")


def test_what_is_decided_cannot_be_decided_again(take: Generation) -> None:
    _run(str(take.public_id), "--not-sent", "--by", "alice@example.com")

    with pytest.raises(
        CommandError, match="Alice has decided already: it was not bought, and its 24 credits were given"
    ):
        _run(str(take.public_id), "--not-sent")


def test_a_task_belongs_to_one_take(stage: Stage, take: Generation) -> None:
    other = stage.launch()
    stage.remote.scenario = "normal"
    stage.run_pass()
    other.refresh_from_db()

    with pytest.raises(CommandError, match="Another take has this task already: “A paper boat”"):
        _run(str(take.public_id), "--task-id", str(other.provider_task_id))


@pytest.mark.parametrize("task_id", ["", "x", "a b c d e f g h", "https://app.example.com/1", "ä" * 36, "a" * 101])
def test_what_cannot_be_a_task_id_is_refused(take: Generation, task_id: str) -> None:
    with pytest.raises(CommandError, match="That is not a task id"):
        _run(str(take.public_id), "--task-id", task_id)
    take.refresh_from_db()
    assert take.provider_task_id is None


def test_a_task_id_may_have_spaces_around_it(take: Generation) -> None:
    task_id = str(uuid.uuid4())

    _run(str(take.public_id), "--task-id", f"  {task_id}\n")

    take.refresh_from_db()
    assert take.provider_task_id == task_id
