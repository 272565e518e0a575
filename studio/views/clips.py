"""Clips: the viewer page, and the bytes of files and poster."""

import re
from collections.abc import Sequence
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.access import membership_or_404
from studio import htmx
from studio.access import clip_or_404
from studio.gallery.deliveries import Delivered, delivery_of, shown_file
from studio.gallery.queries import neighbours
from studio.generations.queries import shots_of
from studio.generations.works import menu_of
from studio.media.archive import Member, serve_zip
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
    around = frame(membership, section="gallery", project=found.project, now=now)
    context = {
        "frame": around,
        "clip": found,
        "menu": menu_of(found, on=now.date()) if around.can_create else None,
        "shot": shots_of(rows, now=now)[0],
        "delivery": delivery_of(found),
        "neighbours": neighbours(found),
    }
    return htmx.page(request, "studio/clip.html", context)


@require_safe
def clip_file(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """What a browser plays or shows, in place, with Range."""
    found = clip_or_404(request, public_id)
    shown = shown_file(found)
    return _file(request, shown, filename=_name(found, shown) if shown.is_risky_in_place else None)


@require_safe
def clip_download(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """What was made, under a name that says what it is: one file as it is, several as a ZIP."""
    found = clip_or_404(request, public_id)
    files = delivery_of(found).main
    if len(files) > 1:
        return _zip(request, found, files)
    return _file(request, files[0], filename=_name(found, files[0]))


@require_safe
def clip_part(request: HttpRequest, public_id: UUID, number: int) -> HttpResponseBase:
    """One of several files, counted from 1; 0 is what is shown."""
    found = clip_or_404(request, public_id)
    wanted = next((one for one in delivery_of(found).files if one.number == number), None)
    if wanted is None:
        raise Http404
    return _file(request, wanted, filename=_name(found, wanted))


@require_safe
def clip_zip(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """All files in one ZIP, streamed."""
    found = clip_or_404(request, public_id)
    return _zip(request, found, delivery_of(found).files)


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
    """`first-film-a-fishing-boat-leaves-take-2`: project, first words of the prompt, take."""
    generation = clip.generation
    words = NOT_IN_NAMES.sub(" ", generation.prompt.text.lower()).split()[:NAME_WORDS]
    return "-".join([clip.project.slug, *words, f"take-{generation.take_number}"])


def _name(clip: Clip, file: Delivered) -> str:
    return f"{download_name(clip)}{file.ending}"


def _file(request: HttpRequest, file: Delivered, *, filename: str | None) -> HttpResponseBase:
    try:
        return serve(
            request,
            key=file.key,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            etag=file.sha256,
            filename=filename,
        )
    except StorageDown:
        return storage_down(request)


def _zip(request: HttpRequest, clip: Clip, files: Sequence[Delivered]) -> HttpResponseBase:
    members = [Member(file.key, _name(clip, file), file.size_bytes) for file in files]
    try:
        return serve_zip(request, members, filename=f"{download_name(clip)}.zip")
    except StorageDown:
        return storage_down(request)
