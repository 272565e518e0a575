"""All of a team's work as one ZIP, found and written while it is sent: a team of any size needs the same memory."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from accounts.models import Membership, Team, User
from studio.media.archive import Member, Written
from studio.models import Clip, Generation, LedgerEntry, Project, Prompt, Reference

T = TypeVar("T")
M = TypeVar("M", bound=Model)
FORMAT, VERSION = "dailies-team", 1
ROWS_AT_A_TIME = 200
NAME_BYTES = 80
NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\s]+')
NOT_IN_WORDS = re.compile(r"[^a-z0-9]+")
MOST_WORDS = 6
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class TeamExport:
    """One export. `lacking` fills while it is sent: files that could not be delivered, with the reason."""

    team: Team
    by: User
    now: datetime
    lacking: list[dict[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def filename(self) -> str:
        return f"{self.team.slug}-{self.now:%Y-%m-%d}.zip"

    def lack(self, member: Member, reason: str) -> None:
        """Tell that a file is not there, or not whole."""
        self.lacking.append({"file": member.name, "reason": reason})

    def members(self) -> Iterator[Member | Written]:
        """Everything, the manifest last: only then is known what is lacking."""
        yield Written(csv_table(_ledger(self.team), LEDGER_HEAD), "ledger.csv")
        yield Written(csv_table(_members(self.team), MEMBERS_HEAD), "members.csv")
        for project in Project.objects.select_related("created_by").filter(team=self.team).order_by("pk"):
            yield from self._project(project)
        yield Written(_lines(self._counted("references", _references(self.team)), _reference), "references.jsonl")
        for reference in _references(self.team):
            yield Member(reference.key, reference_path(reference), reference.size_bytes)
        yield Written(self._manifest(), "manifest.json")

    def _project(self, project: Project) -> Iterator[Member | Written]:
        """The project's texts and takes, then its files."""
        folder = f"projects/{project.slug}"
        yield Written([json_page(_project_row(project))], f"{folder}/project.json")
        prompts = batches(Prompt.objects.select_related("created_by", "edited_from").filter(project=project))
        yield Written(_lines(self._counted("prompts", prompts), _prompt), f"{folder}/prompts.jsonl")
        takes = self._counted("takes", _takes(project))
        yield Written(_lines(takes, _take), f"{folder}/takes.jsonl")
        clips = Clip.objects.select_related("generation__prompt", "project").prefetch_related("files")
        for clip in self._counted("clips", batches(clips.filter(project=project))):
            for path, key, size_bytes in clip_files(clip):
                yield Member(key, path, size_bytes)

    def _counted(self, name: str, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self.counts[name] = self.counts.get(name, 0) + 1
            yield row

    def _manifest(self) -> Iterator[bytes]:
        """Made when its turn has come."""
        yield json_page(
            {
                "format": FORMAT,
                "version": VERSION,
                "team": {"name": self.team.name, "address": self.team.slug, "created_at": self.team.created_at},
                "exported_at": self.now,
                "exported_by": str(self.by),
                "counts": self.counts,
                "lacking": self.lacking,
            }
        )


def clip_files(clip: Clip) -> list[tuple[str, str, int]]:
    """(path in the export, key, bytes) of the clip and of what the provider delivered beside it."""
    stem = f"projects/{clip.project.slug}/clips/{clip.pk:06}-{_words(clip.generation.prompt.text)}"
    stem += f"take-{clip.generation.take_number}"
    files = [(f"{stem}{_ending(clip.key)}", clip.key, clip.size_bytes)]
    return files + [
        (f"{stem}-file-{file.order + 1}{_ending(file.key)}", file.key, file.size_bytes) for file in clip.files.all()
    ]


def reference_path(reference: Reference) -> str:
    """Its path in the export: a number, so that two of a name are two files, and its own name."""
    stem = safe_name(PurePosixPath(reference.filename).stem)
    return f"references/{reference.pk:06}-{stem}{_ending(reference.key)}"


def safe_name(text: str) -> str:
    """A name for a file that every system takes: no separators, no devices, no dots at the ends, not long."""
    composed = unicodedata.normalize("NFC", text)
    seen = "".join(character for character in composed if unicodedata.category(character)[0] != "C")
    name = NOT_IN_NAMES.sub("-", seen).encode()[:NAME_BYTES].decode(errors="ignore").strip("-. ")
    return f"file-{name}" if DEVICES.match(name) else name or "file"


def _words(text: str) -> str:
    words = NOT_IN_WORDS.sub(" ", text.lower()).split()[:MOST_WORDS]
    return "".join(f"{word[:20]}-" for word in words)


def _ending(key: str) -> str:
    return PurePosixPath(key).suffix


def batches(rows: QuerySet[M]) -> Iterator[M]:
    """All rows by their primary key, some at a time."""
    after = 0
    while batch := list(rows.filter(pk__gt=after).order_by("pk")[:ROWS_AT_A_TIME]):
        yield from batch
        after = batch[-1].pk


def _takes(project: Project) -> Iterator[Generation]:
    rows = Generation.objects.select_related("prompt", "created_by", "kept_by", "retry_of", "clip__project")
    return batches(
        rows.select_related("clip__generation__prompt")
        .prefetch_related("inputs__reference", "inputs__clip", "clip__files")
        .filter(project=project)
    )


def _references(team: Team) -> Iterator[Reference]:
    return batches(Reference.objects.select_related("created_by", "project").filter(team=team))


def _project_row(project: Project) -> dict[str, Any]:
    return {
        "id": project.public_id,
        "name": project.name,
        "address": project.slug,
        "is_confidential": project.is_confidential,
        "created_at": project.created_at,
        "created_by": str(project.created_by),
    }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {
        "id": prompt.public_id,
        "text": prompt.text,
        "edited_from": prompt.edited_from.public_id if prompt.edited_from else None,
        "created_at": prompt.created_at,
        "created_by": str(prompt.created_by),
    }


TAKE_FIELDS = (
    "model", "way", "ratio", "resolution", "duration_s", "auto_duration", "has_sound", "seed", "extras", "take_number",
    "state", "status_code", "quote_credits", "cost_credits", "provider", "created_at", "submitted_at", "started_at",
    "finished_at",
)  # fmt: skip


def _take(take: Generation) -> dict[str, Any]:
    clip: Clip | None = getattr(take, "clip", None)
    inputs = [
        {
            "role": used.role,
            "order": used.order,
            "reference": used.reference.public_id if used.reference else None,
            "clip": used.clip.public_id if used.clip else None,
            "tag": used.tag,
            "at_s": used.at_s,
            "crop": used.crop,
        }
        for used in take.inputs.all()
    ]
    return {
        "id": take.public_id,
        "prompt": take.prompt.public_id,
        **{name: getattr(take, name) for name in TAKE_FIELDS},
        "retry_of": take.retry_of.public_id if take.retry_of else None,
        "created_by": str(take.created_by),
        "kept_by": str(take.kept_by) if take.kept_by else None,
        "inputs": inputs,
        "clip": _clip(clip) if clip else None,
    }


def _clip(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.public_id,
        "files": [path for path, _, _ in clip_files(clip)],
        "kind": clip.kind,
        "sha256": clip.sha256,
        "size_bytes": clip.size_bytes,
        "width": clip.width,
        "height": clip.height,
        "duration_ms": clip.duration_ms,
        "created_at": clip.created_at,
    }


def _reference(reference: Reference) -> dict[str, Any]:
    return {
        "id": reference.public_id,
        "file": reference_path(reference),
        "filename": reference.filename,
        "kind": reference.kind,
        "sha256": reference.sha256,
        "size_bytes": reference.size_bytes,
        "project": reference.project.slug if reference.project else None,
        "created_at": reference.created_at,
        "created_by": str(reference.created_by),
    }


LEDGER_HEAD = ("at", "kind", "credits", "take", "project", "note", "by")
MEMBERS_HEAD = ("name", "email", "role", "since")


def _ledger(team: Team) -> Iterator[tuple[Any, ...]]:
    rows = LedgerEntry.objects.select_related("generation__project", "by").filter(account__team=team)
    for row in batches(rows):
        take = row.generation
        where = take.project.slug if take else ""
        at = row.created_at.isoformat()
        yield at, row.kind, row.amount_credits, take.public_id if take else "", where, row.note, row.by or ""


def _members(team: Team) -> Iterator[tuple[Any, ...]]:
    for row in batches(Membership.objects.select_related("user").filter(team=team)):
        yield row.user.name, row.user.email, row.get_role_display(), row.created_at.isoformat()


def csv_table(rows: Iterable[tuple[Any, ...]], head: tuple[str, ...]) -> Iterator[bytes]:
    """CSV with a byte order mark, as spreadsheets want it; no text in it is taken for a formula."""
    yield "\ufeff".encode()
    for row in chain([head], rows):
        line = io.StringIO()
        csv.writer(line).writerow([_cell(value) for value in row])
        yield line.getvalue().encode()


def _cell(value: Any) -> Any:
    """A number as it is; a text that a spreadsheet would reckon with behind an apostrophe."""
    if isinstance(value, int):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _lines(rows: Iterable[T], shape: Callable[[T], dict[str, Any]]) -> Iterator[bytes]:
    """JSON, a row a line."""
    for row in rows:
        yield json.dumps(shape(row), default=plain, ensure_ascii=False).encode() + b"\n"


def json_page(value: dict[str, Any]) -> bytes:
    return json.dumps(value, default=plain, ensure_ascii=False, indent=2).encode() + b"\n"


def plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
