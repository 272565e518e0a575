"""WorkerHeartbeat: a sign of life of an engine."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from studio.enums import StatusCode

SILENT_AFTER = timedelta(seconds=30)


class WorkerHeartbeat(models.Model):
    """One engine process. `trouble` is what it meets at the provider, for the banners of the pages."""

    name = models.CharField(max_length=120, unique=True)
    provider = models.CharField(max_length=20)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True, blank=True)
    version = models.CharField(max_length=20, blank=True)
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
