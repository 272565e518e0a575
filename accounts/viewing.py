"""Viewing the site as somebody else: what is closed meanwhile, and what is written of it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import trigger_client_event
from hijack.signals import hijack_ended, hijack_started

from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind
from accounts.models import User
from accounts.notices import notify

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HIJACK, RELEASE = "hijack", "hijack:release"
READ_ONLY = "You view the site as {person}: you can look, and change nothing. End the view first."
CLOSED = "This page is {person}’s alone, and closed while you view the site as them."
CLOSED_STARTS = ("account_", "mfa_", "socialaccount_", "usersessions_", "end_session", "google_", "openid_", "push_")
CLOSED_NAMES = frozenset(
    {
        "tokens", "revoke_token", "personal_data", "export_data", "delete_account", "keys", "retire_key", "export_team",
        "audit_export", "delete_team", "sign_in", "sign_out", "invitation", "accept_invitation",
    }
)  # fmt: skip
GetResponse = Callable[[HttpRequest], HttpResponse]


class ViewAsMiddleware:
    """Keeps a view as somebody else to looking, and hijack's addresses from all who have no business there."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        if name.startswith(f"{HIJACK}:"):
            _refuse_hijack(request, name)
        if not is_viewing(request) or name == RELEASE:
            return None
        if request.method not in SAFE:
            return _refused(request, READ_ONLY)
        return _refused(request, CLOSED) if is_closed(name) else None


def is_viewing(request: HttpRequest) -> bool:
    """Whether staff views the site as the request's user."""
    return bool(request.session.get("hijack_history"))


def is_closed(name: str) -> bool:
    """Whether the page is for its person alone: what is secret, costs, or cannot be taken back."""
    return name in CLOSED_NAMES or name.startswith(CLOSED_STARTS)


def connect() -> None:
    """Listen to django-hijack. Called once, when the apps are ready."""
    hijack_started.connect(_began, dispatch_uid="accounts.viewing.began")
    hijack_ended.connect(_ended, dispatch_uid="accounts.viewing.ended")


def _refuse_hijack(request: HttpRequest, name: str) -> None:
    """Raises Http404 unless the address has something to do for this person: begin for superusers, end for a view."""
    may_begin = settings.VIEW_AS and getattr(request.user, "is_superuser", False) and not is_viewing(request)
    if request.method != "POST" or not (is_viewing(request) if name == RELEASE else may_begin):
        raise Http404


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """403 with the sentence: a page, or for htmx a toast."""
    said = sentence.format(person=request.user)
    response = render(request, "hijack/refused.html", {"sentence": said}, status=403)
    if request.headers.get("HX-Request") == "true":
        return trigger_client_event(response, "toast", {"text": said, "tone": "bad"})
    return response


def _began(hijacker: User, hijacked: User, **more: Any) -> None:
    record(AuditAction.VIEWED_AS, by=hijacker, about=hijacked, target=hijacked)
    notify(hijacked, NoticeKind.SECURITY, "A member of the staff looks at Dailies as you see it. They change nothing.")


def _ended(hijacker: User, hijacked: User, **more: Any) -> None:
    record(AuditAction.VIEWED_AS_ENDED, by=hijacker, about=hijacked, target=hijacked)
