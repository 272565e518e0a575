"""STORING: fetch the finished video, check it, store it, and only then call the take ready."""

import asyncio
import errno
import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings

from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.generations.progress import Saved, record_saved
from studio.generations.stored import StoredClip
from studio.generations.transitions import Claim
from studio.media import keys
from studio.media.errors import NotAVideo, StorageDown, StorageFull
from studio.media.looking import poster_of
from studio.media.store import put_bytes, put_file
from studio.models import Generation
from studio.providers.base import Download, RemoteTask
from studio.providers.errors import DownloadRefused, LinkExpired, ProviderError
from studio.sync.context import Bench, in_database
from studio.sync.costs import final_cost
from studio.sync.evidence import Sign, is_proven
from studio.sync.insisting import insist
from studio.sync.outputs import (
    Output,
    Shown,
    examine,
    is_shown_as_it_is,
    put_original,
    put_shown,
    shown_of,
    stored_clip,
)
from studio.sync.schedule import pause_after

log = structlog.get_logger()

Downloads = Sequence[Download | None]
"""In the provider's order; None for one that has been given up."""
Look = Callable[[Generation, Downloads], tuple[list[Output], bytes | None]]
FIRST = "clip"
MOST_OUTPUTS = 64
GIVEN_UP_AFTER = 24
"""Failures in a row, some two hours: then a further output that does not come holds up the others no more."""
SAVING_NEWS_S = 1.0
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
# Pictures take some 15 MB while they are decoded: of all clips in hand two at a time are looked at.
decoding = ThreadPoolExecutor(2, thread_name_prefix="decoding")


@cache
def putting() -> ThreadPoolExecutor:
    """The threads that send to the storage, for half of the clips in hand: else all are fetched and then all are sent,
    and one of both sides always waits for the other."""
    return ThreadPoolExecutor(max(2, settings.ENGINE_STORING // 2), thread_name_prefix="putting")


async def store(bench: Bench, claim: Claim, generation: Generation, task: RemoteTask) -> None:
    """Bring the clip of a finished task home. Whatever goes wrong on our side is tried again, for ever."""
    with tempfile.TemporaryDirectory(dir=bench.temp_dir, prefix="clip-") as name:
        folder = Path(name)
        try:
            downloads = await _download(bench, claim, generation, task, folder)
            await _keep(bench, claim, generation, task, downloads, folder)
        except NotAVideo:
            await _not_a_video(bench, claim, generation, task, folder)
        except (ProviderError, StorageFull, StorageDown, OSError) as error:
            log.warning("clip.not_stored_yet", generation_id=generation.pk, error=type(error).__name__)
            await set_back(bench, claim, generation, _code_of(error), error=error)


def _code_of(error: Exception) -> StatusCode:
    if isinstance(error, LinkExpired):
        return StatusCode.LINK_EXPIRED
    if isinstance(error, ProviderError):
        return StatusCode.DOWNLOAD_INTERRUPTED
    if isinstance(error, StorageFull) or (isinstance(error, OSError) and error.errno in FULL_DISK):
        return StatusCode.STORAGE_FULL
    return StatusCode.STORAGE_DOWN


async def _download(
    bench: Bench, claim: Claim, generation: Generation, task: RemoteTask, folder: Path
) -> list[Download | None]:
    """All outputs, one after the other: the first at `folder / FIRST`. Without that one there is no take; another may
    fail for ever (too large for us, gone there), and then the rest is kept without it."""
    if not task.outputs:
        raise DownloadRefused("The task succeeded without an output.")
    if len(task.outputs) > MOST_OUTPUTS:
        log.error("clip.too_many_outputs", generation_id=claim.generation_id, outputs=len(task.outputs))
    downloads: list[Download | None] = []
    may_give_up = await in_database(_failures)(generation) >= GIVEN_UP_AFTER
    news = SavingNews(bench=bench, claim=claim)
    try:
        for order, url in enumerate(task.outputs[:MOST_OUTPUTS]):
            path = folder / (FIRST if order == 0 else f"{FIRST}-{order}")
            try:
                done = await bench.provider.download(url, path, max_bytes=bench.limits.clip_bytes, on_progress=news)
            except ProviderError as error:
                if not (order and may_give_up):
                    raise
                why = type(error).__name__  # no traceback: a link may stand in it
                log.error("clip.output_given_up", generation_id=generation.pk, order=order, why=why)  # noqa: TRY400
                downloads.append(None)
                continue
            news.before_bytes += done.size_bytes
            downloads.append(done)
    finally:
        if bench.saved is not None:
            bench.saved.pop(claim.generation_id, None)  # what was quicker than a pass tells nothing on its way
    return downloads


@dataclass(slots=True)
class SavingNews:
    """Says how much has arrived. The engine writes it for all its threads at once; a worker does so for its one clip,
    once a second at the most. `before_bytes` are those of the outputs that are here already."""

    bench: Bench
    claim: Claim
    told_at: float = field(default_factory=time.monotonic)
    before_bytes: int = 0

    async def __call__(self, stored_bytes: int, total_bytes: int | None) -> None:
        total = None if total_bytes is None else self.before_bytes + total_bytes
        saved = Saved(self.claim.generation_id, self.claim.token, self.before_bytes + stored_bytes, total)
        if self.bench.saved is not None:
            self.bench.saved[saved.pk] = saved
        elif time.monotonic() - self.told_at >= SAVING_NEWS_S:
            self.told_at = time.monotonic()
            await in_database(record_saved)([saved])


async def _keep(
    bench: Bench,
    claim: Claim,
    generation: Generation,
    task: RemoteTask,
    downloads: Downloads,
    folder: Path,
) -> None:
    loop = asyncio.get_running_loop()
    is_poster_later = bench.posters is not None and bench.posters.may_wait()
    look: Look = _look if is_poster_later else _look_and_make_poster
    outputs, poster = await loop.run_in_executor(decoding, look, generation, downloads)
    shown = await shown_of(generation, outputs[0], folder)
    if poster is None and not shown.is_original:
        poster = await loop.run_in_executor(decoding, _poster, generation, shown.download.path)
    clip = await loop.run_in_executor(putting(), _put, generation, shown, outputs, poster)
    cost = final_cost(task, generation)
    done = await insist(
        transitions.finish,
        claim,
        clip=clip,
        cost_credits=cost.credits,
        cost_source=cost.source,
        now=bench.now(),
    )
    if done and not poster and is_poster_later and bench.posters:
        bench.posters.add(generation.pk)
    log.info("generation.stored", generation_id=generation.pk, size_bytes=clip.size_bytes, done=done)


def _look(generation: Generation, downloads: Downloads) -> tuple[list[Output], bytes | None]:
    """What has been delivered, and a poster where it came by the way."""
    outputs = examine(downloads, way=generation.way)
    return outputs, outputs[0].facts.poster if outputs[0].facts else None


def _look_and_make_poster(generation: Generation, downloads: Downloads) -> tuple[list[Output], bytes | None]:
    outputs, poster = _look(generation, downloads)
    if poster is None and is_shown_as_it_is(outputs[0]):
        poster = _poster(generation, outputs[0].download.path)
    return outputs, poster


def _poster(generation: Generation, path: Path) -> bytes | None:
    """A still of the clip; None when there is none to be had: a poster must not lose what has been paid for."""
    try:
        return poster_of(path)
    except Exception as error:
        log.warning("clip.no_poster", generation_id=generation.pk, error=type(error).__name__)
        return None


def _put(generation: Generation, shown: Shown, outputs: Sequence[Output], poster: bytes | None) -> StoredClip:
    """Store clip, originals and poster under their immutable keys."""
    files = tuple(put_original(generation, one) for one in outputs if one.order or not shown.is_original)
    key = put_shown(generation, shown)
    poster_key = _put_poster(generation, poster) if poster else ""
    poster_size_bytes = len(poster) if poster and poster_key else 0
    return stored_clip(shown, key=key, poster_key=poster_key, poster_size_bytes=poster_size_bytes, files=files)


def _put_poster(generation: Generation, poster: bytes) -> str:
    """The poster's key; "" when it cannot be stored."""
    key = keys.poster_key(generation.public_id, hashlib.sha256(poster).hexdigest())
    try:
        put_bytes(poster, key=key, content_type="image/webp", is_named_by_sum=True)
    except Exception as error:
        log.warning("clip.no_poster", generation_id=generation.pk, error=type(error).__name__)
        return ""
    return key


async def set_back(
    bench: Bench,
    claim: Claim,
    generation: Generation,
    code: StatusCode,
    *,
    error: Exception | None = None,
    **detail: Sign,
) -> None:
    """STORING stays, says why, and is tried again later."""
    refusal = error if isinstance(error, ProviderError) else None
    now = bench.now()
    failures = await in_database(_failures)(generation)
    await in_database(transitions.postpone)(
        claim,
        expected=State.STORING,
        code=code,
        due_at=now + pause_after(refusal, failures=failures, poll_s=bench.limits.poll_s),
        now=now,
        **detail,
    )


async def _not_a_video(bench: Bench, claim: Claim, generation: Generation, task: RemoteTask, folder: Path) -> None:
    """Fetch it again; when it is no video three times in a row, keep all files and fail, charged as it was."""
    if not await in_database(is_proven)(generation, Sign.NOT_A_VIDEO):
        await set_back(bench, claim, generation, StatusCode.DOWNLOAD_INTERRUPTED, sign=Sign.NOT_A_VIDEO)
        return
    key, *others = await asyncio.to_thread(_keep_all, folder, generation)
    cost = final_cost(task, generation)
    log.error("clip.not_a_video", generation_id=generation.pk, key=key)
    await in_database(transitions.fail)(
        claim,
        code=StatusCode.NOT_A_VIDEO,
        cost_credits=cost.credits,
        cost_source=cost.source,
        now=bench.now(),
        kept_as=key,
        kept_too=others,
    )


def _keep_all(folder: Path, generation: Generation) -> list[str]:
    """The keys of all that was delivered, the first output's first."""
    return [_keep_rejected(path, generation) for path in (folder / FIRST, *sorted(folder.glob(f"{FIRST}-*")))]


def _keep_rejected(path: Path, generation: Generation) -> str:
    """The key under which an admin finds what was delivered; "" when there is nothing, or no storage to keep it."""
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    key = keys.rejected_key(generation.public_id, sha256)
    if not path.stat().st_size:
        return ""
    try:
        put_file(path, key=key, content_type="application/octet-stream")
    except (StorageDown, StorageFull):
        return ""
    return key


def _failures(generation: Generation) -> int:
    """Failed tries in a row as stored now: the row in hand was read before this state began."""
    return Generation.objects.values_list("failures", flat=True).get(pk=generation.pk)
