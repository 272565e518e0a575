"""Brings a generation's references to the provider, once for as long as it keeps them."""

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path

from studio.enums import FramePosition
from studio.media.store import copy_to
from studio.models import Generation, GenerationReference, Reference, ReferenceUpload
from studio.providers.base import Frame, Position, RemoteUpload
from studio.sync.context import Bench, in_database


async def ready_frames(bench: Bench, generation: Generation) -> tuple[Frame, ...]:
    """The generation's frames under addresses that the provider can read now.

    Raises the provider's errors, and those of the storage.
    """
    frames = await in_database(_frames_of)(generation)
    return tuple([await _ready(bench, frame) for frame in frames])


async def _ready(bench: Bench, frame: GenerationReference) -> Frame:
    async with bench.lock_of(frame.reference.pk):  # several takes of one launch come with the same image
        known = await in_database(_fresh_uri)(bench, frame.reference, now=bench.now())
        uri = known or await _upload(bench, frame.reference)
    return Frame(uri=uri, position=Position(frame.position))


async def _upload(bench: Bench, reference: Reference) -> str:
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="upload-") as folder:
        path = Path(folder) / "image"
        await asyncio.to_thread(copy_to, reference.key, path)
        suffix = Path(reference.key).suffix
        uploaded = await bench.ask(
            bench.provider.upload(path, filename=f"reference{suffix}", content_type=reference.content_type)
        )
    await in_database(_remember)(bench, reference, uploaded)
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


def _remember(bench: Bench, reference: Reference, uploaded: RemoteUpload) -> None:
    ReferenceUpload.objects.update_or_create(
        reference=reference,
        provider=bench.provider_name,
        account=bench.account,
        defaults={"uri": uploaded.uri, "expires_at": uploaded.expires_at},
    )
