"""What every request passes through on behalf of people and teams."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import Detour
from accounts.audit import Origin, coming_from
from accounts.models import User
from accounts.origin import agent_of, ip_of

OK, INVALID = 200, 422
GetResponse = Callable[[HttpRequest], HttpResponse]


class OriginMiddleware:
    """Lets the audit log know where a request comes from."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with coming_from(Origin(ip=ip_of(request), agent=agent_of(request), staff=partial(_staff_behind, request))):
            return self._get_response(request)


class DetourMiddleware:
    """Sends a person who may enter a team, but not yet, to the page that says what is to be done first."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Detour):
            return None
        if exception.say:
            messages.warning(request, exception.say)
        is_htmx = request.headers.get("HX-Request") == "true"
        return HttpResponseClientRedirect(exception.url) if is_htmx else redirect(exception.url)


class InvalidFormMiddleware:
    """Answers an invalid form of allauth's with 422, as all forms here are."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        forms = [(response.context_data or {}).get(name) for name in ("form", "webauthn_form")]
        is_invalid = any(isinstance(form, BaseForm) and form.is_bound and form.errors for form in forms)
        if request.method == "POST" and response.status_code == OK and is_invalid:
            response.status_code = INVALID
        return response


def _staff_behind(request: HttpRequest) -> User | None:
    """Who views the site as the request's user, None for nearly all requests."""
    history = request.session.get("hijack_history") if hasattr(request, "session") else None
    return User.objects.filter(pk=history[0]).first() if history else None
