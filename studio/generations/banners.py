"""Banners: what is wrong with the whole studio just now, in the words for the person who reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Subquery

from accounts.abilities import Ability
from accounts.models import Membership, Team
from studio.enums import StatusCode
from studio.generations.alarms import asked_of_prices, asked_of_surprises, price_alarm, surprise_alarm
from studio.generations.breakers import KEY_TROUBLE, OF_TEAM, open_breakers
from studio.generations.sentences import known_code, sentence
from studio.generations.vigil import best_engine, heard_engines, is_out_of_reach
from studio.models import Breaker, Generation, ProviderKey, WorkerHeartbeat

MEND_KEY = "Set {} to a valid key and restart the engine; python manage.py doctor checks it."
WHO_FOR = "The account at the provider wants to be told on whose behalf takes are made (X-Runway-On-Behalf-Of)"
OUTDATED = "The engine is older than the database. It works on; have it updated and restarted soon."


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence above the page about the whole studio. `tone`: "warn" or "bad".

    `breaker`: the stopped line that this person may try now; `asks` when takes wait for this person's decision;
    `is_of_provider` when this person may look at what has changed there, `mends_key` when this person may enter the
    team's key anew. `mark` changes when what it says does.
    """

    tone: str
    sentence: str
    breaker: Breaker | None = None
    asks: bool = False
    mends_key: bool = False
    mark: str = ""
    is_of_provider: bool = False

    def __post_init__(self) -> None:
        if not self.mark:
            object.__setattr__(self, "mark", self.tone)


def banners(team: Team, membership: Membership, *, now: datetime) -> list[Banner]:
    """What is wrong with the studio, or with this team's line, in the words for this member."""
    stopped = open_breakers(team)
    codes = {breaker.code for breaker in stopped if breaker.team_id is None and not breaker.is_of_a_team}
    lines = [_stopped(breaker, membership, now=now) for breaker in stopped]
    heard = heard_engines()
    stuck = Generation.objects.open().of_team(team).in_projects_of(membership.user)
    counts = stuck.aggregate(
        asking=Count("pk", filter=Q(status_code=StatusCode.OUTCOME_UNKNOWN)),
        elsewhere=Count("pk", filter=is_out_of_reach(heard, now=now)),
        **_asked_for(membership),
    )
    return (
        _of_engine(best_engine(now=now, heard=heard), membership, but=codes, now=now)
        + lines
        + _of_other_keys(counts["elsewhere"], membership)
        + _of_checking(counts["asking"], membership)
        + _of_changes(counts, membership)
    )


def _asked_for(membership: Membership) -> dict[str, Subquery]:
    """What has changed at the provider, for those who may do something about it."""
    prices = asked_of_prices() if membership.may(Ability.DECIDE) else {}
    return prices | (asked_of_surprises() if membership.may(Ability.CHANGE_KEYS) else {})


def _of_changes(counts: Mapping[str, Any], membership: Membership) -> list[Banner]:
    """The alarms; an owner is led to the page about them."""
    alarms = (price_alarm(counts), surprise_alarm(counts))
    is_owner = membership.may(Ability.CHANGE_KEYS)
    return [Banner("warn", alarm.sentence, mark=alarm.mark, is_of_provider=is_owner) for alarm in alarms if alarm]


def _of_checking(count: int, membership: Membership) -> list[Banner]:
    """Who may decide is told that something waits for it."""
    if not count or not membership.may(Ability.DECIDE):
        return []
    takes = "One take was" if count == 1 else f"{count} takes were"
    told = f"{takes} sent and got no answer. Credits are held until it is known whether the provider charged for it."
    return [Banner("warn", told, asks=True, mark=f"asks{count}")]


def _of_other_keys(count: int, membership: Membership) -> list[Banner]:
    """Takes whose task no present key can reach: what they wait for, and what it may cost."""
    if not count:
        return []
    takes = "One take was" if count == 1 else f"{count} takes were"
    todo = (
        "Set that key again, or one of the same account, and restart the engine; if it is gone for ever, end them with "
        "python manage.py decide_generation."
        if membership.may(Ability.CHANGE_KEYS)
        else "Ask your admin to bring that key back."
    )
    told = (
        f"{takes} sent with another key, which the engine does not have now. Credits stay held, nothing is lost. {todo}"
    )
    return [Banner("warn", told, mark=f"keys{count}")]


def _of_engine(worker: WorkerHeartbeat | None, membership: Membership, *, but: set[str], now: datetime) -> list[Banner]:
    """Not the trouble `but`, which another banner tells in more words."""
    if worker is None or not worker.is_alive(now=now):
        return [Banner("warn", _silent(worker, membership))]
    if worker.is_stalled(now=now):
        return [Banner("warn", _stalled(worker, membership), mark="stalled")]
    found = [Banner("warn", OUTDATED, mark="outdated")] if _is_outdated(worker, membership) else []
    if worker.trouble and worker.trouble not in but and not _spares(membership.team, worker):
        found.append(Banner("bad", _trouble(known_code(worker.trouble), membership)))
    return found


def _spares(team: Team, worker: WorkerHeartbeat) -> bool:
    """The trouble is one of the installation's key, and the team has its own."""
    is_key = known_code(worker.trouble) in KEY_TROUBLE
    return is_key and ProviderKey.objects.active().filter(team=team, provider=worker.provider).exists()


def _is_outdated(worker: WorkerHeartbeat, membership: Membership) -> bool:
    """To be told to those who may do something about it."""
    return worker.is_outdated and membership.may(Ability.DECIDE)


def _silent(worker: WorkerHeartbeat | None, membership: Membership) -> str:
    since = "It has never run here." if worker is None else f"It was last heard at {worker.seen_at:%H:%M} UTC."
    todo = (
        "Start it: python manage.py sync_generations."
        if membership.may(Ability.CHANGE_KEYS)
        else "Ask your admin to start it."
    )
    return f"The engine is not running, so takes wait; nothing is lost. {since} {todo}"


def _stalled(worker: WorkerHeartbeat, membership: Membership) -> str:
    since = f"{worker.worked_at:%H:%M} UTC"
    todo = (
        "Restart it: python manage.py sync_generations; its log says more."
        if membership.may(Ability.CHANGE_KEYS)
        else "Ask your admin to restart it."
    )
    return f"The engine is stalled since {since}: it lives, but does no work. Takes wait; nothing is lost. {todo}"


def _trouble(code: StatusCode, membership: Membership) -> str:
    if code != StatusCode.KEY_REFUSED:
        return sentence(code)
    if membership.may(Ability.CHANGE_KEYS):
        return "The provider refuses the key: takes wait, nothing is lost. " + MEND_KEY.format(
            settings.PROVIDER_KEY_NAME
        )
    return "The provider refuses the studio's key: takes wait, nothing is lost. Ask your admin to mend it."


def _stopped(breaker: Breaker, membership: Membership, *, now: datetime) -> Banner:
    may_try = membership.may(Ability.DECIDE)
    may_enter = breaker.is_of_a_team and not breaker.team_id and membership.may(Ability.CHANGE_KEYS)
    if breaker.team_id:
        told = _of_team(breaker, may_mend=may_try)
    elif breaker.is_of_a_team:
        told = _of_teams_key(breaker, may_mend=may_enter)
    else:
        told = _of_key(breaker, may_mend=may_try)
    return Banner(
        "bad",
        f"{told} {_next_try(breaker, now=now)}",
        breaker=breaker if may_try else None,
        mends_key=may_enter,
        mark=f"bad{breaker.pk}.{breaker.tries}.{'due' if _is_due(breaker, now=now) else ''}",
    )


def _of_key(breaker: Breaker, *, may_mend: bool) -> str:
    since = f"{breaker.opened_at:%H:%M} UTC"
    if breaker.code == StatusCode.KEY_REFUSED:
        what = f"The provider refuses the studio's key; nothing has been sent since {since}. Takes wait, none is lost."
        todo = MEND_KEY.format(settings.PROVIDER_KEY_NAME)
    elif breaker.code == StatusCode.PROVIDER_OUT_OF_CREDITS:
        what = (
            "The studio's account at the provider is out of credits; nothing has been sent since "
            f"{since}. Takes wait, none is lost."
        )
        todo = "Buy credits at the provider; takes go on by themselves."
    elif breaker.code == StatusCode.ON_BEHALF_OF:
        what = f"{WHO_FOR}; nothing has been sent since {since}. Takes wait, none is lost."
        todo = "Set RUNWAYML_ON_BEHALF_OF and restart the engine."
    elif breaker.code == StatusCode.VERSION_REFUSED:
        what = (
            "The provider does not answer the version of its API that this studio speaks; nothing has been sent since "
            f"{since}. Takes wait, none is lost."
        )
        todo = "Update Dailies; python manage.py check_provider says which version it speaks."
    else:
        what = f"The provider forbids what the studio's key asks for; nothing has been sent since {since}. Takes wait."
        todo = "Look at the account and the rights of its key at the provider."
    return f"{what} {todo if may_mend else 'Ask your admin to mend it.'}"


def _of_teams_key(breaker: Breaker, *, may_mend: bool) -> str:
    since = f"nothing has been sent since {breaker.opened_at:%H:%M} UTC. Takes wait, none is lost."
    if breaker.code == StatusCode.KEY_REFUSED:
        what, todo = "The provider refuses this team's key", "Enter one that is valid."
    elif breaker.code == StatusCode.PROVIDER_OUT_OF_CREDITS:
        what = "This team's account at the provider is out of credits"
        todo = "Buy credits at the provider; takes go on by themselves."
    elif breaker.code == StatusCode.ON_BEHALF_OF:
        what, todo = WHO_FOR, "Enter the key again, with the name that is to be told."
    else:
        what = "The provider forbids what this team's key asks for"
        todo = "Look at the account and the rights of its key at the provider."
    return f"{what}; {since} {todo if may_mend else 'Ask an owner of the team to mend it.'}"


def _of_team(breaker: Breaker, *, may_mend: bool) -> str:
    what = (
        f"The provider has blocked {OF_TEAM.strikes} or more takes of this team in a row, so its line has been stopped "
        f"since {breaker.opened_at:%H:%M} UTC. Blocked takes may cost credits, and too many get the account suspended."
    )
    todo = "Change or cancel the prompts that wait" if may_mend else "Look at the prompts that you have waiting"
    return f"{what} {todo}; the other teams go on."


def _next_try(breaker: Breaker, *, now: datetime) -> str:
    if _is_due(breaker, now=now):
        return "The next take is tried at once; when it goes well, the others follow."
    return f"One take is tried at {breaker.retry_at:%H:%M} UTC; when it goes well, the others follow."


def _is_due(breaker: Breaker, *, now: datetime) -> bool:
    return breaker.retry_at is None or breaker.retry_at <= now
