"""What every request passes through."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect


class FragmentLoginMiddleware:
    """Answers an htmx request of somebody who is not signed in any more with `HX-Redirect`.

    Without it the sign-in page would land inside a card. Afterwards the person is back on the page that asked.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code != 302 or request.headers.get("HX-Request") != "true":
            return response
        sign_in = resolve_url(settings.LOGIN_URL)
        if response["Location"].split("?")[0] != sign_in:
            return response
        page: str | None = request.htmx.current_url_abs_path  # type: ignore[attr-defined]  # HtmxMiddleware sets it
        return HttpResponseClientRedirect(f"{sign_in}?{urlencode({'next': page})}" if page else sign_in)
