"""Answers that brought a clip along, kept on the disk until the clip is home.

An answer to a create that is finished at once names its clip, and perhaps nothing by which to ask again. It is
therefore written down whole before its task is told to anybody. These files hold signed links: they are for the
service's own user alone, and go when they are old.
"""

import hashlib
import json
import os
import secrets
import time
from pathlib import Path

KEPT_FOR_S = 30 * 24 * 3600.0


class Keepsakes:
    """Answers by task id. Without a folder they live as long as the process; so does one that the disk refused."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._here: dict[str, object] = {}

    def keep(self, task_id: str, body: object) -> None:
        """Write an answer down; it is on the disk when this returns. Raises OSError: it is kept in memory then."""
        self._here[task_id] = body
        if self._folder is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._drop_old()
        _write(self._path(task_id, self._folder), json.dumps(body).encode())
        self._here.pop(task_id)

    def find(self, task_id: str) -> object:
        """The kept answer, None if there is none. Raises OSError when the disk does not give it."""
        if task_id in self._here or self._folder is None:
            return self._here.get(task_id)
        try:
            found: object = json.loads(self._path(task_id, self._folder).read_bytes())
        except FileNotFoundError:
            return None
        return found

    def _path(self, task_id: str, folder: Path) -> Path:
        return folder / f"{hashlib.sha256(task_id.encode()).hexdigest()[:40]}.json"

    def _drop_old(self) -> None:
        for path in self._folder.glob("*.json") if self._folder else ():
            if time.time() - path.stat().st_mtime > KEPT_FOR_S:
                path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, also through a power cut."""
    part = path.with_suffix(f".{secrets.token_hex(6)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
