"""The API, version 1: what scripts may read and start with a token. See `docs/api-tokens.md`."""

import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import RequestDataTooBig
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.enums import Role, Scope
from accounts.tokens import Caller, scopes_of
from studio.errors import InvalidSpec, StudioError
from studio.forms.composer import ComposerForm, Composition
from studio.gallery.deliveries import delivery_of
from studio.generations.cards import card
from studio.generations.submit import submit_generation
from studio.media.errors import StorageDown
from studio.media.playback import serve
from studio.models import Clip, Generation, Project
from studio.views.api_door import NOT_THERE, Problem, answers, problem
from studio.views.clips import download_name

ITEMS_A_PAGE, MOST_A_PAGE = 50, 100
CURSOR_LENGTH = 200
FIELDS = ("prompt", "model", "ratio", "size", "resolution", "duration_s", "sound", "seed", "takes", "most_credits")
NO_KEY = "Send an Idempotency-Key: a UUID of your own making. The same one again starts nothing and answers the same."
HALF = re.compile("[\ud800-\udfff]")
"""Half a character, which JSON can carry and no database stores."""
Row = TypeVar("Row", bound=Model)
NO_JSON = "Send the request as a JSON object, such as {“prompt”: “A paper boat”, “model”: “gen4.5”}."


@csrf_exempt
@login_not_required
def nothing(request: HttpRequest, rest: str = "") -> JsonResponse:
    """404 for an address that is none of the API's: to scripts never a page."""
    return problem(HTTPStatus.NOT_FOUND, NOT_THERE)


@answers("GET", scope=None)
def me(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Whose token this is, for which team, and what it may do there just now."""
    token = caller.token
    body = {
        "person": {"id": str(caller.user.public_id), "name": str(caller.user), "email": caller.user.email},
        "team": {"slug": caller.team.slug, "name": caller.team.name},
        "role": Role(caller.membership.role).name.lower(),
        "scopes": [scope.value for scope in scopes_of(token) if caller.may(scope)],
        "token": {"name": token.name, "starts_with": token.prefix, "expires_at": _moment(token.expires_at)},
    }
    return JsonResponse(body)


@answers("GET", scope=Scope.READ)
def projects(request: HttpRequest, caller: Caller) -> JsonResponse:
    """The projects of the team that the person sees, the newest first."""
    rows = Project.objects.visible_to(caller.membership).order_by("-pk")
    found, following = _page(request, rows, of=f"projects of {caller.team.pk}")
    return JsonResponse({"projects": [_project(request, one) for one in found], "next": following})


@answers("GET", scope=Scope.READ)
def clips(request: HttpRequest, caller: Caller, project: str) -> JsonResponse:
    """A project's clips, the newest first."""
    found = _project_or_404(caller, project)
    rows, following = _page(request, Clip.objects.to_show().filter(project=found), of=f"clips of {found.pk}")
    return JsonResponse({"clips": [_clip(request, one) for one in rows], "next": following})


@answers("GET", scope=Scope.READ)
def clip(request: HttpRequest, caller: Caller, public_id: UUID) -> JsonResponse:
    """One clip, with the files that it can be downloaded as."""
    found = _clip_or_404(caller, public_id)
    files = [
        {"label": one.label, "content_type": one.content_type, "size_bytes": one.size_bytes, "sha256": one.sha256}
        for one in delivery_of(found).files
    ]
    return JsonResponse({**_clip(request, found), "files": files})


@answers("GET", scope=Scope.READ)
def clip_download(request: HttpRequest, caller: Caller, public_id: UUID) -> HttpResponseBase:
    """The clip's main file, as bytes with Range, or as a redirect to the store."""
    found = _clip_or_404(caller, public_id)
    file = delivery_of(found).main[0]
    try:
        return serve(
            request,
            key=file.key,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            etag=file.sha256,
            filename=f"{download_name(found)}{file.ending}",
        )
    except StorageDown as error:
        said = "The file is safe, and cannot be read just now. Try again in a moment."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, said) from error


@answers("GET", scope=Scope.READ)
def generation(request: HttpRequest, caller: Caller, public_id: UUID) -> JsonResponse:
    """One take, as it is now."""
    rows = Generation.objects.to_show().in_projects_of(caller.user)
    found = rows.filter(public_id=public_id, team=caller.team).first()
    if found is None:
        raise Http404
    return JsonResponse(_generation(request, found))


@answers("POST", scope=Scope.GENERATE)
def generations(request: HttpRequest, caller: Caller, project: str) -> JsonResponse:
    """Launch takes, from text alone. The same Idempotency-Key again is the same launch."""
    found = _project_or_404(caller, project)
    composition = _composition(request, found)
    if composition.problems:
        raise _unfit(composition.problems)
    assert composition.token is not None  # noqa: S101  # `_composition` refuses a request without one
    try:
        takes = submit_generation(
            found,
            spec=composition.spec,
            token=composition.token,
            by=caller.user,
            now=timezone.now(),
            seen_credits=composition.seen_credits,
        )
    except InvalidSpec as error:
        raise _unfit(error.problems) from error
    except StudioError as error:
        raise Problem(HTTPStatus.CONFLICT, str(error)) from error
    rows = Generation.objects.to_show().filter(pk__in=[take.pk for take in takes]).order_by("take_number")
    return JsonResponse({"generations": [_generation(request, one) for one in rows]}, status=HTTPStatus.CREATED)


def _project_or_404(caller: Caller, slug: str) -> Project:
    found = Project.objects.select_related("team").visible_to(caller.membership).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _clip_or_404(caller: Caller, public_id: UUID) -> Clip:
    rows = Clip.objects.to_show().in_projects_of(caller.user)
    found = rows.filter(public_id=public_id, team=caller.team).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, rows: QuerySet[Row], *, of: str) -> tuple[list[Row], str | None]:
    """Some rows, newest first, and the address of the older ones; None at the end. `of` names the list: a cursor of
    another one is refused."""
    limit = _limit(request)
    signer = signing.Signer(salt=f"api cursor: {of}")
    cursor = request.GET.get("cursor", "")[:CURSOR_LENGTH]
    try:
        older = rows.filter(pk__lt=int(signer.unsign(cursor))) if cursor else rows
    except signing.BadSignature as error:
        said = "This cursor is none of this list's. Follow the address under “next”, or begin without a cursor."
        raise Problem(HTTPStatus.BAD_REQUEST, said) from error
    found = list(older[: limit + 1])
    if len(found) <= limit:
        return found, None
    query = urlencode({"limit": limit, "cursor": signer.sign(str(found[limit - 1].pk))})
    return found[:limit], request.build_absolute_uri(f"{request.path}?{query}")


def _limit(request: HttpRequest) -> int:
    text = request.GET.get("limit", str(ITEMS_A_PAGE))
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 0 < int(text) <= MOST_A_PAGE):
        raise Problem(HTTPStatus.BAD_REQUEST, f"“limit” is a whole number from 1 to {MOST_A_PAGE}.")
    return int(text)


def _composition(request: HttpRequest, project: Project) -> Composition:
    """The request as the composer's form, checked by the same rules."""
    try:
        key = UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, NO_KEY) from error
    fields = QueryDict(mutable=True)
    fields.update({name: text for name, value in _body(request).items() if (text := _text(name, value)) is not None})
    fields["token"] = str(key)
    if "most_credits" in fields:
        fields["seen_credits"] = fields.pop("most_credits")[0]
    form = ComposerForm(fields, project=project)
    composition = form.composition().checked()
    if "seen_credits" in form.errors:
        composition.problems["most_credits"] = "The most credits that it may cost: a whole number."
    return composition


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except RequestDataTooBig as error:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large. A prompt is short.") from error
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, NO_JSON) from error
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, NO_JSON)
    if unknown := [name for name in body if name not in FIELDS]:
        raise _unfit(
            {name[:60]: f"There is no such field. The fields are {', '.join(FIELDS)}." for name in unknown[:10]}
        )
    return body


def _text(name: str, value: object) -> str | None:
    """A value as the form has it; None where nothing is said."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int) and not HALF.search(str(value)):
        return str(value)
    raise _unfit({name: "Write this as a text, a whole number, true or false."})


def _unfit(problems: dict[str, str]) -> Problem:
    said = " ".join(dict.fromkeys(problems.values()))
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, problems=problems)


def _project(request: HttpRequest, project: Project) -> dict[str, Any]:
    return {
        "slug": project.slug,
        "name": project.name,
        "is_confidential": project.is_confidential,
        "created_at": _moment(project.created_at),
        "clips": request.build_absolute_uri(reverse("api_clips", args=[project.slug])),
    }


def _clip(request: HttpRequest, clip: Clip) -> dict[str, Any]:
    take = clip.generation
    return {
        "id": str(clip.public_id),
        "generation": str(take.public_id),
        "project": clip.project.slug,
        "prompt": take.prompt.text,
        "model": take.model,
        "made_by": str(take.created_by),
        "kind": clip.kind,
        "content_type": clip.content_type,
        "width": clip.width,
        "height": clip.height,
        "duration_ms": clip.duration_ms,
        "fps": float(clip.fps),
        "has_sound": clip.has_sound,
        "size_bytes": clip.size_bytes,
        "sha256": clip.sha256,
        "created_at": _moment(clip.created_at),
        "page": request.build_absolute_uri(reverse("clip", args=[clip.public_id])),
        "download": request.build_absolute_uri(reverse("api_clip_download", args=[clip.public_id])),
    }


def _generation(request: HttpRequest, take: Generation) -> dict[str, Any]:
    shown = card(take, now=timezone.now())
    return {
        "id": str(take.public_id),
        "project": take.project.slug,
        "prompt": take.prompt.text,
        "model": take.model,
        "ratio": take.ratio,
        "resolution": take.resolution,
        "duration_s": take.duration_s,
        "seed": take.seed,
        "take": take.take_number,
        "state": take.state,
        "said": shown.sentence,
        "percent": shown.percent,
        "quote_credits": take.quote_credits,
        "cost_credits": take.cost_credits,
        "made_by": str(take.created_by),
        "created_at": _moment(take.created_at),
        "finished_at": _moment(take.finished_at),
        "clip": str(shown.clip.public_id) if shown.clip else None,
        "address": request.build_absolute_uri(reverse("api_generation", args=[take.public_id])),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
