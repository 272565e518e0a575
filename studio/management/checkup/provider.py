"""The provider: where it is, whether it takes the key, and what the key may do."""

import asyncio

from django.conf import settings

from studio.management.checkup.findings import Verdict, fail, ok, warn
from studio.providers.addresses import loopback_origin
from studio.providers.base import ModelLimits, Organization
from studio.providers.catalog import MODELS
from studio.providers.errors import ProviderError, Reason, Unreachable
from studio.sync.gateway import open_provider
from studio.sync.limits import own_limit

MODELS_TO_SHOW = 3
NO_KEY = (
    "RUNWAYML_API_SECRET is not set: nothing can be generated. Set it, or VIDEO_PROVIDER=simulator to try for free."
)
NOT_HTTPS = "RUNWAYML_BASE_URL is not https: the key would travel in the clear. Correct it."


def check_provider() -> Verdict:
    """Whether takes can be sent. The key itself is never shown."""
    unfit = why_not_ask()
    if unfit:
        return fail(unfit)
    try:
        organization = asyncio.run(ask())
    except ProviderError as error:
        return _trouble(error)
    return _welcome(organization, is_local=_is_local())


def why_not_ask() -> str:
    """Why the provider must not be asked with these settings: no key, or one that would travel in the clear; or ""."""
    if not settings.RUNWAYML_API_SECRET:
        return NO_KEY
    is_safe = _is_local() or settings.RUNWAYML_BASE_URL.startswith("https://")
    return "" if is_safe else NOT_HTTPS


def _is_local() -> bool:
    return loopback_origin(settings.RUNWAYML_BASE_URL) is not None


async def ask() -> Organization:
    """What the provider says of the key. Raises its errors."""
    provider = open_provider()
    try:
        return await provider.organization()
    finally:
        await provider.aclose()


def _trouble(error: ProviderError) -> Verdict:
    if error.reason is Reason.KEY_REFUSED:
        return fail(f"{_place()} refuses the key. Set RUNWAYML_API_SECRET to one that is valid; takes wait until then.")
    if isinstance(error, Unreachable):
        return fail(f"{_place()} does not answer. {_what_to_start()}")
    status = f" (HTTP {error.status})" if error.status else ""
    return warn(f"{_place()} asks to wait{status}: {error.reason.replace('_', ' ')}. Try again in a minute.")


def _place() -> str:
    return f"{settings.VIDEO_PROVIDER.capitalize()} at {settings.RUNWAYML_BASE_URL}"


def _what_to_start() -> str:
    if settings.VIDEO_PROVIDER == "simulator":
        return "Start it: python manage.py simulate_runway."
    return "Check the network, the provider's status page and RUNWAYML_BASE_URL."


def _welcome(organization: Organization, *, is_local: bool) -> Verdict:
    on_offer = sorted(name for name, model in MODELS.items() if model.retired_since is None)
    known = [name for name in on_offer if name in organization.limits]
    shown = sorted(known, key=lambda name: name not in _named_models())[: max(MODELS_TO_SHOW, len(_named_models()))]
    limits = "".join(f"; {name}: {_limit(name, organization.limits[name])}" for name in shown)
    text = f"{_place()} takes the key: {organization.credit_balance:,} credits{limits}."
    if not organization.credit_balance:
        return warn(f"{text} Buy credits there: takes will be refused.")
    if is_local and settings.VIDEO_PROVIDER != "simulator":
        return warn(f"{text} That is this machine, not Runway: unset RUNWAYML_BASE_URL to make real clips.")
    return ok(text)


def _named_models() -> set[str]:
    """Those for which the settings have a number of their own."""
    return {*settings.PROVIDER_MAX_CONCURRENT, *settings.PROVIDER_MAX_DAILY} - {""}


def _limit(model: str, limit: ModelLimits) -> str:
    """Its limits; where the studio has one too, both of them and which one binds."""
    at_a_time = "any number" if limit.max_concurrent is None else f"{limit.max_concurrent:,}"
    a_day = "no daily limit" if limit.max_daily is None else f"{limit.used_today:,} of {limit.max_daily:,} today"
    ours_at_a_time = _ours(own_limit(settings.PROVIDER_MAX_CONCURRENT, model), limit.max_concurrent)
    ours_a_day = _ours(own_limit(settings.PROVIDER_MAX_DAILY, model), limit.max_daily)
    return f"{at_a_time} at a time{ours_at_a_time}, {a_day}{ours_a_day}"


def _ours(ours: int | None, theirs: int | None) -> str:
    if ours is None:
        return ""
    binds = "ours" if theirs is None or ours < theirs else "the provider's"
    return f" (our own limit is {ours:,}: {binds} binds)"
