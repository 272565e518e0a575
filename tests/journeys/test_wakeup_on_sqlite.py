"""Where the database tells nobody anything, an engine looks for itself."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.db import connection  # noqa: F401  # the condition below names it

from studio.generations.nudge import nudge
from studio.sync.wakeup import listen


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="there a nudge is heard")
@pytest.mark.django_db(transaction=True)
def test_elsewhere_nobody_listens_and_nothing_breaks() -> None:
    nudge()
    woken = asyncio.Event()

    async_to_sync(listen)(woken)

    assert not woken.is_set()
