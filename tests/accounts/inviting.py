"""What stories about invitations need: a team with its owner, and invitations whose mails are sent."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.enums import Role
from accounts.invitations import Problem, Refused, invite
from accounts.models import Invitation, Team, User
from studio.invitations import accept
from tests.factories import TeamFactory, UserFactory

NOW = timezone.now()
LINK = re.compile(r"https://dailies\.example/invitations/([\w-]{43})/")
Run = Callable[[], object]


def link_to(secret: str) -> str:
    return f"https://dailies.example/invitations/{secret}/"


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory.create(email="alice@example.com", name="Alice")


@pytest.fixture
def team(alice: User) -> Team:
    return TeamFactory.create(name="Northlight", slug="northlight", owner=alice)


@pytest.fixture
def run(django_capture_on_commit_callbacks: Callable[..., object]) -> Callable[[Run], object]:
    """Do something, and what waits for its commit."""

    def do(what: Run) -> object:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # a context manager
            return what()

    return do


def asked(team: Team, by: User, *emails: str, role: Role = Role.CREATOR) -> list[Invitation]:
    return invite(team, emails=emails or ["vera@example.com"], role=role, by=by, link_to=link_to, now=NOW)


def problem(invitation: Invitation, user: User) -> Problem | None:
    """Why this person cannot accept, None when they have accepted."""
    try:
        accept(invitation, by=user, now=NOW)
    except Refused as refused:
        return refused.problem
    return None


def secrets_sent() -> list[str]:
    found = [LINK.search(str(message.body)) for message in mail.outbox]
    return [match.group(1) for match in found if match]


def close(team: Team, by: User) -> None:
    Team.objects.filter(pk=team.pk).update(
        deletion_asked_at=NOW, deletion_asked_by=by, deletion_due_at=NOW + timedelta(days=30)
    )
