"""Compares the clips' rows with what is in the storage, a thousand at a time: no row is asked for on its own."""

import asyncio
from dataclasses import dataclass, field

from studio.generations import custody, originals
from studio.generations.custody import Shelf
from studio.generations.originals import FileShelf
from studio.media.inventory import CLIPS, ORIGINALS, POSTERS, StoredObject, generation_of, is_ours, stored_pages
from studio.sync.context import Bench, in_database

ROWS_AT_A_TIME = 1000
MOST_IN_HAND = 5000
MANY = 20


class Ticks:
    """A set of primary keys in a bit each: a million clips are 125 KB."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        if number >> 3 >= len(self._bits):
            self._bits.extend(bytes((number >> 3) + 1 - len(self._bits)))
        self._bits[number >> 3] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        return number >> 3 < len(self._bits) and bool(self._bits[number >> 3] & 1 << (number & 7))


@dataclass(slots=True)
class Differences:
    """What rows and storage do not agree about. Of each list the first 5,000: the next sweep sees the others.

    `lost`: not marked yet, and not in the listing. `back`: marked, and there again. `posters`: the clip is there and
    its poster is not. The counts are of all: `marked_count` of those that were marked before, there or not.
    """

    lost: list[Shelf] = field(default_factory=list)
    back: list[Shelf] = field(default_factory=list)
    posters: list[Shelf] = field(default_factory=list)
    looked_at: int = 0
    lost_count: int = 0
    marked_count: int = 0

    @property
    def looks_like_another_storage(self) -> bool:
        """Whether so much is lost at once that an empty folder in place of a disk is likelier than a loss."""
        return self.lost_count > MANY and self.lost_count * 2 > self.looked_at - self.marked_count


async def take_stock(bench: Bench) -> Differences:
    """List the storage, then go through the rows. Raises StorageDown; changes nothing but `Clip.checked_at`.

    A clip that is stored meanwhile may be missed by the listing: what is lost is to be confirmed by a direct look.
    """
    upto = await in_database(custody.newest_clip)()
    clips = await _ticked(CLIPS)
    posters = await _ticked(POSTERS)
    found = Differences()
    after = 0
    while rows := await in_database(custody.shelves)(after=after, upto=upto, limit=ROWS_AT_A_TIME):
        after = rows[-1].pk
        _compare(rows, clips=clips, posters=posters, found=found)
        whole = [row.pk for row in rows if row.pk in clips and not row.is_missing and not _wants_first_poster(row)]
        await in_database(custody.mark_seen)(whole, now=bench.now())
    return found


async def _ticked(prefix: str) -> Ticks:
    """The clips whose clip, or poster, the storage lists with the size that the row says."""
    ticks = Ticks()
    pages = stored_pages(prefix)
    while page := await asyncio.to_thread(next, pages, None):
        for pk in await in_database(_owners)(page, prefix=prefix):
            ticks.add(pk)
    return ticks


def _owners(page: list[StoredObject], *, prefix: str) -> list[int]:
    sizes = {found.key: found.size_bytes for found in page if is_ours(found.key)}
    if prefix == CLIPS:
        return custody.clips_of_keys(sizes)
    return custody.clips_of_posters(sizes, generations={owner for key in sizes if (owner := generation_of(key))})


async def take_stock_of_originals(bench: Bench) -> tuple[list[FileShelf], list[FileShelf]]:
    """Originals that are not in the storage and not marked so, and those that are marked and there again. As with
    clips, what is lost is to be confirmed by a direct look."""
    upto = await in_database(originals.newest)()
    if not upto:
        return [], []
    there = Ticks()
    pages = stored_pages(ORIGINALS)
    while page := await asyncio.to_thread(next, pages, None):
        sizes = {found.key: found.size_bytes for found in page if is_ours(found.key)}
        for pk in await in_database(originals.of_keys)(sizes):
            there.add(pk)
    lost: list[FileShelf] = []
    back: list[FileShelf] = []
    after = 0
    while rows := await in_database(originals.shelves)(after=after, upto=upto, limit=ROWS_AT_A_TIME):
        after = rows[-1].pk
        lost += [row for row in rows if not row.is_missing and row.pk not in there]
        back += [row for row in rows if row.is_missing and row.pk in there]
        whole = [row.pk for row in rows if not row.is_missing and row.pk in there]
        await in_database(originals.mark_seen)(whole, now=bench.now())
    return lost[:MOST_IN_HAND], back[:MOST_IN_HAND]


def _compare(rows: list[Shelf], *, clips: Ticks, posters: Ticks, found: Differences) -> None:
    found.looked_at += len(rows)
    for row in rows:
        is_there = row.pk in clips
        found.marked_count += row.is_missing
        if row.is_missing:
            if is_there:
                _keep(found.back, row)
        elif not is_there:
            found.lost_count += 1
            _keep(found.lost, row)
        elif _wants_first_poster(row) or (row.poster_key and row.pk not in posters):
            _keep(found.posters, row)


def _wants_first_poster(row: Shelf) -> bool:
    """It was stored without one when clips waited. Not marked as seen before one is made, or found impossible."""
    return row.is_new and not row.poster_key


def _keep(rows: list[Shelf], row: Shelf) -> None:
    if len(rows) < MOST_IN_HAND:
        rows.append(row)
