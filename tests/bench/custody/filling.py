"""Fills the tables with finished takes by SQL: a million in a minute or two, each with clip, events and entries.

One of each is made by the models; the others are copies of it, so that a new column needs no change here.
"""

import uuid
from datetime import timedelta

from django.db import connection
from django.db.models import F, Max
from django.utils import timezone

from studio.credits.ledger import grant
from studio.enums import EntryKind, State
from studio.models import Clip, CreditAccount, Generation, GenerationEvent, LedgerEntry, Project

STATES = (State.QUEUED, State.SUBMITTING, State.RUNNING, State.STORING, State.READY)
MODELS = "(ARRAY['gen4.5', 'gen4_turbo', 'veo3.1', 'veo3.1_fast'])[n % 4 + 1]"
ENDED = "now() - interval '1 hour' - n * interval '31 seconds'"
GENERATION = {
    "public_id": "gen_random_uuid()",
    "launch_token": "gen_random_uuid()",
    "provider_task_id": "'bulk-' || n",
    "model": MODELS,
    "duration_s": "n % 9 + 2",
    "created_at": f"{ENDED} - interval '60 seconds'",
    "submitted_at": f"{ENDED} - interval '50 seconds'",
    "started_at": f"{ENDED} - interval '45 seconds'",
    "finished_at": ENDED,
    "due_at": ENDED,
}
CLIP = {
    "public_id": "gen_random_uuid()",
    "generation_id": "g.id",
    "key": "'clips/' || g.public_id || '.mp4'",
    "created_at": "g.finished_at",
}
ENTRY = {"public_id": "gen_random_uuid()", "generation_id": "g.id", "created_at": "g.finished_at"}


def fill(template: Generation, *, upto: int) -> int:
    """Add finished takes until there are `upto`; `template` is one that is finished, not stored yet."""
    there = Generation.objects.filter(state=State.READY).count()
    if not there:
        _first(template)
        there = 1
    first = Generation.objects.order_by("pk").filter(clip__isnull=False, provider_task_id="bulk-0").get()
    newest = Generation.objects.aggregate(newest=Max("pk"))["newest"]
    _copy("studio_generation", first.pk, GENERATION, source=f"generate_series({there}, {upto - 1}) AS n")
    of_new = f"studio_generation g WHERE g.id > {int(newest)}"
    _copy("studio_clip", Clip.objects.get(generation=first).pk, CLIP, source=of_new)
    for entry in first.entries.all():
        _copy("studio_ledgerentry", entry.pk, ENTRY, source=of_new)
    for number, event in enumerate(first.events.order_by("pk")):
        changes = {"generation_id": "g.id", "seq": f"g.id * 10 + {number}", "created_at": "g.finished_at"}
        _copy("studio_generationevent", event.pk, changes, source=of_new)
    _settle_up(first.project, added=upto - there, quote_credits=first.quote_credits)
    return upto - there


def _first(take: Generation) -> None:
    now = timezone.now() - timedelta(days=400)
    take.public_id, take.provider_task_id = uuid.uuid4(), "bulk-0"
    take.created_at = take.submitted_at = take.started_at = take.finished_at = now
    take.cost_credits, take.progress = take.quote_credits, 1.0
    take.save()
    Clip.objects.create(
        generation=take, team=take.team, project=take.project, key="clips/bulk-0.mp4", size_bytes=20_000_000,
        sha256="0" * 64, width=1280, height=720, duration_ms=5000, fps=24, has_sound=False,
    )  # fmt: skip
    account = CreditAccount.objects.get(team=take.team)
    for kind, amount in ((EntryKind.HOLD, -take.quote_credits), (EntryKind.SETTLE, 0)):
        LedgerEntry.objects.create(account=account, kind=kind, amount_credits=amount, generation=take)
    for number, state in enumerate(STATES):
        GenerationEvent.objects.create(generation=take, project=take.project, seq=take.pk * 10 + number, state=state)
    _settle_up(take.project, added=1, quote_credits=take.quote_credits)


def _copy(table: str, pk: int, changes: dict[str, str], *, source: str) -> None:
    """Copies of one row, a line of `source` each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'", [table]
        )
        columns = [name for (name,) in cursor.fetchall()]
        values = ", ".join(changes.get(name, f't."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        what, _, where = source.partition(" WHERE ")
        condition = f"t.id = {int(pk)}" + (f" AND {where}" if where else "")
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} t, {what} WHERE {condition}"
        )  # no foreign text


def _settle_up(project: Project, *, added: int, quote_credits: int) -> None:
    """The balance and the project's number as those takes would have left them; fresh statistics."""
    CreditAccount.objects.filter(team=project.team).update(balance_credits=F("balance_credits") - added * quote_credits)
    if added:
        grant(project.team, credits=added * quote_credits, note="For the benchmark", by=None)
    newest = GenerationEvent.objects.filter(project=project).aggregate(newest=Max("seq"))["newest"]
    Project.objects.filter(pk=project.pk).update(change_seq=newest)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
