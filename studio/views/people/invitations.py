"""Inviting people: the form, and what can be done with an invitation that is open."""

from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import invitations
from accounts.abilities import Ability
from accounts.access import membership_or_404
from accounts.enums import Role
from accounts.invitation_mail import LinkTo
from accounts.models import Invitation, Membership
from studio import htmx
from studio.forms.invitation import MOST_AT_ONCE, InvitationForm
from studio.invitations import confidential_projects, invite
from studio.members import waiting_invitations
from studio.views.frame import frame
from studio.views.people.members import what_is_shown

PAGE, LIST = "accounts/invite.html", "accounts/open_invitations.html"
TOO_MANY = 429
RATES = {"invite": "30/10m/user", "resend": "60/10m/user", "guess": "20/10m/ip"}
WAIT = "You have sent a lot within a few minutes. Wait ten minutes, then go on."
NOT_SENT = "The mail server did not take the mail."
MOST_NAMED = 5
ROLE_HELP = {
    Role.VIEWER.value: "sees projects, takes and clips",
    Role.CREATOR.value: "generates too, and makes projects",
    Role.MANAGER.value: "invites people and sees the reports too",
    Role.OWNER.value: "may do everything, also delete the team",
}


@require_http_methods(["GET", "HEAD", "POST"])
def invite_people(request: HttpRequest, team: str) -> HttpResponse:
    """The form. A POST invites: 422 with the form and a sentence for each address that will not do."""
    mine = membership_or_404(request, team, may=Ability.INVITE)
    now = timezone.now()
    if request.method != "POST":
        return _form(request, mine, InvitationForm(membership=mine, now=now, initial={"role": Role.CREATOR.value}))
    form = InvitationForm(request.POST, membership=mine, now=now)
    if not may_go_on(request, "invite"):
        form.add_error(None, WAIT)
        return _form(request, mine, form, status=TOO_MANY)
    if not form.is_valid():
        return _form(request, mine, form, status=htmx.INVALID)
    try:
        made = invite(
            mine.team, emails=form.good, role=form.cleaned_data["role"], projects=form.cleaned_data["projects"],
            by=mine.user, link_to=link_maker(request), now=now,
        )  # fmt: skip
    except ValidationError as error:
        form.add_error(None, error)
        return _form(request, mine, form, status=htmx.INVALID)
    _tell(request, made, form)
    return htmx.redirect(request, f"{reverse('members', args=[team])}#invitations")


@require_POST
def resend_invitation(request: HttpRequest, team: str, public_id: UUID) -> HttpResponse:
    """A new link is sent, and the old one is dead."""
    mine = membership_or_404(request, team, may=Ability.INVITE)
    invitation = _invitation_or_404(mine, public_id)
    if not may_go_on(request, "resend"):
        return _told(request, mine, invitation, WAIT, is_bad=True)
    try:
        sent = invitations.resend(invitation, by=mine.user, link_to=link_maker(request), now=timezone.now())
    except ValidationError as error:
        return _told(request, mine, invitation, error.messages[0], is_bad=True)
    if Invitation.objects.filter(pk=sent.pk, sent_at=None).exists():
        return _told(request, mine, sent, f"{NOT_SENT} Try again for {sent.email}.", is_bad=True)
    return _told(
        request, mine, sent, f"The invitation was sent to {sent.email} again. The link in the old mail is dead."
    )


@require_POST
def revoke_invitation(request: HttpRequest, team: str, public_id: UUID) -> HttpResponse:
    """The link opens nothing any more."""
    mine = membership_or_404(request, team, may=Ability.INVITE)
    invitation = _invitation_or_404(mine, public_id)
    try:
        invitations.revoke(invitation, by=mine.user, now=timezone.now())
    except ValidationError as error:
        return _told(request, mine, invitation, error.messages[0], is_bad=True)
    return _told(request, mine, invitation, f"The invitation of {invitation.email} is revoked: its link is dead.")


def link_maker(request: HttpRequest) -> LinkTo:
    """Makes the whole address of an invitation's page from its secret."""
    return lambda secret: request.build_absolute_uri(reverse("invitation", args=[secret]))


def may_go_on(request: HttpRequest, action: str, **of_whom: Any) -> bool:
    """Whether the person, or their address in the network, has not done this too often."""
    return bool(ratelimit.consume(request, app="dailies", action=action, config=RATES, limit_get=True, **of_whom))


def _invitation_or_404(mine: Membership, public_id: UUID) -> Invitation:
    """One that this member could have made. One that is not open any more is found too: somebody was faster."""
    found = Invitation.objects.select_related("team", "invited_by").filter(
        team=mine.team, public_id=public_id, role__lte=mine.role
    )
    invitation = found.first()
    if invitation is None:
        raise Http404
    return invitation


def _form(request: HttpRequest, mine: Membership, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    context = {
        "frame": frame(mine, section="team", now=timezone.now()),
        "form": form,
        "projects": confidential_projects(mine),
        "chosen_projects": {str(chosen) for chosen in form["projects"].value() or []},
        "chosen_role": str(form["role"].value() or ""),
        "role_help": ROLE_HELP,
        "days": settings.INVITATION_DAYS,
        "most": MOST_AT_ONCE,
    }
    response = htmx.page(request, PAGE, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _tell(request: HttpRequest, made: list[Invitation], form: InvitationForm) -> None:
    """What became of the list, in sentences for the next page."""
    unsent = Invitation.objects.filter(pk__in=[one.pk for one in made], sent_at=None)
    missing = list(unsent.values_list("email", flat=True))
    if len(made) > len(missing):
        count = len(made) - len(missing)
        messages.success(request, f"{count} {'invitation was' if count == 1 else 'invitations were'} sent.")
    if missing:
        messages.error(request, f"{NOT_SENT} Send again below: {_named(missing)}.")
    if not made:
        messages.error(request, "Nobody was invited: somebody else has invited them all a moment ago.")
    if form.bad:
        messages.error(request, f"Left out: {_named([entry.text for entry in form.bad])}.")


def _named(texts: list[str]) -> str:
    """The first few, and how many more."""
    named = ", ".join(texts[:MOST_NAMED])
    return f"{named} and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else named


def _told(
    request: HttpRequest, mine: Membership, invitation: Invitation, said: str, *, is_bad: bool = False
) -> HttpResponse:
    """The invitation's row as it is now, none for one that is not open any more; without htmx the page."""
    if not htmx.wants_fragment(request):
        address = f"{reverse('members', args=[mine.team.slug])}#invitations"
        return htmx.redirect(request, address, say=said, is_bad=is_bad)
    shown = waiting_invitations(mine).filter(pk=invitation.pk).first()
    context = {"invitation": shown, **what_is_shown(mine)}
    answer = htmx.fragment(request, f"{LIST}#invitation", context)
    return htmx.toast(answer, said, tone="bad" if is_bad else "ok")
