"""Gives a team credits."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Team
from studio.credits.ledger import grant
from studio.credits.queries import balance


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
        grant(team, credits=options["credits"], note=options["note"], by=None)
        self.stdout.write(f"{team.name} has {balance(team).balance_credits:,} credits.")
