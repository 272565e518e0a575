"""Ephemeral uploads: a signed form, one file, an address that is good for a day."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from studio.simulator import schema
from studio.simulator.clock import Clock
from studio.simulator.notebook import Notebook
from studio.simulator.shelf import Shelf
from studio.simulator.sniffing import KINDS, sniff

MIN_BYTES = 512
MAX_BYTES = 200 * 1024 * 1024
FILENAME_MIN, FILENAME_MAX = 3, 255
FORM_LIFE = timedelta(hours=1)
TICKET = "ticket"

UPLOAD_SHAPE = schema.Shape(
    {
        "filename": schema.string(minimum=FILENAME_MIN, maximum=FILENAME_MAX),
        "type": schema.choice(("ephemeral",)),
    },
    required=frozenset({"filename", "type"}),
)


class UploadRefused(Exception):
    """The bucket does not take this file. `status` and `code` are what it answers."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(slots=True)
class Upload:
    """One ticket: who asked, when it was issued, and whether its file has arrived."""

    token: str
    key: str
    filename: str
    issued_at: datetime
    is_stored: bool = False

    @property
    def uri(self) -> str:
        return f"runway://{self.token}"


class Uploads:
    """All tickets and the files behind them. A ticket is kept before its answer leaves."""

    def __init__(self, *, clock: Clock, shelf: Shelf, secret: str, life_s: float, notebook: Notebook) -> None:
        self._clock = clock
        self._notebook = notebook
        self._shelf = shelf
        self._signer = URLSafeSerializer(secret, salt="upload")
        self._life = timedelta(seconds=life_s)
        self.tickets: dict[str, Upload] = {}
        for token, note in notebook.read(TICKET).items():
            self.tickets[token] = _unpacked(token, note)
        self._drop_old()

    def issue(self, *, key: str, filename: str) -> tuple[Upload, dict[str, str]]:
        """A new ticket, and the form fields that prove it at the bucket."""
        self._drop_old()
        upload = Upload(secrets.token_urlsafe(96), key, filename, self._clock.now())
        self.tickets[upload.token] = upload
        self._keep(upload)
        name = f"ephemeral/{secrets.token_hex(16)}/{filename}"
        until = self._clock.now() + FORM_LIFE
        policy = self._signer.dumps([upload.token, name, until.timestamp()])
        return upload, {"key": name, "policy": str(policy), "x-amz-algorithm": "AWS4-HMAC-SHA256"}

    def store(self, fields: Mapping[str, str], *, content: bytes) -> Upload:
        """Take the file that came with `fields`. Raises UploadRefused."""
        upload = self._ticket(fields)
        _check_file(content, filename=upload.filename)
        self._shelf.put(upload.token, content)
        upload.is_stored = True
        self._keep(upload)
        return upload

    def _keep(self, upload: Upload) -> None:
        self._notebook.write(TICKET, upload.token, _packed(upload))
        self._notebook.keep()

    def _drop_old(self) -> None:
        """Forget the tickets whose form and whose file are both out of date."""
        before = self._clock.now() - max(self._life, FORM_LIFE)
        for upload in [upload for upload in self.tickets.values() if upload.issued_at < before]:
            del self.tickets[upload.token]
            self._notebook.strike(TICKET, upload.token)

    def _ticket(self, fields: Mapping[str, str]) -> Upload:
        try:
            token, name, until = self._signer.loads(fields.get("policy", ""))
        except BadSignature as error:
            raise UploadRefused(403, "AccessDenied") from error
        if name != fields.get("key") or self._clock.now().timestamp() > until:
            raise UploadRefused(403, "AccessDenied")
        if token not in self.tickets:
            raise UploadRefused(403, "AccessDenied")
        return self.tickets[token]

    def content(self, uri: str, *, key: str) -> bytes | None:
        """The file behind a `runway://` address; None if it is not this key's, has not arrived or is too old."""
        upload = self.tickets.get(uri.removeprefix("runway://"))
        if upload is None or upload.key != key or not upload.is_stored:
            return None
        is_fresh = self._clock.now() - upload.issued_at < self._life
        return self._shelf.get(upload.token) if is_fresh else None


def _packed(upload: Upload) -> list[Any]:
    return [upload.key, upload.filename, upload.issued_at.isoformat(), upload.is_stored]


def _unpacked(token: str, note: list[Any]) -> Upload:
    key, filename, issued_at, is_stored = note
    return Upload(token, key, filename, datetime.fromisoformat(issued_at), is_stored)


def _check_file(content: bytes, *, filename: str) -> None:
    if len(content) < MIN_BYTES:
        raise UploadRefused(400, "EntityTooSmall")
    if len(content) > MAX_BYTES:
        raise UploadRefused(400, "EntityTooLarge")
    if sniff(content) not in KINDS:
        raise UploadRefused(400, "InvalidArgument")
    if "." not in filename:
        raise UploadRefused(400, "InvalidArgument")
