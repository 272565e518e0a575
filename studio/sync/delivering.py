"""What leaves the house: the engine sends notices by mail and push."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

import structlog
from django.conf import settings

from accounts import deliveries
from accounts.enums import Channel
from accounts.models import Delivery, PushSubscription
from studio.providers.addresses import Origin
from studio.providers.errors import ProviderError, Rejected
from studio.providers.push import Browser, Pusher, Signer, SubscriptionGone
from studio.sync.chores import Chore
from studio.sync.context import Bench, in_database
from studio.sync.mailing import Outcome, send_mails

DELIVER_S = 5.0
MOST_AT_ONCE = 40
PUSHES_AT_A_TIME = 8
TITLE = "Dailies"
log = structlog.get_logger()


async def deliver(bench: Bench, *, own: Origin | None = None) -> int:
    """Send what is due; how many have left. Engines that do so at the same moment send each once.

    One that was killed between sending and noting it sends it a second time, under the same mark: mail programs and
    browsers show it once. `own` is the origin on loopback of a test's push service.
    """
    due = await in_database(deliveries.claim_due)(limit=MOST_AT_ONCE, now=bench.now())
    mails = [one for one in due if one.channel == Channel.MAIL]
    pushes = [one for one in due if one.channel == Channel.PUSH]
    left = await asyncio.gather(_deliver_mails(bench, mails), _deliver_pushes(bench, pushes, own=own))
    if due:
        log.info("notices.delivered", due=len(due), mails=left[0], pushes=left[1])
    return sum(left)


async def _deliver_mails(bench: Bench, mails: list[Delivery]) -> int:
    if not mails:
        return 0
    outcomes = await asyncio.to_thread(send_mails, [one.notice for one in mails])
    for one, outcome in zip(mails, outcomes, strict=True):
        await in_database(NOTED[outcome])(one, now=bench.now())
    return outcomes.count(Outcome.SENT)


NOTED: dict[Outcome, Callable[..., bool]] = {
    Outcome.SENT: deliveries.mark_sent,
    Outcome.LATER: deliveries.put_off,
    Outcome.NEVER: deliveries.give_up,
}


async def _deliver_pushes(bench: Bench, pushes: list[Delivery], *, own: Origin | None) -> int:
    if not settings.PUSH_PRIVATE_KEY:
        for one in pushes:
            await in_database(deliveries.give_up)(one, now=bench.now())
        return 0
    if not pushes:
        return 0
    signer = Signer(private_key=settings.PUSH_PRIVATE_KEY, contact=settings.PUSH_CONTACT)
    pusher, places = Pusher(signer, own=own), asyncio.Semaphore(PUSHES_AT_A_TIME)
    try:
        return sum(await asyncio.gather(*(_push(bench, one, pusher, places) for one in pushes)))
    finally:
        await pusher.aclose()


async def _push(bench: Bench, delivery: Delivery, pusher: Pusher, places: asyncio.Semaphore) -> bool:
    """To each of the person's browsers. Sent when one of them took it; tried again when none did and one may yet."""
    browsers = list(delivery.notice.user.push_subscriptions.all())
    attempts = [_attempt(places, _send(pusher, delivery, one), one) for one in browsers]
    results = await asyncio.gather(*attempts)
    took = [one for one, result in zip(browsers, results, strict=True) if result is None]
    gone = [one for one, result in zip(browsers, results, strict=True) if isinstance(result, SubscriptionGone)]
    await in_database(deliveries.forget)(gone)
    if took:
        await in_database(deliveries.note_told)(took, now=bench.now())
        return await in_database(deliveries.mark_sent)(delivery, now=bench.now())
    later = [one for one in results if isinstance(one, ProviderError) and not isinstance(one, Rejected)]
    if later:
        wish_s = max((one.retry_after_s or 0.0) for one in later)
        await in_database(deliveries.put_off)(delivery, now=bench.now(), wish_s=wish_s)
    else:
        await in_database(deliveries.give_up)(delivery, now=bench.now())
    return False


def _send(pusher: Pusher, delivery: Delivery, to: PushSubscription) -> Callable[[], Awaitable[None]]:
    notice = delivery.notice
    content = {"title": TITLE, "body": notice.text, "url": f"/notices/{notice.public_id}/", "tag": notice.public_id.hex}
    browser = Browser(endpoint=to.endpoint, p256dh=to.p256dh, auth=to.auth)
    return lambda: pusher.send(browser, json.dumps(content).encode(), topic=notice.public_id.hex)


async def _attempt(
    places: asyncio.Semaphore, send: Callable[[], Awaitable[None]], to: PushSubscription
) -> Exception | None:
    """None when it was taken, else why not. The trouble of one browser touches no other."""
    async with places:
        try:
            await send()
        except SubscriptionGone as gone:
            return gone
        except ProviderError as error:
            log.warning("push.not_taken", subscription_id=to.pk, status=error.status, error=str(error))
            return error
        except Exception as error:
            log.exception("push.broken", subscription_id=to.pk)
            return error
        return None


@dataclass(slots=True)
class Deliveries(Chore):
    """An engine's deliveries. What one that was ended has claimed, another one sends when the lease is over."""

    name: ClassVar[str] = "delivering"

    every_s: float = DELIVER_S

    async def work(self) -> int:
        return await deliver(self.bench)
