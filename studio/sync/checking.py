"""Takes that are "Checking": asks the provider now and then what was charged, and concludes what is certain.

It reads alone. No create is ever sent from here.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import structlog

from studio.generations import checking, readings
from studio.generations.checking import Key
from studio.generations.evidence import A_DAY, Unknown
from studio.providers.errors import NotSupported, ProviderError
from studio.sync.chores import Chore
from studio.sync.context import Bench, in_database

CHECK_S = 300.0
FRESH_FOR = timedelta(seconds=CHECK_S * 0.9)
MOST_DAYS_BACK = 88
log = structlog.get_logger()


async def check(bench: Bench) -> int:
    """One look at all takes of this key that are "Checking": how many were found not to have been charged.

    Weighed once before the provider is asked, since takes that were under way at the last reading may have ended by
    now, and once after it. Safe to repeat, and for many engines at the same moment.
    """
    key = Key(bench.provider_name, bench.account)
    unknowns = await in_database(checking.unknown_takes)(key)
    if not unknowns:
        return 0
    given_back = await in_database(checking.judge)(key, now=bench.now())
    if not await _is_fresh(bench, key):
        await _read_usage(bench, key, unknowns)
        await _read_balance(bench, key)
        given_back += await in_database(checking.judge)(key, now=bench.now())
    log.info("checking.done", takes=len(unknowns), given_back=given_back)
    return given_back


async def _is_fresh(bench: Bench, key: Key) -> bool:
    """Whether another engine has just asked."""
    last = await in_database(readings.last_usage_at)(**key.fields)
    return last is not None and bench.now() - last < FRESH_FOR


async def _read_usage(bench: Bench, key: Key, unknowns: list[Unknown]) -> None:
    """Past `Bench.ask`: a provider without such an answer is not a provider in trouble."""
    today = bench.now().date()
    start = max(unknowns[0].sent_at.date() - A_DAY, today - MOST_DAYS_BACK * A_DAY)
    try:
        usage = await bench.peace.keep("usage", lambda: bench.provider.usage(start, today + A_DAY))
    except NotSupported:
        return  # no evidence is to be had here: a person decides
    except ProviderError as error:
        log.warning("checking.no_usage", error=str(error))
        return
    models = {one.model for one in unknowns}
    await in_database(readings.record_usage)(usage, **key.fields, models=models, now=bench.now())


async def _read_balance(bench: Bench, key: Key) -> None:
    try:
        organization = await bench.peace.keep("organization", bench.provider.organization)
    except NotSupported:
        return
    except ProviderError as error:
        log.warning("checking.no_balance", error=str(error))
        return
    await in_database(readings.record_balance)(organization.credit_balance, **key.fields, now=bench.now())


@dataclass(slots=True)
class Checks(Chore):
    """An engine's checks. What one that was ended has not concluded, the next one does."""

    name: ClassVar[str] = "checking"

    every_s: float = CHECK_S

    async def work(self) -> int:
        """Each key in turn."""
        return sum([await check(bench) for bench in self.bench.all()])
