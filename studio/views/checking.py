"""The page on which a manager decides about takes whose outcome is unknown."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404
from accounts.models import Membership
from studio import htmx
from studio.access import generation_or_404
from studio.enums import StatusCode, Verdict
from studio.errors import InvalidDecision, StudioError
from studio.forms.decision import Decision, DecisionForm
from studio.generations import decisions
from studio.generations.checking import checking_of
from studio.models import Evidence, Generation
from studio.providers.catalog import find_model
from studio.views.frame import frame

PAGE = "studio/checking.html"
TONES = {Verdict.NOT_CHARGED: "ok", Verdict.CHARGED: "warn", Verdict.UNCLEAR: "info"}


@dataclass(frozen=True, slots=True)
class CheckingCard:
    """One take that is "Checking", ready to show; `form` is what was typed, with what is wrong with it."""

    generation: Generation
    model_label: str
    evidence: Evidence | None
    tone: str
    form: DecisionForm

    @property
    def dom_id(self) -> str:
        return f"checking-{self.generation.public_id}"


@require_GET
def checking(request: HttpRequest, team: str) -> HttpResponse:
    """The team's takes that wait for a decision, oldest first."""
    membership = membership_or_404(request, team, may=Ability.DECIDE)
    return _page(request, membership, [_card(row) for row in checking_of(membership.team, user=membership.user)])


@require_POST
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Decide about one take. 422 with the form when what was typed will not do; whoever is late reads who was first."""
    generation = generation_or_404(request, public_id, may=Ability.DECIDE)
    membership = membership_or_404(request, generation.team.slug)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _refused(request, membership, generation, form)
    try:
        said = _decide(generation, form, membership)
    except InvalidDecision as error:
        form.add_error(error.field, str(error))
        return _refused(request, membership, generation, form)
    except StudioError as error:
        return _done(request, membership, generation, said=str(error), is_bad=True)
    return _done(request, membership, generation, said=said)


def _decide(generation: Generation, form: DecisionForm, membership: Membership) -> str:
    """Do it, and say in a sentence what was done and what it cost."""
    by, now, typed = membership.user, timezone.now(), form.cleaned_data
    held = f"{generation.quote_credits:,} credits"
    match Decision(typed["decision"]):
        case Decision.FOLLOW:
            decisions.follow_task(generation, task_id=typed["task_id"], by=by, now=now)
            return "The engine follows its task now. The clip comes to its project; what it cost is charged then."
        case Decision.CHARGE:
            decisions.charge_unseen(generation, credits=typed["credits"], by=by, now=now)
            return f"{typed['credits']:,} credits were charged for it. It counts as failed."
        case Decision.GIVE_BACK:
            decisions.give_back(generation, by=by, now=now)
            return f"Its {held} were given back. It counts as failed, and may be retried."
        case Decision.SEND_AGAIN:
            decisions.send_again(generation, token=form.token_or_new, by=by, now=now)
            return f"Its {held} were given back, and it is sent again as a new take."


def _done(
    request: HttpRequest, membership: Membership, generation: Generation, *, said: str, is_bad: bool = False
) -> HttpResponse:
    """The page without the take, or the take's place with what became of it."""
    if not htmx.wants_fragment(request):
        return htmx.redirect(request, reverse("checking", args=[membership.team.slug]), say=said, is_bad=is_bad)
    generation.refresh_from_db()
    card = _card(generation) if generation.status_code == StatusCode.OUTCOME_UNKNOWN else None
    context = {
        "frame": frame(membership, section="checking", now=timezone.now()),
        "card": card,
        "generation": generation,
        "said": said,
        "is_bad": is_bad,
        "left": None,
    }
    response = htmx.fragment(request, f"{PAGE}#decided", context)
    return htmx.toast(response, said, tone="bad") if card else response


def _refused(request: HttpRequest, membership: Membership, generation: Generation, form: DecisionForm) -> HttpResponse:
    """422: the card, or the whole page, with what is wrong. Nobody mends a form about what is decided already."""
    if generation.status_code != StatusCode.OUTCOME_UNKNOWN:
        return _done(request, membership, generation, said=decisions.too_late(generation), is_bad=True)
    if htmx.wants_fragment(request):
        return htmx.fragment(request, f"{PAGE}#card", {"card": _card(generation, form)}, status=htmx.INVALID)
    rows = checking_of(membership.team, user=membership.user)
    cards = [_card(row, form if row.pk == generation.pk else None) for row in rows]
    return _page(request, membership, cards, status=htmx.INVALID)


def _page(
    request: HttpRequest, membership: Membership, cards: list[CheckingCard], *, status: int = 200
) -> HttpResponse:
    context = {"frame": frame(membership, section="checking", now=timezone.now()), "cards": cards}
    return htmx.page(request, PAGE, context, status=status)


def _card(generation: Generation, form: DecisionForm | None = None) -> CheckingCard:
    evidence = getattr(generation, "evidence", None)
    model = find_model(generation.model)
    return CheckingCard(
        generation=generation,
        model_label=model.label if model else generation.model,
        evidence=evidence,
        tone=TONES[Verdict(evidence.verdict)] if evidence else "info",
        form=form or DecisionForm(),
    )
