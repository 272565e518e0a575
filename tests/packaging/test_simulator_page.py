"""docs/simulator.md says what the simulator's cards, prices and scenarios say."""

import re
from pathlib import Path

import pytest

from studio.simulator.cards import ENDPOINTS, NOT_ENABLED, TABLES
from studio.simulator.comet.tags import TAGS
from studio.simulator.prices import TARIFFS
from studio.simulator.scenarios import FAILURES
from tests.packaging.simulator_page import table

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_table_of_an_endpoint_is_the_simulators_own(endpoint: str) -> None:
    assert table(endpoint) + "\n" in PAGE


def test_there_is_no_other_endpoint_and_no_other_model() -> None:
    named = re.findall(r"^### `POST /v1/(\w+)`$", PAGE, re.MULTILINE)
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE.partition("## Endpoints and models")[2].partition("\n## ")[0], re.M)

    assert named == list(ENDPOINTS)
    assert rows == [model for endpoint in ENDPOINTS for model in TABLES[endpoint]]


def test_prices_that_are_guesses_are_named() -> None:
    listed = PAGE.partition("<!-- guessed prices -->")[2].partition("\n\n")[0]

    assert re.findall(r"`([^`]+)`", listed) == [name for name, tariff in TARIFFS.items() if not tariff.is_confirmed]


def test_models_that_nobody_has_and_failures_and_tags_are_named() -> None:
    assert all(f"`{name}`" in PAGE for name in NOT_ENABLED)
    assert {name: failure.is_charged for name, failure in FAILURES.items()} == {
        name: said == "charged" for name, said in re.findall(r"^\| `(\w+)` \| [^|]* \| (charged|free) \|$", PAGE, re.M)
    }
    assert dict(re.findall(r"^\| `(comet_\w+)` \| (.*) \|$", PAGE, re.M)) == TAGS


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md", "docs/testing.md"])
def test_the_page_is_linked(page: str) -> None:
    assert "simulator.md)" in (ROOT / page).read_text(encoding="utf-8")
