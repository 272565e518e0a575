"""The stage of the matrix: the product's own HTTP clients on a real socket, and a clock of ours that may be wrong."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image

from studio.enums import FINAL_STATES, StatusCode
from studio.generations.cancel import cancel_generation
from studio.generations.references import add_reference
from studio.models import Generation
from studio.providers.runway.client import RunwayProvider
from studio.sync.engine import Engine, make_bench
from studio.sync.waking import wake
from tests.faults.line import Line
from tests.stage import Stage

PAUSES_S = (0, *[7] * 8, *[400] * 16)
STILL_S = 3600


@dataclass
class FaultStage(Stage):
    """A stage on a line. `off_by` is by how much our clock differs from the provider's."""

    line: Line = field(kw_only=True)
    off_by: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The time as our machine tells it."""
        return self.clock.now() + self.off_by

    def launch_with_image(self) -> Generation:
        """One take in the queue that begins with an image."""
        buffer = io.BytesIO()
        Image.linear_gradient("L").resize((640, 360)).convert("RGB").save(buffer, "PNG")
        reference = add_reference(self.team, upload=ContentFile(buffer.getvalue(), name="harbour.png"), by=self.owner)
        return self.launch(model="gen4_turbo", first_frame=reference)

    def cancel(self, generation: Generation) -> None:
        """A person cancels it while it waits at the provider."""
        generation.refresh_from_db()
        cancel_generation(generation, by=self.owner, now=self.now())

    async def _pass(self) -> int:
        """One pass, then what a sweep does for takes that were put off too long."""
        provider = RunwayProvider(
            api_key=settings.RUNWAYML_API_SECRET, base_url=settings.RUNWAYML_BASE_URL, clock=self.now
        )
        bench = make_bench(provider, limits=self.limits)
        bench.now = self.now
        try:
            async with self.line.answering(self.remote):
                count = await Engine(bench, name="stage:1").run_once()
                await wake(bench)
        finally:
            await provider.aclose()
        return count

    def is_settled(self, generation: Generation) -> bool:
        """Whether nothing more happens to it by itself."""
        generation.refresh_from_db()
        return generation.state in FINAL_STATES or generation.status_code == StatusCode.OUTCOME_UNKNOWN
