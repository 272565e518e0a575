"""A shelf for bytes: in memory up to a limit, or in a folder."""

from collections import OrderedDict
from pathlib import Path
from typing import Protocol

MEMORY_BYTES = 512 * 1024 * 1024
FOLDER_BYTES = 4 * 1024 * 1024 * 1024


class Shelf(Protocol):
    """Keeps bytes under names."""

    def put(self, name: str, content: bytes) -> None:
        """Keep `content`; the same name again replaces it."""

    def get(self, name: str) -> bytes | None:
        """What was kept under `name`, None when there is nothing (any more)."""

    def has(self, name: str) -> bool:
        """Whether there is something under `name`."""


class MemoryShelf:
    """Keeps the newest `limit_bytes`; the oldest go first."""

    def __init__(self, *, limit_bytes: int = MEMORY_BYTES) -> None:
        self._items: OrderedDict[str, bytes] = OrderedDict()
        self._size_bytes = 0
        self._limit_bytes = limit_bytes

    def put(self, name: str, content: bytes) -> None:
        self._size_bytes += len(content) - len(self._items.pop(name, b""))
        self._items[name] = content
        while self._size_bytes > self._limit_bytes and len(self._items) > 1:
            self._size_bytes -= len(self._items.popitem(last=False)[1])

    def get(self, name: str) -> bytes | None:
        return self._items.get(name)

    def has(self, name: str) -> bool:
        return name in self._items


class FolderShelf:
    """Keeps each name as a file; a reader never sees half of one. Past `limit_bytes` the oldest go first."""

    def __init__(self, folder: Path, *, limit_bytes: int = FOLDER_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, name: str, content: bytes) -> None:
        part = self._folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(self._folder / name)
        self._drop_oldest(keeping=name)

    def _drop_oldest(self, *, keeping: str) -> None:
        # Names on a shelf have no suffix: what has one is not ours to drop.
        files = [(path.stat(), path) for path in self._folder.iterdir() if path.is_file() and not path.suffix]
        over_bytes = sum(status.st_size for status, _ in files) - self._limit_bytes
        for status, path in sorted(files, key=lambda entry: entry[0].st_mtime_ns):
            if over_bytes <= 0:
                return
            if path.name != keeping:
                path.unlink(missing_ok=True)
                over_bytes -= status.st_size

    def get(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        return (self._folder / name).is_file()


def shelf_in(folder: Path | None) -> Shelf:
    """A shelf in `folder`, or in memory when there is none."""
    return MemoryShelf() if folder is None else FolderShelf(folder)
