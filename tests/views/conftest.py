"""What every test of a page gets: the people, an engine that lives, a picture."""

import io

import pytest
from PIL import Image

from studio.models import WorkerHeartbeat
from tests.views.cast import Cast, cast, strict_templates

__all__ = ["cast", "strict_templates"]


@pytest.fixture
def running_engine(cast: Cast) -> None:
    """A sign of life, so that no page has to explain a silent engine."""
    WorkerHeartbeat.objects.create(name="engine:1", provider="simulator")


@pytest.fixture
def picture() -> bytes:
    """A PNG of 1280 by 720 pixels."""
    target = io.BytesIO()
    Image.new("RGB", (1280, 720), (200, 120, 40)).save(target, "PNG")
    return target.getvalue()
