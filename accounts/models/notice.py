"""Notice, its deliveries by mail and push, and the browsers that take pushes."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.enums import Channel, NoticeKind
from accounts.models.team import Team
from accounts.models.user import User


class Notice(models.Model):
    """Something that a person wants to know. Shown in the page until `read_at`; `url` is a path of the site."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=24, choices=NoticeKind.choices)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    is_on_page = models.BooleanField(default=True, help_text="Whether the person wants this kind in the page.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_is_known"),
        ]
        indexes = [
            models.Index(
                fields=["user", "-id"], condition=Q(read_at__isnull=True, is_on_page=True), name="notice_unread"
            ),
            models.Index(fields=["user", "-id"], name="notice_of_user"),
        ]

    def __str__(self) -> str:
        return self.text


class Delivery(models.Model):
    """A notice on its way out of the house. The row is the queue: the engine sends what is due, and again later."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    due_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel"),
            models.CheckConstraint(
                condition=Q(channel__in=[Channel.MAIL, Channel.PUSH]), name="delivery_leaves_the_house"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True), name="delivery_ends_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(sent_at__isnull=True, given_up_at__isnull=True), name="delivery_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice} by {self.channel}"


class PushSubscription(models.Model):
    """A browser that takes pushes (RFC 8030): its address at the push service, and its keys in base64url."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.URLField(max_length=600)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "endpoint"], name="push_once_a_browser")]

    def __str__(self) -> str:
        return f"{self.user}: {self.agent or 'a browser'}"
