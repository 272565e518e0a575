"""Clip: the stored file that came out of a generation."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Team, User
from studio.enums import MediaKind
from studio.models.generation import Generation
from studio.models.project import Project, seen_by


class ClipQuerySet(models.QuerySet["Clip"]):
    """Reads of clips."""

    def in_projects_of(self, user: User) -> Self:
        """Those whose project this member of the team sees."""
        return self.filter(seen_by(user))

    def to_show(self) -> Self:
        """With all that a card shows, newest first."""
        people = ("generation__created_by", "generation__kept_by")
        return self.select_related("generation__prompt", *people, "project", "team").order_by("-pk")


class Clip(models.Model):
    """A file in the team's storage, checked: `sha256` and `size_bytes` are those of the bytes at `key`.

    It is what a browser plays or shows. What a kind does not have is 0: a sound has no width and height, an image no
    length and no frames a second. `files` hold what the provider delivered where that is something else, or more.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    generation = models.OneToOneField(Generation, on_delete=models.PROTECT, related_name="clip")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="clips")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="clips")
    kind = models.CharField(max_length=8, choices=MediaKind.choices, default=MediaKind.VIDEO)
    key = models.CharField(max_length=200, unique=True)
    content_type = models.CharField(max_length=40, default="video/mp4")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    poster_key = models.CharField(max_length=200, blank=True)
    poster_size_bytes = models.PositiveBigIntegerField(default=0)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField()
    fps = models.DecimalField(max_digits=7, decimal_places=3)
    has_sound = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)
    missing_since = models.DateTimeField(
        null=True, blank=True, help_text="When the sweep found no object under its key; empty while all is well."
    )
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When the sweep last found its object.")

    objects = ClipQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(size_bytes__gt=0)
                & (
                    Q(kind=MediaKind.VIDEO, width__gt=0, height__gt=0, duration_ms__gt=0)
                    | Q(kind=MediaKind.IMAGE, width__gt=0, height__gt=0)
                    | Q(kind=MediaKind.AUDIO, duration_ms__gt=0)
                ),
                name="clip_has_a_size",
            )
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="clip_of_project"),
            models.Index(fields=["team", "-id"], name="clip_of_team"),
            models.Index(fields=["id"], condition=Q(missing_since__isnull=False), name="clip_missing"),
        ]

    def __str__(self) -> str:
        return f"{self.width}×{self.height}, {self.duration_ms / 1000:g} s"


class ClipFile(models.Model):
    """A file that the provider delivered for a clip, as it came: an original that no browser plays, a further image.

    `order` is the provider's, from 0. `label` says in a few words what it is: `ProRes 4444`, `PNG sequence`.
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="files")
    order = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=200, unique=True)
    filename = models.CharField(max_length=120)
    label = models.CharField(max_length=60, blank=True)
    content_type = models.CharField(max_length=60)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    missing_since = models.DateTimeField(
        null=True, blank=True, help_text="When the sweep found no object under its key."
    )
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When the sweep last found its object.")

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["clip", "order"], name="clip_file_once_a_place"),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="clip_file_has_a_size"),
        ]

    def __str__(self) -> str:
        return self.filename
