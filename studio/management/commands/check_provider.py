"""Compares the provider's account with the catalog; on request, the provider itself with what is assumed of it."""

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.credits.pricing import Use, quote
from studio.generations.provider_keys import COMET
from studio.management.checkup.findings import Finding, Level
from studio.management.checkup.provider import why_not_ask
from studio.management.comparing import compare
from studio.management.smoke.checks import Outcome
from studio.management.smoke.paid import DURATION_S, MODEL, RATIO
from studio.management.smoke.report import markdown
from studio.management.smoke.running import run_trial
from studio.providers.base import WayKind
from studio.sync.gateway import key_and_address

USE = Use(way=WayKind.IMAGE, ratio=RATIO, duration_s=DURATION_S, images=1)
YES = frozenset({"y", "yes"})


class Command(BaseCommand):
    help = (
        "Compare the provider's account with the catalog: models, limits, balance, version. Free. With --live: make a "
        "clip and cancel a task there, for a few credits, and report all that is not as assumed."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="A list of records: name, level, text.")
        parser.add_argument("--live", action="store_true", help="A paid trial of the real provider. It asks first.")
        parser.add_argument("--yes", action="store_true", help="With --live: do not ask.")
        parser.add_argument("--report", type=Path, metavar="FILE", help="With --live: write the report there.")

    def handle(self, *args: Any, **options: Any) -> None:
        unfit = why_not_ask()
        if unfit:
            raise CommandError(unfit)
        if options["live"]:
            self._try(is_agreed=options["yes"], file=options["report"])
        else:
            self._compare(as_json=options["json"])

    def _compare(self, *, as_json: bool) -> None:
        found = compare(now=datetime.now(UTC))
        self.stdout.write(json.dumps([asdict(finding) for finding in found], indent=2) if as_json else _lines(found))
        if any(finding.level is Level.FAIL for finding in found):
            sys.exit(1)

    def _try(self, *, is_agreed: bool, file: Path | None) -> None:
        if settings.VIDEO_PROVIDER == COMET:
            raise CommandError("--live speaks to Runway's API alone. Set VIDEO_PROVIDER=runway and its key to run it.")
        key, base_url = key_and_address()
        price = quote(MODEL, USE, takes=1, on=datetime.now(UTC).date()).total_credits
        self.stdout.write(
            f"This makes one clip of {DURATION_S} s with {MODEL} at {base_url} and cancels a second task while it "
            f"waits. It costs about {price} credits of the provider's account, {2 * price} if the second one runs "
            "before it can be cancelled. Nothing of it comes into the studio or its ledger."
        )
        if not is_agreed and not self._asked():
            self.stdout.write("Nothing was sent.")
            return
        book, summary = asyncio.run(
            run_trial(
                key=key,
                base_url=base_url,
                on_behalf_of=settings.RUNWAYML_ON_BEHALF_OF,
                price_credits=price,
                poll_s=settings.PROVIDER_POLL_S,
                say=self.stdout.write,
            )
        )
        self._tell(markdown(book, summary, key=key), file=file)
        if summary.ended or book.count(Outcome.DIFFERS):
            sys.exit(1)

    def _asked(self) -> bool:
        self.stdout.write("Go on? [y/N] ", ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() in YES

    def _tell(self, report: str, *, file: Path | None) -> None:
        if file is None:
            self.stdout.write(report)
            return
        try:
            file.write_text(report, encoding="utf-8")
        except OSError as error:  # it has been paid for
            self.stdout.write(report)
            raise CommandError(f"{file} cannot be written ({error.strerror}): the report stands above.") from error
        self.stdout.write(f"The report is in {file}. It holds no key and no whole id: it can be sent in.")


def _lines(found: list[Finding]) -> str:
    return "\n".join(f"{finding.level:4}  {finding.name:12}  {finding.text}" for finding in found)
