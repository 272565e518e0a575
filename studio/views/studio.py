"""The studio page: the composer, the takes, and the poller that keeps them fresh."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Membership
from studio import htmx
from studio.access import project_or_404
from studio.credits.queries import Balance
from studio.forms.composer import Composition
from studio.forms.ideas import ideas
from studio.forms.panel import Panel, panel
from studio.generations.banners import banners
from studio.generations.cards import Card
from studio.generations.queries import (
    Shot,
    changes_since,
    feed,
    project_open_count,
    prompt_history,
    shots_of,
)
from studio.generations.refused_models import refused_since
from studio.generations.spec import default_spec
from studio.generations.telling import see_ends
from studio.models import Generation, Project
from studio.views.bell import shows_its_count
from studio.views.frame import frame, left_of, number
from studio.views.openings import opening

PAGE = "studio/studio.html"
MOST_BEHIND = 2_000
"""A page that has missed more events than this is loaded afresh: that costs less than to mend it."""


@dataclass(frozen=True, slots=True)
class Poller:
    """The number of the last event that the page shows, and whether to go on asking."""

    project: Project
    since: int
    is_live: bool


@require_GET
def studio(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The page. `?reuse=`, `?from=` and `?idea=` fill the composer."""
    found, membership = project_or_404(request, team, project)
    composition = opening(request, found, today=timezone.now().date())
    return studio_page(request, found, membership, composition)


@require_GET
def takes(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Older shots, those before `?before=`: for the end of the page, or as a page of their own."""
    found, membership = project_or_404(request, team, project)
    now, before = timezone.now(), number(request.GET.get("before"))
    if not htmx.wants_fragment(request):
        composition = opening(request, found, today=now.date())
        return studio_page(request, found, membership, composition, before=before)
    context = {
        "feed": feed(found, now=now, before=before),
        "frame": frame(membership, section="studio", project=found, now=now),
    }
    return htmx.fragment(request, f"{PAGE}#more", context)


@require_GET
def changes(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The poller's question: what happened after `?since=`. Nothing, and the banners `?warned=` still hold: 204."""
    found, membership = project_or_404(request, team, project)
    if not htmx.wants_fragment(request):
        return redirect("studio", team, project)
    since, now = number(request.GET.get("since")) or 0, timezone.now()
    is_still = since == found.change_seq and _has_its_banners(request, membership, now=now)
    if is_still and shows_its_count(request):
        return htmx.no_news()
    if found.change_seq - since > MOST_BEHIND:
        return HttpResponseClientRefresh()
    news = changes_since(found, since=since, now=now)
    if request.GET.get("watching"):
        see_ends(membership.user, found, [card.generation for card in news.cards])
    around = frame(membership, section="studio", project=found, now=now)
    context = {
        "cards": news.cards,
        "shots": _shots_with(found, news.cards, now=now),
        "poller": Poller(project=found, since=news.seq, is_live=news.open_count > 0),
        "frame": around,
        "left": left_of(around.balance, price=request.GET.get("seen_credits")),
        "is_bell_news": not shows_its_count(request),
    }
    return htmx.fragment(request, f"{PAGE}#changes", context)


def studio_page(
    request: HttpRequest,
    project: Project,
    membership: Membership,
    composition: Composition,
    *,
    before: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page around a composition."""
    now = timezone.now()
    around = frame(membership, section="studio", project=project, now=now)
    context = {
        "frame": around,
        "poller": current_poller(project),
        "feed": feed(project, now=now, before=before),
        "is_first_page": before is None,
        "ideas": ideas(default_spec(), today=now.date()),
        "panel": shown_panel(project, membership, composition, balance=around.balance, now=now),
    }
    return htmx.page(request, PAGE, context, status=status)


def shown_panel(
    project: Project, membership: Membership, composition: Composition, *, balance: Balance, now: datetime
) -> Panel:
    """The composer's values for this member."""
    history = prompt_history(project, user=membership.user)
    return panel(composition, balance=balance, today=now.date(), history=history, refused=refused_since(project.team))


def current_poller(project: Project, *, since: int | None = None) -> Poller:
    """A poller from `since` on; without it, from the moment at which `project` was read."""
    return Poller(
        project=project,
        since=project.change_seq if since is None else since,
        is_live=project_open_count(project) > 0,
    )


def launched_context(
    request: HttpRequest, project: Project, membership: Membership, takes: list[Generation], *, now: datetime
) -> dict[str, Any]:
    """What an answer to a launch has in any case: the new shot, the pills, and a poller that is awake."""
    rows = Generation.objects.to_show().filter(pk__in=[take.pk for take in takes])
    around = frame(membership, section="studio", project=project, now=now)
    return {
        "shot": shots_of(rows, now=now)[0],
        "poller": current_poller(project, since=number(request.POST.get("since"))),
        "frame": around,
        "left": left_of(around.balance, price=request.POST.get("seen_credits")),
    }


def _has_its_banners(request: HttpRequest, membership: Membership, *, now: datetime) -> bool:
    """Whether the page shows the banners of this moment, as far as it says which it has.

    A silent engine makes no events: without this, takes would wait and nobody would know why until a reload.
    """
    shown = request.GET.get("warned")
    found = banners(membership.team, membership, now=now) if shown is not None else []
    return shown is None or shown == "".join(banner.mark for banner in found)


def _shots_with(project: Project, cards: list[Card], *, now: datetime) -> list[Shot]:
    """The whole shots of the cards, for what their headers say."""
    tokens = {card.generation.launch_token for card in cards}
    return shots_of(Generation.objects.to_show().filter(project=project, launch_token__in=tokens), now=now)
