"""Deletes an account, from a shell, the same way as the page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from studio.account_deletion import delete_account
from studio.errors import NotPossible


class Command(BaseCommand):
    help = "Delete a person's account: their work passes to an owner of each team. The row stays, for the history."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--forget-name", action="store_true", help="Replace the name in the history.")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email=options["email"].lower(), deleted_at=None).first()
        if person is None:
            raise CommandError(f"There is nobody with the address {options['email']}.")
        try:
            delete_account(person, by=None, heirs={}, forget_name=options["forget_name"], now=timezone.now())
        except NotPossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The account of {options['email']} is deleted. The address is free.")
