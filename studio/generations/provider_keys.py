"""The keys of teams: how they are stored, and which key a team's takes are sent with.

A key is encrypted under PROVIDER_KEYS_SECRET and opened by engines and workers alone. Everybody else knows its mark,
which names it without telling it, and its last four characters.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import Team, User
from studio.enums import StatusCode
from studio.generations.nudge import nudge
from studio.models import Generation, ProviderKey
from studio.models.provider_key import ProviderKeyQuerySet

COMET = "cometapi"
FORGOTTEN_AFTER = timedelta(hours=1)
"""Longer than an engine may still send with a key that has just been retired."""
log = structlog.get_logger()


class UnreadableKey(Exception):
    """No secret of PROVIDER_KEYS_SECRET opens it, or it has been forgotten."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The teams whose takes go by one key: those named, or all others."""

    teams: frozenset[int] = frozenset()
    is_others: bool = True

    @property
    def rows(self) -> Q:
        """The condition on takes."""
        named = Q(team__in=self.teams)
        if not self.is_others:
            return named
        return ~named if self.teams else Q()


EVERYBODY = Whose()


def provider_address() -> str:
    """Where the provider of the settings is."""
    is_comet = settings.VIDEO_PROVIDER == COMET
    address: str = settings.COMETAPI_BASE_URL if is_comet else settings.RUNWAYML_BASE_URL
    return address


def mark_of(key: str, *, on_behalf_of: str = "") -> str:
    """Names the account whose tasks and uploads can be used, without telling its key.

    A team that gives a name to be told acts for itself, although another may have the same key.
    """
    named = f" {on_behalf_of}" if on_behalf_of else ""
    return hashlib.sha256(f"{provider_address()} {key}{named}".encode()).hexdigest()[:16]


def can_store() -> bool:
    """Whether keys of teams can be stored here at all."""
    return bool(settings.PROVIDER_KEYS_SECRET)


def _box() -> MultiFernet:
    """Raises UnreadableKey where there is no secret."""
    if not can_store():
        raise UnreadableKey
    digests = (hashlib.sha256(secret.encode()).digest() for secret in settings.PROVIDER_KEYS_SECRET)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def opened(ciphertext: str) -> str:
    """The key. Raises UnreadableKey."""
    try:
        return _box().decrypt(ciphertext.encode()).decode()
    except InvalidToken:
        raise UnreadableKey from None


def keys_here() -> ProviderKeyQuerySet:
    """The keys, retired ones too, for the provider of the settings."""
    return ProviderKey.objects.filter(provider=settings.VIDEO_PROVIDER)


def key_of(team: Team) -> ProviderKey | None:
    """The team's active key, with who entered it."""
    return keys_here().active().filter(team=team).select_related("created_by").first()


@transaction.atomic
def enter_key(team: Team, *, key: str, on_behalf_of: str, by: User, now: datetime) -> ProviderKey:
    """The team's key from now on; the one before is retired. The same one again is asked about once more."""
    Team.objects.select_for_update().get(pk=team.pk)
    mine = keys_here().active().filter(team=team)
    account = mark_of(key, on_behalf_of=on_behalf_of)
    nudge()
    record(AuditAction.KEY_ENTERED, by=by, team=team, target=f"key that ends with {key[-4:]}")
    if mine.filter(account=account).update(checked_at=None, ciphertext=_sealed(key)):
        return mine.get()
    mine.update(retired_at=now)
    entered = ProviderKey.objects.create(
        team=team,
        provider=settings.VIDEO_PROVIDER,
        ciphertext=_sealed(key),
        account=account,
        last_four=key[-4:],
        on_behalf_of=on_behalf_of,
        created_by=by,
        created_at=now,
    )
    log.info("key.entered", team_id=team.pk, key_id=entered.pk, by_id=by.pk)
    return entered


def _sealed(key: str) -> str:
    return _box().encrypt(key.encode()).decode()


@transaction.atomic
def retire_key(team: Team, *, by: User, now: datetime) -> bool:
    """The team has no key of its own any more; False when it had none."""
    active = keys_here().active().filter(team=team)
    last_four = active.values_list("last_four", flat=True).first()
    retired = active.update(retired_at=now)
    if retired:
        record(AuditAction.KEY_RETIRED, by=by, team=team, target=f"key that ends with {last_four}")
        log.info("key.retired", team_id=team.pk, by_id=by.pk)
        nudge()
    return bool(retired)


def record_check(*, account: str, code: StatusCode, balance_credits: int | None, now: datetime) -> None:
    """What the provider says of a key, for its page. Without a balance the last one known stays."""
    known = {} if balance_credits is None else {"balance_credits": balance_credits}
    keys_here().active().filter(account=account).update(checked_at=now, check_code=code, **known)


def forget_retired(*, now: datetime) -> int:
    """Empty the retired keys by which no open take was sent; how many. Their marks stay."""
    waiting = Generation.objects.open().filter(provider=OuterRef("provider"), account=OuterRef("account"))
    old = ProviderKey.objects.filter(retired_at__lt=now - FORGOTTEN_AFTER).exclude(ciphertext="")
    gone = list(old.exclude(Exists(waiting)).values_list("pk", flat=True))
    count = ProviderKey.objects.filter(pk__in=gone).update(ciphertext="") if gone else 0
    if count:
        log.info("key.forgotten", keys=count)
    return count


def unreadable_keys() -> list[ProviderKey]:
    """Stored keys that no present secret opens."""
    stored = ProviderKey.objects.exclude(ciphertext="").select_related("team").order_by("pk")
    return [one for one in stored if not _is_readable(one)]


def _is_readable(one: ProviderKey) -> bool:
    try:
        opened(one.ciphertext)
    except UnreadableKey:
        return False
    return True


@transaction.atomic
def encrypt_anew() -> tuple[int, int]:
    """Encrypt all stored keys under the first secret: how many were, and how many no secret opens."""
    box, lost = _box(), 0
    rows = list(ProviderKey.objects.select_for_update().exclude(ciphertext="").order_by("pk"))
    for one in rows:
        try:
            one.ciphertext = box.rotate(one.ciphertext.encode()).decode()
        except InvalidToken:
            lost += 1
            continue
        one.save(update_fields=["ciphertext"])
    return len(rows) - lost, lost


def sends_with(account: str) -> Q:
    """The condition on takes that wait: their teams send with this key."""
    owners = keys_here().active()
    teams = list(owners.filter(account=account).values_list("team", flat=True))
    if teams:
        return Q(team__in=teams)
    return ~Q(team__in=owners.values("team"))
