"""Outputs: all that a task has delivered, fetched, looked at, and made into what a browser plays or shows."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import structlog

from studio.enums import InputRole, MediaKind, WayKind
from studio.generations.stored import StoredClip, StoredFile
from studio.media import keys
from studio.media.errors import NotAVideo, NotStored
from studio.media.formats import Medium
from studio.media.looking import FileFacts, look_at
from studio.media.proxy import make_proxy, mux_sound, proxy_of_sequence
from studio.media.sequences import USUAL_FPS
from studio.media.store import copy_to, put_file
from studio.models import Generation
from studio.providers.base import Download
from studio.sync.context import in_database

log = structlog.get_logger()

# A proxy takes two cores: of all takes in hand one at a time is made, and plain clips are looked at beside it.
making = ThreadPoolExecutor(1, thread_name_prefix="making")
PROMISED = {
    WayKind.STILL: frozenset({Medium.IMAGE}),
    WayKind.SOUND: frozenset({Medium.AUDIO, Medium.VIDEO}),
}
FILM = frozenset({Medium.VIDEO})
MOST_LABEL = 60
UNKNOWN_EXTENSION, UNKNOWN_TYPE = "bin", "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Output:
    """One delivered file. `facts` is None of a further one that nobody knows: it is kept as it came."""

    order: int
    download: Download
    facts: FileFacts | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser plays or shows of them. `is_original`: it is the first output itself, and no proxy of it.

    `facts` are those of the file, `measures` those to be told: of a proxy, its original's size.
    """

    download: Download
    facts: FileFacts
    measures: FileFacts
    is_original: bool


@dataclass(frozen=True, slots=True)
class Source:
    """The film that a take was made from: its file in the storage, and its frames a second."""

    key: str
    fps: Fraction


def examine(downloads: Sequence[Download | None], *, way: str) -> list[Output]:
    """All files looked at, but for those that did not come; the first has to be what the way promises. Raises
    NotAVideo. Takes a while: in a thread."""
    if downloads[0] is None:
        raise NotAVideo("The first output is missing.")
    first = look_at(downloads[0].path)
    if first.medium not in PROMISED.get(WayKind(way), FILM):
        raise NotAVideo(f"The way {way} does not make an {first.medium}.")
    outputs = [Output(0, downloads[0], first)]
    known = {downloads[0].sha256}
    for order, download in enumerate(downloads[1:], start=1):
        if download and download.sha256 not in known:  # the same bytes twice are one file
            known.add(download.sha256)
            outputs.append(Output(order, download, _facts(download.path)))
    return outputs


def _facts(path: Path) -> FileFacts | None:
    try:
        return look_at(path)
    except NotAVideo as error:
        log.warning("clip.unknown_output", why=str(error))
        return None


def is_shown_as_it_is(output: Output) -> bool:
    """Whether nothing has to be made: the usual case."""
    facts = output.facts
    return facts is not None and facts.is_playable and facts.medium is not Medium.AUDIO


async def shown_of(generation: Generation, first: Output, folder: Path) -> Shown:
    """What stands for the take in a browser: the first output, or a proxy of it. A proxy that cannot be made costs
    nothing but the preview. Errors of disk and storage pass through: come back later."""
    facts = first.facts
    if facts is None:
        raise NotAVideo("The first output is unknown.")
    as_it_is = Shown(first.download, facts, facts, is_original=True)
    if is_shown_as_it_is(first):
        return as_it_is
    source = await in_database(source_of)(generation)
    target = folder / "shown.mp4"
    try:
        await _made(_work(facts, first.download.path, target, source=source, folder=folder))
        return await asyncio.get_running_loop().run_in_executor(making, _proxy, target, facts)
    except (NotAVideo, NotStored, NoSource) as error:
        log.warning("clip.no_preview", generation_id=generation.pk, error=type(error).__name__, why=str(error))
        return as_it_is


class NoSource(Exception):
    """The sound's film is not known."""


def _work(
    facts: FileFacts, path: Path, target: Path, *, source: Source | None, folder: Path
) -> Callable[[threading.Event], None]:
    """What is to be done in a thread."""
    if facts.medium is Medium.AUDIO:
        return lambda stop: _with_sound(source, path, target, folder=folder, stop=stop)
    sequence = facts.sequence
    if sequence is not None:
        fps = sequence.fps(otherwise=source.fps if source else USUAL_FPS)
        return lambda stop: proxy_of_sequence(sequence, target, fps=fps, stop=stop)
    return lambda stop: make_proxy(path, target, stop=stop)


async def _made(work: Callable[[threading.Event], None]) -> None:
    """Done in the one thread; when we are cancelled, the thread is told to stop at its next frame."""
    stop = threading.Event()
    try:
        await asyncio.get_running_loop().run_in_executor(making, work, stop)
    finally:
        stop.set()


def _with_sound(source: Source | None, sound: Path, target: Path, *, folder: Path, stop: threading.Event) -> None:
    """The source's pictures with the sound; a source that no browser plays is made to first."""
    if source is None:
        raise NoSource
    film = folder / "source"
    copy_to(source.key, film)
    if not look_at(film).is_playable:
        make_proxy(film, folder / "source.mp4", stop=stop)
        film = folder / "source.mp4"
    mux_sound(film, sound, target, stop=stop)


def _proxy(path: Path, facts: FileFacts) -> Shown:
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    made = look_at(path)
    measures = facts
    if facts.medium is Medium.AUDIO:
        measures = made
    elif facts.sequence:
        measures = replace(facts, duration_s=made.duration_s, fps=made.fps)
    download = Download(path=path, size_bytes=path.stat().st_size, sha256=sha256)
    return Shown(download, made, measures, is_original=False)


def put_shown(generation: Generation, shown: Shown) -> str:
    """Store what is shown; its key."""
    shape, download = shown.facts.format, shown.download
    key = keys.clip_key(generation.public_id, download.sha256, shape.extension)
    put_file(download.path, key=key, content_type=shape.content_type, sha256=download.sha256)
    return key


def put_original(generation: Generation, output: Output) -> StoredFile:
    """Store one delivered file, as it came."""
    facts, download = output.facts, output.download
    extension = facts.format.extension if facts else UNKNOWN_EXTENSION
    content_type = facts.format.content_type if facts else UNKNOWN_TYPE
    key = keys.original_key(generation.public_id, download.sha256, extension)
    put_file(download.path, key=key, content_type=content_type, sha256=download.sha256)
    return StoredFile(
        order=output.order,
        key=key,
        filename=f"{output.order + 1}.{extension}",
        label=facts.label[:MOST_LABEL] if facts else "Unknown file",
        content_type=content_type,
        size_bytes=download.size_bytes,
        sha256=download.sha256,
    )


def stored_clip(
    shown: Shown, *, key: str, poster_key: str, poster_size_bytes: int, files: tuple[StoredFile, ...] = ()
) -> StoredClip:
    """The record of what is in the storage under `key`."""
    measures = shown.measures
    return StoredClip(
        key=key,
        content_type=shown.facts.format.content_type,
        size_bytes=shown.download.size_bytes,
        sha256=shown.download.sha256,
        poster_key=poster_key,
        poster_size_bytes=poster_size_bytes,
        width=measures.width,
        height=measures.height,
        duration_ms=_duration_ms(measures),
        fps=measures.fps,
        has_sound=measures.has_sound,
        kind=shown.facts.medium.value,
        files=files,
    )


def _duration_ms(facts: FileFacts) -> int:
    """Of frames in an archive without a preview it is what their number says at the usual rate."""
    if facts.sequence and not facts.duration_s:
        return round(1000 * len(facts.sequence.names) / float(facts.sequence.fps()))
    return round(facts.duration_s * 1000)


def source_of(generation: Generation) -> Source | None:
    """The source clip of a generation, or the reference that is its source; None without one."""
    used = generation.inputs.select_related("clip", "reference").filter(role=InputRole.SOURCE).first()
    found = used and (used.clip or used.reference)
    if not found or found.kind != MediaKind.VIDEO:
        return None
    return Source(found.key, Fraction(found.fps).limit_denominator(1001) if found.fps else USUAL_FPS)
