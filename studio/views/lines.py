"""What a manager does to a stopped line: have it tried now."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404
from studio import htmx
from studio.generations.breakers import breaker_of, try_now
from studio.views.frame import frame

BANNERS = "components/banners.html"
TRIED = "One take is tried now; when it goes well, the others follow."
RUNS = "This line is not stopped any more."


@require_POST
def try_line(request: HttpRequest, team: str, breaker: int) -> HttpResponse:
    """Have a stopped line tried by one take now. It stays stopped until that one went well."""
    membership = membership_or_404(request, team, may=Ability.DECIDE)
    found, now = breaker_of(membership.team, breaker), timezone.now()
    if found is None:
        raise Http404
    if found.is_open:
        try_now(found, now=now)
    told = TRIED if found.is_open else RUNS
    if not htmx.wants_fragment(request):
        return htmx.redirect(request, reverse("team_home", args=[membership.team.slug]), say=told)
    around = frame(membership, section="team", now=now)
    return htmx.toast(htmx.fragment(request, BANNERS, {"frame": around}), told)
