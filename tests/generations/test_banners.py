"""Banners: what is wrong with the whole studio, in the words for the person who reads."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.enums import Role
from accounts.models import Membership, Team
from studio.enums import StatusCode
from studio.generations.banners import Banner, banners
from studio.models import Breaker, ModelLimit, WorkerHeartbeat
from tests.factories import GenerationFactory, ProjectFactory, TeamFactory, join
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


STALLED = "The engine is stalled since 07:30 UTC: it lives, but does no work. Takes wait; nothing is lost."


@pytest.mark.parametrize(
    ("role", "todo"),
    [
        (Role.OWNER, "Restart it: python manage.py sync_generations; its log says more."),
        (Role.CREATOR, "Ask your admin to restart it."),
    ],
)
def test_banner_of_an_engine_that_is_stalled(role: Role, todo: str) -> None:
    member = _membership(role)
    now = MORNING + timedelta(seconds=60)
    worker = WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=now, worked_at=MORNING)
    assert banners(member.team, member, now=now) == [Banner("warn", f"{STALLED} {todo}", mark="stalled")]

    WorkerHeartbeat.objects.create(name="host:2", provider="runway", seen_at=MORNING + timedelta(seconds=59))
    assert banners(member.team, member, now=now) == []

    WorkerHeartbeat.objects.exclude(pk=worker.pk).delete()
    WorkerHeartbeat.objects.update(worked_at=MORNING + timedelta(seconds=1))
    assert banners(member.team, member, now=now) == []


@pytest.mark.parametrize(("role", "is_told"), [(Role.OWNER, True), (Role.MANAGER, True), (Role.CREATOR, False)])
def test_who_may_mend_it_reads_that_the_engine_is_older_than_the_database(role: Role, *, is_told: bool) -> None:
    member = _membership(role)
    WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=NOW, is_outdated=True)
    told = "The engine is older than the database. It works on; have it updated and restarted soon."

    assert banners(member.team, member, now=NOW) == ([Banner("warn", told, mark="outdated")] if is_told else [])


def _stop(code: StatusCode, *, team: Team | None = None, account: str = "a") -> Breaker:
    return Breaker.objects.create(
        provider="simulator",
        account=account,
        team=team,
        code=code,
        strikes=5,
        opened_at=MORNING,
        retry_at=MORNING + timedelta(minutes=10),
    )


SINCE = "nothing has been sent since 07:30 UTC"
TRY = "One take is tried at 07:40 UTC; when it goes well, the others follow."
AT_ONCE = "The next take is tried at once; when it goes well, the others follow."
ASK = "Ask your admin to mend it."


@pytest.mark.parametrize(
    ("code", "role", "told"),
    [
        (
            StatusCode.KEY_REFUSED,
            Role.MANAGER,
            f"The provider refuses the studio's key; {SINCE}. Takes wait, none is lost. Set RUNWAYML_API_SECRET to a "
            "valid key and restart the engine; python manage.py doctor checks it.",
        ),
        (
            StatusCode.KEY_REFUSED,
            Role.CREATOR,
            f"The provider refuses the studio's key; {SINCE}. Takes wait, none is lost. {ASK}",
        ),
        (
            StatusCode.PROVIDER_OUT_OF_CREDITS,
            Role.OWNER,
            f"The studio's account at the provider is out of credits; {SINCE}. Takes wait, none is lost. Buy credits "
            "at the provider; takes go on by themselves.",
        ),
        (
            StatusCode.LINE_STOPPED,
            Role.VIEWER,
            f"The provider forbids what the studio's key asks for; {SINCE}. Takes wait. {ASK}",
        ),
    ],
)
def test_banner_of_a_stopped_key(code: StatusCode, role: Role, told: str) -> None:
    member = _membership(role)
    WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=NOW, trouble=code)
    breaker = _stop(code)

    [waiting] = [found for found in banners(member.team, member, now=MORNING) if found.tone == "bad"]
    [due] = banners(member.team, member, now=NOW)

    assert (waiting.sentence, due.sentence) == (f"{told} {TRY}", f"{told} {AT_ONCE}")
    assert waiting.mark != due.mark
    assert due.breaker == (breaker if role >= Role.MANAGER else None)


def test_banner_of_a_teams_line_comes_after_the_keys() -> None:
    member, other = _membership(Role.OWNER), TeamFactory.create()
    WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=NOW)
    mine, key = _stop(StatusCode.MODERATED_INPUT, team=member.team), _stop(StatusCode.KEY_REFUSED)
    _stop(StatusCode.MODERATED_INPUT, team=other)

    found = banners(member.team, member, now=NOW)

    assert [banner.breaker for banner in found] == [key, mine]
    assert found[1].sentence == (
        "The provider has blocked 5 or more takes of this team in a row, so its line has been stopped since 07:30 UTC. "
        "Blocked takes may cost credits, and too many get the account suspended. Change or cancel the prompts that "
        f"wait; the other teams go on. {AT_ONCE}"
    )


@pytest.mark.parametrize(("account", "read_at", "count"), [("b", NOW, 0), ("b", MORNING, 1), ("a", NOW, 1)])
def test_no_banner_of_a_key_that_another_has_replaced(account: str, read_at: datetime, count: int) -> None:
    member = _membership(Role.OWNER)
    WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=NOW)
    _stop(StatusCode.KEY_REFUSED)
    ModelLimit.objects.create(provider="simulator", account=account, model="gen4.5", read_at=read_at)

    assert len(banners(member.team, member, now=NOW)) == count


@pytest.mark.parametrize(
    ("role", "todo"),
    [
        (
            Role.OWNER,
            "Set that key again, or one of the same account, and restart the engine; if it is gone for ever, "
            "end them with python manage.py decide_generation.",
        ),
        (Role.CREATOR, "Ask your admin to bring that key back."),
    ],
)
def test_banner_of_takes_that_no_present_key_can_reach(role: Role, todo: str) -> None:
    member = _membership(role)
    WorkerHeartbeat.objects.create(name="host:1", provider="simulator", seen_at=NOW)
    project = member.team.projects.get()
    common = {"project": project, "team": member.team, "state": "running"}
    GenerationFactory.create(**common, provider="simulator", provider_task_id="task-1")
    assert banners(member.team, member, now=NOW) == []

    GenerationFactory.create(
        **common, provider="simulator", provider_task_id="task-2", status_code=StatusCode.OTHER_KEY
    )
    GenerationFactory.create(**common, provider="cometapi", provider_task_id="task-3")

    told = "2 takes were sent with another key, which the engine does not have now. Credits stay held, nothing is lost."
    assert banners(member.team, member, now=NOW) == [Banner("warn", f"{told} {todo}", mark="keys2")]


@pytest.mark.parametrize(
    ("role", "todo"),
    [
        (Role.OWNER, "Update Dailies; python manage.py check_provider says which version it speaks."),
        (Role.CREATOR, "Ask your admin to mend it."),
    ],
)
def test_banner_of_a_version_that_is_not_answered_any_more(role: Role, todo: str) -> None:
    member = _membership(role)
    WorkerHeartbeat.objects.create(name="host:1", provider="runway", seen_at=NOW, trouble=StatusCode.VERSION_REFUSED)
    Breaker.objects.create(
        provider="runway", account="one", code=StatusCode.VERSION_REFUSED, strikes=3, opened_at=MORNING,
        retry_at=NOW + timedelta(minutes=1),
    )  # fmt: skip

    found = banners(member.team, member, now=NOW)

    assert len(found) == 1
    told = (
        "The provider does not answer the version of its API that this studio speaks; nothing has been sent since 07:30"
    )
    assert found[0].sentence.startswith(f"{told} UTC. Takes wait, none is lost. {todo} One take is tried at ")
