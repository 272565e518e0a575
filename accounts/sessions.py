"""Sessions of people: which there are, and how they end.

allauth keeps a row beside each session that begins at the sign-in page. Where sessions are stored in the database those
that have begun elsewhere are found too; other stores cannot be searched.
"""

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.push import stop_everywhere

IN_DATABASE = frozenset({"django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db"})


def sessions_of(user: User) -> list[UserSession]:
    """The person's sessions that are alive, the latest first."""
    rows = list(UserSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    alive = _alive_in_database(user, rows) if _is_in_database() else _alive_elsewhere(rows)
    return [row for row in rows if row.session_key in alive]


def session_count(user: User, *, now: datetime) -> int:
    """How many browsers the person is signed in with."""
    return len(sessions_of(user))


def end_session(user: User, *, number: int) -> bool:
    """End the session whose row has this number. False when the person has none such."""
    row = UserSession.objects.filter(user=user, pk=number).first()
    if row:
        row.end()
    return row is not None


def end_sessions(user: User, *, keep: str | None = None) -> int:
    """End all sessions of the person but the one with the key `keep`; how many. Safe to repeat.

    No browser is pushed anything any more: which one belongs to which session is not known.
    """
    rows = UserSession.objects.filter(user=user).exclude(session_key=keep)
    keys = {*rows.values_list("session_key", flat=True), *_keys_in_database(user)} - {keep}
    ended = 0
    for key in keys:
        ended += _store().exists(key)
        _store().delete(key)
    rows.delete()
    stop_everywhere(user)
    return ended


def forget_session(key: str | None) -> None:
    """The session has ended by itself: its row goes."""
    UserSession.objects.filter(session_key=key or "").delete()


def _is_in_database() -> bool:
    return settings.SESSION_ENGINE in IN_DATABASE


def _store(key: str | None = None) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def _alive_in_database(user: User, rows: list[UserSession]) -> set[str]:
    """Keys of the rows whose session is stored, and holds the password of today."""
    keys = [row.session_key for row in rows]
    mark = user.get_session_auth_hash()
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return {
        session.session_key
        for session in stored
        if constant_time_compare(str(session.get_decoded().get(HASH_SESSION_KEY, "")), mark)
    }


def _alive_elsewhere(rows: list[UserSession]) -> set[str]:
    return {row.session_key for row in rows if _store().exists(row.session_key)}


def _keys_in_database(user: User) -> Iterator[str]:
    """Keys of all the person's stored sessions. It reads every one: their owner is inside."""
    if not _is_in_database():
        return
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            yield session.session_key
