"""A purge beside an engine, and sweeps beside each other: real threads, on a database that both really share."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from studio.enums import State
from studio.generations import custody
from studio.generations.orphans import remove, take_holdings
from studio.media.inventory import find_object
from studio.models import Clip, Generation
from tests.factories import ClipFactory
from tests.generations.test_races import shared_database as shared_database  # noqa: PLC0414  # a fixture for all here
from tests.stage import Stage
from tests.sync.sweeping import digest_of

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


class Purger(threading.Thread):
    """Purges without a grace and without a pause, until it is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.rounds = 0
        self.removed: list[str] = []
        self.error: BaseException | None = None
        self._over = threading.Event()

    def run(self) -> None:
        try:
            while not self._over.is_set():
                until = timezone.now() + timedelta(hours=1)
                self.removed += [one.key for one in remove(take_holdings().orphans, until=until, settle_s=0)]
                self.rounds += 1
        except BaseException as error:  # told to the test
            self.error = error
        finally:
            connections.close_all()

    def stop(self) -> None:
        self._over.set()
        self.join()


def test_purging_without_pause_beside_an_engine_loses_no_clip() -> None:
    stage, purger = Stage(), Purger()
    purger.start()
    try:
        generations = [one for seed in range(8) for one in stage.launch_all(seed=seed)]
        clips = [stage.run_until_final(one).clip for one in generations]
    finally:
        purger.stop()
        stage.close()

    assert (purger.error, purger.removed) == (None, [])
    assert purger.rounds > 3
    assert {one.state for one in Generation.objects.all()} == {State.READY}
    assert [digest_of(clip.key) for clip in clips] == [clip.sha256 for clip in clips]
    assert all(find_object(clip.poster_key) for clip in clips)


def test_one_of_many_engines_may_ask_for_a_missing_clip() -> None:
    clip, now = ClipFactory.create(missing_since=timezone.now()), timezone.now()
    together = threading.Barrier(THREADS)

    def ask() -> Clip | None:
        try:
            together.wait()
            return custody.take_on(clip.pk, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(THREADS)]]

    assert [answer for answer in answers if answer] == [clip]
