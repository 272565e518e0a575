"""The provider: where it is, whether it takes the key, and what the key may do."""

import asyncio
import contextlib

from django.conf import settings
from django.db import DatabaseError

from studio.generations.provider_keys import keys_here
from studio.management.checkup.findings import Verdict, fail, ok, warn
from studio.providers.addresses import loopback_origin
from studio.providers.base import ModelLimits, Organization
from studio.providers.catalog import active_models
from studio.providers.errors import NotSupported, ProviderError, Reason, TaskNotFound, Unreachable
from studio.providers.runway.version import API
from studio.sync.gateway import key_and_address, open_provider
from studio.sync.limits import own_limit

MODELS_TO_SHOW = 3
NAMES = {"cometapi": "CometAPI"}
NO_KEY = "{} is not set: nothing can be generated. Set it, or VIDEO_PROVIDER=simulator to try for free."
NOT_HTTPS = "{} is not https: the key would travel in the clear. Correct it."
TEAMS_GO_ON = "Teams with keys of their own go on."
NOBODYS_TASK = "00000000-0000-4000-8000-000000000000"
TELLS_NOTHING = (
    "takes the key. It tells neither credits, limits nor usage: PROVIDER_MAX_CONCURRENT and PROVIDER_MAX_DAILY alone "
    "bound the takes, costs are estimated by the price list, a running take cannot be cancelled, and an admin decides "
    "about a take that was sent and got no answer."
)


def check_provider() -> Verdict:
    """Whether takes can be sent. The key itself is never shown."""
    unfit = why_not_ask()
    if unfit:
        return fail(unfit) if not is_safe() or not _have_teams_keys() else warn(f"{unfit} {TEAMS_GO_ON}")
    try:
        organization = asyncio.run(ask())
    except NotSupported:
        return _without_account()
    except ProviderError as error:
        return _trouble(error)
    return _welcome(organization, is_local=_is_local())


def why_not_ask() -> str:
    """Why the provider must not be asked with these settings: no key, or one that would travel in the clear; or ""."""
    if not key_and_address()[0]:
        return NO_KEY.format(settings.PROVIDER_KEY_NAME)
    return "" if is_safe() else NOT_HTTPS.format(settings.PROVIDER_URL_NAME)


def is_safe() -> bool:
    """Whether a key may travel to where the provider is."""
    return _is_local() or key_and_address()[1].startswith("https://")


def _have_teams_keys() -> bool:
    try:
        return keys_here().active().exists()
    except DatabaseError:
        return False


def _is_local() -> bool:
    return loopback_origin(key_and_address()[1]) is not None


async def ask() -> Organization:
    """What the provider says of the key. Raises its errors."""
    provider = open_provider()
    try:
        return await provider.organization()
    finally:
        await provider.aclose()


def _without_account() -> Verdict:
    """Of a provider that tells nothing of the key: whether it takes it, by reading a task that is nobody's."""
    try:
        asyncio.run(_read_nobodys_task())
    except ProviderError as error:
        return _trouble(error)
    return ok(f"{_place()} {TELLS_NOTHING}")


async def _read_nobodys_task() -> None:
    provider = open_provider()
    try:
        with contextlib.suppress(TaskNotFound):
            await provider.fetch(NOBODYS_TASK)
    finally:
        await provider.aclose()


def _trouble(error: ProviderError) -> Verdict:
    if error.reason is Reason.KEY_REFUSED:
        return fail(
            f"{_place()} refuses the key. Set {settings.PROVIDER_KEY_NAME} to one that is valid; takes wait until then."
        )
    if error.reason is Reason.VERSION_REFUSED:
        return fail(
            f"{_place()} does not answer API version {API.header} any more; takes wait. Update Dailies: this version "
            f"was compared with the provider's pages on {API.known_on}."
        )
    if isinstance(error, Unreachable):
        return fail(f"{_place()} does not answer. {_what_to_start()}")
    status = f" (HTTP {error.status})" if error.status else ""
    return warn(f"{_place()} asks to wait{status}: {error.reason.replace('_', ' ')}. Try again in a minute.")


def _place() -> str:
    return f"{NAMES.get(settings.VIDEO_PROVIDER) or settings.VIDEO_PROVIDER.capitalize()} at {key_and_address()[1]}"


def _what_to_start() -> str:
    if settings.VIDEO_PROVIDER == "simulator":
        return "Start it: python manage.py simulate_runway."
    return f"Check the network, the provider's status page and {settings.PROVIDER_URL_NAME}."


def _welcome(organization: Organization, *, is_local: bool) -> Verdict:
    known = [model for model in active_models() if model.name in organization.limits]
    known.sort(key=lambda model: (model.name not in _named_models(), not model.is_in_composer))
    shown = [model.name for model in known[: max(MODELS_TO_SHOW, len(_named_models()))]]
    limits = "".join(f"; {name}: {_limit(name, organization.limits[name])}" for name in shown)
    text = f"{_place()} takes the key: {organization.credit_balance:,} credits{limits}."
    if not organization.credit_balance:
        return warn(f"{text} Buy credits there: takes will be refused.")
    if is_local and settings.VIDEO_PROVIDER != "simulator":
        return warn(f"{text} That is this machine, not Runway: unset {settings.PROVIDER_URL_NAME} to make real clips.")
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
