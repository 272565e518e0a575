"""Removes stored objects that no row names."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.generations.orphans import Holdings, remove, take_holdings
from studio.media.checkup import advice
from studio.media.errors import StorageDown, StorageFull
from studio.media.inventory import StoredObject, storage_clock
from studio.models import Clip

LEAST_GRACE_HOURS = 1.0
MOST_GRACE_HOURS = 24 * 3650.0


class Command(BaseCommand):
    help = (
        "Remove clips, originals, posters, images and rejected files from the storage that no row names and that are "
        "older than the grace period. What an open take may still need is never removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--grace", type=float, default=24.0, metavar="HOURS", help="Default: 24.")
        parser.add_argument("--dry-run", action="store_true", help="List them and remove nothing.")
        parser.add_argument(
            "--force",
            action="store_true",
            help="Also with a grace of less than an hour, with an empty database, or where most clips have no row.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        grace = _grace(options["grace"], is_forced=options["force"])
        try:
            self._purge(grace, is_dry=options["dry_run"], is_forced=options["force"])
        except (StorageDown, StorageFull) as error:
            raise CommandError(advice(error)) from error

    def _purge(self, grace: timedelta, *, is_dry: bool, is_forced: bool) -> None:
        until = storage_clock() - grace
        found = take_holdings()
        self._list(found, until=until)
        if is_dry:
            return
        if not is_forced:
            _refuse_a_strange_pair(found)
        removed = list(remove(found.orphans, until=until))
        self.stdout.write(self.style.SUCCESS(f"Removed: {_sum(removed)}."))

    def _list(self, found: Holdings, *, until: datetime) -> None:
        for one in found.orphans:
            self.stdout.write(f"{one.size_bytes:>15,}  {one.modified_at:%Y-%m-%d %H:%M} UTC  {one.key}")
        young = [one for one in found.orphans if one.modified_at > until]
        self.stdout.write(f"In the storage: {found.object_count:,} objects. Named by no row: {_sum(found.orphans)}.")
        if young:
            self.stdout.write(f"Kept, since they are younger than the grace period: {_sum(young)}.")
        if found.strange_count:
            self.stdout.write(f"Left alone, since Dailies does not make such names: {found.strange_count:,} objects.")


def _grace(hours: float, *, is_forced: bool) -> timedelta:
    if not 0 <= hours <= MOST_GRACE_HOURS:
        raise CommandError("--grace is a number of hours, 0 or more.")
    if hours < LEAST_GRACE_HOURS and not is_forced:
        raise CommandError("A grace of less than an hour may take what is being stored just now. Add --force.")
    return timedelta(hours=hours)


def _refuse_a_strange_pair(found: Holdings) -> None:
    """A database that knows nothing of this storage is more likely the wrong one than all of this is waste."""
    if found.clip_count and not Clip.objects.exists():
        raise CommandError(
            f"The database has no clips and the storage has {found.clip_count:,}. Nothing was removed. Look at "
            "DATABASE_URL and at the storage; if this is right, add --force."
        )
    if found.looks_like_anothers:
        raise CommandError(
            f"{found.orphan_clip_count:,} of {found.clip_count:,} stored clips are in no row: this may be the storage "
            "of another installation, or a database from an older backup. Nothing was removed. If this is right, "
            "add --force."
        )


def _sum(objects: list[StoredObject]) -> str:
    return f"{len(objects):,} objects, {sum(one.size_bytes for one in objects):,} bytes"
