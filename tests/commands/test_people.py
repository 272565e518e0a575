"""create_team and add_member."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.enums import Role
from accounts.models import Membership, Team, User
from studio.credits.queries import balance
from tests.factories import PASSWORD, TeamFactory, UserFactory

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


def test_the_last_owner_stays_an_owner() -> None:
    alice = UserFactory.create(email="alice@example.com", name="Alice")
    TeamFactory.create(slug="northlight", name="Northlight", owner=alice)

    with pytest.raises(CommandError, match="Alice is the last owner of Northlight"):
        _run("add_member", "northlight", "alice@example.com", "--role", "viewer")

    assert Membership.objects.get(user=alice).role == Role.OWNER
