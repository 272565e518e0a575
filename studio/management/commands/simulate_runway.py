"""The simulated provider's process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from studio.simulator.scenarios import SCENARIOS
from studio.simulator.server import serve


class Command(BaseCommand):
    help = "Answer as Runway's API does, and render real clips, on loopback. Costs nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=9100)
        parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="normal")

        parser.add_argument(
            "--needs-behalf", action="store_true", help="Demand X-Runway-On-Behalf-Of of creates, as for resellers."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.VAR_DIR / "simulator"
        serve(
            host="127.0.0.1",
            port=options["port"],
            scenario=options["scenario"],
            needs_behalf=options["needs_behalf"],
            media_dir=folder / "uploads",
            clip_cache_dir=folder / "clips",
            state_dir=folder,
        )
