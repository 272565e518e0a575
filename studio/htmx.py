"""All HTMX policy: who gets a fragment, what its headers are, and how a page is told something."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect as http_redirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

NO_NEWS = 204
INVALID = 422


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page. A boosted link and a restored history entry want the whole."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A whole page. The same address may answer with a fragment, so caches are told."""
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def fragment(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A part of a page, `studio/page.html#part`: never stored by anybody."""
    response = page(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def no_news() -> HttpResponse:
    """The poller's answer when nothing has happened: nothing is swapped, and it asks again."""
    response = HttpResponse(status=NO_NEWS)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["HX-Request"])
    return response


def toast(response: HttpResponse, text: str, *, tone: str = "info") -> HttpResponse:
    """The same response, which also makes the page say `text` in a corner. `tone`: info, ok or bad."""
    return trigger_client_event(response, "toast", {"text": text, "tone": tone})


def redirect(request: HttpRequest, to: str, *, say: str = "", is_bad: bool = False) -> HttpResponse:
    """Send the person to `to`, by htmx's header or by 302, with a sentence to read there."""
    if say:
        messages.add_message(request, messages.ERROR if is_bad else messages.SUCCESS, say)
    return HttpResponseClientRedirect(to) if wants_fragment(request) else http_redirect(to)
