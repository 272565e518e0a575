"""Numbers that are written in two places, since one may not import the other: they are the same."""

import re
import tomllib
from pathlib import Path

from studio import __version__
from studio.generations import vigil
from studio.providers.runway.client import CREATE_DEADLINE_S
from studio.providers.transport import USER_AGENT

ROOT = Path(__file__).resolve().parent.parent


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    image = re.search(r"image: dailies:(\S+)", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert image is not None

    assert (project["version"], image[1], USER_AGENT) == (__version__, __version__, f"Dailies/{__version__}")


def test_a_create_is_waited_for_as_long_as_readyz_believes() -> None:
    """The web may not import the client of a provider."""
    assert vigil.CREATE_DEADLINE.total_seconds() == CREATE_DEADLINE_S
