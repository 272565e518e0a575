"""The scenery for tests: made once a module, given to each test as if it were new."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from studio.models import WorkerHeartbeat
from tests.authorization.scenery import Scenery


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scenery]:
    """The rows, in a transaction around the whole module; what a test does to them is taken back after it."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # type: ignore[attr-defined]  # as Django's own TestCase does
        with around:
            yield Scenery()
            transaction.set_rollback(True)


@pytest.fixture
def scenery(house: Scenery, db: None, settings: Any) -> Scenery:
    """The rows, their files in this test's storage, and a secret for keys of teams."""
    settings.PROVIDER_KEYS_SECRET = ["a secret of forty characters, or of more"]
    WorkerHeartbeat.objects.update(seen_at=timezone.now())
    house.house.store()
    house.theirs.store()
    return house
