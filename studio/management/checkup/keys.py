"""The keys of teams: whether each can be opened here, and whether the provider takes it."""

import asyncio

from django.conf import settings

from studio.generations.provider_keys import UnreadableKey, keys_here, opened, unreadable_keys
from studio.management.checkup.findings import Verdict, fail, ok, warn
from studio.management.checkup.provider import NOT_HTTPS, is_safe
from studio.models import ProviderKey
from studio.providers.errors import NotSupported, ProviderError, Reason
from studio.sync.gateway import open_provider_with

MEND = "Set PROVIDER_KEYS_SECRET to what they were entered under, here and for web, engines and workers (docs/keys.md)."


def check_keys() -> Verdict:
    """Whether the takes of teams with keys of their own can be sent. No key is ever shown."""
    active = list(keys_here().active().select_related("team").order_by("team__name"))
    lost = unreadable_keys()
    if lost:
        return fail(f"Keys that cannot be opened: {len(lost)} ({', '.join(map(str, lost[:5]))}). {MEND}")
    if not active:
        return ok(_without_keys())
    if not is_safe():
        return fail(NOT_HTTPS.format(settings.PROVIDER_URL_NAME))
    told = [(_ask(one), one) for one in active]
    text = "; ".join(f"{one}: {answer or 'works'}" for answer, one in told)
    return warn(f"{text}. The takes of these teams wait.") if any(answer for answer, _ in told) else ok(f"{text}.")


def _without_keys() -> str:
    if settings.PROVIDER_KEYS_SECRET:
        return "No team has a key of its own."
    return "Teams cannot enter keys of their own: PROVIDER_KEYS_SECRET is not set."


def _ask(one: ProviderKey) -> str:
    """What is wrong with the key, or ""."""
    try:
        asyncio.run(_organization(one))
    except NotSupported:
        return ""
    except UnreadableKey:
        return "cannot be opened"
    except ProviderError as error:
        return "refused by the provider" if error.reason is Reason.KEY_REFUSED else "the provider does not answer"
    return ""


async def _organization(one: ProviderKey) -> None:
    provider = open_provider_with(opened(one.ciphertext), on_behalf_of=one.on_behalf_of)
    try:
        await provider.organization()
    finally:
        await provider.aclose()
