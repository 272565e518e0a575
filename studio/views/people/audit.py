"""The audit log of a team, for its owners, and each person's own activity."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404, signed_in
from accounts.audit import record
from accounts.audit_lines import Line, line_of_person, line_of_team
from accounts.audit_queries import GROUP_LABELS, Found, of_person, of_team, page, people_of
from accounts.enums import AuditAction
from accounts.models import AuditEntry, Membership, User
from studio import htmx
from studio.forms.audit import AuditForm
from studio.views.frame import frame, number

LOG, ACTIVITY = "accounts/audit.html", "accounts/activity.html"
FORMATS = {"csv": "CSV", "json": "JSON"}
COLUMNS = ("at", "what", "action", "by", "by_email", "about", "about_email", "target", "detail")
COLUMNS_OF_ORIGIN = ("ip", "browser", "agent", "staff", "id")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # wide ones calculate too


@require_GET
def audit(request: HttpRequest, team: str) -> HttpResponse:
    """The team's log, newest first; `?before=` gives the older lines. 422 for a filter that cannot be."""
    membership = membership_or_404(request, team, may=Ability.SEE_AUDIT)
    form = AuditForm(request.GET, reader=membership.user, team=membership.team)
    context = _lines(request, form, lambda: of_team(membership.team, form.wanted()), line_of_team)
    context |= {"address": reverse("audit", args=[membership.team.slug]), "has_people": True}
    status = 200 if form.is_valid() else htmx.INVALID
    if htmx.wants_fragment(request):
        return htmx.fragment(request, f"{LOG}#lines", context | {"team": membership.team}, status=status)
    context |= {
        "frame": frame(membership, section="team", now=timezone.now()),
        "team": membership.team,
        "people": _people(membership, form),
        "groups": GROUP_LABELS.items(),
    }
    return _unstored(htmx.page(request, LOG, context, status=status))


@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """What the person has done, and what was done about them. 422 for a filter that cannot be."""
    user = signed_in(request)
    form = AuditForm(request.GET, reader=user, team=None)
    context = _lines(request, form, lambda: of_person(user, form.wanted()), line_of_person)
    context |= {"address": reverse("activity"), "has_people": False}
    status = 200 if form.is_valid() else htmx.INVALID
    if htmx.wants_fragment(request):
        return htmx.fragment(request, f"{ACTIVITY}#lines", context, status=status)
    return _unstored(htmx.page(request, ACTIVITY, context | {"groups": GROUP_LABELS.items()}, status=status))


@require_POST
def audit_export(request: HttpRequest, team: str) -> HttpResponseBase:
    """All lines that the filter in the address lets through, as a file, which is written while it is sent.

    The export is itself a line of the log, the first that the file does not have.
    """
    membership = membership_or_404(request, team, may=Ability.SEE_AUDIT)
    form = AuditForm(request.GET, reader=membership.user, team=membership.team)
    kind = request.POST.get("format", "")
    if not form.is_valid() or kind not in FORMATS:
        address = f"{reverse('audit', args=[membership.team.slug])}?{form.address()}"
        return htmx.redirect(request, address, say="Choose CSV or JSON, and a filter that can be.", is_bad=True)
    entry = record(
        AuditAction.AUDIT_EXPORTED,
        by=membership.user,
        team=membership.team,
        format=FORMATS[kind],
        filter=form.asked(),
    )
    return _export(membership, of_team(membership.team, form.wanted()), entry, kind=kind)


def _lines(
    request: HttpRequest, form: AuditForm, found: Callable[[], Found], line: Callable[..., Line]
) -> dict[str, Any]:
    """What the list shows: no lines for a filter that cannot be."""
    reader, before = signed_in(request), number(request.GET.get("before"))
    if not form.is_valid():
        return {"form": form, "lines": [], "older": "", "newest": ""}
    shown = page(found(), before=before)
    return {
        "form": form,
        "lines": [line(entry, reader=reader) for entry in shown.entries],
        "older": f"?{form.address(before=shown.next_before)}" if shown.next_before else "",
        "newest": f"?{form.address()}" if before is not None else "",
    }


def _people(membership: Membership, form: AuditForm) -> list[User]:
    """Whom the list offers: the members, and somebody who has left when they are the one that is asked for."""
    people = people_of(membership.team)
    chosen = form.found_person
    return people if chosen is None or chosen in people else [chosen, *people]


def _unstored(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _export(membership: Membership, found: Found, entry: AuditEntry, *, kind: str) -> StreamingHttpResponse:
    lines = (line_of_team(older, reader=membership.user) for older in found.walk(before=entry.pk))
    rows = (_row(line) for line in lines)
    content = _as_csv(rows) if kind == "csv" else _as_json(rows)
    response = StreamingHttpResponse(
        content, content_type="text/csv; charset=utf-8" if kind == "csv" else "application/json"
    )
    name = f"audit-{membership.team.slug}-{entry.at:%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _row(line: Line) -> dict[str, Any]:
    """One line of the file. Where and how a person's own affairs were done is not in it, as on the page."""
    entry = line.entry
    return {
        "at": entry.at.astimezone(UTC).isoformat(),
        "what": line.sentence.text,
        "action": entry.action,
        "by": entry.actor_name,
        "by_email": entry.actor.email if entry.actor else "",
        "about": str(entry.about or ""),
        "about_email": entry.about.email if entry.about else "",
        "target": entry.target,
        "detail": entry.detail if line.is_open else {},
        "ip": line.ip,
        "browser": line.browser,
        "agent": entry.agent if line.is_open else "",
        "staff": str(entry.staff or ""),
        "id": str(entry.public_id),
    }


class _Echo:
    """What `csv` writes to: gives each line back."""

    def write(self, text: str) -> str:
        return text


def _as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """With a byte order mark, without which a spreadsheet takes it for Latin-1."""
    writer = csv.writer(_Echo())
    columns = [*COLUMNS, *COLUMNS_OF_ORIGIN]
    yield "\ufeff" + writer.writerow(columns)
    for row in rows:
        detail = json.dumps(row["detail"], ensure_ascii=False) if row["detail"] else ""
        yield writer.writerow([_cell(value) for value in {**row, "detail": detail}.values()])


def _cell(value: str) -> str:
    """The text, so that no spreadsheet takes it for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value


def _as_json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """An array, one line a row."""
    edge = "[\n"
    for row in rows:
        yield edge + json.dumps(row, ensure_ascii=False)
        edge = ",\n"
    yield "\n]\n" if edge != "[\n" else "[]\n"
