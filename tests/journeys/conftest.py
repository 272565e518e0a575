"""A house into which nobody has moved yet."""

from pathlib import Path

import pytest

from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.journeys.house import House


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file of a house into which nobody has moved yet; the others begin as its copies."""
    with served(lambda url: Remote(base_url=url)) as remote:
        house = House(folder=tmp_path_factory.mktemp("settled"), remote=remote, url=remote.base_url)
        house.settle_in()
    return house.database
