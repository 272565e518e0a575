"""Tags and filters of the product's templates."""

import uuid
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Literal

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.profile import NO_ZONE
from studio.models import Clip

THEME_COOKIE = "theme"
THEMES = ("system", "dark", "light")
TIME_FORMATS = {"short": "j M, H:i", "long": "j F Y, H:i"}
NAMED_HEIGHTS = frozenset({480, 720, 1080, 1440, 2160})

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing from `img/icons.svg`, hidden from screen readers: the word stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.simple_tag
def one_time_token() -> str:
    """A token that makes a form count once, however often it is sent."""
    return str(uuid.uuid4())


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The theme that the person chose: system, dark or light. Of somebody who is not signed in it is in a cookie."""
    request, person = context.get("request"), _person(context)
    chosen = person.theme if person else request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else THEMES[0]


@register.simple_tag(takes_context=True)
def less_motion(context: Context) -> bool:
    """Whether the person wants nothing to move, whatever their system says."""
    person = _person(context)
    return bool(person and person.is_motion_reduced)


def _person(context: Context) -> User | None:
    user = getattr(context.get("request"), "user", None)
    return user if isinstance(user, User) else None


@register.simple_tag
def avatar_url(person: User) -> str:
    """The address of the person's picture, another one for each picture; "" when they have none."""
    if not person.avatar_key:
        return ""
    return f"{reverse('avatar_of', args=[person.public_id])}?v={PurePath(person.avatar_key).stem}"


@register.simple_tag
def when(moment: datetime, length: Literal["short", "long"]) -> SafeString:
    """A moment in the zone that the person chose, which the title says. Without one it is in UTC, and said so;
    `times.js` then shows it in the browser's own time."""
    zone = timezone.get_current_timezone_name()
    if zone == NO_ZONE:
        shown = formats.date_format(moment.astimezone(UTC), TIME_FORMATS[length])
        return format_html(
            '<time datetime="{}" data-when="{}">{} UTC</time>', moment.astimezone(UTC).isoformat(), length, shown
        )
    there = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(UTC).isoformat(),
        f"{zone.replace('_', ' ')}, UTC{there:%z}",
        formats.date_format(there, TIME_FORMATS[length]),
    )


@register.filter
def resolution(clip: Clip) -> str:
    """What film people call the size: `720p`; width × height where there is no such name."""
    short_side = min(clip.width, clip.height)
    return f"{short_side}p" if short_side in NAMED_HEIGHTS else f"{clip.width} × {clip.height}"


@register.filter
def clock(duration_ms: int) -> str:
    """Minutes and seconds: `0:08`."""
    seconds = round(duration_ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def span(seconds: int) -> str:
    """A length of time in words: `1 min 12 s`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@register.filter
def get(mapping: dict[str, str], key: str) -> str:
    """The value under `key`, "" when there is none."""
    return mapping.get(key, "")
