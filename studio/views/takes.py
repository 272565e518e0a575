"""What a person does to one take: cancel, retry, reuse."""

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404
from studio import htmx
from studio.access import generation_or_404
from studio.errors import StudioError
from studio.generations.cancel import cancel_generation, is_in_hand
from studio.generations.queries import shots_of
from studio.generations.retry import retry_generation
from studio.models import Generation
from studio.providers.catalog import find_model
from studio.views.frame import frame, left_of
from studio.views.studio import PAGE, launched_context

NOT_YOURS = "This take is {whose}’s. A manager of the team can cancel it."


@require_POST
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Cancel a take; what cannot be cancelled any more, or is somebody else's, says why."""
    generation = generation_or_404(request, public_id, may=Ability.GENERATE)
    membership = membership_or_404(request, generation.team.slug)
    if not (is_in_hand(generation, of=membership.user) or membership.may(Ability.CANCEL_OTHERS)):
        return _take(request, generation, problem=NOT_YOURS.format(whose=generation.created_by))
    try:
        cancel_generation(generation, by=membership.user, now=timezone.now())
    except StudioError as error:
        return _take(request, generation, problem=str(error))
    return _take(request, generation)


@require_POST
def retry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Launch the take once more, as a new shot at the top."""
    generation = generation_or_404(request, public_id, may=Ability.GENERATE)
    membership = membership_or_404(request, generation.team.slug)
    now = timezone.now()
    try:
        takes = retry_generation(generation, by=membership.user, token=_token(request), now=now)
    except StudioError as error:
        return _take(request, generation, problem=str(error))
    if not htmx.wants_fragment(request):
        return htmx.redirect(request, f"{_page_of(generation)}#shot-{takes[0].launch_token}", say="Started.")
    context = launched_context(request, generation.project, membership, takes, now=now)
    return htmx.fragment(
        request, f"{PAGE}#retried", {**context, "card": _card(generation), "project": generation.project}
    )


@require_GET
def reuse(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The studio page, filled with the prompt and the settings of this take; with `?model=` for another model."""
    generation = generation_or_404(request, public_id)
    model = find_model(request.GET.get("model", ""))
    instead = f"&model={model.name}" if model else ""
    return redirect(f"{_page_of(generation)}?reuse={public_id}{instead}")


def _token(request: HttpRequest) -> UUID:
    """The form's one-time token; a form without a readable one counts as a new one."""
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return uuid4()


def _page_of(generation: Generation) -> str:
    return reverse("studio", args=[generation.team.slug, generation.project.slug])


def _card(generation: Generation) -> object:
    rows = Generation.objects.to_show().filter(pk=generation.pk)
    return shots_of(rows, now=timezone.now())[0].cards[0]


def _take(request: HttpRequest, generation: Generation, *, problem: str = "") -> HttpResponse:
    """The take as it is now, and the sentence that says why nothing was done."""
    if not htmx.wants_fragment(request):
        page = f"{_page_of(generation)}#take-{generation.public_id}"
        return htmx.redirect(request, page, say=problem, is_bad=True)
    membership = membership_or_404(request, generation.team.slug)
    around = frame(membership, section="studio", project=generation.project, now=timezone.now())
    left = left_of(around.balance, price=request.POST.get("seen_credits"))
    context = {"card": _card(generation), "frame": around, "left": left}
    response = htmx.fragment(request, f"{PAGE}#take", context)
    return htmx.toast(response, problem, tone="bad") if problem else response
