"""The rows: whether each is looked after, and can be read by this version."""

from django.utils import timezone

from studio.generations import vigil
from studio.management.checkup.findings import Verdict, ok, warn


def check_waiting() -> Verdict:
    """Whether a take waits for an engine, or is being sent, for too long."""
    now = timezone.now()
    found = [
        f"A {what} for {int(oldest.age.total_seconds()):,} s: {oldest.generation.public_id}."
        for what, oldest in (
            ("due take waits for an engine", vigil.oldest_unclaimed(now=now)),
            ("take is being sent", vigil.oldest_submitting(now=now)),
        )
        if oldest.is_late and oldest.generation
    ]
    if found:
        return warn(f"{' '.join(found)} Look at the engine and its log; start another engine if it is busy.")
    return ok("No take waits too long for an engine, or is being sent for too long.")


def check_rows() -> Verdict:
    """Whether open takes are stored in a way that this version can read."""
    rows = vigil.unreadable()
    count = rows.count()
    if not count:
        return ok("Every open take can be read.")
    return warn(
        f"Takes that cannot be read: {count:,} ({', '.join(vigil.first_ids(rows))}). The other takes go on. "
        "Update the engine if a newer version made them; else cancel them."
    )
