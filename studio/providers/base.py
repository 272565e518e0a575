"""The provider protocol: what the engine asks of whoever renders, and the plain records to and fro."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class WayKind(StrEnum):
    """How a clip is made from what; the values name the provider's endpoints."""

    TEXT = "text_to_video"
    IMAGE = "image_to_video"
    VIDEO = "video_to_video"
    PERFORMANCE = "character_performance"
    UPSCALE = "video_upscale"
    HDR = "video_to_hdr"
    SOUND = "video_to_audio"
    STILL = "text_to_image"


class InputRole(StrEnum):
    """What a file of a request is there for: `reference_*` guide the look, `source` is what is worked on."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"
    REFERENCE_IMAGE = "reference_image"
    REFERENCE_VIDEO = "reference_video"
    REFERENCE_AUDIO = "reference_audio"
    SOURCE = "source"
    CHARACTER = "character"
    PERFORMANCE = "performance"
    KEYFRAME = "keyframe"


class MediaKind(StrEnum):
    """What sort of file it is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Input:
    """A file that goes into a request. `uri` is https, data: or the provider's own scheme.

    `tag` is the name by which a prompt calls a reference image (`@tag`). `at_s` is where in the source a keyframe
    stands, in seconds. `length_s` is that of a video or a sound, 0 for an image.
    """

    uri: str
    role: InputRole
    kind: MediaKind = MediaKind.IMAGE
    tag: str = ""
    at_s: float | None = None
    length_s: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One request for one clip, in our words.

    `ratio` and `resolution` are the provider's strings (`1280:720`, `2k`), "" where the way has none. `duration_s` is
    in whole seconds; None leaves it to the provider. `sound` None and `seed` None leave the field out. `extras` are the
    fields that only some models have, by their wire names. `source_s` is the length of the source clip, in seconds.
    """

    model: str
    way: WayKind
    prompt: str
    ratio: str = ""
    resolution: str = ""
    duration_s: int | None = None
    sound: bool | None = None
    seed: int | None = None
    inputs: tuple[Input, ...] = ()
    extras: Mapping[str, object] = field(default_factory=dict)
    source_s: float | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The provider took the task. `estimated_credits`: the most it may charge, None if it did not say. `new_fields`:
    names in the answer that nobody here knows."""

    task_id: str
    estimated_credits: int | None
    new_fields: tuple[str, ...] = ()


class RemoteStatus(StrEnum):
    """The provider's six statuses, and one for those that it may invent."""

    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        return self in {RemoteStatus.SUCCEEDED, RemoteStatus.FAILED, RemoteStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """What the provider says of a task now.

    `progress` is 0 to 1, None when it says nothing. `cost_credits` is what was really charged, None when it
    does not say (not final yet, or an old API). `failure_code` is the provider's own dotted code, "" if none.
    `outputs` are signed links that expire: never store them, never show them. `new_fields`: names in the answer that
    nobody here knows.
    """

    task_id: str
    status: RemoteStatus
    progress: float | None = None
    outputs: tuple[str, ...] = ()
    failure_code: str = ""
    failure: str = ""
    estimated_credits: int | None = None
    cost_credits: int | None = None
    raw_status: str = ""
    new_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteUpload:
    """A file that the provider keeps for us until `expires_at` (aware, UTC). None: it keeps nothing, and `uri` is the
    file itself, which goes along with one request and is not remembered."""

    uri: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What this key may do with one model; None means unlimited."""

    max_concurrent: int | None
    max_daily: int | None
    used_today: int = 0


@dataclass(frozen=True, slots=True)
class Organization:
    """The account behind the key: credits left, and limits by model name.

    `server_time`: the provider's clock when it answered, to the second; None when it did not say. `new_fields`: names
    in the answer that nobody here knows.
    """

    credit_balance: int
    limits: Mapping[str, ModelLimits] = field(default_factory=dict)
    server_time: datetime | None = None
    new_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What the key used from the UTC day `start` up to, but without, `before`: net credits by (day, model).

    Refunds lower the day on which they happen, so an amount may be negative. What is not listed was not used, but
    only when `is_whole`: an answer with a part that cannot be read proves nothing by what it leaves out.
    """

    start: date
    before: date
    credits: Mapping[tuple[date, str], int] = field(default_factory=dict)
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Download:
    """A file that arrived whole: `size_bytes` and lower-case hex `sha256` of what is at `path`."""

    path: Path
    size_bytes: int
    sha256: str


ProgressCallback = Callable[[int, int | None], Awaitable[None]]
"""Called now and then with (bytes so far, bytes announced or None)."""


class Provider(Protocol):
    """Whoever renders. All calls raise the errors of `providers.errors` and nothing else."""

    name: str

    async def upload(self, path: Path, *, filename: str, content_type: str) -> RemoteUpload:
        """Store a file with the provider. Never retried: a second call is a new upload.

        Raises RetryLater, Rejected, Unreachable, never OutcomeUnknown; NeedsLink where the provider keeps no files and
        wants a public link. An OSError of our own disk passes through.
        """

    async def submit(self, spec: TaskSpec) -> Submitted:
        """Create a task, sending it once. Raises RetryLater, Rejected, OutcomeUnknown, Unreachable."""

    async def fetch(self, task_id: str) -> RemoteTask:
        """Read a task. Raises RetryLater, TaskNotFound, Unreachable."""

    async def delete(self, task_id: str) -> None:
        """Cancel a task that is not final, delete one that is. A task that is not there counts as done.

        Raises RetryLater, Unreachable, NotSupported.
        """

    async def organization(self) -> Organization:
        """Read credits and limits of the key. Raises RetryLater, Unreachable, NotSupported."""

    async def usage(self, start: date, before: date) -> Usage:
        """Read the credits used from `start` up to, but without, `before` (UTC days, 90 at the most).

        Raises RetryLater, Unreachable, NotSupported.
        """

    async def download(
        self, url: str, path: Path, *, max_bytes: int, on_progress: ProgressCallback | None = None
    ) -> Download:
        """Stream an output to `path`. Raises LinkExpired, DownloadFailed, DownloadRefused, Unreachable.

        The key is never sent there. An OSError of our own disk passes through.
        """

    async def aclose(self) -> None:
        """Close the connections."""
