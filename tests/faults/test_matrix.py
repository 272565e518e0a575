"""The fault matrix: for each step and each fault, what is true when all is over."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from pytest_django.fixtures import Settings

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.models import Clip, Generation
from studio.simulator.shelf import FolderShelf
from tests.faults.cells import Fault, Step
from tests.faults.line import Call, Line
from tests.faults.stage import PAUSES_S, STILL_S, FaultStage
from tests.faults.striking import prepare
from tests.faults.table import CASES, IMPOSSIBLE, IN_PROCESS, Case, fresh
from tests.stage import GRANT

TRANSACTIONS = {Fault.DATABASE_GONE, Fault.DISK_FULL}


@pytest.fixture(scope="session")
def clip_shelf(tmp_path_factory: pytest.TempPathFactory) -> FolderShelf:
    """The simulator's clips, each rendered once for the whole matrix."""
    return FolderShelf(tmp_path_factory.mktemp("clips"))


@pytest.fixture
def line(settings: Settings) -> Iterator[Line]:
    line = Line()
    settings.RUNWAYML_BASE_URL = line.url
    yield line
    line.close()


@pytest.fixture
def make_stage(line: Line, clip_shelf: FolderShelf) -> Iterator[Callable[[str], FaultStage]]:
    made: list[FaultStage] = []

    def make(scenario: str) -> FaultStage:
        stage = FaultStage(scenario, line=line)
        stage.remote.clips._shelf = clip_shelf
        made.append(stage)
        return stage

    yield make
    for stage in made:
        stage.close()


def _params() -> Iterator[Any]:
    """Real transactions where the fault is the database's: a connection that ends takes a test's own with it."""
    for case in IN_PROCESS:
        is_real = case.fault in TRANSACTIONS
        yield pytest.param(case, id=case.name, marks=pytest.mark.django_db(transaction=is_real))


def test_every_cell_is_a_case_or_cannot_be() -> None:
    cells = set(itertools.product(Step, Fault))
    tested = {case.cell for case in CASES}

    assert len(cells) == 270
    assert tested & IMPOSSIBLE.keys() == set()
    assert tested | IMPOSSIBLE.keys() == cells
    assert all(IMPOSSIBLE.values())


def test_every_case_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize("case", list(_params()))
def test_a_fault_ends_as_the_table_says(
    make_stage: Callable[[str], FaultStage], monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    case = fresh(case)
    stage = make_stage("throttled" if case.step is Step.CANCEL else "normal")
    generation = _brought(stage, case)
    strikes = prepare(case, stage, monkeypatch)

    _carry_on(stage, generation)

    assert strikes() >= 1, "The fault was never met."
    _assert_ends(stage, generation, case)


def _brought(stage: FaultStage, case: Case) -> Generation:
    """A take, just before the step that the fault is to strike."""
    generation = stage.launch_with_image() if case.has_image else stage.launch()
    if case.step is Step.CANCEL:
        stage.run_pass()
        stage.cancel(generation)
    return generation


def _carry_on(stage: FaultStage, generation: Generation) -> None:
    """Passes of engines until nothing more happens, and some to see that nothing does."""
    for pause_s in PAUSES_S:
        _pass(stage, after_s=pause_s)
        if stage.is_settled(generation):
            break
    for _ in range(2):
        _pass(stage, after_s=STILL_S)
    generation.refresh_from_db()


def _pass(stage: FaultStage, *, after_s: float) -> None:
    """The engine's loop waits for a database that is away."""
    with suppress(OperationalError, InterfaceError):
        stage.run_pass(after_s=after_s)
    if not connection.in_atomic_block and not connection.is_usable():
        connection.close()


def _assert_ends(stage: FaultStage, generation: Generation, case: Case) -> None:
    folders = sorted(path.parts[0] for path in stage.stored_files())
    cost = 0 if case.cost is None else case.cost

    assert (State(generation.state), StatusCode(generation.status_code)) == case.ends
    assert (stage.line.seen[Call.CREATE], stage.line.bought) == (case.posts, case.bought)
    assert Clip.objects.filter(generation=generation).count() == case.clips
    assert stage.amounts(generation) == case.entries
    assert stage.balance == GRANT - (case.quote if case.cost is None else cost)
    assert generation.cost_credits == case.cost
    assert folders == sorted(case.objects)
    assert _assumed(generation) == ("" if case.cost_source == "provider" else case.cost_source)
    assert list(differences()) == []
    assert generation.lease_token is None
    assert list((Path(settings.VAR_DIR) / "tmp").rglob("*")) == []


def _assumed(generation: Generation) -> str:
    """Where the ledger says that the cost comes from, when the provider named none."""
    note = generation.entries.order_by("pk").values_list("note", flat=True).last() or ""
    return note.removeprefix("Estimated by ").partition(":")[0] if note.startswith("Estimated by ") else ""
