"""Recounts every balance."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from studio.credits.audit import differences
from studio.models import CreditAccount, LedgerEntry


class Command(BaseCommand):
    help = "Recompute every balance from its entries, and every generation's hold. Exit status 1 on any difference."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for difference in differences():
            found += 1
            self.stderr.write(self.style.ERROR(str(difference)))
        counts = f"{CreditAccount.objects.count():,} accounts, {LedgerEntry.objects.count():,} entries"
        if found:
            self.stderr.write(f"{counts}: {found:,} differences.")
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS(f"{counts}: no difference."))
