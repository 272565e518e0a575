"""Posters wait when clips do, and none is forgotten."""

import pytest
from pytest_django.fixtures import Settings

from studio.enums import State
from studio.generations import custody
from studio.media.errors import StorageDown
from studio.models import Clip, Generation, GenerationEvent
from studio.sync import outputs, posters, restoring
from tests.stage import GRANT, Stage
from tests.sync.sweeping import file_of, run_sweep

HOUR_S = 3600
TAKES = 3


@pytest.fixture
def one_place(settings: Settings) -> None:
    settings.ENGINE_STORING = 1


def away(*_: object, **__: object) -> None:
    raise StorageDown("no answer")


def finish_all(stage: Stage) -> None:
    """All takes end while the storage is away. When it is back they wait in front of the one place."""
    stage.remote.max_concurrent = None
    for _ in range(TAKES):
        stage.launch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "put_file", away)
        while Generation.objects.exclude(state=State.STORING).exists():
            stage.run_pass(after_s=60)
    stage.run_pass(after_s=HOUR_S)


def poster_events() -> int:
    return GenerationEvent.objects.filter(state=State.READY, detail={"file": "poster"}).count()


@pytest.mark.usefixtures("one_place")
def test_clips_that_wait_are_stored_first_and_get_their_posters_then(stage: Stage) -> None:
    finish_all(stage)

    assert Clip.objects.count() == TAKES
    assert all(file_of(clip.poster_key).stat().st_size == clip.poster_size_bytes for clip in Clip.objects.all())
    assert poster_events() in range(1, TAKES + 1)
    costs = [generation.cost_credits or 0 for generation in Generation.objects.all()]
    assert stage.balance == GRANT - sum(costs) < GRANT


def test_without_a_crowd_the_poster_is_there_at_once(stage: Stage) -> None:
    generation = stage.run_until_final(stage.launch())

    assert generation.clip.poster_key
    assert poster_events() == 0


@pytest.mark.usefixtures("one_place")
def test_the_sweep_makes_those_that_died_with_their_engine(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters.Posters, "start_if_idle", lambda _: None)
    finish_all(stage)
    monkeypatch.undo()
    bare = Clip.objects.filter(poster_key="").count()
    assert bare >= 1

    assert run_sweep(stage, after_s=HOUR_S).posters == bare
    assert not Clip.objects.filter(poster_key="").exists()
    assert run_sweep(stage, after_s=HOUR_S).posters == 0


@pytest.mark.usefixtures("one_place")
def test_a_storage_that_is_away_meanwhile_leaves_them_to_the_sweep(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "copy_to", away)
    finish_all(stage)
    bare = Clip.objects.filter(poster_key="").count()
    assert bare >= 1
    run_sweep(stage, after_s=HOUR_S)
    assert Clip.objects.filter(poster_key="").count() == bare

    monkeypatch.undo()
    assert run_sweep(stage, after_s=HOUR_S).posters == bare


def test_a_clip_of_which_none_can_be_made_is_tried_once(stage: Stage) -> None:
    clip = stage.run_until_final(stage.launch()).clip
    Clip.objects.filter(pk=clip.pk).update(poster_key="", poster_size_bytes=0)
    file_of(clip.key).write_bytes(bytes(clip.size_bytes))

    first, second = run_sweep(stage, after_s=HOUR_S), run_sweep(stage, after_s=HOUR_S)

    assert (first.posters, second.posters) == (1, 0)
    assert Clip.objects.get(pk=clip.pk).poster_key == ""


def test_two_that_make_the_same_poster_write_it_once(stage: Stage) -> None:
    clip = stage.run_until_final(stage.launch()).clip
    now = stage.clock.now()

    assert custody.shelf_without_poster(clip.generation_id) is None
    assert custody.replace_poster(clip.pk, old_key="", key="posters/other", size_bytes=1, now=now) is False
