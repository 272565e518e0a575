"""What a person is told: the list, and by which way they want to be told."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import notices as told
from accounts.access import signed_in
from accounts.browsers import browser_name
from accounts.enums import Channel
from accounts.models import Notice, User
from studio import htmx
from studio.forms.notices import ChoicesForm, Row, rows_of
from studio.views.frame import number

PAGE = "accounts/notices.html"
CHOICES_PAGE = "accounts/notification_choices.html"
PAGE_SIZE = 30
NO_PUSH = "Pushes are not set up on this installation, so none are sent."
NO_PUSH_FOR_STAFF = "Set PUSH_PRIVATE_KEY and PUSH_CONTACT: manage.py push_keys makes a key (docs/notices.md)."
NO_MAIL = "Mails of this installation are only printed on the server's console, so none reach you."
NO_MAIL_FOR_STAFF = "Set SMTP_HOST (docs/notices.md)."


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """The person's notices, the latest first; those before `?before=`."""
    before = number(request.GET.get("before"))
    wanted = told.on_page(signed_in(request))
    found = list((wanted.filter(pk__lt=before) if before is not None else wanted)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    context = {
        "notices": shown,
        "older": shown[-1].pk if len(found) > PAGE_SIZE else None,
        "newest": shown[0].pk if shown else None,
        "is_first_page": before is None,
    }
    return htmx.page(request, PAGE, context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_notice(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Lead to what the notice is about. By a POST, as from the list, it is read then; mails and pushes only lead there,
    since a browser may follow a link that nobody has pressed."""
    user = signed_in(request)
    notice = _notice_or_404(user, public_id)
    if request.method == "POST":
        told.mark_read(user, [notice])
    response = redirect(notice.url if told.is_path(notice.url) else reverse("notices"))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def read_notice(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The notice is read, and stays in the list."""
    user = signed_in(request)
    told.mark_read(user, [_notice_or_404(user, public_id)])
    return htmx.redirect(request, reverse("notices"))


@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """All are read up to the `newest` that the page has shown."""
    newest = number(request.POST.get("newest"))
    count = told.mark_all_read(signed_in(request), up_to=newest) if newest is not None else 0
    return htmx.redirect(request, reverse("notices"), say="All are read." if count else "There was none to read.")


@require_http_methods(["GET", "HEAD", "POST"])
def notification_choices(request: HttpRequest) -> HttpResponse:
    """What the person is told about, and by which way. A POST saves it; 422 for a way that there is not."""
    user = signed_in(request)
    if request.method != "POST":
        return _choices(request, user, rows_of(user))
    form = ChoicesForm(request.POST)
    if form.problem:
        return _choices(request, user, form.rows(), problem=form.problem, status=htmx.INVALID)
    is_changed = told.choose(user, form.chosen)
    said = "Your choices are saved." if is_changed else "Nothing was changed."
    return htmx.redirect(request, reverse("notification_choices"), say=said)


def _notice_or_404(user: User, public_id: UUID) -> Notice:
    found = Notice.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _choices(
    request: HttpRequest, user: User, rows: list[Row], *, problem: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "rows": rows,
        "channels": list(Channel),
        "problem": problem,
        "hindrances": _hindrances(user),
        "push_key": settings.PUSH_PUBLIC_KEY,
        "browsers": [(one, browser_name(one.agent)) for one in user.push_subscriptions.all()],
    }
    return htmx.page(request, CHOICES_PAGE, context, status=status)


def _hindrances(user: User) -> list[str]:
    """Why something that can be chosen does not arrive; for staff, what to do."""
    found = []
    if not settings.PUSH_PRIVATE_KEY:
        found.append(f"{NO_PUSH} {NO_PUSH_FOR_STAFF}" if user.is_staff else NO_PUSH)
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        found.append(f"{NO_MAIL} {NO_MAIL_FOR_STAFF}" if user.is_staff else NO_MAIL)
    return found
