"""Launches takes on the demo project, each with a seed of its own: `python -m tests.fleet.launch FIRST_SEED COUNT`."""

import os
import sys
import uuid
from dataclasses import replace

PROJECT = "first-film"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.config.settings")
    import django

    django.setup()
    first, count = (int(word) for word in sys.argv[1:])
    for seed in range(first, first + count):
        _launch(seed)


def _launch(seed: int) -> None:
    from django.utils import timezone

    from studio.generations.spec import default_spec
    from studio.generations.submit import submit_generation
    from studio.models import Project

    project = Project.objects.get(slug=PROJECT)
    spec = replace(default_spec(), prompt="A paper boat", duration_s=2, seed=seed)
    submit_generation(project, spec=spec, token=uuid.uuid4(), by=project.created_by, now=timezone.now())


if __name__ == "__main__":
    main()
