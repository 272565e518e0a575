"""Asks once a minute whether each key is well, and a new one at once: credits and limits, by a call that is free."""

import asyncio
import time
from dataclasses import dataclass, field

import structlog
from django.db import InterfaceError, OperationalError

from studio.enums import StatusCode
from studio.generations import provider_keys
from studio.generations.readings import record_balance
from studio.providers.base import Organization
from studio.providers.catalog import MODELS
from studio.providers.errors import NotSupported, ProviderError, TaskNotFound
from studio.sync.clocks import Clocks
from studio.sync.codes import is_about_the_key, key_code, waiting_code
from studio.sync.context import Bench, in_database
from studio.sync.keyring import Keyring
from studio.sync.limits import record_limits, record_own_limits

CHECK_S = 60.0
UNCHECKED_S = 3.0
FORGET_S = 600.0
NOBODYS_TASK = "00000000-0000-4000-8000-000000000000"
log = structlog.get_logger()


@dataclass(slots=True)
class KeyChecks:
    """Beside the passes: a provider that does not answer must not hold them up."""

    keyring: Keyring
    clocks: Clocks
    _asked_at: dict[str, float] = field(default_factory=dict)
    _asking: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _forgot_at: float = -FORGET_S

    def start_due(self) -> None:
        """Called in each pass; costs nothing when none is due or all are under way."""
        now = time.monotonic()
        for bench in self.keyring.all():
            every_s = UNCHECKED_S if bench.account in self.keyring.unchecked else CHECK_S
            task = self._asking.get(bench.account)
            if (task and not task.done()) or now - self._asked_at.get(bench.account, -CHECK_S) < every_s:
                continue
            self._asked_at[bench.account] = now
            self._asking[bench.account] = asyncio.create_task(self._ask(bench))

    async def wait(self) -> None:
        """Until those that are under way are done."""
        await asyncio.gather(*self._asking.values())

    async def stop(self) -> None:
        """End those that are under way."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _ask(self, bench: Bench) -> None:
        """A database that is away is asked again with the next minute's answer. The trouble of one key is not
        another's."""
        try:
            await self.ask(bench)
            if time.monotonic() - self._forgot_at >= FORGET_S:
                self._forgot_at = time.monotonic()
                await in_database(provider_keys.forget_retired)(now=bench.now())
        except (OperationalError, InterfaceError):
            return
        except Exception:
            log.exception("key.check_failed", account=bench.account)

    async def ask(self, bench: Bench) -> None:
        """Ask about one key, and keep what the provider says of it. Raises the database's errors."""
        asked_at = bench.now()
        try:
            organization = await bench.organization()
        except NotSupported:
            await self._keep_own_limits(bench)
        except ProviderError as error:
            code = key_code(error) if is_about_the_key(error) else waiting_code(error)
            await self._tell(bench, code, None)
        else:
            await self._keep(bench, organization)
            if bench is self.keyring.own:
                await self.clocks.compare(organization, asked_at=asked_at)

    async def _keep(self, bench: Bench, organization: Organization) -> None:
        key = {"provider": bench.provider_name, "account": bench.account}
        await in_database(record_limits)(
            organization,
            **key,
            now=bench.now(),
            most=bench.limits.most_at_a_time,
            most_a_day=bench.limits.most_a_day,
        )
        await in_database(record_balance)(organization.credit_balance, **key, now=bench.now())
        await self._tell(bench, StatusCode.NONE, organization.credit_balance)

    async def _keep_own_limits(self, bench: Bench) -> None:
        """A provider that tells no limits: the studio's own ones hold. A team's key is tried by reading a task that is
        nobody's."""
        await in_database(record_own_limits)(
            list(MODELS),
            provider=bench.provider_name,
            account=bench.account,
            now=bench.now(),
            most=bench.limits.most_at_a_time,
            most_a_day=bench.limits.most_a_day,
        )
        if bench is self.keyring.own:
            return
        try:
            await bench.ask(bench.provider.fetch(NOBODYS_TASK))
        except TaskNotFound:
            await self._tell(bench, StatusCode.NONE, None)
        except ProviderError as error:
            await self._tell(bench, waiting_code(error), None)

    async def _tell(self, bench: Bench, code: StatusCode, balance_credits: int | None) -> None:
        """Onto the team's page, where it is a team's key."""
        if bench is self.keyring.own:
            return
        await in_database(provider_keys.record_check)(
            account=bench.account, code=code, balance_credits=balance_credits, now=bench.now()
        )
