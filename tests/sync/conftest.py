"""The stage of the engine's stories."""

from collections.abc import Callable, Iterator

import pytest

from tests.stage import Stage


@pytest.fixture
def make_stage(db: None) -> Iterator[Callable[..., Stage]]:
    """Makes stages in a scenario, and closes them."""
    made: list[Stage] = []

    def make(scenario: str = "normal", **options: object) -> Stage:
        made.append(Stage(scenario, **options))  # type: ignore[arg-type]  # the options of Stage
        return made[-1]

    yield make
    for stage in made:
        stage.close()


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    return make_stage()
