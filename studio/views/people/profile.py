"""The page on which a person sets who they are and how they want to see the site."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import signed_in
from accounts.models import User
from studio import htmx
from studio.avatars import save_profile, store_avatar
from studio.forms.profile import ProfileForm, zones
from studio.media.errors import BadImage, StorageDown, StorageFull

PAGE = "accounts/profile.html"
SAVED = "Your profile is saved."
UNCHANGED = "Nothing was changed."
NO_ROOM = "The storage does not take the picture just now. All else is as you typed it: try again in a moment."


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The profile. A POST saves it; 422 with the form when something in it will not do."""
    user = signed_in(request)
    return _save(request, user) if request.method == "POST" else _page(request, user, ProfileForm.of(user))


@require_POST
def avatar(request: HttpRequest) -> HttpResponse:
    """The same form, by the button that takes the picture away."""
    return _save(request, signed_in(request), is_removing=True)


def _save(request: HttpRequest, user: User, *, is_removing: bool = False) -> HttpResponse:
    form = ProfileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, user, form, status=htmx.INVALID)
    picture: dict[str, Any] = {"avatar_key": ""} if is_removing else {}
    told = ""
    try:
        if form.cleaned_data["avatar"] and not is_removing:
            picture["avatar_key"], told = store_avatar(user, form.cleaned_data["avatar"])
    except BadImage as error:
        form.add_error("avatar", error.sentence)
    except (StorageFull, StorageDown):
        form.add_error("avatar", NO_ROOM)
    if form.errors:
        return _page(request, user, form, status=htmx.INVALID)
    is_changed = save_profile(user, {**form.changes, **picture})
    said = f"{SAVED} {told}".strip() if is_changed else UNCHANGED
    return htmx.redirect(request, reverse("profile"), say=said)


def _page(request: HttpRequest, user: User, form: ProfileForm, *, status: int = 200) -> HttpResponse:
    return htmx.page(request, PAGE, {"person": user, "form": form, "zones": zones()}, status=status)
