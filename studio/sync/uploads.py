"""Brings the files that a generation uses to the provider, once for as long as it keeps them."""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.files.storage import default_storage
from django.db.models import QuerySet

from studio.media.failures import storage_failures
from studio.media.storage import BucketStorage
from studio.media.store import copy_to
from studio.models import Clip, Generation, GenerationReference, Reference, ReferenceUpload
from studio.providers.addresses import check_url
from studio.providers.base import Input, InputRole, MediaKind
from studio.providers.errors import DownloadRefused, NeedsLink, Reason, Rejected
from studio.sync.context import Bench, in_database

LINK_LIVES_S = 24 * 3600


async def ready_inputs(bench: Bench, generation: Generation) -> tuple[Input, ...]:
    """The files that the generation uses, in their order, under addresses that the provider can read now.

    Raises the provider's errors, and those of the storage.
    """
    used = await in_database(_inputs_of)(generation)
    return tuple([await _ready(bench, one) for one in used])


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file of ours on its way: a reference or a clip, and what is made of it before ("" for nothing)."""

    reference: Reference | None
    clip: Clip | None
    variant: str

    @property
    def media(self) -> Reference | Clip:
        """The row of the file."""
        found = self.reference or self.clip
        assert found is not None  # noqa: S101  # the table holds one of both
        return found

    @property
    def mark(self) -> str:
        """The same for the same file at any time of this process."""
        return f"{type(self.media).__name__} {self.media.pk} {self.variant}"

    def uploads(self, bench: Bench) -> QuerySet[ReferenceUpload]:
        """The copies of it that this key's account has."""
        return ReferenceUpload.objects.filter(
            reference=self.reference,
            clip=self.clip,
            variant=self.variant,
            provider=bench.provider_name,
            account=bench.account,
        )


async def _ready(bench: Bench, used: GenerationReference) -> Input:
    parcel = Parcel(reference=used.reference, clip=used.clip, variant="")
    async with bench.lock_of(parcel.mark):  # several takes of one launch come with the same file
        known = await in_database(_fresh_uri)(bench, parcel)
        uri = known or await _bring(bench, parcel)
    return Input(
        uri=uri,
        role=InputRole(used.role),
        kind=MediaKind(parcel.media.kind),
        tag=used.tag,
        at_s=None if used.at_s is None else float(used.at_s),
    )


async def _bring(bench: Bench, parcel: Parcel) -> str:
    """Where the provider finds the file: with itself, in the request, or behind a link of our own store."""
    try:
        return await _upload(bench, parcel)
    except NeedsLink as error:
        link = await asyncio.to_thread(_signed_link, parcel.media)
        if link is None:
            raise Rejected("too large to go along, and the storage gives no links", reason=Reason.INVALID) from error
    try:
        await check_url(link, own=None)
    except DownloadRefused as error:
        raise Rejected(f"the storage's link is {error}: nobody outside can read it", reason=Reason.INVALID) from error
    return link


def _signed_link(media: Reference | Clip) -> str | None:
    """A link of our bucket that outlives the wait at the provider, None where files lie on a disk. Not remembered:
    signing costs nothing. Raises StorageDown."""
    if not isinstance(default_storage, BucketStorage):
        return None
    with storage_failures(media.key):
        return default_storage.signed_url(
            media.key, content_type=media.content_type, filename=None, expires_s=LINK_LIVES_S
        )


async def _upload(bench: Bench, parcel: Parcel) -> str:
    media = parcel.media
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="upload-") as folder:
        path = Path(folder) / "file"
        await asyncio.to_thread(copy_to, media.key, path)
        suffix = Path(media.key).suffix
        uploaded = await bench.ask(
            bench.provider.upload(path, filename=f"reference{suffix}", content_type=media.content_type)
        )
    if uploaded.expires_at is not None:
        await in_database(_remember)(bench, parcel, uploaded.uri, expires_at=uploaded.expires_at)
    return uploaded.uri


def _inputs_of(generation: Generation) -> list[GenerationReference]:
    return list(generation.inputs.select_related("reference", "clip"))


def _fresh_uri(bench: Bench, parcel: Parcel) -> str | None:
    return parcel.uploads(bench).filter(expires_at__gt=bench.now()).values_list("uri", flat=True).first()


def _remember(bench: Bench, parcel: Parcel, uri: str, *, expires_at: datetime) -> None:
    ReferenceUpload.objects.update_or_create(
        reference=parcel.reference,
        clip=parcel.clip,
        variant=parcel.variant,
        provider=bench.provider_name,
        account=bench.account,
        defaults={"uri": uri, "expires_at": expires_at},
    )
