"""Brings the files that a generation uses to the provider, once for as long as it keeps them."""

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from studio.generations.originals import first_original
from studio.generations.preflight import fps_to_make
from studio.generations.request import input_of
from studio.media import keys
from studio.media.cropping import Crop, cropped_file, read_crop
from studio.media.errors import BadImage, NotAVideo, StorageDown
from studio.media.failures import storage_failures
from studio.media.fitting import fit_video
from studio.media.storage import BucketStorage
from studio.media.store import copy_to, put_file
from studio.models import Clip, ClipFile, Generation, GenerationReference, Reference, ReferenceUpload
from studio.providers.addresses import check_url
from studio.providers.base import Input, InputRole, MediaKind, WayKind
from studio.providers.catalog import find_model
from studio.providers.errors import DownloadRefused, NeedsLink, Reason, Rejected, Unreachable
from studio.sync.context import Bench, in_database

log = structlog.get_logger()

LINK_LIVES_S = 24 * 3600
MS = 1000
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}
SENT_AS_IT_CAME = frozenset({"video/mp4", "video/quicktime"})
"""Originals that the provider takes (docs/assets/inputs): H.264, HEVC and ProRes in these containers."""


async def ready_inputs(bench: Bench, generation: Generation) -> tuple[Input, ...]:
    """The files that the generation uses, in their order, under addresses that the provider can read now.

    Raises the provider's errors, and those of the storage.
    """
    used = await in_database(_inputs_of)(generation)
    return tuple([await _ready(bench, one, most_fps=_most_fps(generation, one)) for one in used])


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file of ours on its way: a reference or a clip, and what is made of it before.

    `crop` is the part of an image that goes, None for all of it; `most_fps` what a video comes down to, 0 for none.
    `original` is what was delivered for a clip that is shown by a preview; None where the clip's own file goes.
    """

    reference: Reference | None
    clip: Clip | None
    crop: Crop | None = None
    most_fps: float = 0
    original: ClipFile | None = None

    @property
    def variant(self) -> str:
        """What is made of it, in a few letters; "" for the file as it is."""
        if self.crop:
            return f"crop {self.crop.as_text()}"
        if self.most_fps:
            return f"{self.most_fps:g} fps"
        return "original" if self.original else ""

    @property
    def is_made(self) -> bool:
        """Whether what goes lies in no storage yet."""
        return bool(self.crop or self.most_fps)

    @property
    def key(self) -> str:
        """Where the file lies from which it goes."""
        return (self.original or self.media).key

    @property
    def content_type(self) -> str:
        return (self.original or self.media).content_type

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


async def _ready(bench: Bench, used: GenerationReference, *, most_fps: float) -> Input:
    parcel = await in_database(_parcel)(used, most_fps)
    async with bench.lock_of(parcel.mark):  # several takes of one launch come with the same file
        known = await in_database(_fresh_uri)(bench, parcel)
        uri = known or await _bring(bench, parcel)
    return Input(
        uri=uri,
        role=InputRole(used.role),
        kind=MediaKind(parcel.media.kind),
        tag=used.tag,
        at_s=None if used.at_s is None else float(used.at_s),
        length_s=parcel.media.duration_ms / MS,
    )


def _parcel(used: GenerationReference, most_fps: float) -> Parcel:
    crop = read_crop(used.crop)
    original = None if crop or most_fps else _original(used)
    return Parcel(reference=used.reference, clip=used.clip, crop=crop, most_fps=most_fps, original=original)


def _original(used: GenerationReference) -> ClipFile | None:
    """The film as it was delivered, where it is a better one than the clip's preview and may be uploaded."""
    if used.clip is None or used.clip.kind != MediaKind.VIDEO:
        return None
    original = first_original(used.clip.pk)
    is_fit = original and original.content_type in SENT_AS_IT_CAME and original.size_bytes <= settings.UPLOAD_MAX_BYTES
    return original if is_fit and original and original.missing_since is None else None


def _most_fps(generation: Generation, used: GenerationReference) -> float:
    """The frames a second to which a video has to come down for the way, 0 where it may stay as it is."""
    model = find_model(generation.model)
    way = model.way(WayKind(generation.way)) if model else None
    rule = way.input_rule(InputRole(used.role)) if way else None
    return (rule and fps_to_make(input_of(used), rule)) or 0


async def _bring(bench: Bench, parcel: Parcel) -> str:
    """Where the provider finds the file: with itself, in the request, or behind a link of our own store."""
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="upload-") as folder:
        path, content_type = await asyncio.to_thread(_prepared, parcel, Path(folder))
        try:
            return await _upload(bench, parcel, path, content_type=content_type)
        except NeedsLink as error:
            link = await asyncio.to_thread(_signed_link, parcel, path, content_type)
            if link is None:
                raise _no_link("files lie on a disk, which gives no links") from error
    try:
        await check_url(link, own=None)
    except DownloadRefused as error:
        raise _no_link(f"the storage's link is {error}: nobody outside can read it") from error
    except Unreachable as error:
        raise StorageDown("The host in the storage's link has no address now.") from error
    return link


def _no_link(cause: str) -> Rejected:
    """Told to the operator as well: the person with the image cannot mend it."""
    log.warning("reference.no_link", cause=cause)
    return Rejected(cause, reason=Reason.INVALID)


def _signed_link(parcel: Parcel, path: Path, content_type: str) -> str | None:
    """A link of our bucket that outlives the wait at the provider, None where files lie on a disk. Not remembered:
    signing costs nothing. What was made of a file is stored first. Raises StorageDown and StorageFull."""
    if not isinstance(default_storage, BucketStorage):
        return None
    key = _stored_variant(parcel, path, content_type) if parcel.is_made else parcel.key
    with storage_failures(key):
        return default_storage.signed_url(key, content_type=content_type, filename=None, expires_s=LINK_LIVES_S)


def _stored_variant(parcel: Parcel, path: Path, content_type: str) -> str:
    """The key of what was made of a file, among the team's references. No row names it: `purge_media` removes it in its
    time."""
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    key = keys.reference_key(parcel.media.team.public_id, sha256, SUFFIXES[content_type])
    put_file(path, key=key, content_type=content_type, sha256=sha256)
    return key


async def _upload(bench: Bench, parcel: Parcel, path: Path, *, content_type: str) -> str:
    suffix = SUFFIXES.get(content_type) or Path(parcel.key).suffix
    uploaded = await bench.ask(bench.provider.upload(path, filename=f"reference{suffix}", content_type=content_type))
    if uploaded.expires_at is not None:
        await in_database(_remember)(bench, parcel, uploaded.uri, expires_at=uploaded.expires_at)
    return uploaded.uri


def _prepared(parcel: Parcel, folder: Path) -> tuple[Path, str]:
    """The file that goes, and its type: as it is, or what is made of it. Raises Rejected, StorageDown, StorageFull."""
    path, target = folder / "file", folder / "made"
    copy_to(parcel.key, path)
    try:
        if parcel.crop:
            return target, cropped_file(path, parcel.crop, target)
        if parcel.most_fps and fit_video(path, target, max_fps=parcel.most_fps):
            return target, "video/mp4"
    except (BadImage, NotAVideo) as error:
        raise Rejected("the file cannot be cropped or brought into shape", reason=Reason.INVALID) from error
    return path, parcel.content_type


def _inputs_of(generation: Generation) -> list[GenerationReference]:
    return list(generation.inputs.select_related("reference__team", "clip__team"))


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
