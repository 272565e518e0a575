"""Asks an address as everybody, and says the answers in the words of the table.

An answer is a status (`200`), or for a redirect the name of where it leads (`sign_in`). A `+` after it says that rows
were changed.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import AuditEntry, User
from tests.authorization.scenery import PEOPLE, Scenery

LED_AWAY = frozenset({"sign_in", "mfa_index", "team_closing"})
REFUSED = frozenset({"400", "401", "403", "404", "405", "410", "429", *LED_AWAY})
"""Answers after which nothing may have changed."""
NOT_COMPARED = frozenset({AuditEntry, Session, UserSession})
"""What any request may write: that it was made."""
HX = {"HX-Request": "true"}


def answer_of(response: HttpResponseBase) -> str:
    """A status, or the name of where a redirect leads."""
    target = response.headers.get("HX-Redirect") or response.headers.get("Location")
    if target is None:
        return str(response.status_code)
    return name_of(target)


def name_of(target: str) -> str:
    """The name of the page at this address, else the address."""
    path = target.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].removeprefix("http://testserver")
    try:
        return resolve(path).view_name or path
    except Resolver404:
        return path


def fingerprint() -> str:
    """A digest of all rows of all tables, but for those that say that a request was made."""
    digest = sha256()
    for model in apps.get_models():
        if model in NOT_COMPARED or not model._meta.managed:
            continue
        fields = [field.attname for field in model._meta.concrete_fields if not _is_a_trace(model, field.attname)]
        rows = model._base_manager.order_by("pk").values_list(*fields)
        digest.update(f"{model._meta.label} {[*rows]!r}".encode())
    return digest.hexdigest()


def _is_a_trace(model: type[Any], field: str) -> bool:
    return model is User and field == "last_login"


def asked(client: Client, method: str, path: str, **options: Any) -> HttpResponseBase:
    """The answer of an address; its limits for others do not count for this one."""
    cache.clear()
    ask: Any = {"GET": client.get, "POST": client.post, "HEAD": client.head, "OPTIONS": client.options}[method]
    response: HttpResponseBase = ask(path, **options)
    return response


def answers(
    scenery: Scenery, method: str, path: str, *, data: dict[str, Any] | None = None, people: Iterable[str] = PEOPLE
) -> str:
    """What everybody is answered, in one line. Each is asked as if none of the others had been.

    Raises AssertionError when an answer that refuses, or any answer to a question, has changed a row.
    """
    before = fingerprint()
    said = " ".join(_answer(scenery, who, method, path, data or {}, before=before) for who in people)
    assert fingerprint() == before, (
        f"{method} {path} has changed rows, though it refused or was only a question: {said}"
    )
    return said


def _answer(scenery: Scenery, who: str, method: str, path: str, data: dict[str, Any], *, before: str) -> str:
    with transaction.atomic():
        client = scenery.client(who)
        response = asked(client, method, path, data=data)
        consume(response)
        answer = answer_of(response)
        if method != "POST" or answer in REFUSED:
            return answer
        is_changed = fingerprint() != before
        transaction.set_rollback(True)
    return f"{answer}{'+' if is_changed else ''}"


def consume(response: HttpResponseBase) -> bytes:
    """The body; of a stream the whole of it."""
    if response.streaming:
        return b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return bytes(response.content)  # type: ignore[attr-defined]
