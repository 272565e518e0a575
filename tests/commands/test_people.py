"""create_team, add_member and decide_generation."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.enums import Role
from accounts.models import Membership, Team, User
from studio.credits.queries import balance
from studio.enums import State, StatusCode
from tests.factories import PASSWORD, TeamFactory, UserFactory
from tests.stage import Stage

pytestmark = pytest.mark.django_db


def _run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a line into standard input."""
    return lambda line: monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))


def test_a_team_comes_with_its_owner_and_credits(piped: Callable[[str], None]) -> None:
    piped(PASSWORD)

    said = _run("create_team", "northlight", "--owner", "Alice@example.com", "--name", "Northlight", "--credits", "500")

    team = Team.objects.get()
    owner = User.objects.get(email="alice@example.com")
    assert said == "Alice@example.com owns Northlight. Its page is /northlight/.\n"
    assert Membership.objects.get(team=team).role == Role.OWNER
    assert owner.check_password(PASSWORD) is True
    assert balance(team).balance_credits == 500


@pytest.mark.parametrize(
    ("password", "arguments", "sentence"),
    [
        ("12345", ("northlight", "--owner", "alice@example.com"), "too short"),
        (PASSWORD, ("clips", "--owner", "alice@example.com"), "a name that the site uses itself"),
        (PASSWORD, ("North Light", "--owner", "alice@example.com"), "Use small letters, digits and single hyphens"),
        (PASSWORD, ("northlight", "--owner", "alice"), "valid email"),
        (PASSWORD, ("northlight", "--owner", "alice@example.com", "--credits", "-1"), "0 or more"),
    ],
)
def test_a_team_that_cannot_be_leaves_nothing_behind(
    piped: Callable[[str], None], password: str, arguments: tuple[str, ...], sentence: str
) -> None:
    piped(password)

    with pytest.raises(CommandError, match=sentence):
        _run("create_team", *arguments)

    assert (Team.objects.count(), User.objects.count()) == (0, 0)


def test_a_team_is_made_once(piped: Callable[[str], None]) -> None:
    TeamFactory.create(slug="northlight")

    with pytest.raises(CommandError, match="There is a team “northlight” already"):
        _run("create_team", "northlight", "--owner", "alice@example.com")


def test_a_member_gets_a_role_and_then_another_one() -> None:
    team, bob = TeamFactory.create(slug="northlight"), UserFactory.create(email="bob@example.com")

    _run("add_member", "northlight", "bob@example.com", "--role", "viewer")
    said = _run("add_member", "northlight", "bob@example.com", "--role", "manager")

    assert said == f"bob@example.com is manager in {team.name}.\n"
    assert Membership.objects.get(user=bob).role == Role.MANAGER


def test_a_member_of_no_team_is_refused() -> None:
    with pytest.raises(CommandError, match="There is no team “nowhere”"):
        _run("add_member", "nowhere", "bob@example.com")


@pytest.fixture
def checking() -> Stage:
    """A stage with one take in the state “Checking”."""
    stage = Stage("create_lost")
    stage.launch()
    stage.run_pass()
    return stage


def test_checking_takes_are_listed(checking: Stage) -> None:
    generation = checking.project.generations.get()

    said = _run("decide_generation")

    assert said.startswith(f"{generation.public_id}  sent 2026-11-22 12:00:00 UTC  gen4.5 2 s  24 credits held")


def test_not_sent_gives_the_hold_back(checking: Stage) -> None:
    generation = checking.project.generations.get()

    said = _run("decide_generation", str(generation.public_id), "--not-sent")

    generation.refresh_from_db()
    assert said == "Its hold was given back.\n"
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.NOT_SENT)
    assert checking.amounts(generation) == [("hold", -24), ("release", 24)]


def test_bought_is_followed_again(checking: Stage) -> None:
    generation = checking.project.generations.get()
    task_id = next(iter(checking.remote.tasks))

    _run("decide_generation", str(generation.public_id), "--task-id", task_id)

    generation.refresh_from_db()
    assert (generation.state, generation.provider_task_id) == (State.RUNNING, task_id)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nonsense", "--not-sent"), "There is no take nonsense"),
        (("00000000-0000-4000-8000-000000000000", "--not-sent"), "There is no take"),
    ],
)
def test_nothing_is_decided_about_no_take(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        _run("decide_generation", *arguments)


def test_a_decision_says_what_it_is(checking: Stage) -> None:
    generation = checking.project.generations.get()

    with pytest.raises(CommandError, match="Say --task-id TASK when it was bought"):
        _run("decide_generation", str(generation.public_id))


def test_what_is_not_checking_cannot_be_decided(checking: Stage) -> None:
    generation = checking.project.generations.get()
    _run("decide_generation", str(generation.public_id), "--not-sent")

    with pytest.raises(CommandError, match="not in the state “Checking”"):
        _run("decide_generation", str(generation.public_id), "--not-sent")


def test_a_task_belongs_to_one_take(checking: Stage) -> None:
    other = checking.launch()
    checking.remote.scenario = "normal"
    checking.run_pass()
    other.refresh_from_db()
    generation = checking.project.generations.order_by("pk")[0]

    with pytest.raises(CommandError, match="Another take has this task already"):
        _run("decide_generation", str(generation.public_id), "--task-id", str(other.provider_task_id))


def test_the_last_owner_stays_an_owner() -> None:
    alice = UserFactory.create(email="alice@example.com", name="Alice")
    TeamFactory.create(slug="northlight", name="Northlight", owner=alice)

    with pytest.raises(CommandError, match="Alice is the last owner of Northlight"):
        _run("add_member", "northlight", "alice@example.com", "--role", "viewer")

    assert Membership.objects.get(user=alice).role == Role.OWNER
