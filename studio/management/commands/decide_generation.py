"""Ends the state “Checking” by an admin's word."""

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from studio.enums import StatusCode
from studio.errors import StudioError
from studio.generations import decisions
from studio.generations.checking import checking_takes
from studio.generations.vigil import out_of_reach
from studio.models import Evidence, Generation

OUT_OF_REACH = (
    "Sent with another key, which may come back. If not: --charge CREDITS, --not-sent or --send-again end it."
)
CHOICES = ("task_id", "charge", "not_sent", "send_again")


class Command(BaseCommand):
    help = (
        "Decide about a take whose request got no answer (“Checking”), or that no present key can reach. Without an "
        "id: list them, with what the provider's usage and balance say. With an id, one of --task-id, --charge, "
        "--not-sent, --send-again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("generation", nargs="?", help="The take's id, as in its address.")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--task-id", help="It was bought, and this is its task at the provider: follow it.")
        choice.add_argument(
            "--charge", type=int, metavar="CREDITS", help="It was bought, its clip cannot be found: charge so many."
        )
        choice.add_argument("--not-sent", action="store_true", help="It was not bought: give the credits back.")
        choice.add_argument(
            "--send-again", action="store_true", help="It was not bought: give the credits back and send it again."
        )
        parser.add_argument(
            "--by", metavar="E-MAIL", help="Who decides. Without it nobody is named, and its maker sends it again."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["generation"]:
            self._list()
            return
        generation = _find(options["generation"])
        if all(options[choice] is None or options[choice] is False for choice in CHOICES):
            self._show(generation)
            raise CommandError(
                "Say --task-id TASK or --charge CREDITS when it was bought, --not-sent or --send-again when it was not."
            )
        try:
            self.stdout.write(_decide(generation, options))
        except StudioError as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        for row in checking_takes().select_related("project", "evidence").order_by("submitted_at"):
            self._show(row)
        for row in out_of_reach(now=timezone.now()).select_related("project").order_by("submitted_at"):
            self._show(row)
            self.stdout.write(f"    {OUT_OF_REACH}")

    def _show(self, row: Generation) -> None:
        sent = f"sent {row.submitted_at:%Y-%m-%d %H:%M:%S} UTC" if row.submitted_at else "not sent"
        self.stdout.write(
            f"{row.public_id}  {sent}  {row.model} {row.duration_s} s  "
            f"{row.quote_credits:,} credits held  {row.project}"
        )
        if row.status_code == StatusCode.OUTCOME_UNKNOWN:
            for line in _evidence(row):
                self.stdout.write(f"    {line}")


def _evidence(row: Generation) -> list[str]:
    evidence: Evidence | None = getattr(row, "evidence", None)
    if evidence is None:
        return ["Nothing is known yet: the engine asks the provider every five minutes."]
    return [f"{evidence.get_verdict_display()}. {evidence.reason}", evidence.usage_said, evidence.balance_said]


def _decide(generation: Generation, options: dict[str, Any]) -> str:
    """Do it, and say what was done."""
    now = timezone.now()
    by = _person(options["by"]) if options["by"] else None
    if options["task_id"] is not None:
        decisions.follow_task(generation, task_id=options["task_id"], by=by, now=now)
        return "The engine follows it now."
    if options["charge"] is not None:
        decisions.charge_unseen(generation, credits=options["charge"], by=by, now=now)
        return f"{options['charge']:,} credits were charged."
    if options["send_again"]:
        takes = decisions.send_again(generation, token=uuid4(), by=by or generation.in_hand, now=now)
        return f"Its hold was given back, and it is sent again as {takes[0].public_id}."
    decisions.give_back(generation, by=by, now=now)
    return "Its hold was given back."


def _person(email: str) -> User:
    found = User.objects.filter(email=email.lower()).first()
    if found is None:
        raise CommandError(f"There is nobody with the address {email}.")
    return found


def _find(public_id: str) -> Generation:
    try:
        return Generation.objects.select_related("project", "team", "prompt", "created_by", "kept_by").get(
            public_id=public_id
        )
    except (Generation.DoesNotExist, ValidationError, ValueError) as error:
        raise CommandError(f"There is no take {public_id}.") from error
