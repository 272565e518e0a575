"""Letting go while other things happen at the same moment: real threads."""

import pytest

from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, Membership, User
from studio.account_deletion import delete_account
from studio.credits.audit import differences
from studio.credits.ledger import grant
from studio.credits.queries import Balance, balance
from studio.errors import NotPossible
from studio.leaving import let_go
from studio.models import Generation
from tests.factories import ProjectFactory, TeamFactory, UserFactory, join
from tests.generations.steps import NOW, launch
from tests.generations.test_leaving import membership_of
from tests.generations.test_races import at_once, shared_database

__all__ = ["shared_database"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_launches_at_the_moment_of_the_removal_leave_nothing_waiting() -> None:
    alice = UserFactory.create(name="Alice")
    project = ProjectFactory.create(team=TeamFactory.create(owner=alice), created_by=alice)
    grant(project.team, credits=10_000, note="To start with", by=alice, now=NOW)
    vera = join(project.team, Role.CREATOR, name="Vera")
    member = membership_of(vera)
    launch(project, takes=4, by=vera)

    def start() -> str:
        told = []
        for _ in range(10):
            try:
                told.append(str(launch(project, by=vera).pk))
            except NotPossible:
                told.append("refused")
        return " ".join(told)

    told = at_once(*[start] * 5, lambda: let_go(member, by=alice, heir=alice, now=NOW) is not None)

    launched = [word for line in told[:-1] for word in line.split() if word != "refused"]
    assert told[-1] is True
    theirs = Generation.objects.filter(created_by=vera)
    assert theirs.count() == len(launched) + 4
    assert not theirs.open().exists()
    assert set(theirs.values_list("kept_by", flat=True)) == {alice.pk}
    assert balance(project.team) == Balance(balance_credits=10_000, held_credits=0)
    assert list(differences()) == []


def test_two_removals_at_once_are_one() -> None:
    alice = UserFactory.create(name="Alice")
    project = ProjectFactory.create(team=TeamFactory.create(owner=alice), created_by=alice)
    vera = join(project.team, Role.CREATOR, name="Vera")
    member = membership_of(vera)

    told = at_once(*[lambda: let_go(member, by=alice, heir=alice, now=NOW) is not None] * 4)

    assert sorted(told) == [False, False, False, True]
    assert AuditEntry.objects.filter(action=AuditAction.MEMBER_REMOVED).count() == 1


def test_two_owners_who_leave_at_once_do_not_both() -> None:
    alice = UserFactory.create(name="Alice")
    project = ProjectFactory.create(team=TeamFactory.create(owner=alice), created_by=alice)
    oscar = join(project.team, Role.OWNER, name="Oscar")

    def leave(user: User, heir: User) -> str:
        try:
            return str(let_go(membership_of(user), by=user, heir=heir, now=NOW) is not None)
        except NotPossible:
            return "refused"

    told = at_once(lambda: leave(alice, oscar), lambda: leave(oscar, alice))

    assert sorted(told) == ["True", "refused"]
    assert Membership.objects.filter(team=project.team, role=Role.OWNER).count() == 1


def test_two_deletions_at_once_are_one_while_they_launch() -> None:
    alice = UserFactory.create(name="Alice")
    project = ProjectFactory.create(team=TeamFactory.create(owner=alice), created_by=alice)
    grant(project.team, credits=10_000, note="To start with", by=alice, now=NOW)
    vera = join(project.team, Role.CREATOR, name="Vera")

    def go() -> bool:
        return delete_account(vera, by=vera, heirs={}, forget_name=False, now=NOW)

    def start() -> str:
        try:
            return str(launch(project, by=vera).pk)
        except NotPossible:
            return "refused"

    told = at_once(go, go, *[start] * 6)

    assert sorted(told[:2]) == [False, True]
    assert not Generation.objects.filter(created_by=vera).open().exists()
    assert balance(project.team) == Balance(balance_credits=10_000, held_credits=0)
    assert AuditEntry.objects.filter(action=AuditAction.ACCOUNT_DELETED).count() == 1
    assert list(differences()) == []


def test_an_heir_who_deletes_their_account_at_the_same_moment_keeps_nothing() -> None:
    alice = UserFactory.create(name="Alice")
    project = ProjectFactory.create(team=TeamFactory.create(owner=alice), created_by=alice)
    grant(project.team, credits=10_000, note="To start with", by=alice, now=NOW)
    vera, bob = (join(project.team, Role.CREATOR, name=name) for name in ("Vera", "Bob"))
    launch(project, by=vera)
    member = membership_of(vera)

    def remove() -> str:
        try:
            return str(let_go(member, by=alice, heir=bob, now=NOW) is not None)
        except NotPossible:
            return "refused"

    told = at_once(remove, lambda: delete_account(bob, by=bob, heirs={}, forget_name=False, now=NOW))

    assert told[0] in {"True", "refused"}
    assert told[1] is True
    assert not Generation.objects.filter(kept_by=bob).exists()
    assert not Membership.objects.filter(user=bob).exists()
    assert list(differences()) == []
