"""Files to upload, and the files of a task as they are downloaded."""

import io
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import av
import httpx
from PIL import Image
from runwayml import RunwayML
from runwayml.lib.polling import NewTaskCreatedResponse
from runwayml.types.task_retrieve_response import Succeeded

from tests.simulator.footage import shot

WAIT_S = 60


def png(width: int = 640, height: int = 360) -> bytes:
    """A picture."""
    buffer = io.BytesIO()
    Image.effect_mandelbrot((width, height), (-2, -1.2, 1, 1.2), 9).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def film(duration_s: int = 2) -> bytes:
    """A film of 854x480 with sound, large enough for every model."""
    return shot(width=854, height=480, duration_s=duration_s, is_draft=True)


def tone(seconds: int) -> bytes:
    """A sound without a picture, as WAV."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame("s16", "mono", 8000 * seconds)
        frame.sample_rate = 8000
        frame.planes[0].update(bytes(2 * 8000 * seconds))
        container.mux(stream.encode(frame))
    return buffer.getvalue()


def uploaded(client: RunwayML, name: str, content: bytes) -> str:
    """The address of a file that the SDK has uploaded."""
    return client.uploads.create_ephemeral(file=(name, content)).uri


def finished(created: NewTaskCreatedResponse) -> Succeeded:
    """The task, once the SDK has waited for it."""
    task = created.wait_for_task_output(timeout=WAIT_S)
    assert isinstance(task, Succeeded)
    return task


def downloads(task: Succeeded) -> list[tuple[str, bytes]]:
    """All outputs of a task, each with what its name ends on."""
    found = []
    for link in task.output:
        answer = httpx.get(link, timeout=WAIT_S)
        assert answer.status_code == 200
        found.append((PurePosixPath(urlsplit(link).path).suffix.removeprefix("."), answer.content))
    return found
