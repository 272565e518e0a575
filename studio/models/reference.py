"""Reference: an uploaded image, video or sound that a generation may use."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Team, User
from studio.enums import MediaKind
from studio.models.project import Project, seen_by


class ReferenceQuerySet(models.QuerySet["Reference"]):
    """Reads of references."""

    def in_projects_of(self, user: User) -> Self:
        """Those of the whole team, and those of projects that this member of the team sees."""
        return self.filter(Q(project=None) | seen_by(user))


class Reference(models.Model):
    """A file of a team, stored once however often it is uploaded.

    `project` is the confidential project to which it was uploaded, and to no other; None for all else.

    What a kind does not have is 0: a sound has no width and height, an image no length and no frames a second.
    `changes` are sentences: what was converted on its way in. `from_clip` is the clip that it was taken from.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="references")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=8, choices=MediaKind.choices, default=MediaKind.IMAGE)
    filename = models.CharField(max_length=200)
    key = models.CharField(max_length=200, unique=True)
    thumb_key = models.CharField(max_length=200, unique=True)
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField(default=0)
    fps = models.DecimalField(max_digits=7, decimal_places=3, default=0)
    has_sound = models.BooleanField(default=False)
    changes = models.JSONField(default=list, blank=True)
    from_clip = models.ForeignKey(
        "studio.Clip", on_delete=models.PROTECT, null=True, blank=True, related_name="references_from"
    )
    size_bytes = models.PositiveBigIntegerField()
    thumb_size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "sha256"], name="reference_once_a_team"),
            models.CheckConstraint(
                condition=models.Q(size_bytes__gt=0)
                & (
                    models.Q(kind=MediaKind.IMAGE, width__gt=0, height__gt=0)
                    | models.Q(kind=MediaKind.VIDEO, width__gt=0, height__gt=0, duration_ms__gt=0)
                    | models.Q(kind=MediaKind.AUDIO, duration_ms__gt=0)
                ),
                name="reference_has_a_size",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=MediaKind.IMAGE)
                | models.Q(content_type__in=["image/jpeg", "image/png", "image/webp"]),
                name="reference_image_has_a_type",
            ),
        ]
        indexes = [models.Index(fields=["team", "-id"], name="reference_of_team")]

    def __str__(self) -> str:
        return self.filename


class ReferenceUpload(models.Model):
    """Where a provider keeps a copy of a reference or of a clip, until it expires there.

    `variant` is "" for the file as it is, else it names what was made of it: a crop, a shorter or smaller copy.
    """

    reference = models.ForeignKey(Reference, on_delete=models.CASCADE, null=True, blank=True, related_name="uploads")
    clip = models.ForeignKey("studio.Clip", on_delete=models.CASCADE, null=True, blank=True, related_name="uploads")
    variant = models.CharField(max_length=64, blank=True)
    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=64)
    uri = models.TextField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "variant", "provider", "account"],
                condition=models.Q(reference__isnull=False),
                name="upload_once_an_account",
            ),
            models.UniqueConstraint(
                fields=["clip", "variant", "provider", "account"],
                condition=models.Q(clip__isnull=False),
                name="upload_of_clip_once_an_account",
            ),
            models.CheckConstraint(
                condition=models.Q(reference__isnull=False, clip__isnull=True)
                | models.Q(reference__isnull=True, clip__isnull=False),
                name="upload_is_of_a_reference_or_a_clip",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference or self.clip} at {self.provider}"

    def is_fresh(self, *, now: datetime) -> bool:
        """Whether the provider still has it."""
        return now < self.expires_at
