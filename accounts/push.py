"""The browsers that take pushes for a person."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import PushSubscription, User

MOST_BROWSERS = 20
SESSION_MARK = "push_browser"
AGENT_LENGTH = 200


@transaction.atomic
def subscribe(user: User, *, endpoint: str, p256dh: str, auth: str, agent: str) -> PushSubscription:
    """This browser takes the person's pushes from now on, and nobody else's who has used it before.

    Beyond 20 browsers the oldest are forgotten.
    """
    PushSubscription.objects.filter(endpoint=endpoint, auth=auth).exclude(user=user).delete()
    found, _ = PushSubscription.objects.update_or_create(
        user=user,
        endpoint=endpoint,
        defaults={"p256dh": p256dh, "auth": auth, "agent": agent[:AGENT_LENGTH]},
    )
    kept = list(user.push_subscriptions.order_by("-pk").values_list("pk", flat=True)[:MOST_BROWSERS])
    user.push_subscriptions.exclude(pk__in=kept).delete()
    return found


def stop_with_session(user: User, session: Mapping[str, Any]) -> None:
    """The browser in which the person signs out shows none of their notices any more."""
    if mark := session.get(SESSION_MARK):
        user.push_subscriptions.filter(public_id=mark).delete()


def unsubscribe(user: User, *, public_id: UUID | None = None, endpoint: str = "") -> int:
    """A browser of the person, named by its id or by its endpoint, takes no pushes any more. How many those were."""
    wanted = user.push_subscriptions.all()
    rows = wanted.filter(public_id=public_id) if public_id else wanted.filter(endpoint=endpoint)
    return rows.delete()[0]
