"""The only writer of notices: what people are told, by page, mail and push."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts.enums import Channel, NoticeKind
from accounts.models import Delivery, Notice, Team, User
from accounts.profile import change_profile

DEFAULTS: dict[NoticeKind, tuple[Channel, ...]] = {
    NoticeKind.TAKE_READY: (Channel.PAGE, Channel.PUSH),
    NoticeKind.TAKE_FAILED: (Channel.PAGE,),
    NoticeKind.HANDED_OVER: (Channel.PAGE, Channel.MAIL),
    NoticeKind.ROLE_CHANGED: (Channel.PAGE,),
    NoticeKind.JOINED: (Channel.PAGE,),
    NoticeKind.SECURITY: (Channel.PAGE, Channel.MAIL),
}
TEXT_LENGTH, URL_LENGTH = 300, 300
MOST_COUNTED = 100
"""More unread ones are not counted: nobody reads the difference."""


def channels_of(user: User, kind: NoticeKind) -> tuple[Channel, ...]:
    """How this person wants to be told about this kind."""
    chosen = user.notification_choices.get(kind.value)
    return DEFAULTS[kind] if chosen is None else tuple(channel for channel in Channel if channel.value in chosen)


def notify(
    user: User, kind: NoticeKind, text: str, *, url: str = "", team: Team | None = None, wait: timedelta = timedelta()
) -> Notice | None:
    """A new notice and its deliveries, in the caller's transaction; None when the person wants none of this kind.

    `url` is a path of the site. The engine sends what leaves the house, not before `wait` is over.
    """
    channels = channels_of(user, kind)
    if not (channels and user.is_active):
        return None
    now = timezone.now()
    notice = Notice.objects.create(
        user=user,
        team=team,
        kind=kind,
        text=in_one_line(text),
        url=url if is_path(url) else "",
        is_on_page=Channel.PAGE in channels,
        created_at=now,
    )
    Delivery.objects.bulk_create(
        Delivery(notice=notice, channel=channel, due_at=now + wait)
        for channel in channels
        if channel is not Channel.PAGE
    )
    return notice


def rewrite(notice: Notice, text: str) -> None:
    """The same notice says something else: what it is about went on. It is not delivered a second time."""
    notice.text = in_one_line(text)
    notice.save(update_fields=["text"])


def in_one_line(text: str) -> str:
    """What fits into a notice."""
    line = " ".join(text.split())
    return line if len(line) <= TEXT_LENGTH else f"{line[: TEXT_LENGTH - 1]}…"


def is_path(url: str) -> bool:
    """Whether it is a path of this site, and no way out of it."""
    return url.startswith("/") and not url.startswith(("//", "/\\")) and len(url) <= URL_LENGTH


def on_page(user: User) -> QuerySet[Notice]:
    """The person's notices for the page, the latest first."""
    return Notice.objects.filter(user=user, is_on_page=True).select_related("team").order_by("-pk")


def unread_count(user: User) -> int:
    """How many are unread, 100 at the most."""
    return Notice.objects.filter(user=user, is_on_page=True, read_at=None)[:MOST_COUNTED].count()


def mark_read(user: User, notices: Iterable[Notice]) -> int:
    """These of the person's notices are read; how many were not yet."""
    return _read(Notice.objects.filter(user=user, pk__in=[notice.pk for notice in notices]))


def mark_all_read(user: User, *, up_to: int) -> int:
    """The person's notices up to this one are read; how many were not yet. Later ones nobody has seen."""
    return _read(Notice.objects.filter(user=user, is_on_page=True, pk__lte=up_to))


def mark_seen(user: User, kinds: Collection[NoticeKind], urls: Collection[str]) -> int:
    """The person is looking at the very thing that such notices are about: those are read."""
    return _read(Notice.objects.filter(user=user, kind__in=kinds, url__in=urls))


def _read(notices: QuerySet[Notice]) -> int:
    return notices.filter(read_at=None).update(read_at=timezone.now())


def choose(user: User, choices: Mapping[NoticeKind, Iterable[Channel]]) -> bool:
    """From now on the person is told like this; False when it was so already."""
    wanted = {
        kind.value: [channel.value for channel in Channel if channel in set(chosen)] for kind, chosen in choices.items()
    }
    return bool(change_profile(user, {"notification_choices": wanted}))
