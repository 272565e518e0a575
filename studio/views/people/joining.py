"""The page behind an invitation's link, and the ways from there into the team.

The link's secret stands in the address of this page alone: on the way to signing in or up the session keeps its hash,
and the address is `/invitations/waiting/`. Opening the page never accepts anything: mail scanners open links too.
"""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.invitations import Problem, Refused, hash_of, masked, problem_for, problem_of
from accounts.models import Invitation, Membership, User
from studio import htmx
from studio.invitations import accept, promised_projects
from studio.views.people.invitations import TOO_MANY, may_go_on

PAGE, PROBLEM_PAGE = "accounts/invitation.html", "accounts/invitation_problem.html"
WAITING = "waiting"
"""Stands in addresses for the secret of the invitation that the session remembers."""
IN_SESSION = "invitation"
STATUS = {Problem.UNKNOWN: 404, Problem.NOT_VOUCHED: 403, Problem.TEAM_CLOSING: 403, Problem.WRONG_ADDRESS: 403}
GONE = 410


@dataclass(frozen=True, slots=True)
class Sentence:
    """What has happened to a link, and what its holder can do."""

    title: str
    what: str
    then: str


ASK_AGAIN = "Ask the person who invited you for a new one."
SENTENCES = {
    Problem.UNKNOWN: Sentence(
        "This link opens nothing",
        "It is not whole, or a newer mail has taken its place.",
        "Open the link of the newest mail, or copy it whole into the address bar.",
    ),
    Problem.USED: Sentence(
        "This invitation was used already", "It can be accepted once.", "Sign in with the account that has accepted it."
    ),
    Problem.REVOKED: Sentence("This invitation was taken back", "Its link opens nothing any more.", ASK_AGAIN),
    Problem.EXPIRED: Sentence("This invitation has expired", "Its link was valid for some days only.", ASK_AGAIN),
    Problem.TEAM_GONE: Sentence("This team is not there any more", "It was deleted.", "There is nothing more to do."),
    Problem.TEAM_CLOSING: Sentence(
        "Nobody can join this team just now",
        "Its owners have asked for its deletion.",
        "If they take that back, this link works again until it expires.",
    ),
    Problem.NOT_VOUCHED: Sentence(
        "This invitation is not valid any more",
        "The person who sent it may no longer invite people with this role.",
        "Ask somebody in the team to send it again.",
    ),
}
TOO_OFTEN = Sentence(
    "Too many links that open nothing", "They came from your network within a few minutes.", "Try again in ten minutes."
)


@require_safe
@login_not_required
@sensitive_variables("token")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link is about, and the one next step for whoever has opened it."""
    found = _found(request, token)
    if isinstance(found, HttpResponse):
        return found
    problem = problem_of(found, now=timezone.now())
    return _problem(request, problem, found) if problem else _page(request, found, token)


@require_POST
@login_not_required
@sensitive_variables("token")
def enter_by_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Lead somebody to signing in or up (`how`), or out of the account that they are in, and afterwards back here."""
    found = _found(request, token)
    if isinstance(found, HttpResponse):
        return found
    problem = problem_of(found, now=timezone.now())
    if problem:
        return _problem(request, problem, found)
    how = request.POST.get("how")
    if how == "switch":
        logout(request)
    request.session[IN_SESSION] = found.token_hash
    back = reverse("invitation", args=[WAITING])
    if request.user.is_authenticated or how not in {"sign_in", "sign_up"}:
        return _private(redirect(back))
    if how == "sign_up" and not _has_account(found):
        get_adapter().stash_verified_email(request, found.email)
        return _private(redirect(f"{reverse('account_signup')}?{urlencode({'next': back})}"))
    sign_in = reverse("account_login")  # `sign_in` would be given the page of the form as `next`, by LoginMiddleware
    return _private(redirect(f"{sign_in}?{urlencode({'next': back})}"))


@require_POST
@login_not_required
@sensitive_variables("token")
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join the team. A second press of the button leads there too."""
    found = _found(request, token)
    if isinstance(found, HttpResponse):
        return found
    if not isinstance(request.user, User):
        return _private(redirect("invitation", token))
    try:
        membership = accept(found, by=request.user, now=timezone.now())
    except Refused as refused:
        found.refresh_from_db()
        return _refused(request, refused.problem, found, token)
    request.session.pop(IN_SESSION, None)
    role = membership.get_role_display().lower()
    messages.success(request, f"Welcome to {membership.team}: you are {role} here.")
    return _private(redirect("team_home", membership.team.slug))


def _refused(request: HttpRequest, problem: Problem, found: Invitation, token: str) -> HttpResponse:
    if problem is Problem.WRONG_ADDRESS:
        return _page(request, found, token)
    if problem is Problem.USED and found.accepted_by_id == request.user.pk and _is_member(request, found):
        return _private(redirect("team_home", found.team.slug))
    return _problem(request, problem, found)


def _found(request: HttpRequest, token: str) -> Invitation | HttpResponse:
    """The invitation, or the page that says that there is none. Who tries many wrong links has to wait."""
    if not may_go_on(request, "guess", dry_run=True):
        return _sentence(request, TOO_OFTEN, status=TOO_MANY)
    hashed = request.session.get(IN_SESSION, "") if token == WAITING else hash_of(token)
    found = Invitation.objects.select_related("team", "invited_by").filter(token_hash=hashed).first()
    if found is not None:
        return found
    if token != WAITING:
        may_go_on(request, "guess")
    return _problem(request, Problem.UNKNOWN, None)


def _page(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    """The invitation, as it looks to who is signed in, if anybody is."""
    user = request.user if isinstance(request.user, User) else None
    is_wrong = user is not None and problem_for(found, user) is not None
    context = {
        "invitation": found,
        "token": token,
        "person": user,
        "is_wrong": is_wrong,
        "is_unconfirmed": is_wrong and user is not None and user.email == found.email,
        "has_account": user is None and _has_account(found),
        "is_member": _is_member(request, found),
        "projects": promised_projects(found),
        "masked": masked(found.email),
    }
    return _private(htmx.page(request, PAGE, context, status=403 if is_wrong else 200))


def _has_account(found: Invitation) -> bool:
    """Whether there is an account behind the address. Told to the holder of the mailed link alone."""
    is_login = User.objects.filter(email=found.email).exists()
    return is_login or EmailAddress.objects.filter(email=found.email, verified=True).exists()


def _is_member(request: HttpRequest, found: Invitation) -> bool:
    user = request.user
    return isinstance(user, User) and Membership.objects.filter(team=found.team_id, user=user).exists()


def _problem(request: HttpRequest, problem: Problem, found: Invitation | None) -> HttpResponse:
    """A sentence and a next step. Of the team nothing is told, but the way there to who is in it."""
    team = found.team if found and problem is Problem.USED and _is_member(request, found) else None
    return _sentence(request, SENTENCES[problem], status=STATUS.get(problem, GONE), team=team)


def _sentence(request: HttpRequest, sentence: Sentence, *, status: int, team: object = None) -> HttpResponse:
    context = {"sentence": sentence, "team": team, "is_signed_in": request.user.is_authenticated}
    return _private(htmx.page(request, PROBLEM_PAGE, context, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Kept by nobody; and no other address, also of ours, is told the one of this page.

    (`no-referrer` would make browsers send `Origin: null`, which the check against forged forms refuses.)
    """
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
