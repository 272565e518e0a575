"""Letting go: what waits is cancelled, what was sent is stored, work passes on, keys end, the name stays."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import AuditAction, NoticeKind, Role, Scope
from accounts.models import ApiToken, AuditEntry, Invitation, Membership, Notice, PushSubscription, User
from studio.credits.audit import differences
from studio.credits.ledger import grant
from studio.credits.queries import Balance, balance
from studio.enums import State, StatusCode
from studio.errors import NotPossible
from studio.generations import decisions, transitions
from studio.generations.late import take_up_late
from studio.generations.retry import retry_generation
from studio.leaving import Leaving, heirs_of, let_go, survey
from studio.models import Clip, Generation, LedgerEntry, Project, ProjectMember
from tests.factories import (
    ClipFactory,
    GenerationFactory,
    ProjectFactory,
    PromptFactory,
    ReferenceFactory,
    TeamFactory,
    UserFactory,
    join,
)
from tests.generations.steps import NOW, QUOTE, SOON, balance_of, bring_to, launch, stored_clip
from tests.stage import Stage
from tests.views.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """A project of Alice's team, with 10,000 credits."""
    alice = UserFactory.create(email="alice@example.com", name="Alice")
    made = ProjectFactory.create(
        team=TeamFactory.create(slug="northlight", name="Northlight", owner=alice), created_by=alice
    )
    grant(made.team, credits=10_000, note="To start with", by=alice, now=NOW)
    return made


@pytest.fixture
def vera(project: Project) -> User:
    return join(project.team, Role.CREATOR, email="vera@example.com", name="Vera")


@pytest.fixture
def bob(project: Project) -> User:
    return join(project.team, Role.CREATOR, email="bob@example.com", name="Bob")


def membership_of(user: User) -> Membership:
    return Membership.objects.select_related("team", "user").get(user=user)


def go(user: User, *, by: User | None, heir: User) -> Leaving | None:
    return let_go(membership_of(user), by=by, heir=heir, now=NOW)


def token_of(user: User, project: Project) -> ApiToken:
    return ApiToken.objects.create(
        user=user, team=project.team, name="Script", prefix="dly_abc", token_hash=uuid.uuid4().hex * 2,
        scopes=[Scope.READ],
    )  # fmt: skip


def invitation_by(user: User, project: Project, email: str = "new@example.com") -> Invitation:
    return Invitation.objects.create(
        team=project.team, email=email, token_hash=uuid.uuid4().hex * 2, invited_by=user,
        expires_at=timezone.now() + timedelta(days=14),
    )  # fmt: skip


def test_a_survey_counts_all_that_there_is(project: Project, vera: User) -> None:
    launch(project, takes=3, by=vera)
    prompt = PromptFactory.create(project=project, created_by=vera)
    GenerationFactory.create(prompt=prompt, state=State.RUNNING)
    ClipFactory.create(generation__prompt=prompt)
    closed = ProjectFactory.create(team=project.team, created_by=vera, is_confidential=True)
    ProjectMember.objects.create(project=closed, membership=membership_of(vera))
    ReferenceFactory.create(team=project.team, created_by=vera)
    token_of(vera, project)
    invitation_by(vera, project)
    signed_in(vera)

    assert survey(membership_of(vera), now=timezone.now()) == Leaving(
        waiting_count=3,
        waiting_credits=3 * QUOTE,
        under_way_count=1,
        under_way_credits=60,
        take_count=5,
        clip_count=1,
        clip_bytes=1_250_000,
        project_count=1,
        confidential_count=1,
        lonely_count=1,
        reference_count=1,
        prompt_count=2,
        token_count=1,
        session_count=0,
        invitation_count=1,
    )


@pytest.mark.parametrize("takes", [1, 300])
def test_a_survey_asks_nine_questions(
    project: Project, vera: User, takes: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for prompt in PromptFactory.create_batch(3 if takes > 1 else 1, project=project, created_by=vera):
        GenerationFactory.create_batch(takes // 3 or 1, prompt=prompt)
    member = membership_of(vera)

    with django_assert_num_queries(9):
        found = survey(member, now=NOW)

    assert (found.waiting_count, found.waiting_credits) == (takes, takes * 60)


def test_what_is_over_is_not_counted(project: Project, vera: User) -> None:
    token, invited = token_of(vera, project), invitation_by(vera, project)
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    Invitation.objects.filter(pk=invited.pk).update(revoked_at=timezone.now())

    found = survey(membership_of(vera), now=timezone.now())

    assert (found.token_count, found.invitation_count, found.has_work) == (0, 0, False)


def test_what_waits_is_cancelled_and_its_credits_come_back(project: Project, vera: User) -> None:
    launch(project, takes=3, by=vera)
    mine = launch(project, by=project.created_by)

    go(vera, by=project.created_by, heir=project.created_by)

    theirs = Generation.objects.filter(created_by=vera)
    assert set(theirs.values_list("state", "status_code", "kept_by__name", "cancel_requested_by__name")) == {
        (State.CANCELLED, StatusCode.CANCELLED_BY_PERSON, "Alice", "Alice")
    }
    mine.refresh_from_db()
    assert (mine.state, mine.kept_by) == (State.QUEUED, None)
    assert balance(project.team) == Balance(balance_credits=10_000 - QUOTE, held_credits=QUOTE)
    assert list(differences()) == []


@pytest.mark.parametrize("state", [State.SUBMITTING, State.RUNNING, State.STORING])
def test_what_was_sent_is_never_lost(project: Project, vera: User, state: State) -> None:
    take = launch(project, by=vera)
    bring_to(take, state)

    go(vera, by=project.created_by, heir=project.created_by)
    take.refresh_from_db()
    assert (take.state, take.cancel_requested_at, take.kept_by) == (state, None, project.created_by)

    claim = bring_on(take)
    assert transitions.finish(claim, clip=stored_clip(take.pk), cost_credits=QUOTE, cost_source="provider", now=SOON)
    take.refresh_from_db()
    assert (take.state, take.created_by, take.in_hand) == (State.READY, vera, project.created_by)
    assert Clip.objects.get().generation == take
    assert balance_of(project) == 10_000 - QUOTE
    assert list(differences()) == []


def bring_on(take: Generation) -> transitions.Claim:
    """Walk a take of any open state to STORING by the real steps."""
    claim = transitions.Claim(generation_id=take.pk, token=uuid.uuid4())

    def lease() -> None:
        Generation.objects.filter(pk=take.pk).update(lease_token=claim.token, lease_until=SOON)

    lease()
    transitions.mark_submitted(claim, task_id=str(uuid.uuid4()), estimated_credits=QUOTE, due_at=SOON, now=NOW)
    lease()
    transitions.start_storing(claim, now=NOW)
    lease()
    return claim


def test_an_engine_that_has_claimed_a_waiting_take_finds_it_gone(project: Project, vera: User) -> None:
    take = launch(project, by=vera)
    claim = bring_to(take, State.QUEUED)

    go(vera, by=project.created_by, heir=project.created_by)

    assert not transitions.start_submitting(claim, provider="simulator", now=NOW)


def test_takes_of_somebody_who_has_left_are_rendered_and_stored(tmp_path: Path) -> None:
    stage = Stage()
    vera = join(stage.team, Role.CREATOR, name="Vera")
    stage.owner, alice = vera, stage.owner
    sent = stage.launch()
    stage.run_pass()
    waiting = stage.launch()
    let_go(membership_of(vera), by=alice, heir=alice, now=stage.clock.now())

    for _ in range(30):
        stage.run_pass(after_s=5)

    sent.refresh_from_db()
    waiting.refresh_from_db()
    assert (sent.state, waiting.state) == (State.READY, State.CANCELLED)
    assert sent.clip.generation.created_by == vera
    assert list(differences()) == []
    stage.close()


def test_clips_and_projects_pass_to_the_heir_and_go_back(project: Project, vera: User, bob: User) -> None:
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=project, created_by=vera))
    made = ProjectFactory.create(team=project.team, created_by=vera)
    alice = project.created_by

    go(vera, by=alice, heir=bob)
    go(bob, by=alice, heir=alice)
    take = Generation.objects.get(clip=clip)
    made.refresh_from_db()
    assert (take.created_by, take.in_hand, made.created_by, made.kept_by) == (vera, alice, vera, alice)

    Membership.objects.create(team=project.team, user=vera, role=Role.OWNER)
    go(alice, by=vera, heir=vera)
    take.refresh_from_db()
    made.refresh_from_db()
    assert (take.kept_by, take.in_hand, made.kept_by) == (None, vera, None)
    project.refresh_from_db()
    assert (project.created_by, project.kept_by) == (alice, vera)


def test_keys_of_entry_end(project: Project, vera: User) -> None:
    elsewhere = ProjectFactory.create(created_by=vera)
    token, other = token_of(vera, project), token_of(vera, elsewhere)
    invited, invited_elsewhere = invitation_by(vera, project), invitation_by(vera, elsewhere)
    by_alice = invitation_by(project.created_by, project, "other@example.com")
    PushSubscription.objects.create(user=vera, endpoint="https://push.example/1", p256dh="a", auth="b")
    client = signed_in(vera)
    UserSession.objects.create(user=vera, ip="127.0.0.1", session_key=client.session.session_key)

    let_go(
        Membership.objects.get(user=vera, team=project.team), by=project.created_by, heir=project.created_by, now=NOW
    )

    for row in (token, other, invited, invited_elsewhere, by_alice):
        row.refresh_from_db()
    assert (token.revoked_at, token.revoked_by, other.revoked_at) == (NOW, project.created_by, None)
    assert (invited.revoked_at, invited.revoked_by) == (NOW, project.created_by)
    assert (invited_elsewhere.revoked_at, by_alice.revoked_at) == (None, None)
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
    assert not PushSubscription.objects.exists(), "who is signed out everywhere is pushed nothing"
    assert list(Membership.objects.filter(user=vera).values_list("team__slug", flat=True)) == [elsewhere.team.slug]


def test_leaving_by_oneself_leaves_ones_own_sessions(project: Project, vera: User) -> None:
    signed_in(vera)

    assert go(vera, by=vera, heir=project.created_by) is not None

    assert Session.objects.count() == 1
    assert not Notice.objects.filter(user=vera).exists()


def test_who_alone_saw_a_confidential_project_passes_the_sight_on(project: Project, vera: User, bob: User) -> None:
    closed = ProjectFactory.create(team=project.team, created_by=vera, is_confidential=True)
    ProjectMember.objects.create(project=closed, membership=membership_of(vera))

    go(vera, by=vera, heir=bob)

    assert [row.membership.user for row in ProjectMember.objects.filter(project=closed)] == [bob]
    closed.refresh_from_db()
    assert closed.kept_by == bob
    told = AuditEntry.objects.get(action=AuditAction.PROJECT_MEMBERS_CHANGED)
    assert (told.about, told.target, told.detail) == (bob, closed.name, {"added": ["Bob"]})


def test_a_manager_who_does_not_see_a_project_hands_it_to_an_owner(project: Project, vera: User, bob: User) -> None:
    mia = join(project.team, Role.MANAGER, name="Mia")
    closed = ProjectFactory.create(team=project.team, created_by=vera, is_confidential=True)
    seen = ProjectFactory.create(team=project.team, created_by=vera, is_confidential=True)
    for shown, person in ((closed, vera), (seen, vera), (seen, mia)):
        ProjectMember.objects.create(project=shown, membership=membership_of(person))
    GenerationFactory.create(prompt=PromptFactory.create(project=closed, created_by=vera), state=State.READY)
    GenerationFactory.create(prompt=PromptFactory.create(project=seen, created_by=vera), state=State.READY)

    go(vera, by=mia, heir=bob)

    keepers = set(Generation.objects.values_list("project", "kept_by__name"))
    assert keepers == {(closed.pk, "Alice"), (seen.pk, "Bob")}
    assert set(Project.objects.visible_to(membership_of(bob))) == {project, seen}
    assert set(Project.objects.visible_to(membership_of(mia))) == {project, seen}


def test_the_audit_log_and_the_heir_are_told(project: Project, vera: User, bob: User) -> None:
    launch(project, takes=2, by=vera)
    ClipFactory.create(generation__prompt=PromptFactory.create(project=project, created_by=vera))
    token_of(vera, project)

    go(vera, by=project.created_by, heir=bob)

    lines = {row.action: row for row in AuditEntry.objects.exclude(action="credits_granted")}
    assert set(lines) == {"token_revoked", "member_removed", "work_handed_over"}
    removed, handed = lines["member_removed"], lines["work_handed_over"]
    assert (removed.actor, removed.about, removed.team, removed.target) == (
        project.created_by, vera, project.team, "Vera"
    )  # fmt: skip
    assert removed.detail == {"role": "Creator", "cancelled": 2, "heir": "Bob"}
    assert (handed.about, handed.target) == (bob, "of Vera to Bob")
    assert handed.detail == {"takes": 3, "clips": 1, "projects": 0, "to_an_owner": 0}
    notice = Notice.objects.get(user=bob)
    assert (notice.kind, notice.text, notice.url) == (
        NoticeKind.HANDED_OVER, "The work of Vera in Northlight is in your hands now: 3 takes, 1 clip.", "/northlight/"
    )  # fmt: skip
    assert Notice.objects.get(user=vera).text == "You are no member of Northlight any more."


def test_doing_it_twice_does_nothing(project: Project, vera: User) -> None:
    launch(project, by=vera)
    member = membership_of(vera)

    assert let_go(member, by=project.created_by, heir=project.created_by, now=NOW) is not None
    lines, entries = AuditEntry.objects.count(), LedgerEntry.objects.count()
    member.pk = 1
    assert let_go(member, by=project.created_by, heir=project.created_by, now=NOW) is None
    assert (AuditEntry.objects.count(), LedgerEntry.objects.count()) == (lines, entries)


def test_an_undone_letting_go_has_done_nothing(project: Project, vera: User) -> None:
    take, lines = launch(project, by=vera), AuditEntry.objects.count()

    with transaction.atomic():
        go(vera, by=project.created_by, heir=project.created_by)
        transaction.set_rollback(True)

    take.refresh_from_db()
    assert (take.state, take.kept_by, AuditEntry.objects.count()) == (State.QUEUED, None, lines)
    assert Membership.objects.filter(user=vera).exists()


def test_who_cannot_be_an_heir(project: Project, vera: User, bob: User) -> None:
    viewer = join(project.team, Role.VIEWER)
    stranger = ProjectFactory.create().created_by
    launch(project, by=vera)

    for heir in (viewer, stranger, vera):
        with pytest.raises(NotPossible, match="Choose somebody in the team"):
            go(vera, by=project.created_by, heir=heir)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(NotPossible, match="Choose somebody in the team"):
        go(vera, by=project.created_by, heir=bob)
    assert [row.user for row in heirs_of(membership_of(vera))] == [project.created_by]
    assert Generation.objects.get().state == State.QUEUED


def test_the_last_owner_stays(project: Project, vera: User) -> None:
    alice = project.created_by
    for by in (alice, None):
        with pytest.raises(NotPossible, match="Alice is the last owner of Northlight"):
            go(alice, by=by, heir=vera)
    assert Membership.objects.filter(user=alice).exists()


def test_an_owner_who_cannot_sign_in_is_no_owner_to_leave_the_team_to(project: Project, vera: User) -> None:
    join(project.team, Role.OWNER, is_active=False)

    with pytest.raises(NotPossible, match="last owner"):
        go(project.created_by, by=project.created_by, heir=vera)


def test_a_role_that_may_not_is_refused_by_the_domain_too(project: Project, vera: User, bob: User) -> None:
    mia = join(project.team, Role.MANAGER)
    stranger = ProjectFactory.create().created_by
    for by, whom in ((bob, vera), (mia, project.created_by), (stranger, vera)):
        with pytest.raises(NotPossible, match="Your role does not let you remove"):
            go(whom, by=by, heir=bob if whom != bob else vera)


def test_nothing_is_launched_for_somebody_who_was_let_go(project: Project, vera: User) -> None:
    failed = launch(project, by=vera)
    go(vera, by=project.created_by, heir=project.created_by)
    failed.refresh_from_db()

    with pytest.raises(NotPossible, match="Vera may not generate in this team any more"):
        launch(project, by=vera)
    with pytest.raises(NotPossible):
        retry_generation(failed, by=vera, token=uuid.uuid4(), now=NOW)
    again = retry_generation(failed, by=project.created_by, token=uuid.uuid4(), now=NOW)[0]
    assert (again.created_by, again.retry_of, again.prompt.created_by) == (project.created_by, failed, vera)


def test_a_decision_about_a_take_of_theirs_still_works(project: Project, vera: User) -> None:
    take = launch(project, by=vera)
    claim = bring_to(take, State.SUBMITTING)
    assert transitions.mark_unknown(claim, now=NOW)
    go(vera, by=project.created_by, heir=project.created_by)
    take.refresh_from_db()

    again = decisions.send_again(take, token=uuid.uuid4(), by=take.in_hand, now=SOON)[0]

    assert (again.created_by, again.state) == (project.created_by, State.QUEUED)
    assert list(differences()) == []


def test_an_answer_that_comes_late_is_in_the_heirs_hands(project: Project, vera: User) -> None:
    take = launch(project, by=vera)
    claim = bring_to(take, State.SUBMITTING)
    assert transitions.mark_unknown(claim, now=NOW)
    go(vera, by=project.created_by, heir=project.created_by)
    take.refresh_from_db()
    decisions.give_back(take, by=project.created_by, now=SOON)

    late = take_up_late(take.pk, task_id=str(uuid.uuid4()), estimated_credits=None, due_at=SOON, now=SOON)

    assert late is not None
    assert (late.created_by, late.in_hand) == (vera, project.created_by)
