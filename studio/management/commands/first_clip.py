"""The first clip of a project: the one that it has, or a new one."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from studio.models import Clip


class Command(BaseCommand):
    help = "Print the path of a project's first clip; make one with PROMPT when it has none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prompt")
        parser.add_argument("--project", required=True, metavar="TEAM/PROJECT")

    def handle(self, *args: Any, **options: Any) -> None:
        team, _, slug = options["project"].partition("/")
        clip = Clip.objects.filter(project__team__slug=team, project__slug=slug).order_by("pk").first()
        if clip is not None:
            self.stdout.write(f"Clip: /clips/{clip.public_id}/file")
            return
        call_command("generate", options["prompt"], project=options["project"], wait=True, stdout=self.stdout)
