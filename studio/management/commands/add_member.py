"""A member of a team, from a shell."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.enums import Role
from accounts.models import Team
from accounts.teams import add_member
from studio.management.people import person_with_password

ROLES = {role.label.lower(): role for role in Role}


class Command(BaseCommand):
    help = "Give a person a role in a team, or another role. A new person's password is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", help="The team's short name.")
        parser.add_argument("email")
        parser.add_argument("--role", choices=ROLES, default="creator")

    def handle(self, *args: Any, **options: Any) -> None:
        team = Team.objects.filter(slug=options["team"]).first()
        if team is None:
            raise CommandError(f"There is no team “{options['team']}”.")
        try:
            with transaction.atomic():
                add_member(team, user=person_with_password(options["email"]), role=ROLES[options["role"]])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{options['email']} is {options['role']} in {team.name}.")
