"""The person, team and project of the demo."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.addresses import confirm_address
from accounts.models import Team, User
from accounts.teams import create_team
from studio.credits.ledger import grant
from studio.models import Project
from studio.projects import create_project

EMAIL = "demo@example.com"
FIRST_GRANT = 10_000


class Command(BaseCommand):
    help = f"Make {EMAIL}, the team “demo” with {FIRST_GRANT:,} credits, and its project “first-film”. Repeatable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", required=True, help="The demo user's password; set anew each time.")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, name="Demo")
        user.set_password(options["password"])
        user.save(update_fields=["password"])
        confirm_address(user)
        team = Team.objects.filter(slug="demo").first() or _team(user)
        if not Project.objects.filter(team=team, slug="first-film").exists():
            create_project(team, name="First film", slug="first-film", by=user)
        self.stdout.write(f"{EMAIL} owns the team {team.slug}.")


def _team(user: User) -> Team:
    team = create_team("Demo", slug="demo", by=user)
    grant(team, credits=FIRST_GRANT, note="Welcome", by=user)
    return team
