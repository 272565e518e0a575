"""The bytes of references: the image as it was uploaded, and its small copy."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from studio.access import reference_or_404
from studio.media.errors import StorageDown
from studio.media.playback import serve
from studio.views.errors import storage_down


@require_safe
def reference_image(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The image."""
    found = reference_or_404(request, public_id)
    try:
        return serve(
            request,
            key=found.key,
            content_type=found.content_type,
            size_bytes=found.size_bytes,
            etag=found.sha256,
        )
    except StorageDown:
        return storage_down(request)


@require_safe
def reference_thumb(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The small copy."""
    found = reference_or_404(request, public_id)
    try:
        return serve(
            request,
            key=found.thumb_key,
            content_type="image/webp",
            size_bytes=found.thumb_size_bytes,
            etag=f"thumb-{found.sha256}",
        )
    except StorageDown:
        return storage_down(request)
