"""The matrix as data: what a fault at a step ends in, and which cells cannot be, with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from studio.enums import State, StatusCode
from tests.faults.answers import CALL_OF, behaviour
from tests.faults.cells import Fault, Step
from tests.faults.line import Call, Trouble, breaks_off, cut, silent

Cell = tuple[Step, Fault]
QUOTE = 24
QUOTE_WITH_IMAGE = 10
CLIP = ("clips", "posters")
IMAGE = ("references", "thumbs")
READY = (State.READY, StatusCode.NONE)
CHECKING = (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
CANCELLED = (State.CANCELLED, StatusCode.CANCELLED_BY_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A fault at a step, and all that must be true in the end.

    `posts`: requests for a clip that left the product. `bought`: tasks that the provider made of them. `cost`: what the
    take was charged; None: its hold is kept. `objects`: the folders of what is stored, one entry an object.
    `troubles` are met on the line; without them the fault strikes at the step's seam. `kill` names a kill point.
    """

    step: Step
    fault: Fault
    ends: tuple[State, StatusCode] = READY
    posts: int = 1
    bought: int = 1
    clips: int = 1
    cost: int | None = QUOTE
    objects: tuple[str, ...] = CLIP
    cost_source: str = "provider"
    troubles: tuple[Trouble, ...] = ()
    kill: str = ""
    note: str = ""

    @property
    def cell(self) -> Cell:
        return self.step, self.fault

    @property
    def name(self) -> str:
        return ": ".join(part for part in (self.step, self.fault, self.note or self.kill) if part)

    @property
    def has_image(self) -> bool:
        return self.step is Step.UPLOAD

    @property
    def quote(self) -> int:
        return QUOTE_WITH_IMAGE if self.has_image else QUOTE

    @property
    def entries(self) -> list[tuple[str, int]]:
        """(kind, credits) of the ledger: the hold, and how it was closed."""
        hold = ("hold", -self.quote)
        if self.cost is None:
            return [hold]
        return [hold, ("settle", self.quote - self.cost) if self.cost else ("release", self.quote)]


def _at(step: Step, **facts: Any) -> Case:
    """A case of a step as it ends when all goes well, but for `facts`."""
    ordinary: dict[str, Any] = {"step": step}
    if step is Step.UPLOAD:
        ordinary |= {"cost": QUOTE_WITH_IMAGE, "objects": (*CLIP, *IMAGE)}
    if step is Step.CANCEL:
        ordinary |= {"ends": CANCELLED, "clips": 0, "cost": 0, "objects": (), "cost_source": "rule"}
    return Case(**(ordinary | facts))


def _on_the_line(step: Step, faults: Iterable[Fault], *, times: int = 1, **facts: Any) -> list[Case]:
    """Cases in which the step's own call meets each fault."""
    return [_at(step, fault=fault, troubles=_troubles(step, fault, times=times), **facts) for fault in faults]


def _troubles(step: Step, fault: Fault, *, times: int = 1, call: Call | None = None) -> tuple[Trouble, ...]:
    return (Trouble(call or CALL_OF[step], behaviour(step, fault), times),)


NOTHING_CAME: dict[str, Any] = {"ends": CHECKING, "clips": 0, "cost": None, "objects": ()}
SERVER_ERRORS = (Fault.ANSWER_500, Fault.HTML_502, Fault.ANSWER_503, Fault.EMPTY_504)
NO_ANSWER = (Fault.TIMEOUT, Fault.RESET)
BAD_BODIES = (Fault.GARBAGE, Fault.SHORT, Fault.LONG, Fault.ZERO_BYTES)
NOT_NOW = (Fault.ANSWER_429, Fault.KEY_REVOKED)
CLOCKS = (Fault.CLOCK_FORWARD, Fault.CLOCK_BACK)
DATABASE = (Fault.DATABASE_GONE, Fault.DISK_FULL)
STORAGE = (Fault.STORAGE_REFUSES, Fault.STORAGE_SILENT)
PROVIDER = (*NOT_NOW, *SERVER_ERRORS, *NO_ANSWER, *BAD_BODIES, Fault.UNKNOWN_FIELDS)
LOST: dict[str, Any] = {"ends": (State.FAILED, StatusCode.TASK_LOST), "clips": 0, "objects": ()}

KILLS = [
    _at(Step.CLAIM, fault=Fault.KILLED, kill="claimed"),
    _at(Step.CLAIM, fault=Fault.KILLED, kill="step begun"),
    _at(Step.UPLOAD, fault=Fault.KILLED, kill="uploading"),
    _at(Step.UPLOAD, fault=Fault.KILLED, kill="uploaded"),
    _at(Step.SEND, fault=Fault.KILLED, kill="sending", **NOTHING_CAME, posts=0, bought=0),
    _at(Step.SENT, fault=Fault.KILLED, kill="sent", **NOTHING_CAME),
    _at(Step.POLL, fault=Fault.KILLED, kill="task id stored"),
    _at(Step.POLL, fault=Fault.KILLED, kill="task read"),
    _at(Step.POLL, fault=Fault.KILLED, kill="tasks claimed"),
    _at(Step.POLL, fault=Fault.KILLED, kill="round to be written"),
    _at(Step.POLL, fault=Fault.KILLED, kill="round written"),
    _at(Step.DOWNLOAD, fault=Fault.KILLED, kill="storing begun"),
    _at(Step.DOWNLOAD, fault=Fault.KILLED, kill="taken over"),
    _at(Step.DOWNLOAD, fault=Fault.KILLED, kill="downloaded"),
    _at(Step.PROBE, fault=Fault.KILLED, kill="probed"),
    _at(Step.STORE, fault=Fault.KILLED, kill="clip put"),
    _at(Step.STORE, fault=Fault.KILLED, kill="poster put"),
    _at(Step.SETTLE, fault=Fault.KILLED, kill="before the last commit"),
    _at(Step.SETTLE, fault=Fault.KILLED, kill="after the last commit"),
    _at(Step.CANCEL, fault=Fault.KILLED, kill="deleted"),
]

AT_A_SEAM = [
    *(_at(step, fault=fault) for step in Step for fault in (Fault.DATABASE_GONE, *CLOCKS)),
    *(_at(step, fault=Fault.DISK_FULL) for step in Step if step is not Step.PROBE),
    *(_at(step, fault=fault) for step in (Step.UPLOAD, Step.STORE) for fault in STORAGE),
]

CLAIMING = _on_the_line(Step.CLAIM, PROVIDER)

UPLOADING = [
    *_on_the_line(Step.UPLOAD, PROVIDER),
    _at(Step.UPLOAD, fault=Fault.LINK_403, troubles=_troubles(Step.UPLOAD, Fault.LINK_403, call=Call.FORM)),
    *(
        _at(Step.UPLOAD, fault=fault, troubles=_troubles(Step.UPLOAD, fault, call=Call.FORM), note="the form")
        for fault in (*SERVER_ERRORS, *NO_ANSWER)
    ),
]

SENDING = [
    *_on_the_line(Step.SEND, NOT_NOW, posts=2),
    *_on_the_line(Step.SEND, (*SERVER_ERRORS, *NO_ANSWER, *BAD_BODIES), bought=0, **NOTHING_CAME),
    *_on_the_line(
        Step.SEND,
        [Fault.MODEL_RETIRED],
        ends=(State.FAILED, StatusCode.MODEL_NOT_ENABLED),
        bought=0,
        clips=0,
        cost=0,
        objects=(),
    ),
    *_on_the_line(Step.SENT, (*SERVER_ERRORS, *NO_ANSWER, *BAD_BODIES), **NOTHING_CAME),
    *_on_the_line(Step.SENT, [Fault.UNKNOWN_FIELDS, Fault.NO_COST]),
]

POLLING = [
    *_on_the_line(Step.POLL, (*PROVIDER, Fault.UNKNOWN_STATUS)),
    *_on_the_line(Step.POLL, [Fault.KEY_REVOKED], times=6, note="for a good while"),
    *_on_the_line(Step.POLL, [Fault.NO_COST], times=99, cost_source="estimate"),
    *_on_the_line(Step.POLL, [Fault.TASK_GONE], times=2, note="twice"),
    *_on_the_line(Step.POLL, [Fault.TASK_GONE], times=3, note="for good", cost=0, cost_source="rule", **LOST),
    *_on_the_line(
        Step.POLL,
        [Fault.CANCELLED_ELSEWHERE],
        ends=(State.CANCELLED, StatusCode.CANCELLED_ELSEWHERE),
        clips=0,
        objects=(),
    ),
]

BROKEN_OFF = Trouble(Call.FILE, breaks_off)
DOWNLOADING = [
    *_on_the_line(
        Step.DOWNLOAD,
        (Fault.ANSWER_429, *SERVER_ERRORS, *NO_ANSWER, *BAD_BODIES, Fault.LINK_403, Fault.NOT_A_VIDEO),
    ),
    _at(Step.DOWNLOAD, fault=Fault.TIMEOUT, troubles=(Trouble(Call.FILE, silent(), times=4),), note="four times"),
    *(
        _at(
            Step.DOWNLOAD,
            fault=fault,
            troubles=(BROKEN_OFF, Trouble(Call.READ, behaviour(Step.POLL, fault), skip=1)),
            note="when asked for a fresh link",
        )
        for fault in (Fault.UNKNOWN_STATUS, Fault.KEY_REVOKED, Fault.TASK_GONE)
    ),
    _at(
        Step.DOWNLOAD,
        fault=Fault.TASK_GONE,
        troubles=(BROKEN_OFF, Trouble(Call.READ, behaviour(Step.POLL, Fault.TASK_GONE), times=3, skip=1)),
        note="for good",
        cost_source="estimate",
        **LOST,
    ),
]

PROBING = [
    _at(Step.PROBE, fault=Fault.SHORT, troubles=(Trouble(Call.FILE, cut),), note="cut, and announced so"),
    *_on_the_line(
        Step.PROBE,
        [Fault.NOT_A_VIDEO],
        times=3,
        ends=(State.FAILED, StatusCode.NOT_A_VIDEO),
        clips=0,
        objects=("rejected",),
        note="three times",
    ),
]

SETTLING = [
    _at(
        Step.SETTLE,
        fault=Fault.NO_COST,
        troubles=tuple(Trouble(call, behaviour(Step.POLL, Fault.NO_COST), 99) for call in (Call.CREATE, Call.READ)),
        cost_source="quote",
        note="never named",
    )
]

CANCELLING = [
    *_on_the_line(Step.CANCEL, (*NOT_NOW, *SERVER_ERRORS, *NO_ANSWER, Fault.TASK_GONE)),
    *_on_the_line(Step.CANCEL, BAD_BODIES),
    _at(
        Step.CANCEL,
        fault=Fault.CANCELLED_ELSEWHERE,
        troubles=(Trouble(Call.READ, behaviour(Step.CANCEL, Fault.CANCELLED_ELSEWHERE)),),
        cost_source="provider",
    ),
]

ON_THE_LINE = [*CLAIMING, *UPLOADING, *SENDING, *POLLING, *DOWNLOADING, *PROBING, *SETTLING, *CANCELLING]
IN_PROCESS = [*AT_A_SEAM, *ON_THE_LINE]
CASES = [*KILLS, *IN_PROCESS]


def fresh(case: Case) -> Case:
    """The case with troubles of its own: they count down."""
    return replace(case, troubles=tuple(replace(trouble) for trouble in case.troubles))


def _not(reason: str, steps: Iterable[Step], faults: Iterable[Fault]) -> dict[Cell, str]:
    return {(step, fault): reason for step in steps for fault in faults}


LOCAL = (Step.PROBE, Step.STORE, Step.SETTLE)
OF_A_TASK = (Fault.UNKNOWN_STATUS, Fault.NO_COST, Fault.TASK_GONE, Fault.CANCELLED_ELSEWHERE)
IMPOSSIBLE: dict[Cell, str] = {
    **_not("It asks the organization and the database: no task is named.", [Step.CLAIM], OF_A_TASK),
    **_not("There is no task yet.", [Step.UPLOAD], OF_A_TASK),
    **_not("Nothing was made, so no answer tells of a task.", [Step.SEND], (*OF_A_TASK, Fault.UNKNOWN_FIELDS)),
    **_not(
        "The answer to a create has an id and an estimate: no status, and its task is there.",
        [Step.SENT],
        (Fault.UNKNOWN_STATUS, Fault.TASK_GONE, Fault.CANCELLED_ELSEWHERE),
    ),
    **_not("It says that nothing was made; said of a task that was made, it is a lie.", [Step.SENT], NOT_NOW),
    **_not(
        "Models are checked by a create alone, before anything is made.",
        [step for step in Step if step is not Step.SEND],
        [Fault.MODEL_RETIRED],
    ),
    **_not(
        "No signed link is used.",
        (Step.CLAIM, Step.SEND, Step.SENT, Step.POLL, *LOCAL, Step.CANCEL),
        [Fault.LINK_403],
    ),
    **_not(
        "No clip is brought.",
        (Step.CLAIM, Step.UPLOAD, Step.SEND, Step.SENT, Step.POLL, Step.STORE, Step.SETTLE, Step.CANCEL),
        [Fault.NOT_A_VIDEO],
    ),
    **_not(
        "It neither reads from the storage nor writes there.",
        [step for step in Step if step not in {Step.UPLOAD, Step.STORE}],
        STORAGE,
    ),
    **_not("A file has no fields.", [Step.DOWNLOAD], (Fault.UNKNOWN_FIELDS, Fault.NO_COST)),
    **_not("A finished task cannot be cancelled any more.", [Step.DOWNLOAD], [Fault.CANCELLED_ELSEWHERE]),
    **_not(
        "A file on our own disk: the provider is not asked.",
        LOCAL,
        (*NOT_NOW, *SERVER_ERRORS, *NO_ANSWER, Fault.GARBAGE, Fault.UNKNOWN_FIELDS, Fault.UNKNOWN_STATUS,
         Fault.TASK_GONE, Fault.CANCELLED_ELSEWHERE),
    ),
    **_not("The cost is read with the task, and used when it is settled.", (Step.PROBE, Step.STORE), [Fault.NO_COST]),
    **_not("The download has refused it before.", [Step.PROBE], (Fault.LONG, Fault.ZERO_BYTES)),
    **_not("All bytes have arrived and were probed.", (Step.STORE, Step.SETTLE),
           (Fault.SHORT, Fault.LONG, Fault.ZERO_BYTES)),
    **_not("A probe reads and writes nothing.", [Step.PROBE], [Fault.DISK_FULL]),
    **_not("The answer to a delete has no body that is read.", [Step.CANCEL],
           (Fault.UNKNOWN_STATUS, Fault.UNKNOWN_FIELDS, Fault.NO_COST)),
}  # fmt: skip
