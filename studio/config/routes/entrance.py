"""Signing in and up, and what allauth serves. Ours come first: they answer in place of allauth's."""

from allauth.account import views as account_views
from allauth.mfa.totp.views import activate_totp
from allauth.socialaccount.views import login_error
from csp.decorators import csp_update
from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path

from studio.config.logins import GOOGLE, OIDC
from studio.views.people import sessions
from studio.views.people.outside import answering, by_a_page

_with_picture = csp_update({"img-src": ["data:"]})
"""The QR code of an authenticator app holds its secret, and is therefore no file."""


def outside_logins() -> list[URLPattern]:
    """The addresses from which people leave for another house's sign-in page, and to which they come back."""
    found = []
    if apps.is_installed(GOOGLE):
        from allauth.socialaccount.providers.google import views as google  # only where installed

        found += [
            path("accounts/google/login/", answering(by_a_page(google.oauth2_login)), name="google_login"),
            path("accounts/google/login/callback/", answering(google.oauth2_callback), name="google_callback"),
        ]
    if apps.is_installed(OIDC):
        from allauth.socialaccount.providers.openid_connect import views as oidc  # as above

        way = "accounts/oidc/<str:provider_id>/login/"
        found += [
            path(way, answering(by_a_page(oidc.login)), name="openid_connect_login"),
            path(f"{way}callback/", answering(oidc.callback), name="openid_connect_callback"),
        ]
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", account_views.login, name="sign_in"),
    path("sign-out/", account_views.logout, name="sign_out"),
    path("accounts/sessions/", sessions.sessions, name="usersessions_list"),
    path("accounts/sessions/<int:number>/end/", sessions.end, name="end_session"),
    path("accounts/sessions/end/", sessions.end_all, name="end_sessions"),
    path("accounts/2fa/totp/activate/", _with_picture(activate_totp), name="mfa_activate_totp"),
    path("accounts/3rdparty/login/error/", login_not_required(login_error), name="socialaccount_login_error"),
    *outside_logins(),
    path("accounts/", include("allauth.urls")),
]
