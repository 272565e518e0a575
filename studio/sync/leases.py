"""Holding on to a row while it is worked on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from django.db import InterfaceError, OperationalError

from studio.generations.transitions import Claim
from studio.sync.claims import renew
from studio.sync.context import Bench, in_database


@asynccontextmanager
async def lease_kept(bench: Bench, claim: Claim) -> AsyncIterator[None]:
    """The claim's lease is renewed every third of its length until the block ends."""
    keeper = asyncio.create_task(_keep(bench, claim))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(bench: Bench, claim: Claim) -> None:
    """A database that is away is asked again a third later."""
    lease_s = bench.limits.lease_s
    while True:
        await asyncio.sleep(lease_s / 3)
        with suppress(OperationalError, InterfaceError):
            await in_database(renew)(claim, lease_s=lease_s, now=bench.now())
