"""docs/ways.md has each model in each of its ways, and every test that it names is there."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from studio.providers.base import WayKind
from studio.providers.catalog import active_models, find_model

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "ways.md").read_text(encoding="utf-8")
NONE, COMPOSER, MENU = "–", "composer", "clip's menu"
SHORT = dict(re.findall(r"^- `(\w+)` is `([\w./:]+)`", PAGE, re.MULTILINE))
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| `", line)]
IN_MENU = {WayKind.VIDEO, WayKind.PERFORMANCE, WayKind.UPSCALE, WayKind.HDR, WayKind.SOUND}


def full_name(cell: str) -> str:
    """The whole id of a test."""
    name = cell.strip("`")
    short = name.partition("[")[0]
    return name.replace(short, SHORT[short], 1) if short in SHORT else name


@cache
def collected(path: str) -> frozenset[str]:
    """The ids of the tests in a file, as pytest finds them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return frozenset(line for line in done.stdout.splitlines() if "::" in line)


def is_there(name: str) -> bool:
    """Whether there is such a test; browser tests are collected under the name of a browser as well."""
    return any(one == name or one.startswith(f"{name}[") for one in collected(name.partition("::")[0]))


def test_each_way_of_each_model_has_one_row() -> None:
    rows = [(model.strip("`"), way.strip("`")) for model, way, *_ in ROWS]

    assert rows == [(model.name, way.kind.value) for model in active_models() for way in model.ways]


@pytest.mark.parametrize(("column", "may_be_missing"), [(3, False), (4, False), (5, True)])
def test_every_test_that_is_named_is_there_and_is_this_ways(column: int, may_be_missing: bool) -> None:
    named = {(row[0].strip("`"), row[1].strip("`")): row[column] for row in ROWS}
    found = {key: full_name(cell) for key, cell in named.items() if cell != NONE}

    assert may_be_missing or len(found) == len(named)
    assert [name for name in found.values() if not is_there(name)] == []
    if not may_be_missing:
        parts = {key: name.partition("[")[2].rstrip("]") for key, name in found.items()}
        assert [key for key, part in parts.items() if not _is_of(part, *key)] == []


def _is_of(part: str, model: str, way: str) -> bool:
    """Whether the brackets of a test's id name this model and way."""
    return part == f"{way}-{model}" or part.startswith(f"{model}-{way}-")


def test_the_composer_offers_what_the_page_says() -> None:
    places = {(row[0].strip("`"), WayKind(row[1].strip("`"))): row[2].split(", ") for row in ROWS}

    for (name, kind), offered in places.items():
        model = find_model(name)
        assert model is not None
        assert (COMPOSER in offered) is model.is_in_composer, (name, kind)
        assert (MENU in offered) is (kind in IN_MENU), (name, kind)


def test_a_name_of_no_test_is_noticed() -> None:
    wrong = full_name("`made[text_to_video-no_such_model]`")

    assert wrong.startswith("tests/verification/test_every_model.py::")
    assert not is_there(wrong)
