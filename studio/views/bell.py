"""The bell of every page: how many notices the person has not read."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from accounts.notices import unread_count


class Bell:
    """Counts when it is first asked, once a request."""

    def __init__(self, user: User | None) -> None:
        self._user = user

    @cached_property
    def unread(self) -> int:
        return unread_count(self._user) if self._user else 0

    def forget(self) -> None:
        """Something was read meanwhile: count anew."""
        self.__dict__.pop("unread", None)


def bell_of(request: HttpRequest) -> Bell:
    """The bell of this request."""
    found: Bell | None = getattr(request, "bell", None)
    if found is None:
        user = getattr(request, "user", None)
        found = request.bell = Bell(user if isinstance(user, User) else None)  # type: ignore[attr-defined]  # kept there
    return found


def bell(request: HttpRequest) -> dict[str, Any]:
    """For all templates. Costs nothing where none is shown."""
    return {"bell": bell_of(request)}


def shows_its_count(request: HttpRequest) -> bool:
    """Whether the page's bell, as far as the page says what it shows (`?unread=`), is as it should be."""
    shown = request.GET.get("unread")
    return shown is None or shown == str(bell_of(request).unread)
