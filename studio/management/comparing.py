"""The provider's account beside catalog, settings and what the engine has noticed: each difference is a finding."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError

from studio.management.checkup.findings import Finding, Level
from studio.management.checkup.provider import ask
from studio.management.smoke.shapes import named
from studio.models import PriceDrift, RefusedModel, Surprise
from studio.providers.base import Organization
from studio.providers.catalog import MODELS
from studio.providers.errors import NotSupported, ProviderError, Reason
from studio.providers.runway.account import NOT_OFFERED
from studio.providers.runway.version import API
from studio.sync.gateway import account_mark, key_and_address
from studio.sync.limits import own_limit

TELLS_NOTHING = "This provider tells neither models, limits nor balance: there is nothing to compare."


def compare(*, now: datetime) -> list[Finding]:
    """All findings, the account's first. Asks the provider once, for nothing."""
    try:
        organization = asyncio.run(ask())
    except NotSupported:
        return [Finding("account", Level.OK, TELLS_NOTHING), *_noticed()]
    except ProviderError as error:
        return [_trouble(error), *_noticed()]
    return [
        _balance(organization),
        *_models(organization),
        *_limits(organization),
        _version(organization, now=now),
        *_noticed(),
    ]


def _trouble(error: ProviderError) -> Finding:
    address = key_and_address()[1]
    if error.reason is Reason.VERSION_REFUSED:
        text = f"{address} does not answer API version {API.header} any more: update Dailies."
        return Finding("version", Level.FAIL, text)
    status = f" (HTTP {error.status})" if error.status else ""
    return Finding("account", Level.FAIL, f"{address} does not tell: {error.reason.replace('_', ' ')}{status}.")


def _balance(organization: Organization) -> Finding:
    credits = organization.credit_balance
    text = f"{credits:,} credits are left at {key_and_address()[1]}."
    return Finding("balance", Level.OK if credits > 0 else Level.WARN, text)


def _models(organization: Organization) -> Iterator[Finding]:
    """The account's list is no list of what can be asked for: it holds retired names, and all that makes sound."""
    listed = set(organization.limits)
    if not listed:
        yield Finding("models", Level.WARN, "The account lists no models.")
        return
    new = sorted(listed - MODELS.keys() - NOT_OFFERED)
    if new:
        text = f"Listed by the account and unknown to this version: {named(new)}. Add them by an override file."
        yield Finding("models", Level.WARN, text)
    active = {name for name, model in MODELS.items() if not model.is_retired}
    missing = sorted(active - listed)
    if missing:
        text = f"In the catalog and not listed by the account: {named(missing)}. Takes of these may be refused."
        yield Finding("models", Level.WARN, text)
    if not new and not missing:
        yield Finding("models", Level.OK, f"The account lists all {len(active)} models of the catalog, and none new.")


def _limits(organization: Organization) -> Iterator[Finding]:
    ours_of = {"at a time": settings.PROVIDER_MAX_CONCURRENT, "a day": settings.PROVIDER_MAX_DAILY}
    found = [line for words, ours in ours_of.items() for line in _loose(organization, ours, words=words)]
    for text in found:
        yield Finding("limits", Level.WARN, text)
    if not found:
        yield Finding("limits", Level.OK, "The studio's own limits are within those of the account.")


def _loose(organization: Organization, ours: Mapping[str, int], *, words: str) -> Iterator[str]:
    """Own limits that bind nothing, since the account allows fewer; and those of models that it does not list."""
    looser: dict[tuple[int, int], list[str]] = {}
    for name, limits in sorted(organization.limits.items()):
        own = own_limit(ours, name)
        theirs = limits.max_concurrent if words == "at a time" else limits.max_daily
        if own is not None and theirs is not None and own > theirs and name in MODELS:
            looser.setdefault((own, theirs), []).append(name)
    for (own, theirs), names in looser.items():
        yield f"{named(names)}: our own limit of {own:,} {words} is above the account's {theirs:,}, which binds."
    unlisted = sorted(ours.keys() - {""} - organization.limits.keys())
    if unlisted and organization.limits:
        yield f"{named(unlisted)}: we have a limit {words} of our own, and the account does not list them."


def _version(organization: Organization, *, now: datetime) -> Finding:
    days = (now.date() - API.known_on).days
    text = f"API version {API.header} is answered; it was last compared with Runway's pages on {API.known_on}"
    if organization.new_fields:
        text += f". New in the account's answer: {named(list(organization.new_fields))}"
        return Finding("version", Level.WARN, f"{text}.")
    return Finding("version", Level.OK, f"{text}, {days} days ago.")


def _noticed() -> Iterator[Finding]:
    """What the engine has written down, where there is a database."""
    try:
        yield from _refused()
        drifts = PriceDrift.objects.filter(acknowledged_at__isnull=True)
        for drift in drifts[:10]:
            text = f"{drift.model} {drift.mark}: {drift.our_credits:,} here, {drift.provider_credits:,} there."
            yield Finding("prices", Level.WARN, f"{text} Takes settle on the provider's number.")
        for surprise in Surprise.objects.filter(acknowledged_at__isnull=True)[:10]:
            text = f"{surprise} in answers of “{surprise.where}”, {surprise.count:,} times."
            yield Finding("surprises", Level.WARN, text)
    except DatabaseError:
        yield Finding("database", Level.WARN, "What the engine has noticed cannot be read: mend the database first.")


def _refused() -> Iterator[Finding]:
    for row in RefusedModel.objects.filter(provider=settings.VIDEO_PROVIDER, account=account_mark()):
        since = f"{row.first_seen_at:%Y-%m-%d}"
        text = f"{row.model} is refused to this account since {since}: {row.get_code_display().lower()}."
        yield Finding("models", Level.WARN, text)
