"""The theme, which somebody who is not signed in may choose too."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.profile import change_profile
from studio.templatetags.dailies import THEME_COOKIE, THEMES

A_YEAR_S = 365 * 24 * 3600


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember dark, light or the system's choice, in a cookie and in the account, and go back to the page."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = HttpResponseRedirect(back if is_ours else resolve_url("home"))
    chosen = request.POST.get("theme", "")
    chosen = chosen if chosen in THEMES else THEMES[0]
    if isinstance(request.user, User):
        change_profile(request.user, {"theme": chosen})
    keep_theme(response, chosen)
    return response


def keep_theme(response: HttpResponse, chosen: str) -> None:
    """In the cookie: so the first paint is right, also of pages that nobody has signed in to."""
    response.set_cookie(
        THEME_COOKIE,
        chosen,
        max_age=A_YEAR_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
