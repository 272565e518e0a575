"""ModelPace: how a model's tasks have been seen to run."""

from django.db import models


class ModelPace(models.Model):
    """What the engines have learned of one model's tasks: how progress runs against time. It may be lost: it is learned
    anew."""

    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=60)
    learned = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["provider", "model"]
        constraints = [models.UniqueConstraint(fields=["provider", "model"], name="pace_once_a_model")]

    def __str__(self) -> str:
        return self.model
