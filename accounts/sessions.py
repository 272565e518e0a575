"""The sessions of people: counted, and ended."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User


def session_count(user: User, *, now: datetime) -> int:
    """How many browsers the person is signed in with."""
    keys = UserSession.objects.filter(user=user).values("session_key")
    return Session.objects.filter(session_key__in=keys, expire_date__gt=now).count()


@transaction.atomic
def end_sessions(user: User) -> int:
    """Sign the person out everywhere; how many sessions that were."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)
