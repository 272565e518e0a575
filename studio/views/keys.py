"""The page on which an owner enters, replaces and retires the team's key at the provider."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404
from accounts.models import Membership
from studio import htmx
from studio.enums import StatusCode
from studio.forms.key import KeyForm
from studio.generations import provider_keys
from studio.generations.provider_keys import COMET
from studio.generations.sentences import known_code
from studio.models import ProviderKey
from studio.views.frame import frame

PAGE = "studio/keys.html"
WHY = {
    StatusCode.KEY_REFUSED: "it is wrong, or was disabled. Takes wait until another one is entered",
    StatusCode.LINE_STOPPED: "the provider forbids what is asked with it. Look at its rights there",
}
NOT_TOLD = {
    StatusCode.KEY_UNREADABLE: (
        "This key cannot be opened any more: PROVIDER_KEYS_SECRET has changed. Takes wait. Enter it again, or ask your "
        "admin to bring the secret back."
    ),
    StatusCode.PROVIDER_DOWN: "The provider does not answer just now; it is asked again every minute.",
}


@dataclass(frozen=True, slots=True)
class KeyCard:
    """The team's key, ready to show. `said` is what became of asking the provider; `tone` is ok, bad, warn or info."""

    key: ProviderKey
    said: str
    tone: str

    @property
    def label(self) -> str:
        return _label(self.key.provider)

    @property
    def is_checking(self) -> bool:
        return self.key.checked_at is None


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("key")
@sensitive_variables("form")
def keys(request: HttpRequest, team: str) -> HttpResponse:
    """The team's key. A POST enters one: 422 with the form, without the key, when it cannot be one."""
    membership = membership_or_404(request, team, may=Ability.CHANGE_KEYS)
    if request.method == "POST":
        return _enter(request, membership)
    if not htmx.wants_fragment(request):
        return _page(request, membership, KeyForm())
    card = _card(membership)
    if card and card.is_checking:
        return htmx.no_news()
    return htmx.fragment(request, f"{PAGE}#key", {"card": card, "frame": {"team": membership.team}})


@sensitive_variables("form")
def _enter(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = KeyForm(request.POST)
    if not provider_keys.can_store() or not form.is_valid():
        return _page(request, membership, form, status=htmx.INVALID)
    provider_keys.enter_key(
        membership.team,
        key=form.cleaned_data["key"],
        on_behalf_of=form.cleaned_data["on_behalf_of"],
        by=membership.user,
        now=timezone.now(),
    )
    return _back(request, membership, say="The key was entered. The engine asks the provider whether it works.")


@require_POST
def retire(request: HttpRequest, team: str) -> HttpResponse:
    """From now on the team has no key of its own."""
    membership = membership_or_404(request, team, may=Ability.CHANGE_KEYS)
    if provider_keys.retire_key(membership.team, by=membership.user, now=timezone.now()):
        said = "The key is retired. Takes that are under way finish with it."
        return _back(request, membership, say=said)
    return _back(request, membership, say="There was no key to retire: somebody was faster.", is_bad=True)


def _back(request: HttpRequest, membership: Membership, *, say: str, is_bad: bool = False) -> HttpResponse:
    return htmx.redirect(request, reverse("keys", args=[membership.team.slug]), say=say, is_bad=is_bad)


def _page(request: HttpRequest, membership: Membership, form: KeyForm, *, status: int = 200) -> HttpResponse:
    context = {
        "frame": frame(membership, section="keys", now=timezone.now()),
        "card": _card(membership),
        "form": form,
        "can_store": provider_keys.can_store(),
        "is_runway": settings.VIDEO_PROVIDER != COMET,
    }
    response = htmx.page(request, PAGE, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _card(membership: Membership) -> KeyCard | None:
    found = provider_keys.key_of(membership.team)
    return KeyCard(found, *_said(found)) if found else None


def _said(key: ProviderKey) -> tuple[str, str]:
    """What the check says, and how good that is."""
    code = known_code(key.check_code)
    if key.checked_at is None:
        return "Checking this key…", "info"
    if code == StatusCode.NONE and key.balance_credits == 0:
        return "Works, and its account is empty: buy credits there, else takes wait.", "warn"
    if code == StatusCode.NONE:
        left = "" if key.balance_credits is None else f": {key.balance_credits:,} credits left"
        return f"Works{left}", "ok"
    if code in WHY:
        return f"{_label(key.provider)} refuses this key: {WHY[code]}.", "bad"
    return NOT_TOLD.get(code, "The provider asks to wait; it is asked again every minute."), "warn"


def _label(provider: str) -> str:
    """What people call whoever renders."""
    return {"runway": "Runway", "cometapi": "CometAPI", "simulator": "The simulator"}.get(provider, provider)
