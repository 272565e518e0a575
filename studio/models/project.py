"""Project: a folder of work inside a team."""

import uuid

from django.conf import settings
from django.db import models

from accounts.models import SLUG_PATTERN, Team, slug_form


class Project(models.Model):
    """A folder of work with its own gallery.

    `change_seq` counts what has happened to the project's generations. It is raised in the transaction of each
    event, which locks the row: events become visible in the order of their numbers, so that a page that asks
    "what is new since 41?" misses nothing.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="projects")
    slug = models.CharField(max_length=50, validators=[slug_form])
    name = models.CharField(max_length=120)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    change_seq = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "slug"], name="project_slug_once_a_team"),
            models.CheckConstraint(condition=models.Q(slug__regex=rf"^{SLUG_PATTERN}$"), name="project_slug_is_a_slug"),
        ]
        indexes = [models.Index(fields=["team", "-created_at"], name="project_of_team")]

    def __str__(self) -> str:
        return self.name
