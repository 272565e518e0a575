"""Stage: a team with a project, the simulator on a clock of its own, and an engine that speaks to it over ASGI."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from asgiref.sync import async_to_sync
from django.conf import settings

from accounts.models import Team, User
from studio.credits.ledger import grant
from studio.enums import FINAL_STATES
from studio.generations.request import Spec
from studio.generations.submit import submit_generation
from studio.models import Generation, Project
from studio.providers.base import Provider
from studio.providers.runway.client import RunwayProvider
from studio.simulator.app import create_app
from studio.simulator.clock import ManualClock
from studio.simulator.remote import Remote
from studio.sync.context import Limits
from studio.sync.engine import Engine, make_bench
from tests.factories import ProjectFactory, TeamFactory, UserFactory
from tests.generations.steps import make_spec

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GRANT = 10_000
MOST_PASSES = 40
LIMITS = Limits(poll_s=5, pass_s=1, lease_s=60, concurrency=32, clip_bytes=50_000_000)


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Nobody listens there.", request=request)


@dataclass
class Stage:
    """Everything that a story about generations needs. Time moves only when the story says so."""

    scenario: str = "normal"
    limits: Limits = LIMITS
    is_down: bool = False
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    remote: Remote = field(init=False)
    owner: User = field(init=False)
    team: Team = field(init=False)
    project: Project = field(init=False)

    def __post_init__(self) -> None:
        self.remote = Remote(
            base_url=settings.RUNWAYML_BASE_URL, clock=self.clock, scenario=self.scenario, draft_clips=True
        )
        self.owner = UserFactory.create(email="alice@example.com", name="Alice")
        self.team = TeamFactory.create(slug="northlight", owner=self.owner)
        self.project = ProjectFactory.create(team=self.team, slug="harbour", created_by=self.owner)
        grant(self.team, credits=GRANT, note="To start with", by=self.owner, now=self.clock.now())

    def close(self) -> None:
        self.remote.clips.close()

    def spec(self, **changes: Any) -> Spec:
        """Two seconds of Gen-4.5 from a text."""
        return make_spec(**changes)

    def launch(self, **changes: Any) -> Generation:
        """One take in the queue."""
        return self.launch_all(**changes)[0]

    def launch_all(self, **changes: Any) -> list[Generation]:
        return submit_generation(
            self.project, spec=self.spec(**changes), token=uuid.uuid4(), by=self.owner, now=self.clock.now()
        )

    def run_pass(self, *, after_s: float = 0) -> int:
        """One pass of an engine with a provider of its own, after so many seconds."""
        self.clock.advance(after_s)
        return async_to_sync(self._pass)()

    async def _pass(self) -> int:
        transport = httpx.MockTransport(_nobody) if self.is_down else httpx.ASGITransport(app=create_app(self.remote))
        async with httpx.AsyncClient(transport=transport) as client:
            engine = self.engine(self.provider(client))
            engine.bench.open_provider = lambda: self.provider(client)
            return await engine.run_once()

    def provider(self, client: httpx.AsyncClient) -> Provider:
        return RunwayProvider(
            api_key=settings.RUNWAYML_API_SECRET,
            base_url=settings.RUNWAYML_BASE_URL,
            client=client,
            clock=self.clock.now,
        )

    def engine(self, provider: Provider) -> Engine:
        bench = make_bench(provider, limits=self.limits)
        bench.now = self.clock.now
        return Engine(bench, name="stage:1")

    def run_until_final(self, generation: Generation, *, step_s: float = 7) -> Generation:
        """Passes, `step_s` seconds apart, until the generation is final. Fails after 40."""
        for _ in range(MOST_PASSES):
            generation.refresh_from_db()
            if generation.state in FINAL_STATES:
                return generation
            self.run_pass(after_s=step_s)
        raise AssertionError(f"Still {generation.state} {generation.status_code} after {MOST_PASSES} passes.")

    def amounts(self, generation: Generation) -> list[tuple[str, int]]:
        """(kind, credits) of the generation's ledger entries, in their order."""
        return list(generation.entries.order_by("pk").values_list("kind", "amount_credits"))

    @property
    def balance(self) -> int:
        return type(self.team).objects.get(pk=self.team.pk).account.balance_credits

    def stored_files(self) -> list[Path]:
        """Every file in the media folder."""
        root = Path(settings.MEDIA_ROOT)
        return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())
