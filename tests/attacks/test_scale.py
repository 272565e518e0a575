"""Questions that every page and every pass ask must not read what is over: a studio has thousands of finished takes."""

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team
from studio.credits.queries import balance
from studio.enums import EntryKind, State
from studio.generations.queries import open_count, project_open_count
from studio.models import CreditAccount, Generation, LedgerEntry, Project
from studio.sync.claims import due_generations
from tests.factories import GenerationFactory, ProjectFactory, PromptFactory

OVER = 3_000
OPEN = 3
INDEXES_OF_OPEN_ROWS = {
    index.name for index in Generation._meta.indexes if index.condition == Q(finished_at__isnull=True)
}
ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the plans are PostgreSQL's")


@pytest.fixture
def project(db: None) -> Project:
    """Three thousand takes are over, three are open."""
    project = ProjectFactory.create()
    prompt = PromptFactory.create(project=project)
    ready = [GenerationFactory.build(prompt=prompt, state=State.READY, quote_credits=5) for _ in range(OVER)]
    queued = [GenerationFactory.build(prompt=prompt, quote_credits=7) for _ in range(OPEN)]
    for take in (*ready, *queued):
        take.project, take.team, take.created_by = project, project.team, project.created_by
    takes = Generation.objects.bulk_create([*ready, *queued])
    account = CreditAccount.objects.create(team=project.team)
    entries = [_entry(account, take, EntryKind.HOLD, -take.quote_credits) for take in takes]
    entries += [_entry(account, take, EntryKind.SETTLE, 0) for take in takes if not take.is_open]
    LedgerEntry.objects.bulk_create(entries)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return project


def _entry(account: CreditAccount, take: Generation, kind: EntryKind, amount: int) -> LedgerEntry:
    return LedgerEntry(account=account, generation=take, kind=kind, amount_credits=amount)


def _plans(queries: list[dict[str, str]]) -> str:
    """What PostgreSQL does for the queries that touch takes or entries."""
    asked = [query["sql"] for query in queries if "studio_generation" in query["sql"]]
    assert asked
    with connection.cursor() as cursor:
        plans = []
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            plans += [str(row[0]) for row in cursor.fetchall()]
    return "\n".join(plans)


def _check(plan: str) -> None:
    assert any(name in plan for name in INDEXES_OF_OPEN_ROWS), plan
    assert "Seq Scan on studio_generation " not in plan, plan
    assert "Seq Scan on studio_ledgerentry" not in plan, plan


def test_open_takes_and_their_holds_are_counted(project: Project) -> None:
    team: Team = project.team

    assert (open_count(team), project_open_count(project)) == (OPEN, OPEN)
    assert balance(team).held_credits == 7 * OPEN


@ON_POSTGRESQL
@pytest.mark.parametrize("ask", [lambda p: open_count(p.team), project_open_count, lambda p: balance(p.team)])
def test_what_is_over_is_not_read_to_know_what_is_open(project: Project, ask: object) -> None:
    with CaptureQueriesContext(connection) as asked:
        ask(project)  # type: ignore[operator]  # one of the three above

    _check(_plans(asked.captured_queries))


@ON_POSTGRESQL
def test_what_is_over_is_not_read_to_find_what_is_due(project: Project) -> None:
    rows: QuerySet[Generation] = due_generations(now=timezone.now()).filter(state=State.QUEUED)[:32]
    with CaptureQueriesContext(connection) as asked:
        assert len(rows) == OPEN

    _check(_plans(asked.captured_queries))
