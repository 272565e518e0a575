"""Invitations: who may make them, what is stored, and who may accept."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from accounts import invitations
from accounts.addresses import confirm_address
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.invitations import Problem, invitation_of, masked, resend, revoke
from accounts.models import AuditEntry, Invitation, Membership, Notice, Team, User
from accounts.teams import change_role
from studio.invitations import accept, promised_projects
from studio.invitations import invite as invite_with_projects
from studio.models import InvitedProject, Project, ProjectMember
from tests.accounts.inviting import NOW, Run, alice, asked, close, link_to, problem, run, secrets_sent, team
from tests.factories import ProjectFactory, TeamFactory, UserFactory, join

__all__ = ["alice", "run", "team"]


def test_an_invitation_is_stored_with_a_hash_and_sent_with_the_secret(
    team: Team, alice: User, run: Callable[[Run], object], settings: Settings
) -> None:
    run(lambda: asked(team, alice))

    stored = Invitation.objects.get()
    (secret,) = secrets_sent()
    assert (stored.email, stored.role, stored.invited_by, stored.sent_count) == ("vera@example.com", 20, alice, 1)
    assert stored.sent_at is not None
    assert stored.expires_at == NOW + timedelta(days=settings.INVITATION_DAYS)
    assert stored.token_hash == invitations.hash_of(secret)
    assert invitation_of(secret) == stored
    assert not any(secret in str(value) for row in Invitation.objects.values_list() for value in row)
    assert not any(secret in str(entry.detail) + entry.target for entry in AuditEntry.objects.all())
    entry = AuditEntry.objects.get(action=AuditAction.INVITED)
    assert (entry.actor, entry.team, entry.target, entry.detail) == (
        alice,
        team,
        "vera@example.com",
        {"role": "Creator"},
    )


def test_nothing_is_sent_for_what_is_undone(team: Team, alice: User, run: Callable[[Run], object]) -> None:
    with pytest.raises(ValidationError):
        run(lambda: asked(team, UserFactory.create(), "vera@example.com"))

    assert (Invitation.objects.count(), mail.outbox) == (0, [])


@pytest.mark.parametrize(
    ("mine", "given", "is_allowed"),
    [
        (Role.OWNER, Role.OWNER, True),
        (Role.MANAGER, Role.MANAGER, True),
        (Role.MANAGER, Role.VIEWER, True),
        (Role.MANAGER, Role.OWNER, False),
        (Role.CREATOR, Role.VIEWER, False),
        (Role.VIEWER, Role.VIEWER, False),
    ],
)
def test_people_are_invited_up_to_ones_own_role(team: Team, mine: Role, given: Role, is_allowed: bool) -> None:
    bob = join(team, mine)

    if is_allowed:
        assert asked(team, bob, role=given)[0].role == given
    else:
        with pytest.raises(ValidationError, match="up to your own role"):
            asked(team, bob, role=given)
        assert not Invitation.objects.exists()


def test_members_and_invited_people_are_left_out_and_an_expired_invitation_makes_room(team: Team, alice: User) -> None:
    join(team, Role.VIEWER, email="bob@example.com")
    (old,) = asked(team, alice, "late@example.com")
    Invitation.objects.update(created_at=NOW - timedelta(days=30), expires_at=NOW - timedelta(seconds=1))
    asked(team, alice, "carol@example.com")

    made = asked(team, alice, "bob@example.com", "carol@example.com", "late@example.com", "new@example.com")

    assert [one.email for one in made] == ["late@example.com", "new@example.com"]
    old.refresh_from_db()
    assert (old.revoked_at, old.revoked_by) == (NOW, alice)


def test_a_confirmed_second_address_of_a_member_is_known(team: Team, alice: User) -> None:
    bob = join(team, Role.VIEWER, email="bob@example.com")
    EmailAddress.objects.create(user=bob, email="bobby@example.com", verified=True)
    EmailAddress.objects.create(user=bob, email="other@example.com", verified=False)

    made = asked(team, alice, "bobby@example.com", "other@example.com")

    assert [one.email for one in made] == ["other@example.com"]


def test_a_person_sends_so_many_a_day(team: Team, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY_OF_PERSON", 3)
    asked(team, alice, "a@example.com", "b@example.com")
    elsewhere = TeamFactory.create(owner=alice)

    with pytest.raises(ValidationError, match="You have sent 2 invitations within a day, and 3 is the limit"):
        asked(elsewhere, alice, "c@example.com", "d@example.com")
    assert Invitation.objects.count() == 2
    assert len(asked(elsewhere, alice, "c@example.com")) == 1
    Invitation.objects.update(created_at=NOW - timedelta(hours=25))
    assert len(asked(team, alice, "e@example.com", "f@example.com", "g@example.com")) == 3


def test_a_team_sends_so_many_a_day(team: Team, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY_OF_TEAM", 2)
    asked(team, alice, "a@example.com", "b@example.com")

    with pytest.raises(ValidationError, match="This team has sent 2"):
        asked(team, join(team, Role.OWNER), "c@example.com")


def test_a_closing_or_deleted_team_invites_nobody(team: Team, alice: User) -> None:
    close(team, alice)

    with pytest.raises(ValidationError, match="is being deleted"):
        asked(team, alice)


def test_sending_again_makes_a_new_secret_and_a_new_end(team: Team, alice: User, run: Callable[[Run], object]) -> None:
    run(lambda: asked(team, alice))
    later = NOW + timedelta(days=20)

    run(lambda: resend(Invitation.objects.get(), by=alice, link_to=link_to, now=later))

    first, second = secrets_sent()
    stored = Invitation.objects.get()
    assert invitation_of(first) is None
    assert invitation_of(second) == stored
    assert (stored.sent_count, stored.expires_at) == (2, later + timedelta(days=14))
    assert AuditEntry.objects.get(action=AuditAction.INVITATION_RESENT).target == "vera@example.com"


def test_an_invitation_is_sent_again_five_times(team: Team, alice: User, run: Callable[[Run], object]) -> None:
    run(lambda: asked(team, alice))
    for _ in range(5):
        run(lambda: resend(Invitation.objects.get(), by=alice, link_to=link_to, now=NOW))

    with pytest.raises(ValidationError, match=r"vera@example\.com was sent 6 mails"):
        resend(Invitation.objects.get(), by=alice, link_to=link_to, now=NOW)
    assert len(mail.outbox) == 6


def test_who_sends_again_vouches_where_the_inviter_cannot_any_more(team: Team, alice: User) -> None:
    bob, carol = join(team, Role.MANAGER), join(team, Role.MANAGER)
    (invitation,) = asked(team, bob)

    assert resend(invitation, by=carol, link_to=link_to, now=NOW).invited_by == bob
    Membership.objects.filter(user=bob).update(role=Role.CREATOR)
    assert resend(invitation, by=carol, link_to=link_to, now=NOW).invited_by == carol


def test_a_manager_neither_sends_nor_revokes_the_invitation_of_an_owner(team: Team, alice: User) -> None:
    (invitation,) = asked(team, alice, role=Role.OWNER)
    bob = join(team, Role.MANAGER)

    with pytest.raises(ValidationError, match="up to your own role"):
        resend(invitation, by=bob, link_to=link_to, now=NOW)
    with pytest.raises(ValidationError, match="up to your own role"):
        revoke(invitation, by=bob, now=NOW)


def test_a_revoked_or_accepted_invitation_is_neither_sent_nor_revoked_again(team: Team, alice: User) -> None:
    gone, taken = asked(team, alice, "vera@example.com", "bob@example.com")
    revoke(gone, by=alice, now=NOW)
    accept(taken, by=UserFactory.create(email="bob@example.com"), now=NOW)

    for invitation, done in ((gone, "revoked"), (taken, "accepted")):
        with pytest.raises(ValidationError, match=f"was {done} a moment ago"):
            resend(invitation, by=alice, link_to=link_to, now=NOW)
        with pytest.raises(ValidationError, match=f"was {done} a moment ago"):
            revoke(invitation, by=alice, now=NOW)
    assert AuditEntry.objects.get(action=AuditAction.INVITATION_REVOKED).target == "vera@example.com"


def test_accepting_makes_a_member_tells_the_log_and_the_inviter(team: Team, alice: User) -> None:
    (invitation,) = asked(team, alice, role=Role.MANAGER)
    vera = UserFactory.create(email="vera@example.com", name="Vera")

    membership = accept(invitation, by=vera, now=NOW)

    assert (membership.team, membership.user, membership.role) == (team, vera, Role.MANAGER)
    invitation.refresh_from_db()
    assert (invitation.accepted_at, invitation.accepted_by) == (NOW, vera)
    entry = AuditEntry.objects.get(action=AuditAction.INVITATION_ACCEPTED)
    assert (entry.actor, entry.about, entry.target, entry.detail) == (
        vera, vera, "vera@example.com", {"role": "Manager"},
    )  # fmt: skip
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.text, notice.url) == (
        alice, NoticeKind.JOINED, "Vera has joined Northlight as manager.", "/northlight/members/",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("had", "given", "has"),
    [(Role.VIEWER, Role.CREATOR, Role.CREATOR), (Role.MANAGER, Role.CREATOR, Role.MANAGER),
     (Role.OWNER, Role.VIEWER, Role.OWNER), (Role.CREATOR, Role.CREATOR, Role.CREATOR)],
)  # fmt: skip
def test_a_member_keeps_the_higher_role(team: Team, alice: User, had: Role, given: Role, has: Role) -> None:
    (invitation,) = asked(team, alice, role=given)
    vera = join(team, had, email="vera@example.com")

    assert accept(invitation, by=vera, now=NOW).role == has
    assert Membership.objects.get(user=vera).role == has


def test_what_ended_an_invitation_is_told(team: Team, alice: User) -> None:
    vera = UserFactory.create(email="vera@example.com")
    (invitation,) = asked(team, alice)

    assert problem(invitation, UserFactory.create(email="mallory@example.com")) is Problem.WRONG_ADDRESS
    Invitation.objects.update(created_at=NOW - timedelta(days=2), expires_at=NOW)
    assert problem(invitation, vera) is Problem.EXPIRED
    Invitation.objects.update(expires_at=NOW + timedelta(days=1))
    close(team, alice)
    assert problem(invitation, vera) is Problem.TEAM_CLOSING
    Team.objects.update(deleted_at=NOW)
    assert problem(invitation, vera) is Problem.TEAM_GONE
    Team.objects.update(deleted_at=None, deletion_asked_at=None, deletion_asked_by=None, deletion_due_at=None)
    assert problem(invitation, vera) is None
    assert problem(invitation, vera) is Problem.USED
    assert Membership.objects.filter(team=team).count() == 2
    (other,) = asked(team, alice, "carol@example.com")
    revoke(other, by=alice, now=NOW)
    assert problem(other, UserFactory.create(email="carol@example.com")) is Problem.REVOKED


@pytest.mark.parametrize("fate", ["left", "creator", "manager", "deleted"])
def test_an_invitation_is_worth_what_its_inviter_may_give_now(team: Team, alice: User, fate: str) -> None:
    bob = join(team, Role.OWNER)
    (invitation,) = asked(team, bob, role=Role.OWNER)
    if fate == "left":
        Membership.objects.filter(user=bob).delete()
    elif fate == "deleted":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    else:
        change_role(Membership.objects.get(user=bob), role=Role[fate.upper()], by=alice)
    vera = UserFactory.create(email="vera@example.com")

    assert problem(invitation, vera) is Problem.NOT_VOUCHED
    assert not Membership.objects.filter(user=vera).exists()


def test_a_demoted_inviter_still_gives_what_is_within_their_role(team: Team, alice: User) -> None:
    bob = join(team, Role.OWNER)
    (invitation,) = asked(team, bob, role=Role.CREATOR)
    change_role(Membership.objects.get(user=bob), role=Role.MANAGER, by=alice)

    assert problem(invitation, UserFactory.create(email="vera@example.com")) is None


def test_an_unconfirmed_address_is_not_enough(team: Team, alice: User) -> None:
    (invitation,) = asked(team, alice)
    vera = UserFactory.create(email="vera@example.com")
    EmailAddress.objects.filter(user=vera).update(verified=False)

    assert problem(invitation, vera) is Problem.WRONG_ADDRESS
    confirm_address(vera)
    assert problem(invitation, vera) is None


@pytest.fixture
def secret_project(team: Team, alice: User) -> Project:
    project: Project = ProjectFactory.create(team=team, created_by=alice, name="Secret", slug="secret")
    Project.objects.filter(pk=project.pk).update(is_confidential=True)
    return project


def invited_to(team: Team, by: User, *projects: Project) -> Invitation:
    (made,) = invite_with_projects(
        team, emails=["vera@example.com"], role=Role.CREATOR, projects=projects, by=by, link_to=link_to, now=NOW
    )
    return made


def test_accepting_opens_the_confidential_projects(team: Team, alice: User, secret_project: Project) -> None:
    invitation = invited_to(team, alice, secret_project)
    vera = UserFactory.create(email="vera@example.com", name="Vera")

    membership = accept(invitation, by=vera, now=NOW)

    assert [row.project for row in ProjectMember.objects.filter(membership=membership)] == [secret_project]
    entry = AuditEntry.objects.get(action=AuditAction.PROJECT_MEMBERS_CHANGED)
    assert (entry.target, entry.about, entry.detail) == ("Secret", vera, {"added": "Vera", "through": "an invitation"})


def test_nobody_invites_to_projects_that_they_do_not_see(team: Team, alice: User, secret_project: Project) -> None:
    bob = join(team, Role.MANAGER)
    theirs: Project = ProjectFactory.create(team=TeamFactory.create(), is_confidential=True)
    open_to_all: Project = ProjectFactory.create(team=team)

    invited_to(team, bob, secret_project, theirs, open_to_all)

    assert not InvitedProject.objects.exists()


def test_a_project_that_the_inviter_lost_is_not_opened(team: Team, alice: User, secret_project: Project) -> None:
    bob = join(team, Role.MANAGER)
    of_bob = ProjectMember.objects.create(project=secret_project, membership=Membership.objects.get(user=bob))
    invitation = invited_to(team, bob, secret_project)
    assert list(promised_projects(invitation)) == [secret_project]
    of_bob.delete()

    membership = accept(invitation, by=UserFactory.create(email="vera@example.com"), now=NOW)

    assert not ProjectMember.objects.filter(membership=membership).exists()


@pytest.mark.parametrize(
    ("email", "shown"), [("vera@example.com", "v…@example.com"), ("v@x.org", "v…@x.org"), ("@x.org", "…@x.org")]
)
def test_a_masked_address_shows_one_letter_and_the_domain(email: str, shown: str) -> None:
    assert masked(email) == shown
