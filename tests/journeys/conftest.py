"""A house into which nobody has moved yet; and a person at a desk, with files to add."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.enums import Role
from studio.providers.base import MediaKind
from studio.simulator.clock import ManualClock
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.factories import join
from tests.journeys.desk import Desk
from tests.journeys.house import House
from tests.media.files import image_bytes
from tests.media.films import film, sound
from tests.stage import Stage
from tests.views.cast import signed_in, strict_templates

__all__ = ["strict_templates"]

Case = tuple[bytes, str]
"""Content, file name."""


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file of a house into which nobody has moved yet; the others begin as its copies."""
    with served(lambda url: Remote(base_url=url)) as remote:
        house = House(folder=tmp_path_factory.mktemp("settled"), remote=remote, url=remote.base_url)
        house.settle_in()
    return house.database


@pytest.fixture(scope="session")
def suitcase(tmp_path_factory: pytest.TempPathFactory) -> dict[MediaKind, Case]:
    """A small real file of each kind: an image of 640 × 360, three seconds of film and of sound."""
    folder = tmp_path_factory.mktemp("suitcase")
    return {
        MediaKind.IMAGE: (image_bytes(size=(640, 360)), "boat.png"),
        MediaKind.VIDEO: (film(folder / "boat.mp4", size=(320, 180), seconds=3).read_bytes(), "boat.mp4"),
        MediaKind.AUDIO: (sound(folder / "gulls.wav", codec="pcm_s16le", container="wav", seconds=3).read_bytes(),
                          "gulls.wav"),
    }  # fmt: skip


@pytest.fixture(scope="session")
def large_film(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Three seconds of 854 × 480, for models that take nothing smaller."""
    path = film(tmp_path_factory.mktemp("large") / "harbour.mp4", size=(854, 480), seconds=3)
    return path.read_bytes(), path.name


@pytest.fixture
def desk(db: None, strict_templates: None) -> Iterator[Desk]:
    """A creator at the studio page; the simulator's clock begins now, as the page's does."""
    stage = Stage(clock=ManualClock(timezone.now()))
    bob = join(stage.team, Role.CREATOR, email="bob@example.com", name="Bob")
    yield Desk(stage, signed_in(bob)).open()
    stage.close()
