"""Leaving for the sign-in page of another house, and coming back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from requests import RequestException

NO_ANSWER = (RequestException, KeyError, ValueError)
"""Nobody answers, a part is missing, a part is none of those that there are."""
UNAUTHORIZED = 401
log = structlog.get_logger()


def by_a_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, whose redirect away from here becomes a page that goes on by itself.

    Browsers hold the redirect that follows a form to our policy's `form-action`, and that allows this site alone: which
    houses stand behind the other one's sign-in page cannot be known here.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseRedirect) or response.url.startswith("/"):
            return response
        page = render(request, "socialaccount/leaving.html", {"to": response.url})
        page["Cache-Control"] = "no-store"
        return page

    return answered


def answering(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, which says so when the other house does not answer, or answers what nobody can read."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NO_ANSWER as error:
            log.warning("outside_login.failed", error=type(error).__name__, exc_info=True)
            return render(request, "socialaccount/authentication_error.html", status=UNAUTHORIZED)

    return answered
