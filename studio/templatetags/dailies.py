"""Tags and filters of the product's templates."""

import uuid

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

THEME_COOKIE = "theme"
THEMES = ("system", "dark", "light")

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
    """The theme that the person chose: system, dark or light. Read from a cookie, so that the first paint is right."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else THEMES[0]


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
