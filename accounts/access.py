"""The only door to a team."""

from django.http import Http404, HttpRequest

from accounts.enums import Role
from accounts.models import Membership, User


def signed_in(request: HttpRequest) -> User:
    """The person behind the request. The login middleware has already sent strangers to the sign-in page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def membership_or_404(request: HttpRequest, slug: str, *, at_least: Role = Role.VIEWER) -> Membership:
    """The person's membership in the team `slug`, with its team loaded.

    Raises Http404 for somebody who is not in the team or whose role is below `at_least`: a stranger
    cannot tell whether the team exists.
    """
    membership = (
        Membership.objects.select_related("team", "user")
        .filter(team__slug=slug, user=signed_in(request), role__gte=at_least)
        .first()
    )
    if membership is None:
        raise Http404
    return membership
