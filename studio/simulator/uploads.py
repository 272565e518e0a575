"""Ephemeral uploads: a signed form, one file, an address that is good for a day."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from studio.simulator import schema
from studio.simulator.clock import Clock
from studio.simulator.shelf import Shelf
from studio.simulator.sniffing import KINDS, sniff

MIN_BYTES = 512
MAX_BYTES = 200 * 1024 * 1024
FILENAME_MIN, FILENAME_MAX = 3, 255
FORM_LIFE = timedelta(hours=1)

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
    """All tickets and the files behind them."""

    def __init__(self, *, clock: Clock, shelf: Shelf, secret: str, life_s: float) -> None:
        self._clock = clock
        self._shelf = shelf
        self._signer = URLSafeSerializer(secret, salt="upload")
        self._life = timedelta(seconds=life_s)
        self.tickets: dict[str, Upload] = {}

    def issue(self, *, key: str, filename: str) -> tuple[Upload, dict[str, str]]:
        """A new ticket, and the form fields that prove it at the bucket."""
        upload = Upload(secrets.token_urlsafe(96), key, filename, self._clock.now())
        self.tickets[upload.token] = upload
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
        return upload

    def _ticket(self, fields: Mapping[str, str]) -> Upload:
        try:
            token, name, until = self._signer.loads(fields.get("policy", ""))
        except BadSignature as error:
            raise UploadRefused(403, "AccessDenied") from error
        if name != fields.get("key") or self._clock.now().timestamp() > until:
            raise UploadRefused(403, "AccessDenied")
        return self.tickets[token]

    def content(self, uri: str, *, key: str) -> bytes | None:
        """The file behind a `runway://` address; None if it is not this key's, has not arrived or is too old."""
        upload = self.tickets.get(uri.removeprefix("runway://"))
        if upload is None or upload.key != key or not upload.is_stored:
            return None
        is_fresh = self._clock.now() - upload.issued_at < self._life
        return self._shelf.get(upload.token) if is_fresh else None


def _check_file(content: bytes, *, filename: str) -> None:
    if len(content) < MIN_BYTES:
        raise UploadRefused(400, "EntityTooSmall")
    if len(content) > MAX_BYTES:
        raise UploadRefused(400, "EntityTooLarge")
    if sniff(content) not in KINDS:
        raise UploadRefused(400, "InvalidArgument")
    if "." not in filename:
        raise UploadRefused(400, "InvalidArgument")
