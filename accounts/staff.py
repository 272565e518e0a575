"""What staff may do that nobody else may, and the door to the Django admin."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import User
from accounts.sessions import end_sessions
from accounts.tokens import revoke_token

ADMIN = "admin"
SETS_ONE_UP = "The admin asks for a second factor. Add a passkey or an authenticator app."
GetResponse = Callable[[HttpRequest], HttpResponse]


def may_view_as(*, hijacker: User, hijacked: User) -> bool:
    """Whether staff may view the site as this person: where VIEW_AS allows it, superusers alone, and no other staff."""
    is_plain = hijacked.is_active and not (hijacked.is_staff or hijacked.is_superuser)
    return bool(settings.VIEW_AS and hijacker.is_active and hijacker.is_superuser and is_plain)


class StaffDoorMiddleware:
    """The only door to the admin: others get 404, as if it were not there. Staff need a second factor.

    Also gives its pages the policy that their theme needs (`ADMIN_CSP`); all other pages keep the site's.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if _is_admin(request) and is_staff(request):
            response._csp_replace = settings.ADMIN_CSP  # type: ignore[attr-defined]  # noqa: SLF001  # django-csp's place
            response.headers["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not _is_admin(request):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_staff(request):
            raise Http404
        if settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(request.user):
            messages.warning(request, SETS_ONE_UP)
            return redirect("mfa_index")
        return None


def is_staff(request: HttpRequest) -> bool:
    """Whether the admin is there for this person. Who views the site as somebody else is not staff meanwhile."""
    return bool(request.user.is_active and getattr(request.user, "is_staff", False))


def _is_admin(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and ADMIN in match.namespaces


@transaction.atomic
def deactivate(user: User, *, by: User) -> int:
    """Keep the person out: their sessions and API tokens end. Returns how many sessions. Safe to repeat."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    for token in user.api_tokens.filter(revoked_at=None):
        revoke_token(token, by=by, now=timezone.now())
    return end_all_sessions(user, by=by)


@transaction.atomic
def end_all_sessions(user: User, *, by: User) -> int:
    """Sign the person out everywhere, for staff. Returns how many sessions ended."""
    ended = end_sessions(user)
    record(AuditAction.SESSIONS_ENDED, by=by, about=user, target=user, sessions_ended=ended)
    return ended
