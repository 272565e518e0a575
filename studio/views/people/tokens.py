"""API tokens: a person's own, and those of a team for its managers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.core.internal.ratelimit import consume
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404, signed_in
from accounts.enums import Role, Scope
from accounts.models import ApiToken, Membership, User
from accounts.tokens import (
    MadeBefore,
    fault_of,
    scopes_of,
    tokens_in,
    tokens_of,
    with_factor,
)
from accounts.tokens import revoke_token as revoke
from studio import htmx
from studio.forms.token import LIVES, USUAL, TokenForm
from studio.views.frame import frame

PAGE, TEAM_PAGE, MADE_PAGE = "accounts/tokens.html", "accounts/team_tokens.html", "accounts/token_made.html"
MOST_SHOWN = 200
MAKES = {"make_token": "30/h/user"}
TOO_MANY_REQUESTS = 429
TOO_MANY = "You have made many tokens in the last hour. Wait a while, and revoke those that are not used."
SHOWN_BEFORE = "This token was made and shown before, and nobody can show it again. Revoke it if you have no copy."
REVOKED = "The token is revoked. What used it is refused from now on."
REVOKED_BEFORE = "The token was revoked before."


@dataclass(frozen=True, slots=True)
class Row:
    """A token in a list. `state` says why it opens nothing, "" for a good one; `is_over` that this will stay so."""

    token: ApiToken
    scopes: list[Scope]
    state: str
    is_over: bool
    can_revoke: bool


@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The person's tokens in all teams. A POST makes one, after a fresh proof of who it is, and shows it once."""
    user, now = signed_in(request), timezone.now()
    if request.method == "GET":
        return _page(request, TokenForm(user=user, now=now))
    form = TokenForm(request.POST, user=user, now=now)
    if not form.is_valid():
        return _page(request, form, status=htmx.INVALID)
    return _make(request, form)  # type: ignore[no-any-return]  # allauth's decorator has no annotations


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no annotations
@sensitive_variables("made")
def _make(request: HttpRequest, form: TokenForm) -> HttpResponse:
    if not consume(request, app="dailies", action="make_token", config=MAKES, user=form.user):
        form.add_error(None, TOO_MANY)
        return _page(request, form, status=TOO_MANY_REQUESTS)
    try:
        made = form.save()
    except MadeBefore:
        return htmx.redirect(request, reverse("tokens"), say=SHOWN_BEFORE, is_bad=True)
    if made is None:
        return _page(request, form, status=htmx.INVALID)
    return _unstored(htmx.page(request, MADE_PAGE, {"made": made, "scopes": scopes_of(made.token)}))


@require_POST
def revoke_token(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End one of the person's own tokens."""
    user = signed_in(request)
    token = ApiToken.objects.select_related("user", "team").filter(public_id=public_id, user=user).first()
    if token is None:
        raise Http404
    return _revoke(request, token, by=user, back=reverse("tokens"))


@require_GET
def team_tokens(request: HttpRequest, team: str) -> HttpResponse:
    """The tokens of all who are in the team, for those who look after its members."""
    membership = membership_or_404(request, team, may=Ability.MANAGE_MEMBERS)
    now = timezone.now()
    found = list(tokens_in(membership.team, now=now)[:MOST_SHOWN])
    members, strong = _members(membership, found), with_factor([token.user_id for token in found])
    context = {
        "frame": frame(membership, section="team", now=now),
        "rows": [_row(token, members.get(token.user_id), strong, now=now, mine=membership) for token in found],
    }
    return _unstored(htmx.page(request, TEAM_PAGE, context))


@require_POST
def revoke_team_token(request: HttpRequest, team: str, public_id: UUID) -> HttpResponse:
    """End a token of one's own, or of somebody below oneself; owners end all."""
    membership = membership_or_404(request, team, may=Ability.MANAGE_MEMBERS)
    found = ApiToken.objects.select_related("user", "team").filter(public_id=public_id, team=membership.team).first()
    if found is None or not _may_revoke(membership, found, _members(membership, [found]).get(found.user_id)):
        raise Http404
    return _revoke(request, found, by=membership.user, back=reverse("team_tokens", args=[membership.team.slug]))


def _revoke(request: HttpRequest, token: ApiToken, *, by: User, back: str) -> HttpResponse:
    was_live = revoke(token, by=by, now=timezone.now())
    return htmx.redirect(request, back, say=REVOKED if was_live else REVOKED_BEFORE, is_bad=not was_live)


def _may_revoke(mine: Membership, token: ApiToken, theirs: Membership | None) -> bool:
    """Who has left the team is below everybody in it."""
    is_below = theirs is None or theirs.role < mine.role
    return is_below or mine.role == Role.OWNER or token.user_id == mine.user_id


def _members(mine: Membership, tokens: list[ApiToken]) -> dict[int, Membership]:
    """Person → their place in the team, of those whose tokens these are."""
    rows = Membership.objects.filter(team=mine.team, user__in=[token.user_id for token in tokens])
    return {row.user_id: row for row in rows}


def _row(
    token: ApiToken, theirs: Membership | None, strong: set[int], *, now: datetime, mine: Membership | None
) -> Row:
    """`strong` are the people with a second factor; `mine` is the place of a reader who looks after others."""
    fault = fault_of(token, theirs, now=now, has_factor=lambda user: user.pk in strong)
    is_over = token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now)
    return Row(
        token=token,
        scopes=scopes_of(token),
        state=fault.name.lower() if fault else "",
        is_over=is_over,
        can_revoke=not is_over and (mine is None or _may_revoke(mine, token, theirs)),
    )


def _page(request: HttpRequest, form: TokenForm, *, status: int = 200) -> HttpResponse:
    user, now = form.user, form.now
    places = {row.team_id: row for row in user.memberships.all()}
    found, strong = tokens_of(user, now=now)[:MOST_SHOWN], with_factor([user.pk])
    context: dict[str, Any] = {
        "form": form,
        "lives": LIVES.items(),
        "chosen_life": form["lives"].value() or USUAL,
        "chosen_scopes": form["scopes"].value() or ([] if form.is_bound else [Scope.READ.value]),
        "scopes": Scope.choices,
        "rows": [_row(token, places.get(token.team_id), strong, now=now, mine=None) for token in found],
    }
    return _unstored(htmx.page(request, PAGE, context, status=status))


def _unstored(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
