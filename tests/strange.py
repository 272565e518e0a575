"""Strange rows: takes as another version, a hand on the database, or a broken disk may leave them."""

from dataclasses import dataclass, field
from typing import Any

from studio.enums import State, StatusCode
from studio.models import Generation, Prompt
from tests.stage import Stage

NO_PROMPT = "no prompt"


@dataclass(frozen=True, slots=True)
class Strange:
    """A row in `state` with `changes`; its prompt's text is lost when `is_mute`."""

    state: State
    changes: dict[str, Any] = field(default_factory=dict)
    is_mute: bool = False

    def place(self, stage: Stage) -> Generation:
        """One such take among those of the stage."""
        take = stage.launch(prompt="A strange boat")
        changes = self.changes
        if self.state is State.READY:
            stage.run_until_final(take)
        elif self.state is State.RUNNING:
            stage.run_pass()
        elif self.state is State.SUBMITTING:
            changes = {"state": State.SUBMITTING, "submitted_at": stage.clock.now(), **changes}
        Generation.objects.filter(pk=take.pk).update(**changes)
        if self.is_mute:
            Prompt.objects.filter(pk=take.prompt_id).update(text="")
        take.refresh_from_db()
        assert take.state == self.state
        return take


FIELDS: dict[str, dict[str, Any]] = {
    "unknown model": {"model": "gen9_of_tomorrow"},
    "a model with markup": {"model": "<b>gen</b>\x01"},
    "no model": {"model": ""},
    "garbage ratio": {"ratio": "wide:"},
    "no ratio": {"ratio": ""},
    "a ratio of nothing": {"ratio": "0:0"},
    "a price card that is a list": {"price_card": ["?"]},
    "a price card that is a text": {"price_card": "12"},
    "unknown code": {"status_code": "of_tomorrow"},
}
TASK_IDS = {
    "a path": "../x",
    "the folder above": "..",
    "one character": ".",
    "a hundred characters": "x" * 100,
    "control characters": "a\x01\r\nHost: b\t",
    "a query": "x?y=1#z",
    "other letters": "é🙂/",
}
QUEUED = {name: Strange(State.QUEUED, changes) for name, changes in FIELDS.items()}
QUEUED[NO_PROMPT] = Strange(State.QUEUED, is_mute=True)
RUNNING = {name: Strange(State.RUNNING, changes) for name, changes in FIELDS.items()}
RUNNING |= {f"task id: {name}": Strange(State.RUNNING, {"provider_task_id": made}) for name, made in TASK_IDS.items()}
RUNNING[NO_PROMPT] = Strange(State.RUNNING, is_mute=True)
READY = {name: Strange(State.READY, changes) for name, changes in FIELDS.items()}
READY[NO_PROMPT] = Strange(State.READY, is_mute=True)
CHECKING = {
    name: Strange(State.SUBMITTING, {"status_code": StatusCode.OUTCOME_UNKNOWN, **changes})
    for name, changes in FIELDS.items()
    if "status_code" not in changes
}
CHECKING[NO_PROMPT] = Strange(State.SUBMITTING, {"status_code": StatusCode.OUTCOME_UNKNOWN}, is_mute=True)
OPEN = {
    f"{state}, {name}": strange
    for state, rows in (("queued", QUEUED), ("running", RUNNING), ("checking", CHECKING))
    for name, strange in rows.items()
}
