"""WorkerHeartbeat: a sign of life of an engine, and of its work."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from studio.enums import StatusCode

SILENT_AFTER = timedelta(seconds=30)
STALLED_AFTER = timedelta(seconds=60)


class WorkerHeartbeat(models.Model):
    """One engine process. `trouble` is what it meets at the provider, for the banners of the pages.

    `worked_at`: up to when both its passes and its rounds of reads came to their end. None: an older version, which
    does not say. `is_outdated`: the database has migrations that it does not know.
    """

    name = models.CharField(max_length=120, unique=True)
    provider = models.CharField(max_length=20)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    worked_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    version = models.CharField(max_length=20, blank=True)
    is_outdated = models.BooleanField(default=False, db_default=False)
    passes = models.PositiveBigIntegerField(default=0)
    trouble = models.CharField(max_length=32, choices=StatusCode.choices, default=StatusCode.NONE, blank=True)
    trouble_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return self.name

    def is_alive(self, *, now: datetime) -> bool:
        """Whether it has been heard lately and has not said goodbye."""
        return self.stopped_at is None and now - self.seen_at < SILENT_AFTER

    def is_stalled(self, *, now: datetime) -> bool:
        """Whether it is heard, but has brought no work to an end for a minute. By its own clock alone."""
        if self.worked_at is None or not self.is_alive(now=now):
            return False
        return self.seen_at - self.worked_at >= STALLED_AFTER

    def is_at_work(self, *, now: datetime) -> bool:
        """Whether it is alive and not stalled."""
        return self.is_alive(now=now) and not self.is_stalled(now=now)
