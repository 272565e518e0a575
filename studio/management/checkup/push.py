"""Notices that leave the house: whether pushes and mails are set up, and whether any are stuck."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import Delivery
from studio.management.checkup.findings import Verdict, ok, warn

LATE = timedelta(minutes=15)
IS_OFF = "Pushes are off: PUSH_PRIVATE_KEY is not set (`manage.py push_keys` makes one; docs/notices.md)."
IS_ON = "Pushes are signed for {contact}, and links lead to {site}."


def check_push() -> Verdict:
    """How notices leave the house."""
    waiting = Delivery.objects.filter(sent_at=None, given_up_at=None, notice__created_at__lt=timezone.now() - LATE)
    late = waiting.count()
    if late:
        return warn(f"Notices that wait for their mail or push for more than 15 minutes: {late}. Is an engine at work?")
    if not settings.PUSH_PRIVATE_KEY:
        return ok(IS_OFF)
    if not settings.HTTPS and not settings.SITE_URL.startswith("http://localhost"):
        return warn("Pushes are set up, and browsers take them over https alone: HTTPS is off.")
    return ok(IS_ON.format(contact=settings.PUSH_CONTACT, site=settings.SITE_URL))
