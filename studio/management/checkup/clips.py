"""The clips: whether the storage still has each of them."""

from django.utils import timezone

from studio.generations.custody import missing_clips
from studio.generations.originals import missing_files
from studio.management.checkup.findings import Verdict, ok, warn


def check_clips() -> Verdict:
    """Whether the sweep has found clips without their file."""
    missing = missing_clips()
    count = missing.count()
    first = missing.first()
    originals = missing_files().count()
    if originals and not count:
        return warn(
            f"Originals that are not in the storage: {originals:,}. Their previews still play. List them: "
            "python manage.py sweep_media --list. Put them back from a backup under their keys."
        )
    if first is None or first.missing_since is None:
        return ok("No clip is known to be missing from the storage.")
    asked = missing.filter(checked_at__isnull=False).count()
    days = (timezone.now() - first.missing_since).days
    return warn(
        f"Clips without their file: {count:,}, the first for {days} days. The provider has been asked for {asked:,} "
        "of them. List them: python manage.py sweep_media --list. Put them back from a backup under their keys."
    )
