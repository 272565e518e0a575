"""Leaving for the sign-in page of another house."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render


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
