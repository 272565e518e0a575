"""Ends the state “Checking” by an admin's word."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils import timezone

from studio.enums import StatusCode
from studio.generations.transitions import decide_unknown
from studio.models import Generation


class Command(BaseCommand):
    help = (
        "Decide about a take whose request got no answer (“Checking”). Look into the provider's usage first: with "
        "--task-id the engine follows that task, with --not-sent the hold is given back. Without an id: list them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("generation", nargs="?", help="The take's id, as in its address.")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--task-id", help="It was bought, and this is its task at the provider.")
        choice.add_argument("--not-sent", action="store_true", help="It was not bought.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["generation"]:
            self._list()
            return
        if not (options["task_id"] or options["not_sent"]):
            raise CommandError("Say --task-id TASK when it was bought, or --not-sent when it was not.")
        now = timezone.now()
        generation = _find(options["generation"])
        try:
            decided = decide_unknown(generation, task_id=options["task_id"], by=None, due_at=now, now=now)
        except IntegrityError as error:
            raise CommandError("Another take has this task already. Look the id up again.") from error
        if not decided:
            raise CommandError("This take is not in the state “Checking”: there is nothing to decide.")
        self.stdout.write("The engine follows it now." if options["task_id"] else "Its hold was given back.")

    def _list(self) -> None:
        checking = Generation.objects.open().filter(status_code=StatusCode.OUTCOME_UNKNOWN).select_related("project")
        for row in checking.order_by("submitted_at"):
            self.stdout.write(
                f"{row.public_id}  sent {row.submitted_at:%Y-%m-%d %H:%M:%S} UTC  {row.model} {row.duration_s} s  "
                f"{row.quote_credits:,} credits held  {row.project}"
            )


def _find(public_id: str) -> Generation:
    try:
        return Generation.objects.get(public_id=public_id)
    except (Generation.DoesNotExist, ValidationError, ValueError) as error:
        raise CommandError(f"There is no take {public_id}.") from error
