"""Where allauth asks the house: who may sign up, what is kept encrypted, who is told of sign-ins."""

import base64
import secrets
from smtplib import SMTPException
from typing import Any, ClassVar

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest

from accounts.addresses import has_confirmed
from accounts.audit import record
from accounts.enums import AuditAction
from accounts.forms import STASH, invited_address
from accounts.models import User
from accounts.origin import ip_of
from accounts.sealing import seal, unseal

TO_THE_OLD_ADDRESS = frozenset({"account/email/email_changed", "account/email/email_deleted"})
"""All other warnings are notices (`accounts/signals.py`), which reach the new address."""
NOT_SENT = "The mail could not be sent just now. Try again in a few minutes; if it lasts, tell your admin."
MOST_OF_A_NAME = 120
log = structlog.get_logger()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    """Accounts by e-mail address."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": (
            "This e-mail address and this password do not belong together. Check both; capitals count in the password."
        ),
        "too_many_login_attempts": (
            "There were too many attempts. Wait five minutes, then try again; a passkey works at once."
        ),
        "rate_limited": "There were too many attempts. Wait five minutes, then try again.",
        "incorrect_code": "This code is not right, or not valid any more. Enter the newest one.",
        "incorrect_password": "This is not your password. Capitals count.",
        "enter_current_password": "This is not your present password. Capitals count.",
        "duplicate_email": "This is your address already.",
        "email_taken": "This address belongs to another account. Use a different one.",
        "account_inactive": "This account is not active any more. Ask your admin.",
        "invalid_password_reset": "This link is not valid any more. Ask for a new one.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether this visitor may make an account: anybody, or those whom an invitation has brought here."""
        return settings.SIGN_UP == "open" or bool(invited_address(request))

    def get_client_ip(self, request: HttpRequest) -> str:
        return ip_of(request) or "0.0.0.0"  # noqa: S104  # no address to listen on: rate limits need some key

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, **more: Any) -> User:
        user.name = form.cleaned_data.get("name", "")
        saved: User = super().save_user(request, user, form, **more)
        return saved

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell the audit log, without the address when it belongs to nobody: it may be a password, mistyped."""
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        record(AuditAction.SIGN_IN_FAILED, by=None, about=user, target=user or "an unknown address", how="password")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send it. When the mail server does not take it the page says so, whoever the address belongs to."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            log.warning("mail.failed", template=template_prefix, error=type(error).__name__)
            if self.request:
                messages.error(self.request, NOT_SENT)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        if template_prefix in TO_THE_OLD_ADDRESS:
            to = (context or {}).get("deleted_email", email)
            super().send_notification_mail(template_prefix, user, context, email=to)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count an address, under whatever name the site is reached."""
        return str(credentials.get("email", "")).lower()


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # as above
    """Second factors, whose secrets are stored encrypted."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right, or not valid any more. Enter the newest one.",
        "cannot_generate_recovery_codes": "Add a passkey or an authenticator app first.",
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret. One that cannot be opened becomes a random one, which no code fits; `doctor` tells of it."""
        try:
            return unseal(encrypted_text)
        except InvalidToken:
            log.warning("second_factor.unreadable")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # allauth's name
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def _get_site_name(self) -> str:
        return "Dailies"


class OutsideLoginAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # as above
    """Logins of other houses."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Invited people may come by such a login, with the address to which the invitation went."""
        return settings.SIGN_UP == "open" or invited_address(request).lower() in _confirmed_elsewhere(sociallogin)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: BaseForm | None = None) -> User:
        """The new account. What an invitation has confirmed counts for a login with that very address alone.

        allauth would make the invited address the confirmed one of any account that is made in this session.
        """
        if invited_address(request).lower() not in _confirmed_elsewhere(sociallogin):
            request.session.pop(STASH, None)
        saved: User = super().save_user(request, sociallogin, form)
        return saved

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        whole = data.get("name") or " ".join(filter(None, (data.get("first_name"), data.get("last_name"))))
        seen = "".join(one if one.isprintable() else " " for one in str(whole))
        user.name = " ".join(seen.split())[:MOST_OF_A_NAME].rstrip()
        sociallogin.account.extra_data = _storable(sociallogin.account.extra_data)
        return user

    def authenticate_by_email(self, sociallogin: Any) -> tuple[User, str] | None:
        """The account with the address that the other house has confirmed, if it has been confirmed here too.

        Otherwise somebody could open an account with a stranger's address, and wait for them to come in.
        """
        found: tuple[User, str] | None = super().authenticate_by_email(sociallogin)
        return found if found and has_confirmed(*found) else None


def _confirmed_elsewhere(sociallogin: Any) -> set[str]:
    """The addresses of which the other house says that they are the person's."""
    return {one.email.lower() for one in sociallogin.email_addresses if one.verified}


def _storable(told: Any) -> Any:
    """The same without NUL characters, which PostgreSQL does not store."""
    if isinstance(told, dict):
        return {_storable(name): _storable(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_storable(one) for one in told]
    return told.replace("\0", "") if isinstance(told, str) else told
