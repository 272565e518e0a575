"""Teams while two people do something at the same moment. Real threads."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.domains import join_by_domain
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import AuditEntry, Membership, Notice, Team, User
from accounts.teams import change_role, create_team, let_in
from studio.credits.audit import differences
from studio.credits.ledger import grant
from studio.enums import State
from studio.errors import NotPossible
from studio.generations.submit import submit_generation
from studio.leaving import let_go
from studio.models import Generation
from studio.team_deletion import ask_deletion, delete_due
from tests.factories import ProjectFactory, TeamFactory, UserFactory, join
from tests.generations.steps import make_spec
from tests.generations.test_races import at_once, shared_database

__all__ = ["shared_database"]
pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def tried(call: Callable[[], Any]) -> Any:
    """What it gave back, or the sentence of what it refused."""
    try:
        return call()
    except ValidationError as error:
        return error.messages[0]
    except NotPossible as error:
        return str(error)


def owners_of(team: Team) -> list[Membership]:
    rows = Membership.objects.select_related("team", "user")
    return list(rows.filter(team=team, role=Role.OWNER).order_by("pk"))


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_two_owners_who_step_down_one_stays(_round: int) -> None:
    team = TeamFactory.create()
    join(team, Role.OWNER)
    steps = [partial(change_role, owner, role=Role.CREATOR, by=owner.user) for owner in owners_of(team)]

    answers = at_once(*(partial(tried, step) for step in steps))

    assert len(owners_of(team)) == 1
    assert sorted("is the last owner of" in str(answer) for answer in answers) == [False, True]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_an_owner_who_leaves_and_one_who_steps_down_one_stays(_round: int) -> None:
    team = TeamFactory.create()
    join(team, Role.OWNER)
    heir = join(team, Role.CREATOR)
    leaver, other = owners_of(team)
    now = timezone.now()

    answers = at_once(
        partial(tried, partial(let_go, leaver, by=leaver.user, heir=heir, now=now)),
        partial(tried, partial(change_role, other, role=Role.VIEWER, by=other.user)),
    )

    assert len(owners_of(team)) == 1
    assert sum("is the last owner of" in str(answer) for answer in answers) == 1


def test_many_joins_are_one_membership_and_one_notice() -> None:
    team = TeamFactory.create()
    Team.objects.filter(pk=team.pk).update(joining_domain="northlight.example", joining_role=Role.CREATOR)
    noor = UserFactory.create(email="noor@northlight.example")
    EmailAddress.objects.filter(user=noor).update(verified=True)

    at_once(*[partial(join_by_domain, team, user=noor)] * 8)

    assert Membership.objects.filter(user=noor).count() == 1
    assert Notice.objects.filter(kind=NoticeKind.JOINED).count() == 1
    assert AuditEntry.objects.filter(action=AuditAction.JOINED_BY_DOMAIN).count() == 1


def test_many_teams_of_one_address_are_one() -> None:
    people = [UserFactory.create() for _ in range(8)]

    answers = at_once(
        *(partial(tried, partial(create_team, "Northlight", slug="northlight", by=one)) for one in people)
    )

    assert sum(isinstance(answer, Team) for answer in answers) == 1
    assert Membership.objects.count() == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_what_is_launched_while_the_deletion_is_asked_for_is_cancelled_or_refused(_round: int) -> None:
    alice: User = UserFactory.create()
    project = ProjectFactory.create(team=TeamFactory.create(owner=alice), created_by=alice)
    grant(project.team, credits=1000, note="To start with", by=alice)
    now, newcomer = timezone.now(), UserFactory.create()

    def launch() -> Any:
        return submit_generation(project, spec=make_spec(), token=uuid4(), by=alice, now=now)

    answers = at_once(
        *[partial(tried, launch)] * 4,
        partial(ask_deletion, project.team, by=alice, now=now),
        partial(tried, partial(let_in, project.team, user=newcomer, role=Role.VIEWER)),
        *[partial(tried, launch)] * 2,
    )

    assert not Generation.objects.exclude(state=State.CANCELLED).exists()
    launched = sum(isinstance(answer, list) for answer in answers)
    assert Generation.objects.count() == launched
    assert list(differences()) == []


def test_two_engines_remove_one_team() -> None:
    alice: User = UserFactory.create()
    project = ProjectFactory.create(team=TeamFactory.create(owner=alice), created_by=alice)
    asked = timezone.now()
    ask_deletion(project.team, by=alice, now=asked)

    answers = at_once(*[partial(delete_due, now=asked + timedelta(days=31))] * 4)

    assert sum(closed for closed, _, _ in answers) == 1
    assert AuditEntry.objects.filter(action=AuditAction.TEAM_DELETED).count() == 1
    assert Team.objects.get().slug.startswith("deleted-")
