"""Encrypts the keys of teams anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.generations.provider_keys import UnreadableKey, encrypt_anew


class Command(BaseCommand):
    help = (
        "Encrypt the keys of all teams under the first secret of PROVIDER_KEYS_SECRET. Then the other secrets may go, "
        "from web, engines and workers alike."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done, lost = encrypt_anew()
        except UnreadableKey as error:
            raise CommandError("PROVIDER_KEYS_SECRET is not set: there is nothing to encrypt keys with.") from error
        self.stdout.write(f"Encrypted under the first secret: {done:,}.")
        if lost:
            raise CommandError(
                f"Keys that no secret opens: {lost:,}. Add the secret that they were entered under, or have their "
                "owners enter them again."
            )
