"""Lets a member go, from a shell, the same way as the page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Membership
from studio.errors import NotPossible
from studio.leaving import let_go


class Command(BaseCommand):
    help = "Remove a member: cancels what waits, hands clips and projects to the heir, ends tokens and sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", help="The team's short name.")
        parser.add_argument("email")
        parser.add_argument("--heir", required=True, metavar="EMAIL", help="Who takes over: a member who may generate.")

    def handle(self, *args: Any, **options: Any) -> None:
        member = _member(options["team"], options["email"])
        heir = _member(options["team"], options["heir"])
        try:
            gone = let_go(member, by=None, heir=heir.user, now=timezone.now())
        except NotPossible as error:
            raise CommandError(str(error)) from error
        if gone is None:
            raise CommandError(f"{member.user} has left already.")
        self.stdout.write(
            f"{options['email']} was removed from {member.team}. {gone.waiting_count:,} waiting takes were cancelled; "
            f"{gone.take_count:,} takes, {gone.clip_count:,} clips and {gone.project_count:,} projects are in the "
            f"hands of {options['heir']}."
        )


def _member(team: str, email: str) -> Membership:
    rows = Membership.objects.select_related("team", "user").filter(team__slug=team, user__email=email.lower())
    member = rows.first()
    if member is None:
        raise CommandError(f"{email} is no member of a team “{team}”.")
    return member
