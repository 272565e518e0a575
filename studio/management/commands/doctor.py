"""Examines the installation."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from studio.management.checkup import ALL_CHECKS, ENGINE_CHECKS, Finding, Level, findings_of


class Command(BaseCommand):
    help = "Say what is wrong and how to mend it: key, storage, clock, database, engine, video tools. Exit 1 on a FAIL."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="A list of records: name, level, text.")
        parser.add_argument(
            "--engine", action="store_true", help="Only: is an engine of this machine or container at work?"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = findings_of(ENGINE_CHECKS if options["engine"] else ALL_CHECKS)
        levels = self._write_json(list(found)) if options["json"] else self._write_lines(found)
        if Level.FAIL in levels:
            sys.exit(1)

    def _write_json(self, found: list[Finding]) -> set[Level]:
        self.stdout.write(json.dumps([asdict(finding) for finding in found], indent=2))
        return {finding.level for finding in found}

    def _write_lines(self, found: Iterable[Finding]) -> set[Level]:
        """Each line as soon as it is known: a provider that does not answer takes its time."""
        paint = {Level.OK: self.style.SUCCESS, Level.WARN: self.style.WARNING, Level.FAIL: self.style.ERROR}
        levels = set()
        for finding in found:
            levels.add(finding.level)
            self.stdout.write(f"{paint[finding.level](f'{finding.level:4}')}  {finding.name:12}  {finding.text}")
        return levels
