"""Deleting an account: the work passes on, nothing lets the person in any more, the history stays."""

import uuid
from smtplib import SMTPException

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import AuditEntry, Membership, Notice, PushSubscription, User
from accounts.notices import notify
from studio.account_deletion import FORMER, delete_account
from studio.credits.audit import differences
from studio.credits.queries import Balance, balance
from studio.enums import State
from studio.errors import NotPossible
from studio.models import Generation, Project
from studio.team_deletion import ask_deletion
from tests.factories import ClipFactory, ProjectFactory, PromptFactory, UserFactory, join
from tests.factories.people import PASSWORD
from tests.generations.steps import NOW, QUOTE, launch
from tests.generations.test_leaving import bob, invitation_by, membership_of, project, token_of, vera
from tests.stage import Stage
from tests.views.cast import signed_in

__all__ = ["bob", "project", "vera"]
pytestmark = pytest.mark.django_db


def delete(user: User, *, heirs: dict[int, User] | None = None, forget_name: bool = False) -> bool:
    return delete_account(user, by=user, heirs=heirs or {}, forget_name=forget_name, now=NOW)


def test_what_waits_is_cancelled_and_work_passes_on(project: Project, vera: User, bob: User) -> None:
    launch(project, takes=3, by=vera)
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=project, created_by=vera))
    made = ProjectFactory.create(team=project.team, created_by=vera)

    assert delete(vera, heirs={project.team_id: bob}) is True

    assert set(Generation.objects.filter(state=State.CANCELLED).values_list("created_by", "kept_by")) == {
        (vera.pk, bob.pk)
    }
    made.refresh_from_db()
    clip.generation.refresh_from_db()
    assert (made.created_by, made.kept_by, clip.generation.in_hand) == (vera, bob, bob)
    assert balance(project.team) == Balance(balance_credits=10_000, held_credits=0)


def test_the_holds_of_what_waited_are_released(project: Project, vera: User) -> None:
    launch(project, takes=3, by=vera)

    delete(vera)

    assert list(differences()) == []
    call_command("check_ledger")


def test_without_a_choice_an_owner_takes_over_in_each_team(project: Project, vera: User, bob: User) -> None:
    other = ProjectFactory.create()
    Membership.objects.create(team=other.team, user=vera, role=Role.CREATOR)
    owner = Membership.objects.get(team=other.team, role=Role.OWNER).user
    for place in (project, other):
        ClipFactory.create(generation__prompt=PromptFactory.create(project=place, created_by=vera))

    delete(vera)

    assert dict(Generation.objects.values_list("team", "kept_by")) == {
        project.team_id: project.created_by_id,
        other.team_id: owner.pk,
    }
    assert not Membership.objects.filter(user=vera).exists()


def test_takes_under_way_are_still_finished_and_stored() -> None:
    stage = Stage()
    user, stage.owner, alice = join(stage.team, Role.CREATOR, name="Vera"), UserFactory.create(), stage.owner
    stage.owner = user
    sent = stage.launch()
    stage.run_pass()
    waiting = stage.launch()

    delete(user, heirs={stage.team.pk: alice})
    for _ in range(30):
        stage.run_pass(after_s=5)

    sent.refresh_from_db()
    waiting.refresh_from_db()
    assert (sent.state, sent.created_by, sent.in_hand, waiting.state) == (State.READY, user, alice, State.CANCELLED)
    assert sent.clip.size_bytes > 0
    assert list(differences()) == []
    assert not Notice.objects.filter(user=user).exists(), "nobody reads them"
    stage.close()


def test_nothing_that_let_them_in_stays(project: Project, vera: User) -> None:
    token = token_of(vera, project)
    sent = invitation_by(vera, project)
    EmailAddress.objects.create(user=vera, email="second@example.com", verified=True)
    Authenticator.objects.create(user=vera, type="totp", data={"secret": "x"})
    SocialAccount.objects.create(user=vera, provider="google", uid="1")
    PushSubscription.objects.create(user=vera, endpoint="https://push.example/1", p256dh="a", auth="b")
    notify(vera, NoticeKind.ROLE_CHANGED, "Something", team=None)
    client = signed_in(vera)
    UserSession.objects.create(user=vera, ip="127.0.0.1", session_key=client.session.session_key)

    delete(vera)

    for model in (EmailAddress, Authenticator, SocialAccount, PushSubscription, Notice, UserSession):
        assert not model._default_manager.filter(user=vera).exists(), model.__name__
    assert not Session.objects.exists()
    token.refresh_from_db()
    sent.refresh_from_db()
    assert (token.revoked_at, token.last_used_ip, sent.revoked_at) == (NOW, None, NOW)
    vera.refresh_from_db()
    assert (vera.name, vera.is_active, vera.deleted_at, vera.has_usable_password()) == ("Vera", False, NOW, False)
    assert vera.email.endswith("@invalid")
    assert not client.login(email="vera@example.com", password=PASSWORD)


def test_a_new_account_with_the_address_is_a_fresh_one(project: Project, vera: User) -> None:
    launch(project, by=vera)
    delete(vera)

    again = UserFactory.create(email="vera@example.com", name="Vera again")

    client = signed_in(again)
    assert again.pk != vera.pk
    assert client.get("/northlight/").status_code == 404
    assert not Generation.objects.filter(created_by=again).exists()
    assert not AuditEntry.objects.filter(about=again).exists()


@pytest.mark.parametrize(
    ("name", "forget", "left"), [("Vera", False, "Vera"), ("Vera", True, FORMER), ("", False, FORMER)]
)
def test_the_name_in_the_history_is_as_chosen(project: Project, name: str, forget: bool, left: str) -> None:
    user = join(project.team, Role.CREATOR, name=name)
    launch(project, by=user)

    delete(user, forget_name=forget)

    assert str(Generation.objects.get().created_by) == left


def test_the_last_owner_is_refused_with_the_team_named(project: Project, vera: User) -> None:
    with pytest.raises(NotPossible, match="Alice is the last owner of Northlight"):
        delete(project.created_by, heirs={project.team_id: vera})
    assert User.objects.get(name="Alice").deleted_at is None


def test_an_heir_of_another_team_is_refused_and_nothing_is_lost(project: Project, vera: User) -> None:
    take = launch(project, by=vera)
    stranger = ProjectFactory.create().created_by

    with pytest.raises(NotPossible, match="Choose somebody in the team"):
        delete(vera, heirs={project.team_id: stranger})

    take.refresh_from_db()
    vera.refresh_from_db()
    assert (take.state, vera.is_active, vera.email) == (State.QUEUED, True, "vera@example.com")
    assert Membership.objects.filter(user=vera).exists()


def test_an_heir_for_a_team_that_is_not_theirs_does_nothing(project: Project, vera: User, bob: User) -> None:
    other = ProjectFactory.create()

    assert delete(vera, heirs={other.team_id: bob}) is True

    other.refresh_from_db()
    assert other.kept_by is None


def test_doing_it_twice_does_nothing(project: Project, vera: User) -> None:
    assert delete(vera) is True
    lines = AuditEntry.objects.count()
    vera.refresh_from_db()
    address = vera.email

    assert delete(vera) is False

    vera.refresh_from_db()
    assert (AuditEntry.objects.count(), vera.email) == (lines, address)


def test_the_last_mail_and_the_last_line(
    project: Project,
    vera: User,
    mailoutbox: list[EmailMultiAlternatives],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        delete(vera)

    mail = next(one for one in mailoutbox if one.subject == "Your account at Dailies is deleted")
    assert mail.to == ["vera@example.com"]
    assert "The account of vera@example.com is deleted" in str(mail.body)
    line = AuditEntry.objects.get(action=AuditAction.ACCOUNT_DELETED)
    assert (line.actor, line.about, line.target) == (vera, vera, "Vera")


def test_a_mail_server_that_is_down_does_not_bring_it_back(
    project: Project,
    vera: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def fail(self: EmailMessage, fail_silently: bool = False) -> int:
        raise SMTPException

    monkeypatch.setattr(EmailMessage, "send", fail)
    with django_capture_on_commit_callbacks(execute=True):
        assert delete(vera) is True
    assert not User.objects.get(pk=vera.pk).is_active


def test_who_has_asked_for_the_deletion_of_a_team_may_go_when_another_owner_stays(project: Project) -> None:
    oscar = join(project.team, Role.OWNER, email="oscar@example.com", name="Oscar")
    ask_deletion(project.team, by=oscar, now=timezone.now())

    assert delete(oscar) is True

    project.team.refresh_from_db()
    assert (project.team.deletion_asked_by, project.team.is_closing) == (oscar, True)
    assert signed_in(project.created_by).get("/northlight/", follow=True).status_code == 200


def test_the_owner_of_a_team_that_is_being_deleted_waits_for_it(project: Project) -> None:
    ask_deletion(project.team, by=project.created_by, now=timezone.now())

    with pytest.raises(NotPossible, match="last owner of Northlight"):
        delete(project.created_by)


def test_invitations_to_the_old_address_are_for_who_has_it(project: Project, vera: User) -> None:
    used = invitation_by(project.created_by, project, "vera@example.com")
    used.accepted_by, used.accepted_at = vera, timezone.now()
    used.save()
    other = invitation_by(vera, project, "else@example.com")

    delete(vera)

    used.refresh_from_db()
    other.refresh_from_db()
    assert used.email.endswith("@invalid")
    assert other.email == "else@example.com"
    assert other.revoked_at == NOW
    assert membership_of(project.created_by).role == Role.OWNER


def test_a_take_of_theirs_that_waits_again_is_nobody_elses(project: Project, vera: User) -> None:
    launch(project, by=vera)
    mine = launch(project, by=project.created_by)

    delete(vera)

    mine.refresh_from_db()
    assert mine.state == State.QUEUED
    assert balance(project.team).held_credits == QUOTE
    with pytest.raises(NotPossible):
        launch(project, by=vera, token=uuid.uuid4())
