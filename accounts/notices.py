"""The only writer of notices: what people are told, by page, mail and push."""

from accounts.enums import Channel, NoticeKind
from accounts.models import Delivery, Notice, Team, User

DEFAULTS: dict[NoticeKind, tuple[Channel, ...]] = {
    NoticeKind.TAKE_READY: (Channel.PAGE, Channel.PUSH),
    NoticeKind.TAKE_FAILED: (Channel.PAGE,),
    NoticeKind.HANDED_OVER: (Channel.PAGE, Channel.MAIL),
    NoticeKind.ROLE_CHANGED: (Channel.PAGE,),
    NoticeKind.JOINED: (Channel.PAGE,),
    NoticeKind.SECURITY: (Channel.PAGE, Channel.MAIL),
}
TEXT_LENGTH = 300


def channels_of(user: User, kind: NoticeKind) -> tuple[Channel, ...]:
    """How this person wants to be told about this kind."""
    chosen = user.notification_choices.get(kind.value)
    return DEFAULTS[kind] if chosen is None else tuple(channel for channel in Channel if channel.value in chosen)


def notify(user: User, kind: NoticeKind, text: str, *, url: str = "", team: Team | None = None) -> Notice | None:
    """A new notice and its deliveries, in the caller's transaction; None when the person wants none of this kind.

    `url` is a path of the site. The engine sends what leaves the house.
    """
    channels = channels_of(user, kind)
    if not (channels and user.is_active):
        return None
    notice = Notice.objects.create(
        user=user, team=team, kind=kind, text=text[:TEXT_LENGTH], url=url, is_on_page=Channel.PAGE in channels
    )
    Delivery.objects.bulk_create(
        Delivery(notice=notice, channel=channel) for channel in channels if channel is not Channel.PAGE
    )
    return notice
