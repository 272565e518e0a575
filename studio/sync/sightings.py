"""Gathers what the provider says that nobody knows, until somebody writes it down. Pure: no tables, no waiting."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from studio.enums import SurpriseKind
from studio.generations.surprises import Key, Sighting, shortened
from studio.providers.base import Organization, RemoteStatus, RemoteTask, Submitted
from studio.providers.errors import KNOWN_ISSUE_CODES, UNKNOWN_FIELDS, Rejected
from studio.sync.codes import is_known_failure

MOST_IN_HAND = 200
MOST_KNOWN = 2000
AGAIN_AFTER = timedelta(seconds=60)
CREATE, TASK, ACCOUNT = "create", "task", "organization"

log = structlog.get_logger()


@dataclass(slots=True)
class Sightings:
    """An engine's own. What was seen for the first time is due at once, what is seen again once a minute: a new field
    in each of fifty answers a second is one row and one write."""

    clock: Callable[[], datetime]
    _found: dict[Key, Sighting] = field(default_factory=dict)
    _known: set[Key] = field(default_factory=set)
    _is_new: bool = False
    _written_at: datetime | None = None

    def look_at(self, answer: object) -> None:
        """Whatever the provider has answered; costs next to nothing when all of it is known."""
        if isinstance(answer, RemoteTask):
            self._look_at_task(answer)
        elif isinstance(answer, Submitted) and answer.new_fields:
            self._fields(answer.new_fields, CREATE, task_id=answer.task_id)
        elif isinstance(answer, Organization) and answer.new_fields:
            self._fields(answer.new_fields, ACCOUNT)

    def look_at_refusal(self, error: Rejected, *, generation_id: int) -> None:
        """The complaints about a request. That a field of ours is unknown is one, whatever its code."""
        for issue in error.issues:
            if issue.code == UNKNOWN_FIELDS:
                self._note(SurpriseKind.ISSUE_CODE, f"{issue.code}: {', '.join(issue.values)}", CREATE, generation_id)
            elif issue.code and issue.code not in KNOWN_ISSUE_CODES:
                self._note(SurpriseKind.ISSUE_CODE, issue.code, CREATE, generation_id)

    def _look_at_task(self, task: RemoteTask) -> None:
        if task.status is RemoteStatus.UNKNOWN:
            self._note(SurpriseKind.STATUS, task.raw_status, TASK, task_id=task.task_id)
        if task.failure_code and not is_known_failure(task.failure_code):
            self._note(SurpriseKind.FAILURE_CODE, task.failure_code, TASK, task_id=task.task_id)
        if task.new_fields:
            self._fields(task.new_fields, TASK, task_id=task.task_id)

    def _fields(self, names: tuple[str, ...], where: str, *, task_id: str = "") -> None:
        for name in names:
            self._note(SurpriseKind.FIELD, name, where, task_id=task_id)

    def _note(
        self, kind: SurpriseKind, value: str, where: str, generation_id: int | None = None, *, task_id: str = ""
    ) -> None:
        sighting = Sighting(kind, shortened(value), where, generation_id=generation_id, task_id=task_id)
        before = self._found.get(sighting.key)
        if before is not None:
            self._found[sighting.key] = replace(sighting, count=before.count + 1)
        elif len(self._found) < MOST_IN_HAND:
            self._found[sighting.key] = sighting
            self._greet(sighting)

    def _greet(self, sighting: Sighting) -> None:
        """Of what this engine sees for the first time the log tells, and it is written soon."""
        if sighting.key in self._known or len(self._known) >= MOST_KNOWN:
            return
        self._known.add(sighting.key)
        self._is_new = True
        log.warning("provider.surprise", kind=sighting.kind, value=sighting.value, where=sighting.where)

    def due(self) -> list[Sighting]:
        """What is to be written now; it is out of hand then."""
        now = self.clock()
        is_late = self._written_at is None or now - self._written_at >= AGAIN_AFTER
        if not self._found or not (self._is_new or is_late):
            return []
        return self.all()

    def all(self) -> list[Sighting]:
        """All that is in hand; it is out of hand then."""
        found = list(self._found.values())
        self._found.clear()
        self._is_new = False
        self._written_at = self.clock()
        return found
