"""Banners: what is wrong with the whole studio, in the words for the person who reads."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.enums import Role
from accounts.models import Membership
from studio.enums import StatusCode
from studio.generations.banners import Banner, banners
from studio.models import WorkerHeartbeat
from tests.factories import ProjectFactory, join
from tests.generations.steps import NOW

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
NEVER_RUN = "The engine is not running, so takes wait; nothing is lost. It has never run here."
SILENT = "The engine is not running, so takes wait; nothing is lost. It was last heard at 07:30 UTC."
FOR_OWNERS = "Start it: python manage.py sync_generations."
FOR_OTHERS = "Ask your admin to start it."


def _membership(role: Role) -> Membership:
    project = ProjectFactory.create()
    return Membership.objects.get(team=project.team, user=join(project.team, role))


@pytest.mark.parametrize(
    ("role", "todo"), [(Role.OWNER, FOR_OWNERS), (Role.MANAGER, FOR_OTHERS), (Role.VIEWER, FOR_OTHERS)]
)
def test_banner_when_no_engine_runs(role: Role, todo: str) -> None:
    member = _membership(role)
    assert banners(member.team, member, now=NOW) == [Banner("warn", f"{NEVER_RUN} {todo}")]

    worker = WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=MORNING)
    assert banners(member.team, member, now=MORNING + timedelta(seconds=30)) == [Banner("warn", f"{SILENT} {todo}")]
    assert banners(member.team, member, now=MORNING + timedelta(seconds=29)) == []

    WorkerHeartbeat.objects.filter(pk=worker.pk).update(stopped_at=MORNING)
    assert banners(member.team, member, now=MORNING) == [Banner("warn", f"{SILENT} {todo}")]


KEY_FOR_OWNERS = (
    "The provider refuses the key: takes wait, nothing is lost. Set RUNWAYML_API_SECRET to a valid key "
    "and restart the engine; python manage.py doctor checks it."
)
KEY_FOR_OTHERS = "The provider refuses the studio's key: takes wait, nothing is lost. Ask your admin to mend it."


@pytest.mark.parametrize(
    ("trouble", "role", "told"),
    [
        (StatusCode.KEY_REFUSED, Role.OWNER, KEY_FOR_OWNERS),
        (StatusCode.KEY_REFUSED, Role.CREATOR, KEY_FOR_OTHERS),
        (
            StatusCode.PROVIDER_DOWN,
            Role.OWNER,
            "The provider does not answer just now. We keep trying; nothing is lost.",
        ),
    ],
)
def test_banner_of_trouble_at_the_provider(trouble: StatusCode, role: Role, told: str) -> None:
    member = _membership(role)
    WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=NOW, trouble=trouble)

    assert banners(member.team, member, now=NOW) == [Banner("bad", told)]


def test_engine_that_lives_counts_although_another_has_stopped() -> None:
    member = _membership(Role.OWNER)
    WorkerHeartbeat.objects.create(name="old", provider="runway", seen_at=NOW, stopped_at=NOW)
    WorkerHeartbeat.objects.create(name="new", provider="runway", seen_at=NOW - timedelta(seconds=5))

    assert banners(member.team, member, now=NOW) == []
