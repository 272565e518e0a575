"""Pages for what went wrong before a view could answer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

FORMS_WITH_TEXT = frozenset({"generate", "composer", "references"})
NOT_CARRIED = frozenset({"csrfmiddlewaretoken", "token", "without"})
SERVICE_UNAVAILABLE = 503


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with a sentence, and with what was typed into the composer. `reason` is Django's, for the log alone."""
    match = request.resolver_match
    context: dict[str, Any] = {"studio_of": None, "fields": []}
    if match and match.url_name in FORMS_WITH_TEXT:
        fields = [(name, value) for name, value in request.POST.items() if name not in NOT_CARRIED]
        context = {"studio_of": match.kwargs, "fields": fields}
    return render(request, "errors/csrf.html", context, status=403)


def not_a_page(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """The refusal (405), with a sentence and a way back to the studio or the team that the address belongs to."""
    match = request.resolver_match
    kwargs = match.kwargs if match else {}
    if {"team", "project"} <= kwargs.keys():
        back, label = reverse("studio", args=(kwargs["team"], kwargs["project"])), "Back to the studio"
    elif "team" in kwargs:
        back, label = reverse("team_home", args=(kwargs["team"],)), "Back to the projects"
    else:
        back, label = reverse("home"), "To the start page"
    refusal.content = render(request, "errors/not_a_page.html", {"back": back, "back_label": label}).content
    return refusal


def storage_down(request: HttpRequest) -> HttpResponse:
    """503: the file is safe, and cannot be read just now."""
    response = render(request, "errors/storage.html", status=SERVICE_UNAVAILABLE)
    response["Retry-After"] = "10"
    return response
