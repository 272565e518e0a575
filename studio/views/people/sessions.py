"""Where a person is signed in, and how to end that."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import signed_in
from accounts.audit import record
from accounts.enums import AuditAction
from accounts.sessions import end_session, end_sessions, sessions_of
from studio import htmx


@never_cache
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """The person's sessions, this one marked."""
    found = sessions_of(signed_in(request))
    context = {"sessions": found, "current": request.session.session_key}
    return htmx.page(request, "usersessions/usersession_list.html", context)


@require_POST
@transaction.atomic
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End one session of the person's."""
    user = signed_in(request)
    if not end_session(user, number=number):
        return _back(request, say="That session had ended already.", is_bad=True)
    record(AuditAction.SESSIONS_ENDED, by=user, about=user, sessions_ended=1)
    return _back(request, say="The session has ended.")


@require_POST
@transaction.atomic
def end_all(request: HttpRequest) -> HttpResponse:
    """End the person's other sessions, or with `here` all of them: then the way leads to the sign-in page."""
    user = signed_in(request)
    is_here_too = request.POST.get("here") == "too"
    ended = end_sessions(user, keep=None if is_here_too else request.session.session_key)
    record(AuditAction.SESSIONS_ENDED, by=user, about=user, sessions_ended=ended)
    if is_here_too:
        request.session.flush()
        return htmx.redirect(request, reverse("sign_in"), say="You are signed out everywhere.")
    return _back(request, say=f"Sessions that have ended: {ended}.")


def _back(request: HttpRequest, *, say: str, is_bad: bool = False) -> HttpResponse:
    return htmx.redirect(request, reverse("usersessions_list"), say=say, is_bad=is_bad)
