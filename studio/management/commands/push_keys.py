"""Prints a new key for push."""

from typing import Any

from django.core.management.base import BaseCommand

from studio.providers.vapid import new_key


class Command(BaseCommand):
    help = "Print a new key for notifications in browsers. Keep it: with another one all browsers subscribe anew."
    requires_system_checks = []
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        pair = new_key()
        self.stdout.write(f"PUSH_PRIVATE_KEY={pair.private}")
        self.stdout.write("PUSH_CONTACT=mailto:you@example.com")
        self.stdout.write(f"# The public half, which browsers are given: {pair.public}")
