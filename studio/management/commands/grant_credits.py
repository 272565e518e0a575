"""Gives a team credits."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Team
from studio.credits.ledger import grant
from studio.credits.queries import balance

MOST_CREDITS = 10**12
MOST_NOTE = 300


class Command(BaseCommand):
    help = "Give a team credits, with a note that stays in the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", help="The team's short name, as in its address.")
        parser.add_argument("credits", type=int)
        parser.add_argument("--note", default="Granted from the command line")

    def handle(self, *args: Any, **options: Any) -> None:
        team = Team.objects.filter(slug=options["team"]).first()
        if team is None:
            raise CommandError(f"There is no team “{options['team']}”.")
        if options["credits"] <= 0:
            raise CommandError("Give at least one credit. A correction downwards is an ADJUST entry.")
        _refuse_too_much(credits=options["credits"], note=options["note"])
        grant(team, credits=options["credits"], note=options["note"], by=None)
        self.stdout.write(f"{team.name} has {balance(team).balance_credits:,} credits.")


def _refuse_too_much(*, credits: int, note: str) -> None:
    """What the columns cannot hold."""
    if credits > MOST_CREDITS:
        raise CommandError(f"Give {MOST_CREDITS:,} credits at the most.")
    if len(note) > MOST_NOTE:
        raise CommandError(f"The note has {len(note)} characters; {MOST_NOTE} are the most.")
