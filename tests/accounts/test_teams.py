"""Who may give and take which role, the last owner, and what a team may be called."""

import re
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, Membership, Notice, Team, User
from accounts.teams import add_member, change_role, create_team, free_slug, let_in, roles_to_give
from tests.factories import TeamFactory, UserFactory, join

pytestmark = pytest.mark.django_db
V, C, M, O = Role.VIEWER, Role.CREATOR, Role.MANAGER, Role.OWNER  # noqa: E741  # columns of a table


@pytest.fixture
def team(db: None) -> Team:
    return TeamFactory.create(name="Northlight", slug="northlight", owner=UserFactory.create(name="Alice"))


def member(team: Team, role: Role, **fields: Any) -> Membership:
    return Membership.objects.select_related("team", "user").get(team=team, user=join(team, role, **fields))


@pytest.mark.parametrize(
    ("mine", "theirs", "given"),
    [
        (V, V, []),
        (V, C, []),
        (C, V, []),
        (C, C, []),
        (M, V, [V, C, M]),
        (M, C, [V, C, M]),
        (M, M, []),
        (M, O, []),
        (O, V, [V, C, M, O]),
        (O, C, [V, C, M, O]),
        (O, M, [V, C, M, O]),
        (O, O, [V, C, M, O]),
    ],
)
def test_who_may_give_whom_which_role(team: Team, mine: Role, theirs: Role, given: list[Role]) -> None:
    actor, other = member(team, mine), member(team, theirs)

    assert roles_to_give(actor, other) == given
    for role in Role:
        Membership.objects.filter(pk=other.pk).update(role=theirs)
        if role in given:
            assert change_role(other, role=role, by=actor.user).role == role
        else:
            with pytest.raises(ValidationError):
                change_role(other, role=role, by=actor.user)
            assert Membership.objects.get(pk=other.pk).role == theirs


@pytest.mark.parametrize("mine", list(Role))
def test_everybody_may_step_down_and_nobody_up(team: Team, mine: Role) -> None:
    me = member(team, mine)

    assert roles_to_give(me, me) == [role for role in Role if role <= mine]
    for role in sorted(Role, reverse=True):
        Membership.objects.filter(pk=me.pk).update(role=mine)
        if role <= mine:
            assert change_role(me, role=role, by=me.user).role == role
        else:
            with pytest.raises(ValidationError):
                change_role(me, role=role, by=me.user)


def test_change_of_role_is_told(team: Team) -> None:
    owner = team.memberships.get()
    bob = member(team, Role.CREATOR, name="Bob")

    change_role(bob, role=Role.MANAGER, by=owner.user)

    entry = AuditEntry.objects.get(action=AuditAction.ROLE_CHANGED)
    assert (entry.actor, entry.about, entry.team, entry.target) == (owner.user, bob.user, team, "Bob")
    assert entry.detail == {"before": "Creator", "after": "Manager"}
    notice = Notice.objects.get()
    assert (notice.user, notice.url) == (bob.user, "/northlight/")
    assert notice.text == "You are manager in Northlight now; before you were creator."


def test_same_role_and_stepping_down_oneself_send_no_notice(team: Team) -> None:
    bob = member(team, Role.MANAGER)

    change_role(bob, role=Role.MANAGER, by=None)
    change_role(bob, role=Role.VIEWER, by=bob.user)

    assert not Notice.objects.exists()
    assert AuditEntry.objects.filter(action=AuditAction.ROLE_CHANGED).count() == 1


def test_last_owner_stays(team: Team) -> None:
    owner = team.memberships.select_related("team", "user").get()
    sentence = "Alice is the last owner of Northlight. Make somebody else an owner first."

    for attempt in (
        partial(change_role, owner, role=Role.MANAGER, by=owner.user),
        partial(change_role, owner, role=Role.MANAGER, by=None),
        partial(add_member, team, user=owner.user, role=Role.VIEWER),
    ):
        with pytest.raises(ValidationError) as caught:
            attempt()
        assert caught.value.messages == [sentence]
    assert team.memberships.get().role == Role.OWNER


def test_owner_who_cannot_sign_in_does_not_count(team: Team) -> None:
    gone = member(team, Role.OWNER)
    User.objects.filter(pk=gone.user.pk).update(is_active=False)
    owner = team.memberships.select_related("team", "user").get(user__is_active=True)

    with pytest.raises(ValidationError):
        change_role(owner, role=Role.MANAGER, by=owner.user)
    assert change_role(gone, role=Role.VIEWER, by=owner.user).role == Role.VIEWER


def test_role_that_was_taken_away_gives_nothing(team: Team) -> None:
    manager, bob = member(team, Role.MANAGER), member(team, Role.VIEWER)
    Membership.objects.filter(pk=manager.pk).update(role=Role.CREATOR)

    with pytest.raises(ValidationError):
        change_role(bob, role=Role.MANAGER, by=manager.user)
    manager.delete()
    with pytest.raises(ValidationError) as caught:
        change_role(bob, role=Role.MANAGER, by=manager.user)
    assert caught.value.messages == ["You are not in Northlight any more."]


def test_owner_of_another_team_changes_nobody(team: Team) -> None:
    mallory = TeamFactory.create().memberships.get().user
    bob = member(team, Role.VIEWER)

    with pytest.raises(ValidationError):
        change_role(bob, role=Role.CREATOR, by=mallory)
    with pytest.raises(ValidationError):
        add_member(team, user=mallory, role=Role.OWNER, by=mallory)
    assert not team.memberships.filter(user=mallory).exists()


@pytest.mark.parametrize(("mine", "given"), [(V, []), (C, []), (M, [V, C, M]), (O, [V, C, M, O])])
def test_member_adds_others_up_to_their_own_role(team: Team, mine: Role, given: list[Role]) -> None:
    actor = member(team, mine)

    for role in Role:
        somebody = UserFactory.create()
        if role in given:
            assert add_member(team, user=somebody, role=role, by=actor.user).role == role
        else:
            with pytest.raises(ValidationError):
                add_member(team, user=somebody, role=role, by=actor.user)
            assert not team.memberships.filter(user=somebody).exists()


def test_new_member_is_told_to_the_log(team: Team) -> None:
    bob = UserFactory.create(name="Bob")

    add_member(team, user=bob, role=Role.VIEWER)

    entry = AuditEntry.objects.get(action=AuditAction.MEMBER_ADDED, about=bob)
    assert (entry.actor, entry.about, entry.target, entry.detail) == (None, bob, "Bob", {"role": "Viewer"})


def test_who_is_let_in_keeps_the_role_they_have(team: Team) -> None:
    bob = member(team, Role.MANAGER)

    assert let_in(team, user=bob.user, role=Role.VIEWER) == (bob, False)
    assert Membership.objects.get(pk=bob.pk).role == Role.MANAGER
    assert let_in(team, user=UserFactory.create(), role=Role.VIEWER)[1] is True


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Northlight", "northlight-2"),
        ("Teams", "teams-2"),
        ("אור צפוני", "team"),
        ("!!!", "team"),
        ("Café_Noir", "cafe-noir"),
        ("n" * 120, "n" * 44),
        ("---", "team"),
    ],
)
def test_free_slug(team: Team, name: str, slug: str) -> None:
    assert free_slug(name) == slug
    assert create_team(name, by=UserFactory.create()).slug == slug


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  North   light ", "North light"),
        ("אור צפוני", "אור צפוני"),
        ('<b>North</b> & "light"', '<b>North</b> & "light"'),
        ("Cafe\u0301", "Café"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001  # Persian
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("n" * 120, "n" * 120),
    ],
)
def test_name_that_can_be(typed: str, stored: str) -> None:
    assert create_team(typed, by=UserFactory.create()).name == stored


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Give the team a name that can be read, for example “Northlight”."),
        ("   \u00a0\u2003 ", "Give the team a name that can be read, for example “Northlight”."),
        ("\u200d\u200c", "Give the team a name that can be read, for example “Northlight”."),
        ("\u3164\u2800", "Give the team a name that can be read, for example “Northlight”."),
        ("n" * 300, "The name has 300 characters. Use 120 at the most."),
        ("North\x00", "The name has a character in it that cannot be seen (U+0000). Type it anew, without it."),
        ("North\nlight", "The name has a character in it that cannot be seen (U+000A). Type it anew, without it."),
        ("North\u200blight", "The name has a character in it that cannot be seen (U+200B). Type it anew, without it."),
        ("North\u202elight", "The name has a character in it that cannot be seen (U+202E). Type it anew, without it."),
        ("North\ufefflight", "The name has a character in it that cannot be seen (U+FEFF). Type it anew, without it."),
        ("North\ud800", "The name has a character in it that cannot be seen (U+D800). Type it anew, without it."),
    ],
)
def test_name_that_cannot_be(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(sentence)) as caught:
        create_team(typed, by=UserFactory.create())

    assert caught.value.message_dict == {"name": [sentence]}
    assert not Team.objects.exists()
