"""What every request passes through."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect


class FragmentLoginMiddleware:
    """Answers an htmx request of somebody who is not signed in any more with `HX-Redirect`.

    Without it the sign-in page would land inside a card.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._sign_in = ""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if not (response.status_code == 302 and request.headers.get("HX-Request")):
            return response
        if not response["Location"].startswith(resolve_url(settings.LOGIN_URL)):
            return response
        back = request.headers.get("HX-Current-URL-Path-Abs") or ""
        return HttpResponseClientRedirect(
            f"{resolve_url(settings.LOGIN_URL)}?next={back}" if back else response["Location"]
        )
