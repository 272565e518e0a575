"""A team and its owner, from a shell."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Team
from accounts.teams import create_team
from studio.credits.ledger import grant
from studio.management.people import person_with_password


class Command(BaseCommand):
    help = "Make a team with its owner and, if wanted, its first credits. A new person's password is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The short name in its address: small letters, digits, hyphens.")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--name", help="As people read it; the short name if left out.")
        parser.add_argument("--credits", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        if Team.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is a team “{options['slug']}” already.")
        if options["credits"] < 0:
            raise CommandError("Credits are 0 or more.")
        try:
            team = _make(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{options['owner']} owns {team.name}. Its page is /{team.slug}/.")


@transaction.atomic
def _make(options: dict[str, Any]) -> Team:
    owner = person_with_password(options["owner"])
    team = create_team(options["name"] or options["slug"], slug=options["slug"], by=owner)
    if options["credits"]:
        grant(team, credits=options["credits"], note="First credits", by=owner)
    return team
