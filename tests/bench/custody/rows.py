"""Works on the rows of an installation: `python -m tests.bench.custody.rows TASK`, told by JSON, answers by JSON.

Rows are made as the product would have left them: a hold for each take, a running balance, an event each.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  # after the set-up
from django.db import connection, transaction  # noqa: E402
from django.db.models import F, Sum  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from studio.credits.ledger import grant  # noqa: E402
from studio.credits.pricing import quote  # noqa: E402
from studio.enums import EntryKind, State  # noqa: E402
from studio.generations.spec import default_spec  # noqa: E402
from studio.generations.submit import submit_generation  # noqa: E402
from studio.models import CreditAccount, Generation, LedgerEntry, Project, Prompt  # noqa: E402
from studio.sync.gateway import account_mark  # noqa: E402
from tests.bench.custody import filling  # noqa: E402

QUOTE_CREDITS = 25
PAGE = "/demo/first-film/"
LIVES_WITHIN_S = 120.0


def takes(given: dict[str, Any]) -> dict[str, int]:
    """Takes in the state that is asked for: `takes` is a list of {task_id, state, model, duration_s, due_in_s}."""
    wanted = given["takes"]
    with transaction.atomic():
        rows = Generation.objects.bulk_create([_take(one, **_shared()) for one in wanted], batch_size=1000)
        account = _account(credits=QUOTE_CREDITS * len(rows))
        holds = [_entry(account, row, EntryKind.HOLD, -QUOTE_CREDITS) for row in rows]
        LedgerEntry.objects.bulk_create(holds, batch_size=1000)
        CreditAccount.objects.filter(pk=account.pk).update(
            balance_credits=F("balance_credits") - QUOTE_CREDITS * len(rows)
        )
    return {"count": len(rows)}


def past(given: dict[str, Any]) -> dict[str, int]:
    """Runs of the past: `runs` is a list of {model, duration_s, run_s}; they ended in the last days."""
    shared, now = _shared(), timezone.now()
    made = []
    for number, run in enumerate(given["runs"]):
        ended = now - timedelta(hours=1, minutes=3 * number)
        one = {**run, "task_id": f"past-{number}", "state": State.READY, "due_in_s": 0}
        take = _take(one, **shared)
        take.started_at = ended - timedelta(seconds=run["run_s"])
        take.created_at = take.submitted_at = take.started_at - timedelta(seconds=run["pending_s"])
        take.finished_at, take.cost_credits, take.progress = ended, QUOTE_CREDITS, 1.0
        made.append(take)
    Generation.objects.bulk_create(made, batch_size=1000)
    return {"count": len(made)}


def forget(given: dict[str, Any]) -> dict[str, int]:
    """Empty the tables of takes, so that a measure can begin anew."""
    tables = "studio_generation, studio_ledgerentry, studio_workerheartbeat"
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
    CreditAccount.objects.update(balance_credits=0)
    return {"count": 0}


def check(given: dict[str, Any]) -> dict[str, int]:
    """How far the balance is from the sum of its entries: 0."""
    account = _account(credits=1)
    total = LedgerEntry.objects.filter(account=account).aggregate(total=Sum("amount_credits"))["total"] or 0
    return {"difference": account.balance_credits - total}


def fill(given: dict[str, Any]) -> dict[str, int]:
    """Finished takes in the tables, `upto` in all, with what belongs to them."""
    one = {"task_id": "bulk-0", "state": State.READY, "model": "gen4.5", "duration_s": 5, "due_in_s": 0}
    return {"count": filling.fill(_take(one, **_shared()), upto=given["upto"])}


def lives(given: dict[str, Any]) -> dict[str, int]:
    """Launch `count` takes and watch their page, as a person does, until an engine has made all of them ready."""
    project = Project.objects.select_related("team", "created_by").get(team__slug="demo", slug="first-film")
    client = Client()
    client.force_login(project.created_by)
    launched = [
        submit_generation(
            project,
            spec=replace(default_spec(), prompt="A paper boat"),
            token=uuid.uuid4(),
            by=project.created_by,
            now=timezone.now(),
        )[0].pk
        for _ in range(given["count"])
    ]
    _page(client, PAGE)
    deadline = time.monotonic() + LIVES_WITHIN_S
    since = Project.objects.get(pk=project.pk).change_seq
    while Generation.objects.filter(pk__in=launched, state=State.READY).count() < len(launched):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not all of {len(launched)} takes were ready in time.")
        time.sleep(settings.PAGE_POLL_S)
        _page(client, f"{PAGE}changes/?since={since}&warned=")
        since = Project.objects.get(pk=project.pk).change_seq
    return {"count": len(launched)}


def _page(client: Client, path: str) -> None:
    answer = client.get(path, headers={"HX-Request": "true"} if "?" in path else {})
    if answer.status_code not in (200, 204, 286):
        raise RuntimeError(f"{path}: {answer.status_code}")


def _shared() -> dict[str, Any]:
    project = Project.objects.select_related("team", "created_by").get(team__slug="demo", slug="first-film")
    words = {"project": project, "text": "A paper boat", "created_by": project.created_by}
    prompt = Prompt.objects.filter(**words).first() or Prompt.objects.create(**words)
    spec = default_spec()
    price = quote(spec.model, duration_s=spec.duration_s or 0, sound=spec.sound, takes=1, on=timezone.now().date())
    return {"project": project, "prompt": prompt, "card": price.card, "now": timezone.now(), "account": account_mark()}


def _take(one: dict[str, Any], *, project: Project, prompt: Prompt, card: Any, now: datetime, account: str) -> Any:
    sent_at = now - timedelta(seconds=one.get("sent_ago_s", 0))
    if "sent_at" in one:
        sent_at = datetime.fromtimestamp(one["sent_at"], tz=UTC)
    return Generation(
        team=project.team,
        project=project,
        prompt=prompt,
        created_by=project.created_by,
        created_at=sent_at,
        launch_token=uuid.uuid4(),
        model=one["model"],
        ratio="1280:720",
        duration_s=one["duration_s"],
        quote_credits=QUOTE_CREDITS,
        price_card=card,
        state=one["state"],
        provider=settings.VIDEO_PROVIDER,
        account=account,
        provider_task_id=one["task_id"],
        estimated_credits=QUOTE_CREDITS,
        submitted_at=sent_at,
        started_at=sent_at if one["state"] == State.STORING else None,
        due_at=now + timedelta(seconds=one["due_in_s"]),
    )


def _account(*, credits: int) -> CreditAccount:
    team = Project.objects.get(team__slug="demo", slug="first-film").team
    grant(team, credits=credits, note="For the benchmark", by=None)
    return CreditAccount.objects.get(team=team)


def _entry(account: CreditAccount, row: Generation, kind: EntryKind, amount: int) -> LedgerEntry:
    return LedgerEntry(account=account, kind=kind, amount_credits=amount, generation=row, created_at=row.created_at)


TASKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "takes": takes, "past": past, "forget": forget, "check": check,
    "fill": fill, "lives": lives,
}  # fmt: skip


def main(task: str) -> int:
    """Do the task and print its answer."""
    answer = TASKS[task](json.loads(sys.stdin.read() or "{}"))
    print(json.dumps(answer))  # noqa: T201  # a command
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
