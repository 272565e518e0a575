"""Brings a generation's references to the provider, once for as long as it keeps them."""

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path

from django.core.files.storage import default_storage

from studio.enums import FramePosition
from studio.media.failures import storage_failures
from studio.media.storage import BucketStorage
from studio.media.store import copy_to
from studio.models import Generation, GenerationReference, Reference, ReferenceUpload
from studio.providers.addresses import check_url
from studio.providers.base import Frame, Position
from studio.providers.errors import DownloadRefused, NeedsLink, Reason, Rejected
from studio.sync.context import Bench, in_database

LINK_LIVES_S = 24 * 3600


async def ready_frames(bench: Bench, generation: Generation) -> tuple[Frame, ...]:
    """The generation's frames under addresses that the provider can read now.

    Raises the provider's errors, and those of the storage.
    """
    frames = await in_database(_frames_of)(generation)
    return tuple([await _ready(bench, frame) for frame in frames])


async def _ready(bench: Bench, frame: GenerationReference) -> Frame:
    async with bench.lock_of(frame.reference.pk):  # several takes of one launch come with the same image
        known = await in_database(_fresh_uri)(bench, frame.reference, now=bench.now())
        uri = known or await _bring(bench, frame.reference)
    return Frame(uri=uri, position=Position(frame.position))


async def _bring(bench: Bench, reference: Reference) -> str:
    """Where the provider finds the image: with itself, in the request, or behind a link of our own store."""
    try:
        return await _upload(bench, reference)
    except NeedsLink as error:
        link = await asyncio.to_thread(_signed_link, reference)
        if link is None:
            raise Rejected("too large to go along, and the storage gives no links", reason=Reason.INVALID) from error
    try:
        await check_url(link, own=None)
    except DownloadRefused as error:
        raise Rejected(f"the storage's link is {error}: nobody outside can read it", reason=Reason.INVALID) from error
    return link


def _signed_link(reference: Reference) -> str | None:
    """A link of our bucket that outlives the wait at the provider, None where files lie on a disk. Not remembered:
    signing costs nothing. Raises StorageDown."""
    if not isinstance(default_storage, BucketStorage):
        return None
    with storage_failures(reference.key):
        return default_storage.signed_url(
            reference.key, content_type=reference.content_type, filename=None, expires_s=LINK_LIVES_S
        )


async def _upload(bench: Bench, reference: Reference) -> str:
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="upload-") as folder:
        path = Path(folder) / "image"
        await asyncio.to_thread(copy_to, reference.key, path)
        suffix = Path(reference.key).suffix
        uploaded = await bench.ask(
            bench.provider.upload(path, filename=f"reference{suffix}", content_type=reference.content_type)
        )
    if uploaded.expires_at is not None:
        await in_database(_remember)(bench, reference, uploaded.uri, expires_at=uploaded.expires_at)
    return uploaded.uri


def _frames_of(generation: Generation) -> list[GenerationReference]:
    order = {FramePosition.FIRST: 0, FramePosition.LAST: 1}
    frames = generation.frames.select_related("reference")
    return sorted(frames, key=lambda frame: order[FramePosition(frame.position)])


def _fresh_uri(bench: Bench, reference: Reference, *, now: datetime) -> str | None:
    uploads = ReferenceUpload.objects.filter(
        reference=reference, provider=bench.provider_name, account=bench.account, expires_at__gt=now
    )
    return uploads.values_list("uri", flat=True).first()


def _remember(bench: Bench, reference: Reference, uri: str, *, expires_at: datetime) -> None:
    ReferenceUpload.objects.update_or_create(
        reference=reference,
        provider=bench.provider_name,
        account=bench.account,
        defaults={"uri": uri, "expires_at": expires_at},
    )
