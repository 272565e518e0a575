"""Reference: an uploaded image that a generation may use."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models

from accounts.models import Team


class Reference(models.Model):
    """An image of a team, stored once however often it is uploaded."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="references")
    filename = models.CharField(max_length=200)
    key = models.CharField(max_length=200, unique=True)
    thumb_key = models.CharField(max_length=200, unique=True)
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    thumb_size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "sha256"], name="reference_once_a_team"),
            models.CheckConstraint(
                condition=models.Q(width__gt=0, height__gt=0, size_bytes__gt=0), name="reference_has_a_size"
            ),
            models.CheckConstraint(
                condition=models.Q(content_type__in=["image/jpeg", "image/png", "image/webp"]),
                name="reference_is_an_image",
            ),
        ]
        indexes = [models.Index(fields=["team", "-id"], name="reference_of_team")]

    def __str__(self) -> str:
        return self.filename


class ReferenceUpload(models.Model):
    """Where a provider keeps a copy of a reference, until it expires there."""

    reference = models.ForeignKey(Reference, on_delete=models.CASCADE, related_name="uploads")
    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=64)
    uri = models.TextField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "provider", "account"], name="upload_once_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.reference} at {self.provider}"

    def is_fresh(self, *, now: datetime) -> bool:
        """Whether the provider still has it."""
        return now < self.expires_at
