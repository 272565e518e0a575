"""Prompt: the text a person wrote, kept for ever."""

import uuid

from django.conf import settings
from django.db import models

from studio.models.project import Project


class Prompt(models.Model):
    """The text a person wrote. Never changed: an edit is a new prompt that names the one it came from.

    The text may be empty: some models need none beside an image.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="prompts")
    text = models.TextField(blank=True)
    edited_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="edits")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "created_by", "-id"], name="prompt_history")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(edited_from__isnull=True) | ~models.Q(edited_from=models.F("id")),
                name="prompt_not_from_itself",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80] or "(no prompt)"
