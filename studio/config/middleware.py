"""What every request passes through."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from accounts.enums import Theme
from accounts.models import User
from accounts.profile import zone_of
from studio.templatetags.dailies import THEME_COOKIE
from studio.views.errors import not_a_page
from studio.views.person import keep_theme

LEAVING = frozenset({"sign_out", "account_logout", "end_sessions"})
"""Who signs out wants to leave: the next person to sign in is not led to that page."""
GetResponse = Callable[[HttpRequest], HttpResponse]


class PersonMiddleware:
    """Shows the site as the person has set it: their time zone, and in the cookie their theme, for the pages that they
    see before they sign in. Views that everybody may open are left alone: some answer without a database."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self._get_response(request)
        finally:
            timezone.deactivate()
        person = getattr(request, "person", None)
        if person and request.COOKIES.get(THEME_COOKIE, Theme.SYSTEM) != person.theme:
            keep_theme(response, person.theme)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if not getattr(view, "login_required", True) or not isinstance(request.user, User):
            return
        request.person = request.user  # type: ignore[attr-defined]  # for the way back
        timezone.activate(zone_of(request.user))


class LoginMiddleware:
    """Leads somebody who is not signed in any more to the sign-in page, and afterwards back to the page that asked.

    To htmx it says so by `HX-Redirect`: the sign-in page would land inside a card. For a form it names the page on
    which the form was: the form's own address is no page.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        is_leaving = request.resolver_match is not None and request.resolver_match.url_name in LEAVING
        if is_leaving or response.status_code != 302 or response["Location"].split("?")[0] != sign_in:
            return response
        if request.headers.get("HX-Request") == "true":
            page: str | None = request.htmx.current_url_abs_path  # type: ignore[attr-defined]  # HtmxMiddleware sets it
            return HttpResponseClientRedirect(_with_next(sign_in, page))
        return response if request.method == "GET" else redirect(_with_next(sign_in, _page_of_the_form(request)))


class FormAddressMiddleware:
    """Gives a person who opens the address of a form (reload, address bar) a page instead of an empty 405."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        is_opened = request.method == "GET" and isinstance(response, HttpResponseNotAllowed)
        return not_a_page(request, response) if is_opened else response


def _with_next(sign_in: str, page: str | None) -> str:
    return f"{sign_in}?{urlencode({'next': page})}" if page else sign_in


def _page_of_the_form(request: HttpRequest) -> str | None:
    """Path and query of the page of ours that sent the form, None when the browser does not say."""
    address = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return None
    return urlsplit(address)._replace(scheme="", netloc="", fragment="").geturl() or None
