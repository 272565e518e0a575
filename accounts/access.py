"""The only door to a team."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.abilities import LEAST_ROLE, Ability
from accounts.models import Membership, Team, User

OPEN_WHILE_CLOSING = frozenset({Ability.DELETE_TEAM})
"""What is left to do in a team whose deletion has been asked for: export it, or take the deletion back."""


class Detour(Exception):
    """The person may enter, but has to go to `url` first; `say` is a sentence for that page."""

    def __init__(self, url: str, *, say: str = "") -> None:
        super().__init__(say)
        self.url = url
        self.say = say


def signed_in(request: HttpRequest) -> User:
    """The person behind the request. The login middleware has already sent strangers to the sign-in page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def membership_or_404(request: HttpRequest, slug: str, *, may: Ability = Ability.SEE) -> Membership:
    """The person's membership in the team `slug`, with its team and user loaded.

    Raises Http404 for somebody who is not in the team or lacks the ability: a stranger cannot tell whether the team
    exists. Raises Detour as `admit` does.
    """
    membership = (
        Membership.objects.select_related("team", "user")
        .filter(team__slug=slug, team__deleted_at=None, user=signed_in(request), role__gte=LEAST_ROLE[may])
        .first()
    )
    if membership is None:
        raise Http404
    admit(request, membership.team, may=may)
    return membership


def closing_membership_or_404(request: HttpRequest, slug: str) -> Membership:
    """The person's membership in a team whose deletion has been asked for. Raises Http404 otherwise."""
    found = Membership.objects.select_related("team", "user").filter(
        team__slug=slug, team__deleted_at=None, team__deletion_asked_at__isnull=False, user=signed_in(request)
    )
    membership = found.first()
    if membership is None:
        raise Http404
    return membership


def admit(request: HttpRequest, team: Team, *, may: Ability) -> None:
    """Let a member of the team pass. Raises Detour when the team asks for a second factor that the person has not,
    and when the team is being deleted."""
    if team.is_second_factor_required and not is_mfa_enabled(signed_in(request)):
        raise Detour(
            reverse("mfa_index"), say=f"{team} asks for a second factor. Add a passkey or an authenticator app."
        )
    if team.is_closing and may not in OPEN_WHILE_CLOSING:
        raise Detour(reverse("team_closing", args=[team.slug]))


def of_members(request: HttpRequest, *, may: Ability = Ability.SEE) -> dict[str, Any]:
    """The conditions on a row with a `team`: that the person is in it and has the ability."""
    return {
        "team__deleted_at": None,
        "team__memberships__user": signed_in(request),
        "team__memberships__role__gte": LEAST_ROLE[may],
    }
