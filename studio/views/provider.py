"""The page on which an owner looks at what has changed at the provider: prices, surprises, models."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404
from accounts.models import Membership
from studio import htmx
from studio.generations.changed import changed
from studio.generations.drift import acknowledge_drift
from studio.generations.surprises import acknowledge_surprise
from studio.views.frame import frame, number

PAGE = "studio/provider.html"
ACKNOWLEDGE = {"drift": acknowledge_drift, "surprise": acknowledge_surprise}
SEEN = "Noted. It comes back when it changes again."
SEEN_BEFORE = "Somebody has noted this already."


@require_GET
def provider(request: HttpRequest, team: str) -> HttpResponse:
    """What has changed, for the owners of a team."""
    membership = membership_or_404(request, team, may=Ability.CHANGE_KEYS)
    return htmx.page(request, PAGE, _context(membership))


@require_POST
def seen(request: HttpRequest, team: str) -> HttpResponse:
    """Take note of one drift or surprise, so that it alarms nobody any more."""
    membership = membership_or_404(request, team, may=Ability.CHANGE_KEYS)
    acknowledge, pk = ACKNOWLEDGE.get(request.POST.get("kind", "")), number(request.POST.get("row"))
    if acknowledge is None or pk is None:
        raise Http404
    said = SEEN if acknowledge(pk, by=membership.user, now=timezone.now()) else SEEN_BEFORE
    if not htmx.wants_fragment(request):
        return htmx.redirect(request, reverse("provider", args=[membership.team.slug]), say=said)
    return htmx.toast(htmx.fragment(request, f"{PAGE}#noted", _context(membership)), said)


def _context(membership: Membership) -> dict[str, object]:
    return {
        "frame": frame(membership, section="provider", now=timezone.now()),
        "changed": changed(membership.team),
    }
