"""Launches a take from a shell, the same way as the page."""

import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership, User
from studio.enums import MediaKind, State
from studio.errors import StudioError
from studio.generations.references import add_reference
from studio.generations.request import Spec, SpecInput
from studio.generations.sentences import known_code, sentence
from studio.generations.spec import default_spec, fresh_spec
from studio.generations.submit import submit_generation
from studio.generations.ways import nearest_way, roles_of
from studio.media.errors import BadUpload, StorageDown, StorageFull
from studio.media.store import copy_to
from studio.models import Generation, Project, Reference
from studio.providers.base import InputRole
from studio.providers.catalog import find_model

LOOK_AGAIN_S = 0.5
IMAGES = frozenset({MediaKind.IMAGE})


class Command(BaseCommand):
    help = "Launch a generation. The engine (sync_generations) must be running to carry it out."

    def add_arguments(self, parser: CommandParser) -> None:
        start = default_spec()
        parser.add_argument("prompt")
        parser.add_argument("--project", required=True, metavar="TEAM/PROJECT")
        parser.add_argument("--model", default=start.model)
        parser.add_argument("--ratio", help="By the provider's name, such as 1280:720; the model's usual if left out.")
        parser.add_argument("--resolution", help="For the models that have a choice.")
        parser.add_argument("--duration", type=int, metavar="SECONDS", help="The model's usual if left out.")
        parser.add_argument("--seed", type=int)
        parser.add_argument("--image", type=Path, metavar="FILE", help="The first frame.")
        parser.add_argument("--last-image", type=Path, metavar="FILE", help="The last frame.")
        parser.add_argument("--no-sound", action="store_true", help="For the models that have a choice.")
        parser.add_argument("--by", metavar="EMAIL", help="Who launches it; the team's first owner if left out.")
        parser.add_argument("--wait", action="store_true", help="Until it is ready, failed or cancelled.")
        parser.add_argument("--timeout", type=float, default=1800, metavar="SECONDS", help="With --wait.")
        parser.add_argument("--output", type=Path, metavar="FILE", help="Write the clip there; implies --wait.")

    def handle(self, *args: Any, **options: Any) -> None:
        project = _project(options["project"])
        by = _person(project, options["by"])
        generation = _launch(project, by, options)
        self.stdout.write(f"Generation: {generation.public_id} ({generation.quote_credits:,} credits held)")
        if options["wait"] or options["output"]:
            self._wait(generation, timeout_s=options["timeout"], output=options["output"])

    def _wait(self, generation: Generation, *, timeout_s: float, output: Path | None) -> None:
        said = ""
        deadline = time.monotonic() + timeout_s
        while generation.is_open:
            if time.monotonic() > deadline:
                raise CommandError("It is not finished yet. It goes on by itself: look at the studio page.")
            time.sleep(LOOK_AGAIN_S)
            generation.refresh_from_db()
            said = self._say(generation, said)
        if generation.state != State.READY:
            told = sentence(generation.status_code, was_sent=generation.submitted_at is not None)
            raise CommandError(f"{State(generation.state).label}. {told}")
        self._hand_over(generation, output)

    def _say(self, generation: Generation, said: str) -> str:
        """Print the state when it differs from what was said last."""
        word = State(generation.state).label
        if generation.status_code:
            word += f" ({known_code(generation.status_code).label.lower()})"
        if word != said:
            self.stdout.write(word)
        return word

    def _hand_over(self, generation: Generation, output: Path | None) -> None:
        clip = generation.clip
        self.stdout.write(f"Clip: /clips/{clip.public_id}/file ({clip}, {generation.cost_credits:,} credits charged)")
        if output:
            copy_to(clip.key, output)
            self.stdout.write(f"Written to {output}")


def _project(path: str) -> Project:
    team, _, slug = path.partition("/")
    project = Project.objects.select_related("team").filter(team__slug=team, slug=slug).first()
    if project is None:
        raise CommandError(f"There is no project “{path}”. Give it as TEAM/PROJECT, as in its address.")
    return project


def _person(project: Project, email: str | None) -> User:
    members = Membership.objects.select_related("user").filter(team=project.team, role__gte=Role.CREATOR)
    if email:
        members = members.filter(user__email=email.lower())
    if project.is_confidential:
        chosen = Q(project_memberships__project=project)
        members = members.filter(chosen | Q(role=Role.OWNER)).distinct()
    member = members.order_by("-role", "pk").first()
    if member is None:
        who = f"{email} may not" if email else "Nobody may"
        raise CommandError(f"{who} generate in {project.team.name}: a creator's role is needed.")
    return member.user


def _launch(project: Project, by: User, options: dict[str, Any]) -> Generation:
    try:
        spec = _spec(project, by, options)
        return submit_generation(project, spec=spec, token=uuid.uuid4(), by=by, now=timezone.now())[0]
    except BadUpload as error:
        raise CommandError(error.sentence) from error
    except (StudioError, StorageDown, StorageFull) as error:
        raise CommandError(str(error)) from error


def _spec(project: Project, by: User, options: dict[str, Any]) -> Spec:
    frames = {
        InputRole.FIRST: _reference(project, by, options["image"]),
        InputRole.LAST: _reference(project, by, options["last_image"]),
    }
    inputs = tuple(SpecInput(role=role, reference=found) for role, found in frames.items() if found)
    model = find_model(options["model"])
    start = default_spec()
    if model and model.ways:
        way = nearest_way(model, roles_of(inputs))
        start = fresh_spec(model, way)
        if way.has_sound_switch:
            start = replace(start, sound=not options["no_sound"])
    asked = {"ratio": options["ratio"], "resolution": options["resolution"], "duration_s": options["duration"]}
    said = {name: value for name, value in asked.items() if value is not None}
    return replace(start, model=options["model"], prompt=options["prompt"], seed=options["seed"], inputs=inputs, **said)


def _reference(project: Project, by: User, path: Path | None) -> Reference | None:
    if path is None:
        return None
    try:
        with path.open("rb") as handle:
            upload = File(handle, name=path.name)
            return add_reference(project.team, upload=upload, by=by, kinds=IMAGES, project=project)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
