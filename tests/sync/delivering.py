"""Takes of every way, as the provider delivers them: ordered at the simulator, then followed by the engine."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings

from studio.enums import InputRole, MediaKind, State, StatusCode, WayKind
from studio.media.keys import reference_key
from studio.media.store import put_bytes
from studio.models import Clip, Generation, GenerationReference, Reference
from tests.factories import ReferenceFactory
from tests.simulator.footage import shot
from tests.simulator.remotes import HEADERS, Client
from tests.stage import Stage

SHOT = {"model": "gen4.5", "promptText": "A fire", "ratio": "1280:720", "duration": 2, "seed": 1}
EDIT = {"model": "aleph2", "promptText": "Snow", "seed": 1}
STILL = {"model": "gen4_image", "promptText": "A lighthouse", "ratio": "1024:1024", "seed": 1}


def client_of(stage: Stage) -> Client:
    """Somebody with the engine's key."""
    return Client(stage.remote, headers=HEADERS | {"Authorization": f"Bearer {settings.RUNWAYML_API_SECRET}"})


def ordered(stage: Stage, body: dict[str, Any], *, way: WayKind, source: Clip | Reference | None = None) -> Generation:
    """A take that the provider renders by this body. `source` is sent along as the body's `videoUri`."""
    client = client_of(stage)
    if source:
        content = (Path(settings.MEDIA_ROOT) / source.key).read_bytes()
        body = {**body, "videoUri": client.upload(content, filename="source.mp4")}
    generation = stage.launch()
    if source:
        used = {"clip": source} if isinstance(source, Clip) else {"reference": source}
        GenerationReference.objects.create(generation=generation, role=InputRole.SOURCE, **used)
    Generation.objects.filter(pk=generation.pk).update(
        state=State.RUNNING,
        status_code=StatusCode.PROVIDER_PENDING,
        way=way,
        provider=settings.VIDEO_PROVIDER,
        provider_task_id=client.create(body, endpoint=way.value),
        submitted_at=stage.clock.now(),
        due_at=stage.clock.now(),
    )
    generation.refresh_from_db()
    return generation


def delivered(stage: Stage, body: dict[str, Any], *, way: WayKind, source: Clip | Reference | None = None) -> Clip:
    """The clip of such a take, ready."""
    generation = stage.run_until_final(ordered(stage, body, way=way, source=source), step_s=60)
    assert generation.state == State.READY, generation.status_code
    return generation.clip


def made_there(stage: Stage, clip: Clip) -> list[bytes]:
    """What the simulator made for it, in its order."""
    task = stage.remote.tasks[clip.generation.provider_task_id or ""]
    return [stage.remote.output_file(task, number=number).result() for number in range(task.plan.count)]


def path_of(key: str) -> Path:
    """Where it is stored."""
    return Path(settings.MEDIA_ROOT) / key


def sums(contents: list[bytes]) -> list[str]:
    """Their checksums."""
    return [hashlib.sha256(content).hexdigest() for content in contents]


def stored_sums(clip: Clip) -> list[str]:
    """The checksums of the stored originals, read from the storage."""
    return sums([path_of(file.key).read_bytes() for file in clip.files.all()])


def small_film(stage: Stage) -> Reference:
    """A video of the team of two seconds at 320 × 180, with sound."""
    content = shot()
    sha256 = sums([content])[0]
    key = reference_key(stage.team.public_id, sha256, "mp4")
    put_bytes(content, key=key, content_type="video/mp4")
    return ReferenceFactory.create(
        team=stage.team, kind=MediaKind.VIDEO, key=key, content_type="video/mp4", size_bytes=len(content),
        sha256=sha256, width=320, height=180, duration_ms=2000, fps=24, has_sound=True,
    )  # fmt: skip
