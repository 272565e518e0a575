"""Clips: the viewer page, and the bytes of file and poster."""

import re
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.access import membership_or_404
from studio import htmx
from studio.access import clip_or_404
from studio.gallery.queries import neighbours
from studio.generations.queries import shots_of
from studio.media.errors import StorageDown
from studio.media.playback import serve
from studio.models import Clip, Generation
from studio.views.errors import storage_down
from studio.views.frame import frame

NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
NAME_WORDS = 6


@require_GET
def clip(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The viewer: video, prompt, what made it, what it cost."""
    found = clip_or_404(request, public_id)
    membership = membership_or_404(request, found.team.slug)
    now = timezone.now()
    rows = Generation.objects.to_show().filter(pk=found.generation_id)
    context = {
        "frame": frame(membership, section="gallery", project=found.project, now=now),
        "clip": found,
        "shot": shots_of(rows, now=now)[0],
        "neighbours": neighbours(found),
    }
    return htmx.page(request, "studio/clip.html", context)


@require_safe
def clip_file(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The video, in place, with Range."""
    return _video(request, clip_or_404(request, public_id), filename=None)


@require_safe
def clip_download(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The video as a file with a name that says what it is."""
    found = clip_or_404(request, public_id)
    return _video(request, found, filename=download_name(found))


@require_safe
def clip_poster(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The picture that stands for the clip. 404 for a clip without one."""
    found = clip_or_404(request, public_id)
    if not found.poster_key:
        raise Http404
    try:
        return serve(
            request,
            key=found.poster_key,
            content_type="image/webp",
            size_bytes=found.poster_size_bytes,
            etag=f"poster-{found.sha256}",
        )
    except StorageDown:
        return storage_down(request)


def download_name(clip: Clip) -> str:
    """`first-film-a-fishing-boat-leaves-take-2.mp4`: project, first words of the prompt, take."""
    generation = clip.generation
    words = NOT_IN_NAMES.sub(" ", generation.prompt.text.lower()).split()[:NAME_WORDS]
    return "-".join([clip.project.slug, *words, f"take-{generation.take_number}"]) + ".mp4"


def _video(request: HttpRequest, clip: Clip, *, filename: str | None) -> HttpResponseBase:
    try:
        return serve(
            request,
            key=clip.key,
            content_type=clip.content_type,
            size_bytes=clip.size_bytes,
            etag=clip.sha256,
            filename=filename,
        )
    except StorageDown:
        return storage_down(request)
