"""remove_member and delete_account, from a shell."""

import pytest
from django.core.management import CommandError, call_command

from accounts.enums import AuditAction
from accounts.models import AuditEntry, Membership, User
from studio.models import Generation, Project
from tests.generations.steps import launch
from tests.generations.test_leaving import bob, project, vera

__all__ = ["bob", "project", "vera"]
pytestmark = pytest.mark.django_db


def test_a_member_is_removed(project: Project, vera: User, capsys: pytest.CaptureFixture[str]) -> None:
    launch(project, takes=2, by=vera)

    call_command("remove_member", "northlight", "VERA@example.com", "--heir", "alice@example.com")

    assert capsys.readouterr().out == (
        "VERA@example.com was removed from Northlight. 2 waiting takes were cancelled; "
        "2 takes, 0 clips and 0 projects are in the hands of alice@example.com.\n"
    )
    assert not Membership.objects.filter(user=vera).exists()
    assert AuditEntry.objects.get(action=AuditAction.MEMBER_REMOVED).actor is None


@pytest.mark.parametrize(
    ("team", "who", "heir", "told"),
    [
        ("elsewhere", "vera@example.com", "alice@example.com", "no member of a team “elsewhere”"),
        ("northlight", "ghost@example.com", "alice@example.com", "ghost@example.com is no member"),
        ("northlight", "vera@example.com", "ghost@example.com", "ghost@example.com is no member"),
        ("northlight", "vera@example.com", "vera@example.com", "Choose somebody in the team"),
        ("northlight", "alice@example.com", "vera@example.com", "Alice is the last owner of Northlight"),
    ],
)
def test_a_removal_that_cannot_be(project: Project, vera: User, team: str, who: str, heir: str, told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("remove_member", team, who, "--heir", heir)
    assert Membership.objects.count() == 2


def test_an_account_is_deleted(project: Project, vera: User, capsys: pytest.CaptureFixture[str]) -> None:
    launch(project, by=vera)

    call_command("delete_account", "Vera@Example.com", "--forget-name")

    assert capsys.readouterr().out == "The account of Vera@Example.com is deleted. The address is free.\n"
    assert str(Generation.objects.get().created_by) == "Former member"
    assert Generation.objects.get().kept_by == project.created_by
    with pytest.raises(CommandError, match="There is nobody with the address"):
        call_command("delete_account", "vera@example.com")


def test_the_last_owner_is_not_deleted(project: Project, vera: User) -> None:
    with pytest.raises(CommandError, match="Alice is the last owner of Northlight"):
        call_command("delete_account", "alice@example.com")
    assert User.objects.filter(email="alice@example.com", is_active=True).exists()
