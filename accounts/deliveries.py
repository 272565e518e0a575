"""The only writer of deliveries after they were made: claimed, sent, put off, given up.

Each write holds for the claim alone under which it was made: an engine that was too slow changes nothing any more.
"""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import Prefetch, QuerySet

from accounts.enums import Channel, NoticeKind
from accounts.models import Delivery, Membership, PushSubscription, User

LEASE = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=1)
DOUBLINGS = 10
ABOUT_TAKES = frozenset({NoticeKind.TAKE_READY, NoticeKind.TAKE_FAILED})


def claim_due(*, limit: int, now: datetime) -> list[Delivery]:
    """Deliveries that are due, with notice, person and browsers: this caller's alone until the lease is over.

    Those that have become needless meanwhile are given up and left out.
    """
    browsers = Prefetch("notice__user__push_subscriptions", PushSubscription.objects.order_by("pk"))
    due = _waiting().filter(due_at__lte=now).select_related("notice__user").prefetch_related(browsers)
    mine = [one for one in due.order_by("due_at", "pk")[:limit] if _lease(one, until=now + LEASE)]
    needless = _needless(mine)
    for one in needless:
        give_up(one, now=now)
    return [one for one in mine if one not in needless]


def mark_sent(delivery: Delivery, *, now: datetime) -> bool:
    """It has left the house."""
    return bool(_held(delivery).update(sent_at=now))


def give_up(delivery: Delivery, *, now: datetime) -> bool:
    """It is not tried again."""
    return bool(_held(delivery).update(given_up_at=now))


def put_off(delivery: Delivery, *, now: datetime, wish_s: float | None = None) -> bool:
    """It is tried again: in a minute at first, then ever later, and not before `wish_s`. After a day it is given up."""
    doubled = FIRST_WAIT * 2 ** min(delivery.failures, DOUBLINGS)
    wait = min(max(doubled, timedelta(seconds=min(wish_s or 0.0, LONGEST_WAIT.total_seconds()))), LONGEST_WAIT)
    if now + wait > delivery.notice.created_at + GIVEN_UP_AFTER:
        return give_up(delivery, now=now)
    return bool(_held(delivery).update(failures=delivery.failures + 1, due_at=now + wait))


def note_told(browsers: list[PushSubscription], *, now: datetime) -> None:
    """These have taken a push."""
    PushSubscription.objects.filter(pk__in=[one.pk for one in browsers]).update(last_sent_at=now)


def forget(browsers: list[PushSubscription]) -> None:
    """These take none any more. One that has subscribed anew meanwhile has other keys, and stays."""
    for one in browsers:
        PushSubscription.objects.filter(pk=one.pk, p256dh=one.p256dh).delete()


def _waiting() -> QuerySet[Delivery]:
    return Delivery.objects.filter(sent_at=None, given_up_at=None)


def _held(delivery: Delivery) -> QuerySet[Delivery]:
    return _waiting().filter(pk=delivery.pk, due_at=delivery.due_at)


def _lease(delivery: Delivery, *, until: datetime) -> bool:
    is_mine = bool(_held(delivery).update(due_at=until))
    delivery.due_at = until
    return is_mine


def _needless(deliveries: list[Delivery]) -> list[Delivery]:
    """For people who are gone, have read it already, or may not know of it any more; mails to addresses that nobody
    has confirmed."""
    users = {one.notice.user for one in deliveries}
    confirmed = set(EmailAddress.objects.filter(user__in=users, verified=True).values_list("user_id", "email"))
    members = set(Membership.objects.filter(user__in=users).values_list("user_id", "team_id"))
    return [one for one in deliveries if not _is_wanted(one, confirmed=confirmed, members=members)]


def _is_wanted(delivery: Delivery, *, confirmed: set[tuple[int, str]], members: set[tuple[int, int]]) -> bool:
    notice = delivery.notice
    user: User = notice.user
    if not user.is_active or (notice.read_at and notice.kind != NoticeKind.SECURITY):
        return False
    if notice.kind in ABOUT_TAKES and (user.pk, notice.team_id) not in members:
        return False
    if delivery.channel == Channel.MAIL:
        return (user.pk, user.email) in confirmed
    return bool(user.push_subscriptions.all())
