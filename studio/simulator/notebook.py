"""What outlives the process: notes by kind and name, in one SQLite file."""

import json
import sqlite3
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

FILE_NAME = "state.sqlite3"
EDITION = 2
"""Raise it when notes are written in another way: a file of another edition is forgotten."""

WAIT_S = 8.0
"""For how long a new process waits for the one before it to let go of the file."""

_TABLE = """
CREATE TABLE IF NOT EXISTS note (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, content NOT NULL, UNIQUE (kind, name)
)
"""
_WRITE = """
INSERT INTO note (kind, name, content) VALUES (?, ?, ?)
ON CONFLICT (kind, name) DO UPDATE SET content = excluded.content
"""
_STRIKE = "DELETE FROM note WHERE kind = ? AND name = ?"
_READ = "SELECT name, content FROM note WHERE kind = ? ORDER BY number"


class InUse(Exception):
    """Another process holds this file."""


class Notebook(Protocol):
    """Notes are changed at once and kept together: after a crash all changes up to a `keep` are there, or none."""

    def write(self, kind: str, name: str, content: Any) -> None:
        """Note `content`, bytes or whatever JSON can say; the same name again replaces it."""

    def strike(self, kind: str, name: str) -> None:
        """Take a note out."""

    def read(self, kind: str) -> dict[str, Any]:
        """The kept notes of a kind by name, those that were written first at the front."""

    def keep(self) -> None:
        """Put all changes since the last time on disk."""

    def close(self) -> None:
        """Let go of the file. Changes that were not kept are lost."""


class BlankNotebook:
    """Keeps nothing: for a remote that lives in memory alone."""

    def write(self, kind: str, name: str, content: Any) -> None:
        pass

    def strike(self, kind: str, name: str) -> None:
        pass

    def read(self, kind: str) -> dict[str, Any]:
        return {}

    def keep(self) -> None:
        pass

    def close(self) -> None:
        pass


class FileNotebook:
    """Notes in a file that one process holds at a time; a killed one lets go of it. Raises InUse."""

    def __init__(self, folder: Path, *, wait_s: float = WAIT_S) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._changes: list[tuple[str, tuple[Any, ...]]] = []
        self._file = sqlite3.connect(folder / FILE_NAME, timeout=wait_s, isolation_level=None, check_same_thread=False)
        try:
            self._open()
        except sqlite3.OperationalError as error:
            self._file.close()
            raise InUse(f"{folder / FILE_NAME}: {error}") from error

    def _open(self) -> None:
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
            self._file.execute(f"PRAGMA {setting}")
        # The first transaction takes the lock, and in this mode it stays until the process ends.
        self._file.execute("BEGIN IMMEDIATE")
        if self._file.execute("PRAGMA user_version").fetchone() != (EDITION,):
            self._file.execute("DROP TABLE IF EXISTS note")
            self._file.execute(f"PRAGMA user_version = {EDITION}")
        self._file.execute(_TABLE)
        self._file.execute("COMMIT")

    def write(self, kind: str, name: str, content: Any) -> None:
        packed = content if isinstance(content, bytes) else json.dumps(content)
        self._change(_WRITE, kind, name, packed)

    def strike(self, kind: str, name: str) -> None:
        self._change(_STRIKE, kind, name)

    def _change(self, statement: str, *values: Any) -> None:
        with self._lock:
            self._changes.append((statement, values))

    def read(self, kind: str) -> dict[str, Any]:
        rows = self._file.execute(_READ, (kind,)).fetchall()
        return {name: content if isinstance(content, bytes) else json.loads(content) for name, content in rows}

    def keep(self) -> None:
        with self._lock:
            if not self._changes:
                return
            self._file.execute("BEGIN IMMEDIATE")
            try:
                for statement, values in self._changes:
                    self._file.execute(statement, values)
            except sqlite3.Error:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")
            self._changes.clear()

    def close(self) -> None:
        with self._lock:
            self._file.close()
