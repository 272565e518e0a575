"""What costs a few credits: a file sent up, a clip made, read and fetched, and a task cancelled while it waits."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from studio.management.smoke import shapes
from studio.management.smoke.checks import Book
from studio.management.smoke.ear import Wire
from studio.management.smoke.free import NO_TASK
from studio.management.smoke.shapes import difference
from studio.media.errors import NotAVideo
from studio.media.probe import probe_video
from studio.providers.base import Input, InputRole, RemoteStatus, RemoteTask, Submitted, TaskSpec, WayKind
from studio.providers.errors import ProviderError, RetryLater, Unreachable
from studio.providers.runway.client import RunwayProvider

MODEL = "gen4_turbo"
RATIO, WIDTH, HEIGHT = "1280:720", 1280, 720
DURATION_S = 2
PROMPT = "Soft colours drift slowly to the left"
MOST_BYTES = 100_000_000
MOST_POLLS = 400
TRIES = 4
NEAR_S = 0.25
KINDS = frozenset({"video/mp4", "binary/octet-stream", "application/octet-stream"})
WAITS = (RemoteStatus.PENDING, RemoteStatus.THROTTLED)


def request_for(uri: str) -> TaskSpec:
    """The one request of the trial."""
    return TaskSpec(
        model=MODEL,
        way=WayKind.IMAGE,
        prompt=PROMPT,
        ratio=RATIO,
        duration_s=DURATION_S,
        seed=7,
        inputs=(Input(uri, InputRole.FIRST),),
    )


@dataclass(slots=True)
class Trial:
    """The paid part. `price_credits` is what one clip costs by our price card; `charged_credits` what was charged in
    the end, as far as is known. `left` are the tasks that were made and are not gone."""

    provider: RunwayProvider
    wire: Wire
    book: Book
    folder: Path
    price_credits: int
    poll_s: float
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    charged_credits: int = 0
    left: list[str] = field(default_factory=list)
    _waited: bool = False

    async def run(self) -> None:
        """All of it. Raises what the provider raises; what was made is taken away then too."""
        try:
            await self._run()
        finally:
            for task_id in list(self.left):
                await self._take_away(task_id)

    async def _run(self) -> None:
        balance, used = await self._account(), await self._used()
        uri = await self._upload()
        clip = await self._create(uri, step="Create")
        await self._cancel_another(uri)
        task = await self._follow(clip)
        await self._end(task, clip)
        if task.status is RemoteStatus.SUCCEEDED:
            await self._fetch(task)
        await self._settle(balance, used)
        await self._delete_finished(clip)

    async def _upload(self) -> str:
        self.book.step = "Upload"
        path = self.folder / "frame.png"
        _paint(path)
        upload = await self.provider.upload(path, filename="frame.png", content_type="image/png")
        place = self.wire.last_of("POST", "/v1/uploads")
        if place is not None:
            self.book.equal("the status of POST /v1/uploads", place.status, 200)
            self.book.expect(f"it has {shapes.listed(shapes.UPLOAD)}", difference(place.body, shapes.UPLOAD))
        self.book.equal("the status of the form", self.wire.last.status, 204)
        scheme = upload.uri.split(":", 1)[0]
        self.book.equal("the scheme of the file's address", scheme, "runway")
        return upload.uri

    async def _create(self, uri: str, *, step: str) -> Submitted:
        self.book.step = step
        submitted = await self.provider.submit(request_for(uri))
        self.left.append(submitted.task_id)
        heard = self.wire.last
        self.book.equal("the status of POST /v1/image_to_video", heard.status, 200)
        self.book.expect(f"it has {shapes.listed(shapes.CREATED)}", difference(heard.body, shapes.CREATED))
        self.book.expect("its id is a UUID", "" if _is_uuid(submitted.task_id) else "it is not")
        said = submitted.estimated_credits
        self.book.equal(f"the estimate of {DURATION_S} s of {MODEL} in credits", said, self.price_credits)
        return submitted

    async def _cancel_another(self, uri: str) -> None:
        """What goes wrong here must not lose the clip that has been paid for."""
        try:
            await self._cancel(await self._create(uri, step="A second task"))
        except ProviderError as error:
            self.book.expect("a second task is taken, read and cancelled", f"{type(error).__name__}: {error}")

    async def _cancel(self, submitted: Submitted) -> None:
        """Of a task that waits: free. One that runs already is deleted too, and has been paid for."""
        self.book.step = "Cancel"
        task = await self._patiently(submitted.task_id)
        self._waited = task.status in WAITS
        if not self._waited:
            self.book.skip("a second task waits at first", f"it was {task.raw_status[:40]} already")
            self.charged_credits += submitted.estimated_credits or self.price_credits
        else:
            self._read_shape(task)
        await self.provider.delete(submitted.task_id)
        self.left.remove(submitted.task_id)
        self.book.equal("the status of DELETE", self.wire.last.status, 204)
        self.book.expect("its body is empty", "" if self.wire.last.is_empty else "it is not")
        path = f"/v1/tasks/{submitted.task_id}"
        heard = await self.wire.ask("GET", path)
        self.book.equal("the status of reading it afterwards", heard.status, 404)
        self.book.equal("its sentence", heard.error, NO_TASK)
        heard = await self.wire.ask("DELETE", path)
        self.book.equal("the status of a second DELETE", heard.status, 404)

    async def _follow(self, submitted: Submitted) -> RemoteTask:
        """Read the task until it is over, each status looked at once."""
        self.book.step = "Poll"
        seen: list[str] = []
        for _ in range(MOST_POLLS):
            task = await self._patiently(submitted.task_id)
            if task.raw_status not in seen:
                seen.append(task.raw_status)
                self._read_shape(task)
            if task.status.is_final:
                self.book.equal("the last status", task.raw_status, "SUCCEEDED")
                return task
            await self.sleep(self.poll_s)
        raise TimeoutError(f"the task is not over after {MOST_POLLS} reads")

    async def _patiently(self, task_id: str) -> RemoteTask:
        """The task; a read that fails is told and tried again. Raises the last failure."""
        for tries in range(1, TRIES):
            try:
                return await self.provider.fetch(task_id)
            except (RetryLater, Unreachable) as error:
                self.book.expect("a task can be read", f"{error}")
                await self.sleep(self.poll_s * 2**tries)
        return await self.provider.fetch(task_id)

    def _read_shape(self, task: RemoteTask) -> None:
        """The answer that was read last, beside the shape of its status."""
        shape = shapes.TASKS.get(task.raw_status)
        if shape is None:
            self.book.expect("the status is a known one", f"it is {task.raw_status[:40]}")
            return
        self.book.expect(f"{task.raw_status} has {shapes.listed(shape)}", difference(self.wire.last.body, shape))
        body = self.wire.last.body
        progress = body.get("progress") if isinstance(body, dict) else None
        if task.status is RemoteStatus.RUNNING:
            is_share = isinstance(progress, int | float) and 0 <= progress <= 1
            self.book.expect("progress is a number from 0 to 1", "" if is_share else f"it is {progress}"[:60])

    async def _end(self, task: RemoteTask, submitted: Submitted) -> None:
        self.book.step = "Cost"
        cost = task.cost_credits
        if cost is None:
            self.book.expect("a final task names its cost", "it does not")
        else:
            self.book.equal("the cost", cost, submitted.estimated_credits)
        self.charged_credits += self.price_credits if cost is None else cost
        if task.status is not RemoteStatus.SUCCEEDED:
            said = f"{task.failure_code} {task.failure}".strip()
            self.book.expect("the clip is made", said[:200] or task.raw_status[:40])

    async def _fetch(self, task: RemoteTask) -> None:
        self.book.step = "Download"
        self.book.equal("the number of outputs", len(task.outputs), 1)
        if not task.outputs:
            return
        path = self.folder / "clip.mp4"
        await self.provider.download(task.outputs[0], path, max_bytes=MOST_BYTES)
        kind = self.wire.last.headers.get("content-type", "none").split(";")[0]
        self.book.expect("its content type is of a film, or of any bytes", "" if kind in KINDS else f"it is {kind}")
        try:
            facts = await asyncio.to_thread(probe_video, path)
        except NotAVideo:
            self.book.expect("it is a video", "it cannot be read as one")
            return
        self.book.equal("its size", f"{facts.width} × {facts.height}", f"{WIDTH} × {HEIGHT}")
        is_near = abs(float(facts.duration_s) - DURATION_S) <= NEAR_S
        self.book.expect(f"it lasts {DURATION_S} s", "" if is_near else f"it lasts {facts.duration_s} s")
        self.book.equal("its codec", facts.codec, "h264")
        self.book.expect("it is silent", "it has sound" if facts.has_sound else "")

    async def _settle(self, balance: int, used: int) -> None:
        self.book.step = "Usage and balance"
        fallen = balance - await self._account()
        self.book.equal("what the balance has fallen by", fallen, self.charged_credits)
        now_used = await self._used()
        heard = self.wire.last
        self.book.expect(f"usage has {shapes.listed(shapes.USAGE)}", difference(heard.body, shapes.USAGE))
        self.book.equal(f"what usage says of {MODEL} today, more than before", now_used - used, self.charged_credits)
        if self._waited:
            self.book.expect(
                "a task that is cancelled while it waits costs nothing",
                "" if fallen <= self.charged_credits else f"{fallen - self.charged_credits} credits more are gone",
            )

    async def _delete_finished(self, submitted: Submitted) -> None:
        self.book.step = "Delete"
        await self.provider.delete(submitted.task_id)
        self.left.remove(submitted.task_id)
        self.book.equal("the status of deleting a finished task", self.wire.last.status, 204)

    async def _take_away(self, task_id: str) -> None:
        """A trial that broke off leaves nothing there that goes on."""
        try:
            await self.provider.delete(task_id)
        except ProviderError:
            return
        self.left.remove(task_id)

    async def _account(self) -> int:
        return (await self.provider.organization()).credit_balance

    async def _used(self) -> int:
        """Credits for the model, of yesterday and today: midnight may pass meanwhile."""
        today = datetime.now(UTC).date()
        usage = await self.provider.usage(today - timedelta(days=1), today + timedelta(days=1))
        return sum(amount for (_, model), amount in usage.credits.items() if model == MODEL)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _paint(path: Path) -> None:
    """A picture without people or letters: nothing that a moderation could mind."""
    across = Image.linear_gradient("L").rotate(90).resize((WIDTH, HEIGHT))
    down = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    Image.merge("RGB", (across, down, Image.new("L", (WIDTH, HEIGHT), 150))).save(path, "PNG")
