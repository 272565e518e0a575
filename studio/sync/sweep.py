"""The nothing-lost sweep: every open take is asked for again, and every clip that is gone is fetched anew."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import asdict, dataclass
from typing import ClassVar, TypeVar

import structlog
from django.db import DatabaseError

from studio.generations import custody, originals
from studio.generations.custody import Shelf
from studio.media.checkup import advice
from studio.media.errors import NotStored, StorageDown, StorageFull
from studio.media.inventory import find_object, storage_clock
from studio.sync.chores import Chore
from studio.sync.context import Bench, in_database
from studio.sync.restoring import Outcome, renew_poster, restore, restore_file
from studio.sync.stocktaking import Differences, take_stock, take_stock_of_originals
from studio.sync.waking import wake

SWEEP_S = 3600.0
RESTORES_AT_A_TIME = 2
MOST_RESTORES = 5000
MOST_POSTERS = 200
OTHER_STORAGE = (
    "More than half of all clips are not in the storage. It looks like another one, or like a disk that is not "
    "mounted, so nothing was marked. If they are really lost, run: python manage.py sweep_media --trust-storage."
)
R = TypeVar("R")
log = structlog.get_logger()


@dataclass(slots=True)
class SweepReport:
    """Counts of one sweep. `woken` takes are asked for soon; of clips `missing` are newly found so, `back` were put
    back by hand, `gone` are those that the provider has no more. `trouble` is a sentence when it ended early, or "".
    """

    woken: int = 0
    looked_at: int = 0
    missing: int = 0
    back: int = 0
    restored: int = 0
    replaced: int = 0
    gone: int = 0
    posters: int = 0
    trouble: str = ""


async def sweep(bench: Bench, *, trust_storage: bool = False) -> SweepReport:
    """One sweep. Repeating it, also at the same moment in another engine, does no harm.

    A storage that does not answer, or in which more than half of many clips are missing, ends it with `trouble` and
    without a mark; `trust_storage` believes the second. The database's errors pass through.
    """
    report = SweepReport(woken=await wake(bench))
    try:
        await _sweep_files(bench, report, trust_storage=trust_storage)
    except (StorageDown, StorageFull) as error:
        report.trouble = advice(error)
    tell = log.warning if report.trouble else log.info
    tell("sweep.done", **asdict(report))
    return report


async def _sweep_files(bench: Bench, report: SweepReport, *, trust_storage: bool) -> None:
    await asyncio.to_thread(storage_clock)
    found = await take_stock(bench)
    report.looked_at = found.looked_at
    if found.looks_like_another_storage and not trust_storage:
        report.trouble = OTHER_STORAGE
        return
    report.back = await _mark_back(bench, found)
    lost = await _confirmed(found.lost)
    report.missing = await _mark(bench, lost)
    await _restore_all(bench, await in_database(custody.askable)(now=bench.now(), limit=MOST_RESTORES), report)
    await _sweep_originals(bench, report)
    report.posters = await _renew_posters(bench, found.posters[:MOST_POSTERS])


async def _sweep_originals(bench: Bench, report: SweepReport) -> None:
    """The same for what lies beside the clips."""
    lost, back = await take_stock_of_originals(bench)
    for shelf in back:
        file = await in_database(originals.load)(shelf.pk)
        report.back += await in_database(originals.mark_found)(file, now=bench.now())
    for shelf in lost:
        found = await asyncio.to_thread(find_object, shelf.key)
        if found is None or found.size_bytes != shelf.size_bytes:
            await asyncio.to_thread(storage_clock)  # the storage has to prove once more that it works
            report.missing += await in_database(originals.mark_missing)(shelf, now=bench.now())
            log.error("original.missing", file_id=shelf.pk, key=shelf.key)
    for file_id in await in_database(originals.askable)(now=bench.now(), limit=MOST_RESTORES):
        outcome = await _guarded(restore_file(bench, file_id), clip_id=file_id, otherwise=Outcome.LATER)
        _count(report, outcome)
        if outcome is Outcome.AWAY:
            break


async def _mark_back(bench: Bench, found: Differences) -> int:
    """Somebody has put these back by hand."""
    mark = in_database(custody.mark_found)
    return sum([await mark(shelf.pk, key=shelf.key, now=bench.now()) for shelf in found.back])


async def _confirmed(lost: Iterable[Shelf]) -> list[tuple[Shelf, int | None]]:
    """Those that a direct look does not find either, with the size of what is there instead. Raises StorageDown.

    Before anything is believed the storage has to prove once more that it works.
    """
    looks = [(shelf, await asyncio.to_thread(find_object, shelf.key)) for shelf in lost]
    sizes = [(shelf, found.size_bytes if found else None) for shelf, found in looks]
    missing = [(shelf, size_bytes) for shelf, size_bytes in sizes if size_bytes != shelf.size_bytes]
    if missing:
        await asyncio.to_thread(storage_clock)
    return missing


async def _mark(bench: Bench, lost: Iterable[tuple[Shelf, int | None]]) -> int:
    count = 0
    for shelf, stored_bytes in lost:
        marked = await in_database(custody.mark_missing)(
            shelf.pk, key=shelf.key, checked_at=shelf.checked_at, stored_bytes=stored_bytes, now=bench.now()
        )
        count += marked
        if marked:
            log.error("clip.missing", clip_id=shelf.pk, key=shelf.key, stored_bytes=stored_bytes)
    return count


async def _restore_all(bench: Bench, clip_ids: list[int], report: SweepReport) -> None:
    """Two at a time, so that new takes keep their room; none more once provider or storage do not answer."""
    places = asyncio.Semaphore(RESTORES_AT_A_TIME)
    away = asyncio.Event()

    async def one(clip_id: int) -> None:
        async with places:
            if away.is_set():
                return
            outcome = await _guarded(restore(bench, clip_id), clip_id=clip_id, otherwise=Outcome.LATER)
            if outcome is Outcome.AWAY:
                away.set()
            _count(report, outcome)

    await asyncio.gather(*(one(clip_id) for clip_id in clip_ids))


def _count(report: SweepReport, outcome: Outcome) -> None:
    report.restored += outcome is Outcome.RESTORED
    report.replaced += outcome is Outcome.REPLACED
    report.gone += outcome is Outcome.GONE


async def _renew_posters(bench: Bench, shelves: Iterable[Shelf]) -> int:
    renewed = [await _guarded(renew_poster(bench, one), clip_id=one.pk, otherwise=False) for one in shelves]
    return sum(renewed)


async def _guarded(work: Awaitable[R], *, clip_id: int, otherwise: R) -> R:
    """Its trouble touches that clip alone, unless it is the storage's or the database's."""
    try:
        return await work
    except NotStored:
        return otherwise
    except (StorageDown, StorageFull, DatabaseError):
        raise
    except Exception:
        log.exception("clip.sweep_failed", clip_id=clip_id)
        return otherwise


@dataclass(slots=True)
class Sweeps(Chore):
    """An engine's sweeps. What one that was ended has begun, the next one finds."""

    name: ClassVar[str] = "sweep"

    every_s: float = SWEEP_S

    async def work(self) -> SweepReport:
        return await sweep(self.bench)
