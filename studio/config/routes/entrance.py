"""Signing in and up, and what allauth serves."""

from allauth.account import views as account_views
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", account_views.login, name="sign_in"),
    path("sign-out/", account_views.logout, name="sign_out"),
    path("accounts/", include("allauth.urls")),
]
