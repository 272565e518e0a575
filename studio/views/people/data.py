"""The pages on which a person sees what is kept about them, takes it along, and deletes their account."""

from dataclasses import dataclass

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import signed_in
from accounts.audit import record
from accounts.enums import AuditAction
from accounts.limits import is_within
from accounts.models import User
from studio import htmx
from studio.account_deletion import delete_account as do_delete
from studio.account_deletion import memberships_of, owned_alone
from studio.errors import NotPossible
from studio.forms.account_deletion import AccountDeletionForm, Part, parts_of
from studio.media.archive import serve_large_zip
from studio.personal_data import PersonalExport, files_of, kept_about
from studio.views.people.survey import Line, lines_of

DATA, DELETE = "accounts/personal_data.html", "accounts/delete_account.html"
EXPORTS = "6/h/user"
TOO_MANY_REQUESTS = 429
MANY_EXPORTS = "You have exported your data often within an hour. Wait a while, then try again."
AS_SOMEBODY = "You view the site as somebody else: only they can do this."


@dataclass(frozen=True, slots=True)
class TeamPart:
    """A team on the page of the deletion."""

    part: Part
    lines: list[Line]


@require_safe
def personal_data(request: HttpRequest) -> HttpResponse:
    """What is kept about the person, in words with counts."""
    return _data(request, signed_in(request))


@require_POST
def export_data(request: HttpRequest) -> HttpResponseBase:
    """All of it as a ZIP, after a fresh proof of who it is; with the files of their clips if `with_clips` is ticked."""
    user = signed_in(request)
    if getattr(user, "is_hijacked", False):
        return _data(request, user, problem=AS_SOMEBODY, status=htmx.INVALID)
    return _export(request, user)  # type: ignore[no-any-return]  # allauth's decorator has no annotations


@reauthentication_required  # type: ignore[untyped-decorator]  # as above
def _export(request: HttpRequest, user: User) -> HttpResponseBase:
    if not is_within(request, action="export_data", rate=EXPORTS):
        return _data(request, user, problem=MANY_EXPORTS, status=TOO_MANY_REQUESTS)
    with_clips = bool(request.POST.get("with_clips"))
    export = PersonalExport(user, now=timezone.now(), link_to=request.build_absolute_uri, with_clips=with_clips)
    record(AuditAction.DATA_EXPORTED, by=user, about=user, with_clips=with_clips)
    return serve_large_zip(request, export.members(), filename=export.filename, on_lack=export.lack)


def _data(request: HttpRequest, user: User, *, problem: str = "", status: int = 200) -> HttpResponse:
    context = {"person": user, "kept": kept_about(user), "files": files_of(user), "problem": problem}
    return _private(htmx.page(request, DATA, context, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """What deleting the account means, team by team. A POST with the typed address does it, after a fresh proof of who
    it is; 422 with the form when something in it will not do, or the person is the last owner of a team."""
    user, sent = signed_in(request), request.POST if request.method == "POST" else None
    form = AccountDeletionForm(sent, user=user, parts=parts_of(memberships_of(user), sent, now=timezone.now()))
    if sent is None:
        return _deletion(request, form)
    if getattr(user, "is_hijacked", False):
        form.add_error(None, AS_SOMEBODY)
    if not form.is_valid() or owned_alone(user):
        return _deletion(request, form, status=htmx.INVALID)
    return _delete(request, form)  # type: ignore[no-any-return]  # allauth's decorator has no annotations


@reauthentication_required  # type: ignore[untyped-decorator]  # as above
def _delete(request: HttpRequest, form: AccountDeletionForm) -> HttpResponse:
    user = form.user
    try:
        do_delete(user, by=user, heirs=form.heirs, forget_name=form.cleaned_data["forget_name"], now=timezone.now())
    except NotPossible as error:
        form.add_error(None, str(error))
        return _deletion(request, form, status=htmx.INVALID)
    request.session.flush()
    request.user = AnonymousUser()
    return htmx.redirect(request, reverse("sign_in"), say="Your account is deleted. A last mail says so.")


def _deletion(request: HttpRequest, form: AccountDeletionForm, *, status: int = 200) -> HttpResponse:
    context = {
        "person": form.user,
        "form": form,
        "alone": owned_alone(form.user),
        "teams": [TeamPart(part, lines_of(part.found, is_own=True)) for part in form.parts],
    }
    return _private(htmx.page(request, DELETE, context, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
