"""One nothing-lost sweep, now."""

import sys
from dataclasses import asdict
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandParser

from studio.generations.custody import missing_clips
from studio.generations.originals import missing_files
from studio.sync.engine import make_bench
from studio.sync.gateway import open_provider
from studio.sync.keyring import Keyring
from studio.sync.sweep import SweepReport, sweep


class Command(BaseCommand):
    help = (
        "Ask for every open take again, look for every stored clip and original, and fetch those anew that are "
        "missing. The engine does it at its start and every hour. Exit status 1 when it ended early or files are still "
        "missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--trust-storage", action="store_true", help="Believe it when more than half of all clips are missing."
        )
        parser.add_argument("--list", action="store_true", help="Only list the clips that are missing.")

    def handle(self, *args: Any, **options: Any) -> None:
        trouble = "" if options["list"] else self._sweep(trust_storage=options["trust_storage"])
        if self._list() or trouble:
            sys.exit(1)

    def _sweep(self, *, trust_storage: bool) -> str:
        """What was done, printed; what went wrong, or ""."""
        report = async_to_sync(_sweep)(trust_storage=trust_storage)
        counts = {name: value for name, value in asdict(report).items() if name != "trouble"}
        self.stdout.write(", ".join(f"{name.replace('_', ' ')}: {value:,}" for name, value in counts.items()))
        if report.trouble:
            self.stderr.write(self.style.ERROR(report.trouble))
        return report.trouble

    def _list(self) -> int:
        """How many are missing, each printed."""
        count = 0
        for clip in missing_clips().iterator():
            count += 1
            asked = f"{clip.checked_at:%Y-%m-%d %H:%M} UTC" if clip.checked_at else "not yet"
            since = f"{clip.missing_since:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{clip.public_id}  missing since {since}  provider asked {asked}  {clip.key}")
        for file in missing_files().iterator():
            count += 1
            since = f"{file.missing_since:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{file.clip.public_id}  original missing since {since}  {file.key}")
        return count


async def _sweep(*, trust_storage: bool) -> SweepReport:
    """Sweeps until one finds nothing new: each takes on thousands at the most."""
    provider = open_provider()
    bench = make_bench(provider)
    bench.ring = keyring = Keyring(bench)
    try:
        await keyring.refresh()
        total = report = await sweep(bench, trust_storage=trust_storage)
        while report.missing and not report.trouble:
            report = await sweep(bench, trust_storage=trust_storage)
            total = _added(total, report)
    finally:
        await keyring.aclose()
        await provider.aclose()
    return total


def _added(total: SweepReport, report: SweepReport) -> SweepReport:
    both = {name: value + getattr(report, name) for name, value in asdict(total).items()}
    return SweepReport(**both | {"looked_at": report.looked_at})
