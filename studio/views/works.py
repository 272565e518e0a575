"""The menu of a clip, as a take's card opens it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.abilities import Ability
from studio import htmx
from studio.access import clip_or_404
from studio.generations.works import menu_of


@require_GET
def clip_menu(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What can be done with the clip; whoever asks for a page gets it on the clip's own."""
    found = clip_or_404(request, public_id, may=Ability.GENERATE)
    if not htmx.wants_fragment(request):
        return redirect(f"{reverse('clip', args=[public_id])}#works")
    context = {"menu": menu_of(found, on=timezone.now().date()), "is_page": False}
    return htmx.fragment(request, "components/clip_menu.html", context)
