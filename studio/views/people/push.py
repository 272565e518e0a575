"""Browsers that take pushes, and the script that shows them there."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import push
from accounts.access import signed_in
from accounts.origin import agent_of
from studio import htmx
from studio.forms.notices import SubscriptionForm

WORKER = "static/js/push-worker.js"
PUSH_IS_OFF = "Pushes are not set up on this installation."
TOO_OFTEN = "That was very often. Wait a minute, then try again."
RATE_NAME, RATE = "push_subscribe", "20/m/user"


@login_not_required
@require_safe
def push_worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It holds nothing of anybody, and a browser asks for it without signing in."""
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


@require_POST
def push_subscribe(request: HttpRequest) -> HttpResponse:
    """This browser takes pushes: `endpoint`, `p256dh` and `auth`, as a form or as JSON. 201, or 422 with a sentence.

    Its address is not asked here: the engine alone connects there, and checks what it connects to.
    """
    user = signed_in(request)
    if not settings.PUSH_PRIVATE_KEY:
        return _said(PUSH_IS_OFF, status=htmx.INVALID)
    if not ratelimit.consume(request, app="dailies", action=RATE_NAME, config={RATE_NAME: RATE}, user=user):
        return _said(TOO_OFTEN, status=429)
    form = SubscriptionForm(_fields(request))
    if not form.is_valid():
        problems = [str(problem) for one in form.errors.values() for problem in one]
        return _said(" ".join(problems), status=htmx.INVALID)
    browser = push.subscribe(user, agent=agent_of(request), **form.cleaned_data)
    request.session[push.SESSION_MARK] = str(browser.public_id)
    return JsonResponse({"id": str(browser.public_id)}, status=201)


@require_POST
def push_unsubscribe(request: HttpRequest) -> HttpResponse:
    """A browser takes no pushes any more: by its `id` in the list, or by its own `endpoint`."""
    fields, user = _fields(request), signed_in(request)
    count = push.unsubscribe(user, public_id=_uuid(fields.get("id")), endpoint=str(fields.get("endpoint", "")))
    if fields.get("id"):
        said = "That browser gets no pushes any more." if count else "That browser got none."
        return htmx.redirect(request, reverse("notification_choices"), say=said)
    return JsonResponse({"removed": count})


def _fields(request: HttpRequest) -> Any:
    """The form's fields, or those of a JSON object; {} for what cannot be read."""
    if request.content_type != "application/json":
        return request.POST
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _said(sentence: str, *, status: int) -> JsonResponse:
    return JsonResponse({"problem": sentence}, status=status)


@cache
def _worker() -> bytes:
    return (Path(settings.BASE_DIR) / WORKER).read_bytes()
