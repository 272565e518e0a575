"""Keyring: a bench for each key that an engine may need: the installation's, and those of teams.

Read from the table every few seconds, so that a key that an owner enters, changes or retires needs no restart. A team
with a key of its own sends with that one; what is at the provider is read with the key that sent it.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from weakref import WeakValueDictionary

import structlog
from django.utils import timezone

from studio.enums import StatusCode
from studio.generations import provider_keys
from studio.generations.provider_keys import UnreadableKey, Whose, opened
from studio.models import ProviderKey
from studio.providers.base import Provider
from studio.sync.context import Bench, in_database
from studio.sync.gateway import open_provider_with

REFRESH_S = 3.0
OpenWith = Callable[..., Provider]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Found:
    """What the table says: the keys by their marks, who sends with which, and whose key cannot be opened."""

    keys: dict[str, "TeamKey"]
    senders: dict[int, str]
    owners: dict[str, int]
    unreadable: frozenset[int]
    unchecked: frozenset[str]


@dataclass(frozen=True, slots=True)
class TeamKey:
    """A key, opened. It is never shown."""

    key: str = field(repr=False)
    on_behalf_of: str = ""


@dataclass(slots=True)
class Keyring:
    """`own` is the installation's bench. `open_with` makes a provider with a key and the name that is told with it."""

    own: Bench
    open_with: OpenWith = open_provider_with
    _benches: dict[str, Bench] = field(default_factory=dict)
    _found: Found | None = None
    _read_at: float | None = None

    async def refresh(self) -> None:
        """Read the table again when that is due. Called in the loop on which the providers shall live; raises the
        database's errors."""
        if self._read_at is not None and time.monotonic() - self._read_at < REFRESH_S:
            return
        found = await in_database(read_keys)(self.own.account)
        for account in found.keys.keys() - self._benches.keys():
            self._benches[account] = self._bench(account, found.keys[account])
        gone = [self._benches.pop(account) for account in self._benches.keys() - found.keys.keys()]
        self._found, self._read_at = found, time.monotonic()
        for bench in gone:
            await bench.provider.aclose()

    def _bench(self, account: str, key: TeamKey) -> Bench:
        own = self.own

        def open_provider() -> Provider:
            return self.open_with(key.key, on_behalf_of=key.on_behalf_of)

        def now() -> datetime:
            return own.now()  # as it is then: a story sets it later

        return replace(
            own, provider=open_provider(), open_provider=open_provider, account=account, now=now,
            trouble=StatusCode.NONE, _no_create_before=None, _locks=WeakValueDictionary(),
        )  # fmt: skip

    def all(self) -> list[Bench]:
        """The installation's first."""
        return [self.own, *self._benches.values()]

    def of(self, account: str) -> Bench:
        """The bench of the key that a task was sent with. Without that one: what its team sends with now, if it was a
        team's key, else the installation's. Another key of the same account sees the same tasks."""
        known = self._benches.get(account)
        if known or self._found is None:
            return known or self.own
        team_id = self._found.owners.get(account)
        return (self.sender_of(team_id) if team_id is not None else None) or self.own

    def sender_of(self, team_id: int) -> Bench | None:
        """The bench that this team's takes are sent with; None where its key cannot be opened: never another's."""
        if self._found is None:
            return self.own
        if team_id in self._found.unreadable:
            return None
        account = self._found.senders.get(team_id)
        return self.own if account is None else self._benches.get(account)

    def lines(self) -> list[tuple[Bench, Whose]]:
        """Each key that takes are sent with, and whose."""
        if self._found is None or not (self._found.senders or self._found.unreadable):
            return [(self.own, provider_keys.EVERYBODY)]
        teams: dict[str, set[int]] = {}
        for team_id, account in self._found.senders.items():
            teams.setdefault(account, set()).add(team_id)
        elsewhere = frozenset(self._found.senders) | self._found.unreadable
        theirs = [(self._benches[account], Whose(frozenset(ids), is_others=False)) for account, ids in teams.items()]
        return [(self.own, Whose(elsewhere)), *theirs]

    @property
    def unreadable(self) -> frozenset[int]:
        """The teams whose key no secret opens: their takes wait."""
        return self._found.unreadable if self._found else frozenset()

    @property
    def unchecked(self) -> frozenset[str]:
        """Marks of keys that nobody has asked the provider about yet."""
        return self._found.unchecked if self._found else frozenset()

    async def aclose(self) -> None:
        """Close the connections of all keys but the installation's, which belong to whoever opened them."""
        for bench in self._benches.values():
            await bench.provider.aclose()
        self._benches.clear()


def read_keys(own_account: str) -> Found:
    """The keys that are needed now. Plain sync database work."""
    keys: dict[str, TeamKey] = {}
    senders: dict[int, str] = {}
    owners: dict[str, int] = {}
    unreadable: set[int] = set()
    rows = list(provider_keys.keys_here().order_by("pk"))
    if any(row.account == own_account for row in rows):
        rows = _set_apart(own_account)
    for row in rows:
        owners[row.account] = row.team_id
        if row.ciphertext and row.account not in keys:
            _open(row, keys)
        if row.is_active and row.account in keys:
            senders[row.team_id] = row.account
        elif row.is_active:
            unreadable.add(row.team_id)
    _tell_unreadable(row for row in rows if row.is_active and row.team_id in unreadable)
    unchecked = {row.account for row in rows if row.is_active and row.checked_at is None}
    return Found(keys, senders, owners, frozenset(unreadable), frozenset(unchecked))


def _set_apart(own_account: str) -> list[ProviderKey]:
    """A team has entered the installation's own key: it gets a mark of its own, so that trouble, limits and lines of
    the two are told apart. All keys, read anew."""
    mark = hashlib.sha256(f"{own_account} of a team".encode()).hexdigest()[:16]
    provider_keys.keys_here().filter(account=own_account).update(account=mark)
    return list(provider_keys.keys_here().order_by("pk"))


def _open(row: ProviderKey, keys: dict[str, TeamKey]) -> None:
    try:
        keys[row.account] = TeamKey(opened(row.ciphertext), row.on_behalf_of)
    except UnreadableKey:
        return


def _tell_unreadable(rows: Iterable[ProviderKey]) -> None:
    for row in rows:
        if row.check_code != StatusCode.KEY_UNREADABLE or row.checked_at is None:
            log.error("key.unreadable", team_id=row.team_id, key_id=row.pk, todo="check PROVIDER_KEYS_SECRET")
            provider_keys.record_check(
                account=row.account, code=StatusCode.KEY_UNREADABLE, balance_credits=None, now=timezone.now()
            )


def read_key(account: str) -> TeamKey | None:
    """The team's key of this mark; None where there is none that can be opened."""
    keys: dict[str, TeamKey] = {}
    for row in provider_keys.keys_here().filter(account=account).exclude(ciphertext=""):
        _open(row, keys)
    return keys.get(account)
