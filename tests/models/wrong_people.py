"""Rows of people and teams that break one rule each, for the table of rules."""

from datetime import timedelta
from typing import Any

from accounts.enums import Channel, NoticeKind, Role, Scope
from accounts.models import ApiToken, AuditEntry, Delivery, Invitation, Notice, PushSubscription, Team, User
from studio.models import InvitedProject, ProjectMember
from tests.factories import ProjectFactory, TeamFactory, UserFactory
from tests.models.wrong_rows import NOW, Breaking


def team(**changes: Any) -> Breaking:
    return lambda: Team.objects.filter(pk=TeamFactory.create().pk).update(**changes)


def user(**changes: Any) -> Breaking:
    return lambda: User.objects.filter(pk=UserFactory.create().pk).update(**changes)


def invitation(**fields: Any) -> Breaking:
    return lambda: make_invitation(**fields)


def make_invitation(**fields: Any) -> Invitation:
    """An open one, unless `fields` say otherwise."""
    values: dict[str, Any] = {
        "email": "vera@example.com",
        "token_hash": "0" * 64,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=14),
        "role": Role.CREATOR,
        **fields,
    }
    values.setdefault("team", None)
    values["team"] = values["team"] or TeamFactory.create()
    return Invitation.objects.create(invited_by=UserFactory.create(), **values)


def two_invitations() -> None:
    first = make_invitation()
    make_invitation(team=first.team, token_hash="1" * 64)


def token(**fields: Any) -> Breaking:
    return lambda: ApiToken.objects.create(
        **{
            "user": UserFactory.create(),
            "team": TeamFactory.create(),
            "name": "Script",
            "prefix": "dly_1234",
            "token_hash": "0" * 64,
            "scopes": [Scope.READ],
            "created_at": NOW,
            **fields,
        }
    )


def unknown_action() -> None:
    AuditEntry.objects.create(action="danced", actor=None)


def make_notice(**fields: Any) -> Notice:
    return Notice.objects.create(**{"user": UserFactory.create(), "kind": NoticeKind.JOINED, "text": "Hello", **fields})


def deliveries(*rows: dict[str, Any]) -> Breaking:
    def breaking() -> None:
        notice = make_notice()
        for row in rows:
            Delivery.objects.create(**{"notice": notice, "channel": Channel.MAIL, **row})

    return breaking


def same_browser() -> None:
    vera = UserFactory.create()
    for _ in "ab":
        PushSubscription.objects.create(user=vera, endpoint="https://push.example/1", p256dh="a", auth="b")


def same_project_member() -> None:
    project = ProjectFactory.create()
    for _ in "ab":
        ProjectMember.objects.create(project=project, membership=project.team.memberships.earliest("pk"))


def same_invited_project() -> None:
    project = ProjectFactory.create()
    for invited in [make_invitation(team=project.team)] * 2:
        InvitedProject.objects.create(invitation=invited, project=project)


BREAKING_OF_PEOPLE: list[tuple[str, str, Breaking]] = [
    ("user_deleted_is_inactive", "active", user(deleted_at=NOW)),
    ("team_joining_role_is_low", "manager", team(joining_role=Role.MANAGER)),
    ("team_deletion_is_whole", "no end", team(deletion_asked_at=NOW)),
    ("team_deletion_is_whole", "no beginning", team(deletion_due_at=NOW)),
    ("team_deleted_was_asked_for", "unasked", team(deleted_at=NOW)),
    ("invitation_one_open_an_address", "twice", two_invitations),
    ("invitation_email_is_lower_case", "capitals", invitation(email="Vera@example.com")),
    ("invitation_role_is_known", "15", invitation(role=15)),
    ("invitation_accepted_by_somebody", "nobody", invitation(accepted_at=NOW)),
    ("invitation_expires_after_it_began", "at once", invitation(expires_at=NOW)),
    (
        "invitation_ends_once",
        "both",
        lambda: make_invitation(accepted_at=NOW, accepted_by=UserFactory.create(), revoked_at=NOW),
    ),
    ("token_expires_after_it_began", "at once", token(expires_at=NOW)),
    ("token_has_a_scope", "none", token(scopes=[])),
    ("audit_action_is_known", "danced", unknown_action),
    ("notice_kind_is_known", "rumour", lambda: make_notice(kind="rumour")),
    ("delivery_once_a_channel", "twice", deliveries({}, {})),
    ("delivery_leaves_the_house", "page", deliveries({"channel": Channel.PAGE})),
    ("delivery_ends_once", "both", deliveries({"sent_at": NOW, "given_up_at": NOW})),
    ("push_once_a_browser", "twice", same_browser),
    ("project_member_once", "twice", same_project_member),
    ("invited_project_once", "twice", same_invited_project),
]
