"""The pictures of people, for those who work with them."""

from pathlib import PurePath
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from accounts.access import signed_in
from studio.avatars import avatar_seen_by
from studio.media.avatars import CONTENT_TYPE
from studio.media.errors import NotStored, StorageDown
from studio.media.playback import CACHE_FOR_EVER
from studio.media.store import read_bytes
from studio.views.errors import storage_down


@require_safe
def avatar_of(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The picture. Under the address that names it (`?v=`) a browser may keep it; without, it asks each time.

    404 for people who share no team with that person, as for one without a picture.
    """
    key = avatar_seen_by(signed_in(request), public_id)
    if not key:
        raise Http404
    mark = PurePath(key).stem
    if f'"{mark}"' in parse_etags(request.headers.get("If-None-Match", "")):
        return _described(HttpResponseNotModified(), request, mark)
    try:
        content = read_bytes(key)
    except NotStored as error:
        raise Http404 from error
    except StorageDown:
        return storage_down(request)
    return _described(HttpResponse(content, content_type=CONTENT_TYPE), request, mark)


def _described(response: HttpResponse, request: HttpRequest, mark: str) -> HttpResponse:
    response["ETag"] = f'"{mark}"'
    response["Cache-Control"] = CACHE_FOR_EVER if request.GET.get("v") == mark else "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
