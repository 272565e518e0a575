"""Takes that are "Checking": what is known of them, and what the engine may conclude by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.db.models.fields.json import KT

from accounts.models import Team, User
from studio.credits import ledger
from studio.enums import StatusCode, Verdict
from studio.generations import readings
from studio.generations.events import record_event
from studio.generations.evidence import A_DAY, Finding, Own, Unknown, find
from studio.generations.transitions import end_unknown
from studio.models import Evidence, Generation, GenerationEvent
from studio.models.generation import GenerationQuerySet

TWICE_APART = timedelta(minutes=10)
LOOK_BACK = 2 * A_DAY
ASSUMED_SOURCES = ("estimate", "quote", "rule", "decision")
FOUND_NOTE = "Found not to have been charged, by the provider's usage and balance, read twice"


@dataclass(frozen=True, slots=True)
class Key:
    """One key at one provider."""

    provider: str
    account: str

    @property
    def fields(self) -> dict[str, str]:
        return {"provider": self.provider, "account": self.account}


def checking_takes() -> GenerationQuerySet:
    """All takes whose outcome is unknown."""
    return Generation.objects.open().filter(status_code=StatusCode.OUTCOME_UNKNOWN)


def checking_of(team: Team, *, user: User | None = None) -> list[Generation]:
    """The team's, oldest first, with all that a page shows of them and their evidence; with `user` those in projects
    that this member sees. `wrong_task` is the last id that a person gave and the provider does not know."""
    takes = checking_takes().of_team(team)
    rows = (takes.in_projects_of(user) if user else takes).select_related(
        "project", "team", "prompt", "created_by", "evidence"
    )
    wrong = GenerationEvent.objects.filter(generation=OuterRef("pk"), detail__has_key="wrong_task").order_by("-pk")
    rows = rows.annotate(wrong_task=Subquery(wrong.values(task_id=KT("detail__wrong_task"))[:1]))
    return list(rows.order_by("submitted_at", "pk"))


def unknown_takes(key: Key) -> list[Unknown]:
    """Those of a key, oldest first."""
    rows = checking_takes().filter(**key.fields, submitted_at__isnull=False).order_by("submitted_at")
    names = ("pk", "model", "submitted_at", "quote_credits")
    return [Unknown(*row) for row in rows.values_list(*names)]


def judge(key: Key, *, now: datetime) -> int:
    """Weigh every take of the key that is "Checking" by the readings that are stored, write down what is new, and give
    back what was found not to have been charged twice, ten minutes apart. How many were given back."""
    unknowns = unknown_takes(key)
    if not unknowns:
        return 0
    since = unknowns[0].sent_at - LOOK_BACK
    own = own_takes(key, since=since)
    balances = readings.balances(**key.fields, since=since)
    return sum(
        _conclude(
            unknown,
            find(
                unknown,
                unknowns=unknowns,
                own=own,
                usage=readings.usage_by_day(**key.fields, model=unknown.model, since=since.date()),
                balances=balances,
            ),
            now=now,
        )
        for unknown in unknowns
    )


def own_takes(key: Key, *, since: datetime) -> list[Own]:
    """What the provider may have booked for the key's other takes since then. One without a task was never charged,
    unless a person decided so."""
    sent = Generation.objects.filter(**key.fields, submitted_at__isnull=False).exclude(
        pk__in=checking_takes().values("pk")
    )
    rows = sent.filter(Q(submitted_at__gte=since) | Q(finished_at__gte=since) | Q(finished_at__isnull=True))
    assumed = set(
        GenerationEvent.objects.filter(
            generation__in=rows.values("pk"), detail__cost_source__in=ASSUMED_SOURCES
        ).values_list("generation_id", flat=True)
    )
    return [_own(row, is_told=row.pk not in assumed) for row in rows if not _was_refused(row)]


def _was_refused(row: Generation) -> bool:
    return row.finished_at is not None and not row.provider_task_id and not row.cost_credits


def _own(row: Generation, *, is_told: bool) -> Own:
    return Own(
        model=row.model,
        sent_at=row.submitted_at or row.created_at,
        ended_at=row.finished_at,
        charged=row.estimated_credits,
        cost=row.cost_credits if row.finished_at else None,
        is_told=is_told,
    )


@transaction.atomic
def _conclude(unknown: Unknown, finding: Finding, *, now: datetime) -> bool:
    """Store the finding, and give the take's hold back when it was found not to have been charged for long enough."""
    ledger.lock_account(Generation.objects.values_list("team_id", flat=True).get(pk=unknown.id))
    row = checking_takes().select_for_update().filter(pk=unknown.id).first()
    if row is None:
        return False
    evidence = _store(row, finding, now=now)
    is_sure = evidence.verdict == Verdict.NOT_CHARGED and evidence.read_at - evidence.found_at >= TWICE_APART
    return is_sure and end_unknown(row, code=StatusCode.NOT_SENT, cost_credits=0, note=FOUND_NOTE, by=None, now=now)


def _store(row: Generation, finding: Finding, *, now: datetime) -> Evidence:
    """The evidence as it stands now. What could not be reckoned this time does not undo what was; an event says when
    the verdict is another one."""
    read_at = finding.read_at or now
    old = Evidence.objects.filter(generation=row).first()
    if old and _still_holds(old, finding):
        return old
    is_same = old is not None and old.verdict == finding.verdict
    fields: dict[str, Any] = {
        "verdict": finding.verdict,
        "reason": finding.reason,
        "usage_more": finding.usage.more,
        "balance_more": finding.balance.more,
        "usage_said": finding.usage_said,
        "balance_said": finding.balance_said,
        "found_at": old.found_at if old and is_same else read_at,
        "read_at": read_at,
    }
    evidence, _ = Evidence.objects.update_or_create(generation=row, defaults=fields)
    if not is_same:
        record_event(row, now=now, evidence=finding.verdict, reason=finding.reason)
    return evidence


def _still_holds(old: Evidence, finding: Finding) -> bool:
    """Whether a finding that lacks a number says nothing against one that had both, or is not younger than it."""
    if old.is_complete and finding.read_at and finding.read_at <= old.read_at:
        return True
    new = (finding.usage.more, finding.balance.more)
    if not old.is_complete or None not in new:
        return False
    return all(number in (None, known) for number, known in zip(new, (old.usage_more, old.balance_more), strict=True))
