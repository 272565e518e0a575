"""One missing clip, original or poster, brought back: files from the provider, a poster from the clip."""

import asyncio
import hashlib
import tempfile
from enum import StrEnum
from pathlib import Path

import structlog

from studio.generations import custody, originals
from studio.generations.custody import Shelf
from studio.generations.stored import StoredClip
from studio.media import keys
from studio.media.errors import NotAVideo, NotStored, StorageDown, StorageFull
from studio.media.formats import MP4
from studio.media.looking import FileFacts, look_at, poster_of
from studio.media.store import copy_to, exists, put_bytes, put_file
from studio.models import Clip, ClipFile, Generation
from studio.providers.base import Download, RemoteStatus, RemoteTask
from studio.providers.errors import DownloadFailed, ProviderError
from studio.sync.context import TROUBLES, Bench, in_database
from studio.sync.outputs import Shown, examine, put_shown, shown_of, stored_clip

log = structlog.get_logger()

NOT_LOOKED_AT = FileFacts(MP4, "", is_playable=True)
"""Of the very bytes that were stored once: their checksum says all."""


class Outcome(StrEnum):
    """What became of one missing clip."""

    RESTORED = "restored"  # the same bytes under the same key
    REPLACED = "replaced"  # other bytes of the same task, under a key of their own
    GONE = "gone"  # the provider has it no more
    LATER = "later"  # it broke off on the way
    AWAY = "away"  # provider or storage do not answer: no use in asking for the next one
    TAKEN = "taken"  # another engine has it, or it has been asked for not long ago


class Gone(Exception):
    """The provider has the file no more; the message says how that showed."""


async def restore(bench: Bench, clip_id: int) -> Outcome:
    """Ask the provider for a missing clip's file and put it back. Touches neither state nor ledger."""
    clip = await in_database(custody.take_on)(clip_id, now=bench.now())
    if clip is None:
        return Outcome.TAKEN
    try:
        return await _bring_back(bench, clip)
    except asyncio.CancelledError:  # the engine stops: the sweep of the next one need not wait an hour for it
        await in_database(custody.give_back)(clip_id)
        raise
    except (*TROUBLES, StorageDown, StorageFull, OSError) as error:
        log.warning("clip.not_restored_yet", clip_id=clip_id, error=type(error).__name__)
        await in_database(custody.give_back)(clip_id)
        return Outcome.AWAY
    except DownloadFailed:
        log.warning("clip.not_restored_yet", clip_id=clip_id, error="DownloadFailed")
        return Outcome.LATER
    except (ProviderError, NotAVideo, Gone) as error:
        return _gone(clip, error)


def _gone(clip: Clip, error: Exception) -> Outcome:
    """It stays missing, and stays a row: the next sweeps ask again, more and more seldom."""
    why = str(error) if isinstance(error, Gone) else type(error).__name__
    log.error("clip.gone_at_provider", clip_id=clip.pk, generation_id=clip.generation_id, why=why)
    return Outcome.GONE


async def _bring_back(bench: Bench, clip: Clip) -> Outcome:
    bench = bench.of_account(clip.generation.account)
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="clip-") as name:
        shown = await _shown_anew(bench, clip, Path(name))
        if shown.download.sha256 == clip.sha256:
            return await _put_back(bench, clip, shown.download)
        return await _put_beside(bench, clip, shown)


async def _shown_anew(bench: Bench, clip: Clip, folder: Path) -> Shown:
    """What the take is shown by: the provider's file, or a preview made anew of what was delivered."""
    path = folder / "clip"
    original = await in_database(originals.first_original)(clip.pk)
    if original is None:
        download = await _fetched(bench, clip.generation, path)
        if download.sha256 != clip.sha256:
            facts = await asyncio.to_thread(look_at, path)
            return Shown(download, facts, facts, is_original=True)
        return Shown(download, NOT_LOOKED_AT, NOT_LOOKED_AT, is_original=True)
    try:
        await asyncio.to_thread(copy_to, original.key, path)
        download = Download(path, original.size_bytes, original.sha256)
    except NotStored:
        download = await _fetched(bench, clip.generation, path)
    outputs = await asyncio.to_thread(examine, [download], way=clip.generation.way)
    return await shown_of(clip.generation, outputs[0], folder)


async def _fetched(bench: Bench, generation: Generation, path: Path, *, order: int = 0) -> Download:
    """One output of the finished task, anew. Raises Gone, and what the provider raises."""
    task = await _finished_task(bench, generation)
    if order >= len(task.outputs):
        raise Gone(f"the task has {len(task.outputs)} outputs")
    return await bench.provider.download(task.outputs[order], path, max_bytes=bench.limits.clip_bytes)


async def _finished_task(bench: Bench, generation: Generation) -> RemoteTask:
    """The task with a fresh link. Raises Gone."""
    if generation.provider != bench.provider_name or not generation.provider_task_id:
        raise Gone(f"made by {generation.provider or 'nobody'}")
    task = await bench.ask(bench.provider.fetch(generation.provider_task_id))
    if task.status is not RemoteStatus.SUCCEEDED or not task.outputs:
        raise Gone(f"the task is {task.raw_status or task.status}, with {len(task.outputs)} outputs")
    return task


async def _put_back(bench: Bench, clip: Clip, download: Download) -> Outcome:
    await asyncio.to_thread(put_file, download.path, key=clip.key, content_type=clip.content_type)
    if clip.poster_key and not await _is_stored(clip.poster_key, clip.poster_size_bytes):
        await _make_poster_anew(bench, clip, download.path)
    await in_database(custody.mark_found)(clip.pk, key=clip.key, now=bench.now())
    log.info("clip.restored", clip_id=clip.pk, generation_id=clip.generation_id, size_bytes=clip.size_bytes)
    return Outcome.RESTORED


async def _put_beside(bench: Bench, clip: Clip, shown: Shown) -> Outcome:
    """Other bytes than those that were stored once: kept under their own key, and never called the same."""
    by_clip = await asyncio.to_thread(_stored, clip, shown)
    await in_database(custody.replace_clip)(clip, by_clip=by_clip, now=bench.now())
    log.warning("clip.replaced", clip_id=clip.pk, sha256_before=clip.sha256, sha256_after=by_clip.sha256)
    return Outcome.REPLACED


def _stored(clip: Clip, shown: Shown) -> StoredClip:
    key = put_shown(clip.generation, shown)
    poster_key, poster_size_bytes = _put_poster(clip, shown.download.path)
    return stored_clip(shown, key=key, poster_key=poster_key, poster_size_bytes=poster_size_bytes)


async def restore_file(bench: Bench, file_id: int) -> Outcome:
    """Ask the provider for a missing original and put it back, as `restore` does for what is shown."""
    file = await in_database(originals.take_on)(file_id, now=bench.now())
    if file is None:
        return Outcome.TAKEN
    give_back = in_database(originals.give_back)
    try:
        return await _bring_file_back(bench, file)
    except asyncio.CancelledError:
        await give_back(file_id)
        raise
    except (*TROUBLES, StorageDown, StorageFull, OSError) as error:
        log.warning("original.not_restored_yet", file_id=file_id, error=type(error).__name__)
        await give_back(file_id)
        return Outcome.AWAY
    except DownloadFailed:
        return Outcome.LATER
    except (ProviderError, Gone) as error:
        return _file_gone(file, error)


def _file_gone(file: ClipFile, error: Exception) -> Outcome:
    why = str(error) if isinstance(error, Gone) else type(error).__name__
    log.error("original.gone_at_provider", file_id=file.pk, clip_id=file.clip_id, why=why)
    return Outcome.GONE


async def _bring_file_back(bench: Bench, file: ClipFile) -> Outcome:
    """Under its key the same bytes, else under a key of their own."""
    bench = bench.of_account(file.clip.generation.account)
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="original-") as name:
        generation = file.clip.generation
        download = await _fetched(bench, generation, Path(name) / "file", order=file.order)
        key = file.key
        if download.sha256 != file.sha256:
            key = keys.original_key(generation.public_id, download.sha256, file.key.rpartition(".")[2])
        await asyncio.to_thread(put_file, download.path, key=key, content_type=file.content_type)
    if key == file.key:
        await in_database(originals.mark_found)(file, now=bench.now())
        return Outcome.RESTORED
    await in_database(originals.replace)(
        file, key=key, size_bytes=download.size_bytes, sha256=download.sha256, now=bench.now()
    )
    return Outcome.REPLACED


async def renew_poster(bench: Bench, shelf: Shelf) -> bool:
    """Make a missing poster anew from the stored clip. False when it is there after all, or cannot be made now.

    A clip of which no poster can be made is shown without one from then on.
    """
    if shelf.poster_key and await _is_stored(shelf.poster_key, shelf.poster_size_bytes):
        return False
    clip = await in_database(_load)(shelf.pk)
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="clip-") as folder:
        path = Path(folder) / "clip"
        await asyncio.to_thread(copy_to, clip.key, path)
        return await _make_poster_anew(bench, clip, path)


async def _make_poster_anew(bench: Bench, clip: Clip, path: Path) -> bool:
    key, size_bytes = await asyncio.to_thread(_put_poster, clip, path)
    log.info("clip.poster_made_anew", clip_id=clip.pk, size_bytes=size_bytes)
    return await in_database(custody.replace_poster)(
        clip.pk, old_key=clip.poster_key, key=key, size_bytes=size_bytes, now=bench.now()
    )


def _put_poster(clip: Clip, path: Path) -> tuple[str, int]:
    """The poster's key and size; ("", 0) when none can be made of this file."""
    try:
        poster = poster_of(path)
    except NotAVideo:
        return "", 0
    key = keys.poster_key(clip.generation.public_id, hashlib.sha256(poster).hexdigest())
    put_bytes(poster, key=key, content_type="image/webp")
    return key, len(poster)


async def _is_stored(key: str, size_bytes: int) -> bool:
    return await asyncio.to_thread(exists, key, size_bytes)


def _load(clip_id: int) -> Clip:
    return Clip.objects.select_related("generation").get(pk=clip_id)
