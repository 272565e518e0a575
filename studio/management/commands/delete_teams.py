"""The removal of deleted teams, now."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from studio.team_deletion import delete_due


class Command(BaseCommand):
    help = (
        "Remove the work of the teams whose days of grace are over, as the engine does every hour. The ledger stays. "
        "Exit status 1 when a file could not be removed; run it again then."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        closed, done, stayed = delete_due(now=timezone.now())
        self.stdout.write(f"teams closed: {closed:,}, teams done: {done:,}, rows with files that stayed: {stayed:,}")
        if stayed:
            sys.exit(1)
