"""Circuit breakers: a line that is refused again and again is stopped, and then tried with one take at a time.

The key's breaker (`team` empty) counts refusals of a create that are about the key or the account; the team's own
counts its moderated takes, for which a provider suspends accounts. Both stop sending alone: no take fails by them.

The breaker's row is the last but one that sending locks (limit, breaker, take, project), and the only one that a note
locks: notes are written after the transaction that they speak of, and a note that cannot be written is left out.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import Error, models, transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Team
from studio.enums import State, StatusCode
from studio.generations.provider_keys import sends_with
from studio.models import Breaker, Generation, ModelLimit, ProviderKey

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger()

MODERATED = frozenset({StatusCode.MODERATED_INPUT, StatusCode.MODERATED_OUTPUT})
KEY_TROUBLE = frozenset(
    {
        StatusCode.KEY_REFUSED,
        StatusCode.PROVIDER_OUT_OF_CREDITS,
        StatusCode.ON_BEHALF_OF,
        StatusCode.VERSION_REFUSED,
        StatusCode.LINE_STOPPED,
    }
)
TOLD_BY_A_READ = (StatusCode.KEY_REFUSED, StatusCode.VERSION_REFUSED)
"""What a read is refused for as a create is."""
NEWEST_TAKES = 200
CLOSED: dict[str, Any] = {
    "strikes": 0, "struck_at": None, "opened_at": None, "retry_at": None, "tries": 0, "code": StatusCode.NONE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """After how many refusals in a row a line is stopped, and for how long before the first try and at most."""

    strikes: int
    first: timedelta
    longest: timedelta

    def pause(self, tries: int) -> timedelta:
        """Twice as long after each try that failed."""
        doublings: int = 2 ** min(tries, 16)
        return min(self.first * doublings, self.longest)


OF_KEY = Policy(strikes=3, first=timedelta(minutes=1), longest=timedelta(minutes=30))
OF_TEAM = Policy(strikes=5, first=timedelta(minutes=10), longest=timedelta(hours=2))
MODERATED_WITHIN = timedelta(hours=1)


def policy_of(breaker: Breaker) -> Policy:
    return OF_KEY if breaker.team_id is None else OF_TEAM


def waiting_code_of(breaker: Breaker) -> StatusCode:
    """What the takes say that wait for this breaker."""
    return StatusCode(breaker.code) if breaker.team_id is None else StatusCode.LINE_STOPPED


def stopped(*, provider: str, account: str) -> models.QuerySet[Breaker]:
    """The stopped lines of a key: the key's own, and those of teams."""
    return Breaker.objects.filter(provider=provider, account=account, opened_at__isnull=False)


def open_breakers(team: Team | None = None) -> list[Breaker]:
    """All stopped lines, or those that concern `team`: of the key that its takes are sent with. The key's first.

    Not those of a key that another has replaced: a team's own, or for the installation's one that has answered since.
    Each knows as `is_of_a_team` whether its key is a team's own.
    """
    stopped_lines = _with_their_keys().filter(opened_at__isnull=False)
    return list(_concerning(stopped_lines, team).order_by(F("team").asc(nulls_first=True), "pk"))


def breaker_of(team: Team, pk: int) -> Breaker | None:
    """The breaker, open or not, if it concerns the team: of its key, for all or for it alone."""
    return _concerning(_with_their_keys().filter(pk=pk), team).first()


def _with_their_keys() -> models.QuerySet[Breaker]:
    named = ProviderKey.objects.filter(provider=OuterRef("provider"), account=OuterRef("account"))
    return Breaker.objects.select_related("team").annotate(  # type: ignore[no-redef]  # the model says what it is
        is_of_a_team=Exists(named)
    )


def _concerning(rows: models.QuerySet[Breaker], team: Team | None) -> models.QuerySet[Breaker]:
    """Those whose key takes, of this team or of any, are sent with."""
    owned = ProviderKey.objects.active().filter(provider=OuterRef("provider"))
    of_teams = ProviderKey.objects.filter(provider=OuterRef("provider"), account=OuterRef("account"))
    newer = ModelLimit.objects.filter(provider=OuterRef("provider"), read_at__gt=OuterRef("opened_at"))
    newer = newer.exclude(account=OuterRef("account")).exclude(Exists(of_teams))
    own, common = owned.filter(account=OuterRef("account")), Q(is_of_a_team=False) & ~Exists(newer)
    if team is None:
        return rows.filter(Exists(own) | common)
    mine = Exists(own.filter(team=team)) | common & ~Exists(owned.filter(team=team))
    return rows.filter(Q(team=team) | Q(team__isnull=True), mine)


def let_through(team_id: int, *, provider: str, account: str, now: datetime) -> bool:
    """Whether a take of the team may be sent now; to the one that tries a stopped line this is said once.

    Runs in the transaction that sends. The try is taken by moving `retry_at`, so that of ten engines one goes.
    """
    mine = stopped(provider=provider, account=account).filter(Q(team__isnull=True) | Q(team_id=team_id))
    found = list(mine.select_for_update().order_by("pk"))
    if any(breaker.retry_at and breaker.retry_at > now for breaker in found):
        return False
    for breaker in found:
        tries = breaker.tries + 1
        Breaker.objects.filter(pk=breaker.pk).update(tries=tries, retry_at=now + policy_of(breaker).pause(tries))
        log.info("breaker.tried", breaker_id=breaker.pk, team_id=breaker.team_id, tries=tries)
    return True


def try_now(breaker: Breaker, *, now: datetime) -> bool:
    """Let one take through at the next pass; the line stays stopped until that one has succeeded."""
    moved = Breaker.objects.filter(pk=breaker.pk, opened_at__isnull=False, retry_at__gt=now).update(retry_at=now)
    waiting = Generation.objects.filter(finished_at__isnull=True, state=State.QUEUED, lease_token__isnull=True)
    waiting = (
        waiting.filter(team_id=breaker.team_id) if breaker.team_id else waiting.filter(sends_with(breaker.account))
    )
    waiting.filter(status_code__in=KEY_TROUBLE, due_at__gt=now).update(due_at=now)
    return bool(moved)


def _never_raises(note: Callable[P, None]) -> Callable[P, None]:
    """What is not essential must not fail what has been paid for."""

    @functools.wraps(note)
    def careful(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            note(*args, **kwargs)
        except Error as error:
            log.warning("breaker.not_written", note=note.__name__, error=type(error).__name__)

    return careful


@_never_raises
@transaction.atomic
def note_refusal(*, provider: str, account: str, code: StatusCode, sent_at: datetime, now: datetime) -> None:
    """Count a refusal that is about the key or the account. The third in a row stops its line; one of a try keeps it
    stopped for longer. Answers to what was sent before it was stopped change nothing more."""
    breaker = _locked(provider=provider, account=account, team_id=None)
    if breaker.opened_at is None or breaker.opened_at < sent_at:
        _strike(breaker, strikes=breaker.strikes + 1, code=code, now=now)


@_never_raises
def note_acceptance(*, provider: str, account: str, sent_at: datetime) -> None:
    """A create that was accepted: the key's line runs, and the count begins anew."""
    _close(_struck(provider=provider, account=account, team_id=None), since=sent_at)


@_never_raises
def note_no_verdict(*, provider: str, account: str, sent_at: datetime, now: datetime) -> None:
    """A create that told nothing of the key. If it was a try, the next one need not wait for longer."""
    _give_back(_struck(provider=provider, account=account, team_id=None), sent_at=sent_at, now=now)


@_never_raises
def note_end(generation_id: int, *, now: datetime) -> None:
    """What the end of a take says of its team: a ready one lets the line run, five moderated ones in a row, within an
    hour, stop it."""
    take = Generation.objects.get(pk=generation_id)
    if not take.account or take.submitted_at is None:
        return
    key: dict[str, Any] = {"provider": take.provider, "account": take.account, "team_id": take.team_id}
    if take.state == State.READY:
        _close(_struck(**key), since=take.submitted_at)
    elif take.status_code in MODERATED:
        _note_moderated(take, now=now)
    else:
        _give_back(_struck(**key), sent_at=take.submitted_at, now=now)


@transaction.atomic
def _note_moderated(take: Generation, *, now: datetime) -> None:
    breaker = _locked(provider=take.provider, account=take.account, team_id=take.team_id)
    if take.submitted_at and (breaker.opened_at is None or breaker.opened_at < take.submitted_at):
        _strike(breaker, strikes=_moderated_in_a_row(take, now=now), code=StatusCode(take.status_code), now=now)


def noting_its_end(transition: Callable[P, bool]) -> Callable[P, bool]:
    """A transition whose success is noted after its commit, never in it."""

    @functools.wraps(transition)
    def noting(*args: P.args, **kwargs: P.kwargs) -> bool:
        ended = transition(*args, **kwargs)
        if ended:
            claim: Any = args[0] if args else kwargs["claim"]
            now: Any = kwargs["now"]
            note_end(claim.generation_id, now=now)
        return ended

    return noting


def hear_of_key(*, provider: str, account: str, last_read_at: datetime | None, now: datetime) -> None:
    """The key reads well; before that it did at `last_read_at`. A line that was stopped because it did not is tried at
    once.

    With the first such answer since it was stopped, and no other: a key that reads and is refused all the same is
    tried at the ordinary, ever longer intervals.
    """
    refused = stopped(provider=provider, account=account).filter(team__isnull=True, code__in=TOLD_BY_A_READ)
    if last_read_at is not None:
        refused = refused.filter(opened_at__gt=last_read_at)
    refused.filter(retry_at__gt=now).update(retry_at=now)


def is_clear(*, provider: str, account: str) -> bool:
    """Whether the key's last create was accepted, as far as is known."""
    return _struck(provider=provider, account=account, team_id=None) is None


def _moderated_in_a_row(take: Generation, *, now: datetime) -> int:
    """The team's moderated takes of the last hour since its last ready one, of its newest takes with this key."""
    rows = Generation.objects.filter(team=take.team_id, provider=take.provider, account=take.account).order_by("-pk")
    newest = rows.values_list("finished_at", "pk", "state", "status_code")[:NEWEST_TAKES]
    ended = sorted((row for row in newest if row[0] and row[0] > now - MODERATED_WITHIN), reverse=True)
    count = 0
    for _, _, state, code in ended:
        if state == State.READY:
            break
        count += code in MODERATED
    return count


def _strike(breaker: Breaker, *, strikes: int, code: StatusCode, now: datetime) -> None:
    policy = policy_of(breaker)
    changes: dict[str, Any] = {"strikes": strikes, "struck_at": now, "code": code}
    if breaker.opened_at is None and strikes >= policy.strikes:
        changes |= {"opened_at": now, "retry_at": now + policy.pause(0), "tries": 0}
        log.warning("breaker.opened", breaker_id=breaker.pk, team_id=breaker.team_id, code=code)
    elif breaker.retry_at is not None:
        tries = max(breaker.tries, 1)
        changes |= {"retry_at": now + policy.pause(tries), "tries": tries}
        log.warning("breaker.stays_open", breaker_id=breaker.pk, team_id=breaker.team_id, code=code, tries=tries)
    Breaker.objects.filter(pk=breaker.pk).update(**changes)


def _close(breaker: Breaker | None, *, since: datetime) -> None:
    """Unless it was opened after `since`, when what succeeded was sent."""
    if breaker is None:
        return
    runs_or_was_tried = Q(opened_at__isnull=True) | Q(opened_at__lt=since)
    if Breaker.objects.filter(runs_or_was_tried, pk=breaker.pk).update(**CLOSED) and breaker.is_open:
        log.info("breaker.closed", breaker_id=breaker.pk, team_id=breaker.team_id)


def _give_back(breaker: Breaker | None, *, sent_at: datetime, now: datetime) -> None:
    if breaker is not None:
        tried = Breaker.objects.filter(pk=breaker.pk, opened_at__lt=sent_at, tries__gt=0, retry_at__gt=now)
        tried.update(tries=F("tries") - 1, retry_at=now + policy_of(breaker).first)


def _struck(*, provider: str, account: str, team_id: int | None) -> Breaker | None:
    rows = Breaker.objects.filter(provider=provider, account=account, strikes__gt=0)
    return (rows.filter(team_id=team_id) if team_id else rows.filter(team__isnull=True)).first()


def _locked(*, provider: str, account: str, team_id: int | None) -> Breaker:
    """The breaker, made when it is missing, locked until the transaction ends."""
    key: dict[str, Any] = {"provider": provider, "account": account, "team_id": team_id}
    found, _ = Breaker.objects.get_or_create(**key)
    return Breaker.objects.select_for_update().get(pk=found.pk)
