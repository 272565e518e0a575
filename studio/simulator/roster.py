"""All tasks of a remote: which are open, which lane each takes, and what of them outlives the process."""

import dataclasses
import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from studio.simulator.account import Limit, limit_for
from studio.simulator.assets import Media, Pictures
from studio.simulator.cards import CARDS, Role, Way
from studio.simulator.films import Facts
from studio.simulator.lanes import Lanes
from studio.simulator.notebook import Notebook
from studio.simulator.pace import Pace
from studio.simulator.plan import Plan
from studio.simulator.tasks import Task
from studio.simulator.validator import Order

KEPT = timedelta(days=7)
"""For how long a task that has ended is remembered."""

NEVER = datetime.max.replace(tzinfo=UTC)
TASK, PICTURE = "task", "picture"


class Roster:
    """The tasks by id, in the order in which they were made. Changes are noted, not yet kept."""

    def __init__(self, *, notebook: Notebook, max_concurrent: Limit, now: datetime) -> None:
        self._notebook = notebook
        self._lanes = {name: Lanes(limit_for(name, limit=max_concurrent)) for name in CARDS}
        self.tasks = _noted(notebook)
        self._open = {task.id: task for task in self.tasks.values() if not task.is_settled}
        self._next_end: datetime | None = None
        self._pictures: set[str] = set(notebook.read(PICTURE))
        for task in self._open.values():
            self._lanes[task.model].readmit(task, now=now)

    def ended(self, *, now: datetime) -> list[Task]:
        """The open tasks that have ended. Asked with every request, so the next end is remembered."""
        if self._next_end is None:
            self._next_end = min((task.ends_at for task in self._open.values()), default=NEVER)
        if now < self._next_end:
            return []
        return [task for task in self._open.values() if task.ends_at <= now]

    def admit(self, task: Task) -> None:
        """Take in a new task and give it its lane."""
        self._lanes[task.model].admit(task, not_before=task.created_at)
        self.tasks[task.id] = self._open[task.id] = task
        self._next_end = None
        self._note_pictures(task.pictures)
        self.note(task)

    def note(self, task: Task) -> None:
        """Note the task as it is."""
        self._notebook.write(TASK, task.id, _packed(task))

    def close(self, task: Task) -> None:
        """The end of this task is settled."""
        del self._open[task.id]
        self._next_end = None
        task.is_settled = True
        self.note(task)

    def remove(self, task: Task, *, now: datetime) -> None:
        """Forget a task; those that wait for its lane move up."""
        self._forget(task)
        waiting = [other for other in self._open.values() if other.model == task.model]
        self._lanes[task.model].replan(waiting, now=now)
        self._next_end = None
        for other in waiting:
            self.note(other)

    def _forget(self, task: Task) -> None:
        del self.tasks[task.id]
        self._open.pop(task.id, None)
        self._notebook.strike(TASK, task.id)

    def drop_old(self, *, now: datetime) -> None:
        """Forget the tasks that ended long ago, and the pictures that none of the others needs."""
        old = list(itertools.takewhile(lambda task: _is_old(task, now=now), self.tasks.values()))
        for task in old:
            self._forget(task)
        if old:
            needed = {_name(content) for task in self.tasks.values() for content in _contents(task.pictures)}
            for name in self._pictures - needed:
                self._notebook.strike(PICTURE, name)
            self._pictures &= needed

    def _note_pictures(self, pictures: Pictures) -> None:
        """Takes of one launch share their pictures, so each is written once."""
        for content in _contents(pictures):
            if _name(content) not in self._pictures:
                self._pictures.add(_name(content))
                self._notebook.write(PICTURE, _name(content), content)


def _is_old(task: Task, *, now: datetime) -> bool:
    return task.is_settled and task.ends_at < now - KEPT


def _contents(pictures: Pictures) -> list[bytes]:
    frames = [content for content in (pictures.first, pictures.last) if content is not None]
    return [*frames, *(media.content for media in pictures.media)]


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _noted(notebook: Notebook) -> dict[str, Task]:
    contents = notebook.read(PICTURE)
    return {name: _unpacked(name, note, contents=contents) for name, note in notebook.read(TASK).items()}


def _packed(task: Task) -> dict[str, Any]:
    order, pictures = task.order, task.pictures
    return {
        "key": task.key,
        # The addresses of the files are left out: they may be megabytes, and their contents are noted.
        "order": [order.card.name, order.prompt, order.ratio, order.duration_s, order.sound, order.seed],
        "asked": [order.endpoint, dict(order.settings)],
        "pictures": [None if one is None else _name(one) for one in (pictures.first, pictures.last)],
        "media": [_packed_media(media) for media in pictures.media],
        "plan": dataclasses.asdict(task.plan),
        "seed": task.seed,
        "scenario": task.scenario,
        "created_at": task.created_at.isoformat(),
        "released_at": task.released_at.isoformat(),
        "pace": dataclasses.asdict(task.pace),
        "reads_when_done": task.reads_when_done,
        "downloads": task.downloads,
        "is_settled": task.is_settled,
    }


def _packed_media(media: Media) -> dict[str, Any]:
    return {
        "role": media.role,
        "kind": media.kind,
        "content": _name(media.content),
        "facts": dataclasses.asdict(media.facts),
        "tag": media.tag,
        "at": media.at,
        "is_share": media.is_share,
        "span": media.span,
    }


def _unpacked(task_id: str, note: dict[str, Any], *, contents: dict[str, bytes]) -> Task:
    card, prompt, ratio, duration_s, sound, seed = note["order"]
    endpoint, settings = note.pop("asked")
    first, last = (None if name is None else contents[name] for name in note["pictures"])
    media = tuple(_unpacked_media(one, contents=contents) for one in note.pop("media"))
    changed = {
        "order": Order(CARDS[card], prompt, ratio, duration_s, sound, seed, (), endpoint, settings),
        "pictures": Pictures(first, last, media),
        "plan": Plan(**note["plan"] | {"way": Way(note["plan"]["way"])}),
        "created_at": datetime.fromisoformat(note["created_at"]),
        "released_at": datetime.fromisoformat(note["released_at"]),
        "pace": Pace(**note["pace"]),
    }
    return Task(**{"id": task_id} | note | changed)


def _unpacked_media(note: dict[str, Any], *, contents: dict[str, bytes]) -> Media:
    span = note["span"]
    changed = {
        "role": Role(note["role"]),
        "content": contents[note["content"]],
        "facts": Facts(**note["facts"]),
        "span": None if span is None else (span[0], span[1]),
    }
    return Media(**note | changed)
