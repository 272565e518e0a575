"""The pages on which a member is removed, or leaves: all of it is shown before the button."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.abilities import Ability
from accounts.access import membership_or_404
from accounts.enums import AuditAction
from accounts.models import AuditEntry, Membership
from studio import htmx
from studio.errors import NotPossible
from studio.forms.removal import RemovalForm
from studio.leaving import Leaving, heirs_of, is_last_owner, let_go, may_remove, survey
from studio.views.frame import frame
from studio.views.people.survey import lines_of

REMOVE, LEAVE = "accounts/remove_member.html", "accounts/leave_team.html"


@require_http_methods(["GET", "HEAD", "POST"])
def remove_member(request: HttpRequest, team: str, user: UUID) -> HttpResponse:
    """What removing this member means, and the button. A POST does it; 422 with the page when the heir will not do."""
    actor = membership_or_404(request, team, may=Ability.MANAGE_MEMBERS)
    if actor.user.public_id == user:
        return htmx.redirect(request, reverse("leave_team", args=[team]))
    member = Membership.objects.select_related("team", "user").filter(team=actor.team, user__public_id=user).first()
    if member is None:
        return _gone(request, actor, user)
    if not may_remove(actor, member):
        raise Http404
    return _answer(request, actor, member, back=_members_page(actor))


@require_http_methods(["GET", "HEAD", "POST"])
def leave_team(request: HttpRequest, team: str) -> HttpResponse:
    """The same for oneself. The last owner reads why it cannot be, and what to do."""
    member = membership_or_404(request, team)
    return _answer(request, member, member, back=reverse("home"))


def _answer(request: HttpRequest, actor: Membership, member: Membership, *, back: str) -> HttpResponse:
    now = timezone.now()
    found = survey(member, now=now)
    heirs = list(heirs_of(member))
    sent = request.POST if request.method == "POST" else None
    form = RemovalForm(sent, heirs=heirs, first=actor.user, has_work=found.has_work)
    if sent is None:
        return _page(request, actor, member, form, found, now=now)
    if not form.is_valid() or form.heir_row is None:
        return _page(request, actor, member, form, found, now=now, status=htmx.INVALID)
    try:
        gone = let_go(member, by=actor.user, heir=form.heir_row.user, now=now)
    except NotPossible as error:
        form.add_error(None, str(error))
        return _page(request, actor, member, form, found, now=now, status=htmx.INVALID)
    return htmx.redirect(request, back, say=_said(actor, member, form.heir_row, gone or found))


def _said(actor: Membership, member: Membership, heir: Membership, gone: Leaving) -> str:
    """What was done, in a sentence or three."""
    is_own = actor.pk == member.pk
    said = [f"You have left {member.team}." if is_own else f"{member.user} was removed from {member.team}."]
    if gone.waiting_count:
        takes = "1 waiting take was" if gone.waiting_count == 1 else f"{gone.waiting_count:,} waiting takes were"
        said.append(f"{takes} cancelled.")
    if gone.has_work:
        said.append(
            f"The work is in the hands of {heir.user} now."
            if is_own or heir.user_id != actor.user_id
            else "The work is in your hands now."
        )
    return " ".join(said)


def _page(
    request: HttpRequest,
    actor: Membership,
    member: Membership,
    form: RemovalForm,
    found: Leaving,
    *,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    is_own = actor.pk == member.pk
    context = {
        "frame": frame(actor, section="team", now=now),
        "member": member,
        "form": form,
        "found": found,
        "lines": lines_of(found, is_own=is_own),
        "is_last_owner": is_last_owner(member),
        "back": _members_page(actor),
    }
    response = htmx.page(request, LEAVE if is_own else REMOVE, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _gone(request: HttpRequest, actor: Membership, user: UUID) -> HttpResponse:
    """A second click is answered as the first. Raises Http404 for somebody who was never in the team."""
    removed = AuditEntry.objects.filter(
        team=actor.team, about__public_id=user, action__in=[AuditAction.MEMBER_REMOVED, AuditAction.MEMBER_LEFT]
    ).first()
    if removed is None:
        raise Http404
    return htmx.redirect(request, _members_page(actor), say=f"{removed.about} is no member of {actor.team} any more.")


def _members_page(actor: Membership) -> str:
    return reverse("members", args=[actor.team.slug])
