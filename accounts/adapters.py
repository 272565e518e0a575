"""Where allauth asks the house: who may sign up, what is kept encrypted, who is told of sign-ins."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts.origin import ip_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    """Accounts by e-mail address."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether somebody without an invitation may make an account."""
        return bool(settings.SIGN_UP == "open")

    def get_client_ip(self, request: HttpRequest) -> str:
        return ip_of(request) or "0.0.0.0"  # noqa: S104  # no address to listen on: rate limits need some key


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # as above
    """Second factors."""


class OutsideLoginAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # as above
    """Logins of other houses."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return bool(settings.SIGN_UP == "open")
