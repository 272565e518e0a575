"""The remote: everything that it knows and does, without a word of HTTP."""

import dataclasses
import hashlib
import logging
import re
import secrets
import uuid
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from studio.simulator import account, answers, assets, drafts, validator, works
from studio.simulator.account import Account, Limit, limit_for
from studio.simulator.assets import Fetch, Pictures
from studio.simulator.cards import CARDS, ENDPOINTS, NOT_ENABLED, RETIRED
from studio.simulator.clips import Clips
from studio.simulator.clock import Clock, SystemClock
from studio.simulator.links import Links
from studio.simulator.notebook import BlankNotebook, FileNotebook, InUse, Notebook
from studio.simulator.pace import Pace
from studio.simulator.plan import Plan, plan_of
from studio.simulator.renderer import ClipSpec
from studio.simulator.roster import Roster
from studio.simulator.scenarios import NORMAL, SCENARIOS, scenario_of
from studio.simulator.shelf import shelf_in
from studio.simulator.tasks import Status, Task
from studio.simulator.uploads import UPLOAD_SHAPE, Upload, Uploads
from studio.simulator.validator import Order

logger = logging.getLogger(__name__)

KEY = re.compile(r"key_[0-9a-f]{128}")
CREDITS = 1_000_000
MAX_CONCURRENT = 5
MAX_DAILY = 1_000
MONTHLY_SPEND = 200_000
REQUESTS_KEPT = 10_000
SECRET, ASKED = "secret", "asked"

NO_KEY = "No API key was provided. Pass it as a bearer token in the Authorization header."
BAD_KEY = "The API key that was provided is not valid or was disabled."
NO_BEHALF = "X-Runway-On-Behalf-Of request header was not specified for task creation"
NO_CREDITS = "You do not have enough credits to run this task."
DAILY_LIMIT = "Your daily task limit has been reached."


@dataclass(slots=True)
class RequestRecord:
    """One request as it came in; headers are in lower case and without the key."""

    method: str
    path: str
    at: datetime
    headers: Mapping[str, str]
    body: Any = None


class Remote:
    """One organization at the provider: keys, tasks, uploads, credits, and the log of all requests.

    `keys` None takes every well-formed key. Limits are one number for all models, a mapping by model, or
    None for no limit. `media_dir` keeps uploads, `clip_cache_dir` keeps clips; None keeps them in memory.
    `is_eager` renders a clip when its task is made, and the task succeeds no sooner than that is done; else
    a clip is rendered on its first download, and tasks follow the clock alone.
    `state_dir` keeps tasks, tickets and credits, so that the next process goes on where this one was killed; it
    needs the other two folders to have the files too. None, or a folder that another process holds: memory only.
    The log of requests is never kept. `needs_behalf`: creates must say on whose behalf they are, as for resellers.
    `fetch` reads the https addresses in bodies; by itself the remote never goes to the internet.
    """

    def __init__(
        self,
        *,
        base_url: str,
        clock: Clock | None = None,
        scenario: str = NORMAL,
        keys: frozenset[str] | None = None,
        credits: int = CREDITS,
        pace: Pace | None = None,
        media_dir: Path | None = None,
        clip_cache_dir: Path | None = None,
        state_dir: Path | None = None,
        max_concurrent: Limit = MAX_CONCURRENT,
        max_daily: Limit = MAX_DAILY,
        draft_clips: bool = False,
        is_eager: bool = False,
        fetch: Fetch = assets.fetch_nothing,
        needs_behalf: bool = False,
    ) -> None:
        if scenario not in SCENARIOS:
            raise ValueError(f"There is no scenario {scenario!r}; there are: {', '.join(SCENARIOS)}")
        self.base_url = base_url.rstrip("/")
        self.clock = clock or SystemClock()
        self.scenario = scenario
        self.pace = pace or Pace()
        self.keys = keys
        self.max_concurrent = max_concurrent
        self.max_daily = max_daily
        self.draft_clips = draft_clips
        self.is_eager = is_eager
        self.fetch = fetch
        self.needs_behalf = needs_behalf
        self.requests: list[RequestRecord] = []
        self.clips = Clips(shelf=shelf_in(clip_cache_dir))
        self._notebook = _notebook_in(state_dir)
        secret = self._secret()
        self._account = Account(credits=credits, notebook=self._notebook)
        self._roster = Roster(notebook=self._notebook, max_concurrent=max_concurrent, now=self.clock.now())
        self._links = Links(base_url=self.base_url, secret=secret, life_s=self.pace.link_life_s)
        self._asked: dict[str, int] = self._notebook.read(ASKED)
        self.uploads = Uploads(
            clock=self.clock,
            shelf=shelf_in(media_dir),
            secret=secret,
            life_s=self.pace.upload_life_s,
            notebook=self._notebook,
        )
        self._resume()

    def _secret(self) -> str:
        """What signs links and forms: the one of the process before, so that those still hold."""
        secret: str = self._notebook.read(SECRET).get("") or secrets.token_hex(32)
        self._notebook.write(SECRET, "", secret)
        return secret

    def _resume(self) -> None:
        """Go on with what the process before left: drop what is old, render what was not rendered yet."""
        self.settle()
        self._roster.drop_old(now=self.clock.now())
        self._notebook.keep()
        for task in self.tasks.values():
            self._render_ahead(task)

    @property
    def tasks(self) -> dict[str, Task]:
        """The tasks by id."""
        return self._roster.tasks

    def close(self) -> None:
        """Drop the clips that nobody has begun to render, and let go of the state."""
        self.clips.close()
        self._notebook.close()

    # What came in

    def record(self, method: str, path: str, *, headers: Mapping[str, str]) -> RequestRecord:
        """Note a request; only the newest thousands are kept."""
        if len(self.requests) >= REQUESTS_KEPT:
            del self.requests[: REQUESTS_KEPT // 2]
        shown = {name: value for name, value in headers.items() if name != "authorization"}
        self.requests.append(RequestRecord(method, path, self.clock.now(), shown))
        return self.requests[-1]

    @property
    def creates(self) -> list[RequestRecord]:
        """The requests for an output among those that came in, refused ones too."""
        return [
            record
            for record in self.requests
            if record.method == "POST" and record.path.removeprefix("/v1/") in ENDPOINTS
        ]

    def check_key(self, authorization: str) -> str:
        """The key of a request. Raises Refused."""
        kind, _, key = authorization.partition(" ")
        if kind.lower() != "bearer" or not key.strip():
            raise answers.refused(401, NO_KEY)
        is_known = KEY.fullmatch(key.strip()) if self.keys is None else key.strip() in self.keys
        if not is_known or self.scenario == "key_revoked":
            raise answers.refused(401, BAD_KEY)
        return key.strip()

    def check_behalf(self, told: str) -> None:
        """Whether a create says on whose behalf it is, where the account demands it. Raises Refused."""
        if self.needs_behalf and not told.strip():
            raise answers.Refused(400, {"error": NO_BEHALF})

    # Tasks

    def create(self, body: Any, *, endpoint: str, key: str) -> Task:
        """Check everything in the provider's order, then charge and start a task. Raises Refused."""
        order = self.check_order(body, endpoint=endpoint)
        return self.launch(order, pictures=self.check_pictures(order, key=key), key=key)

    def check_order(self, body: Any, *, endpoint: str) -> Order:
        """What a body asks for. Raises Refused with all that is wrong with it."""
        found = validator.body_issues(body, endpoint=endpoint)
        if found:
            raise answers.invalid(found)
        if body["model"] in NOT_ENABLED:
            raise answers.refused(403, f"Model variant {body['model']} is not available")
        return validator.order_of(body, endpoint=endpoint)

    def check_pictures(self, order: Order, *, key: str) -> Pictures:
        """The pictures of an order, decoded once; touches no task and no credit. Raises Refused."""
        pictures, bad = assets.check_pictures(
            order, find_upload=lambda uri: self.uploads.content(uri, key=key), fetch=self.fetch
        )
        if bad:
            raise answers.invalid(bad)
        return pictures

    def launch(self, order: Order, *, pictures: Pictures, key: str) -> Task:
        """Charge and start a task, unless the model, the credits or the day do not allow it. Raises Refused."""
        scenario = scenario_of(order.prompt, default=self.scenario)
        draft = self._draft(order, key=key)
        if draft is not None:
            order, pictures = drafts.enlarged(draft.order), draft.pictures
        fixed = order.seed if draft is None else draft.seed
        seed = self._seed(order) if fixed is None else fixed
        plan = plan_of(order, pictures, seed=seed)
        self._check_allowed(order, plan=plan, scenario=scenario)
        if fixed is None:
            self._count(order)
        return self._start(order, pictures=pictures, plan=plan, seed=seed, scenario=scenario, key=key)

    def _draft(self, order: Order, *, key: str) -> Task | None:
        """The draft that an order is to be made of. Raises Refused where there is none of that name."""
        name = order.settings.get("draftTaskId")
        if name is None:
            return None
        now = self.clock.now()
        task = self.tasks.get(name)
        if task is None or task.key != key or not drafts.is_usable(task, now=now):
            raise answers.invalid([drafts.NO_DRAFT])
        return task

    def _check_allowed(self, order: Order, *, plan: Plan, scenario: str) -> None:
        model, now = order.card.name, self.clock.now()
        if scenario == "key_revoked":
            raise answers.refused(401, BAD_KEY)
        if scenario == "create_502":
            raise answers.Refused(502, answers.HTML_502)
        if scenario == "model_unavailable":
            raise answers.refused(403, f"Model variant {model} is not available")
        if scenario == "out_of_credits" or plan.estimate > self.credit_balance:
            raise answers.refused(400, NO_CREDITS)
        daily = limit_for(model, limit=self.max_daily)
        is_over = daily is not None and self._account.generations_today(model, now=now) >= daily
        if scenario == "daily_limit" or is_over:
            raise answers.refused(429, DAILY_LIMIT)

    def _seed(self, order: Order) -> int:
        """A seed for a request without one: the n-th same request gets the n-th seed, in every run."""
        digest = _digest(order)
        again = hashlib.sha256(f"{digest}:{self._asked.get(digest, 0) + 1}".encode()).digest()
        return int.from_bytes(again[:4], "big")

    def _count(self, order: Order) -> None:
        digest = _digest(order)
        self._asked[digest] = self._asked.get(digest, 0) + 1
        self._notebook.write(ASKED, digest, self._asked[digest])

    def _start(self, order: Order, *, pictures: Pictures, plan: Plan, seed: int, scenario: str, key: str) -> Task:
        now = self.clock.now()
        task = Task(
            id=str(uuid.uuid4()),
            key=key,
            order=order,
            pictures=pictures,
            plan=plan,
            seed=seed,
            scenario=scenario,
            created_at=now,
            released_at=now,
            pace=self.pace,
        )
        self._account.charge(task.model, amount=task.held_credits, at=now)
        self._roster.admit(task)
        self._roster.drop_old(now=now)
        self._notebook.keep()
        self._render_ahead(task)
        return task

    def _render_ahead(self, task: Task) -> None:
        is_told = task.reads_when_done > 0
        if self.is_eager and not is_told and task.final_status is Status.SUCCEEDED:
            for spec in self.clip_specs(task):
                self.clips.request(spec)

    def find(self, task_id: str, *, key: str) -> Task:
        """This key's task. Raises Refused: 404, or the gateway's errors of its scenario."""
        self.settle()
        task = self.tasks.get(task_id)
        if task is None or task.key != key:
            raise answers.no_task()
        if task.scenario == "html_502" and task.is_out_at(self.clock.now()):
            raise answers.Refused(502, answers.HTML_502)
        if task.scenario == "empty_504" and task.is_out_at(self.clock.now()):
            raise answers.Refused(504, None)
        return task

    def read(self, task_id: str, *, key: str) -> dict[str, Any]:
        """The task as the API tells it, with fresh links. Raises Refused."""
        task, now = self.find(task_id, key=key), self.clock.now()
        status = self._status(task, now=now)
        if status is not Status.SUCCEEDED:
            return answers.task_body(task, status=status, now=now, links=[])
        task.reads_when_done += 1
        self._keep(task)
        is_stale = task.scenario == "expired_link" and task.reads_when_done == 1
        make = self._links.make_expired if is_stale else self._links.make
        links = [make(name, now=now) for name in works.names_of(task)]
        return answers.task_body(task, status=status, now=now, links=links)

    def _status(self, task: Task, *, now: datetime) -> Status:
        """The script's status; an eager remote keeps a task running until its clip is there to be fetched."""
        status = task.status_at(now)
        is_told = task.reads_when_done > 0
        if status is not Status.SUCCEEDED or is_told or not self.is_eager:
            return status
        missing = [spec for spec in self.clip_specs(task) if not self.clips.is_ready(spec)]
        for spec in missing:
            self.clips.request(spec)
        return Status.RUNNING if missing else status

    def delete(self, task_id: str, *, key: str) -> None:
        """Cancel or delete. Credits come back only for a task that had not begun. Raises Refused."""
        task, now = self.find(task_id, key=key), self.clock.now()
        if task.status_at(now) in {Status.PENDING, Status.THROTTLED}:
            self._account.refund(task.model, amount=task.held_credits, at=now)
        self._roster.remove(task, now=now)
        self._notebook.keep()

    def _keep(self, task: Task) -> None:
        self._roster.note(task)
        self._notebook.keep()

    def settle(self) -> None:
        """Give back what tasks that have ended since did not cost, on the day on which they ended."""
        now = self.clock.now()
        for task in self._roster.ended(now=now):
            self._roster.close(task)
            unused = task.held_credits - task.cost_credits
            if unused:
                self._account.refund(task.model, amount=unused, at=task.ends_at)
        self._notebook.keep()

    # Outputs and uploads

    def output(self, name: str, *, token: str) -> Task | None:
        """The task whose output this link opens now, None for a link that does not (any more)."""
        task = self.tasks.get(works.task_id_in(name))
        now = self.clock.now()
        is_open = self._links.is_good(name, token=token, now=now)
        return task if task is not None and is_open and task.status_at(now) is Status.SUCCEEDED else None

    def count_download(self, task: Task) -> int:
        """The how-manieth download of this output begins now, from 1."""
        task.downloads += 1
        self._keep(task)
        return task.downloads

    def clip_spec(self, task: Task) -> ClipSpec:
        """What the renderer is told for the first output."""
        return works.spec_of(task, number=0, is_draft=self.draft_clips)

    def clip_specs(self, task: Task) -> list[ClipSpec]:
        """What the renderer is told, output by output."""
        first = self.clip_spec(task)
        return [first, *(dataclasses.replace(first, number=number) for number in range(1, task.plan.count))]

    def clip(self, task: Task) -> Future[bytes]:
        """The rendered file of a task, the first one where there are several."""
        return self.clips.request(self.clip_spec(task))

    def output_file(self, task: Task, *, number: int) -> Future[bytes]:
        """One of the rendered files of a task, numbered from 0."""
        return self.clips.request(self.clip_specs(task)[number]) if number else self.clip(task)

    def issue_upload(self, body: Any, *, key: str) -> tuple[Upload, dict[str, str]]:
        """A ticket for one file and the fields of its form. Raises Refused."""
        found = UPLOAD_SHAPE(body)
        if found:
            raise answers.invalid(found)
        return self.uploads.issue(key=key, filename=body["filename"])

    # Organization

    @property
    def credit_balance(self) -> int:
        """Credits left, with everything settled that has ended."""
        self.settle()
        return self._account.balance

    def organization(self) -> dict[str, Any]:
        """Credits, limits and the count of the last 24 hours, by model."""
        now = self.clock.now()
        names = (*CARDS, *RETIRED)
        limits = {
            name: {
                "maxConcurrentGenerations": limit_for(name, limit=self.max_concurrent),
                "maxDailyGenerations": limit_for(name, limit=self.max_daily),
            }
            for name in names
        }
        used = {name: {"dailyGenerations": self._account.generations_today(name, now=now)} for name in names}
        return {
            "creditBalance": self.credit_balance,
            "tier": {"maxMonthlyCreditSpend": MONTHLY_SPEND, "models": limits},
            "usage": {"models": used},
        }

    def usage(self, body: Any) -> dict[str, Any]:
        """Net credits by day and model. Raises Refused."""
        found = account.USAGE_SHAPE(body)
        if found:
            raise answers.invalid(found)
        self.settle()
        start, before = account.usage_range(body, today=self.clock.now().date())
        bad = account.range_issues(start, before=before)
        if bad:
            raise answers.invalid(bad)
        return self._account.usage(start, before=before)


def _digest(order: Order) -> str:
    plain = (order.card.name, order.prompt, order.ratio, order.duration_s)
    return hashlib.sha256(repr(plain).encode("utf-8", "backslashreplace")).hexdigest()


def _notebook_in(folder: Path | None) -> Notebook:
    if folder is None:
        return BlankNotebook()
    try:
        return FileNotebook(folder)
    except InUse:
        # A simulator that forgets is of more use than one that does not come up.
        logger.warning("state.in_use folder=%s", folder)
        return BlankNotebook()
