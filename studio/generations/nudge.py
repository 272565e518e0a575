"""Tells engines that something is due now. An optimisation: one that never hears of it looks again in a second."""

from django.db import connection

CHANNEL = "dailies_due"


def nudge() -> None:
    """Wake the engines that listen, when the transaction under way commits. PostgreSQL only; elsewhere nothing."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
