"""What allauth tells of sign-ins and accounts, written to the audit log and told to the person. These signals are its
documented hooks; nothing of ours sends one."""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as outside
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest
from django.urls import reverse

from accounts.audit import record
from accounts.browsers import browser_name
from accounts.enums import AuditAction, NoticeKind
from accounts.models import User
from accounts.notices import notify
from accounts.origin import agent_of, ip_of
from accounts.push import stop_with_session
from accounts.sessions import end_sessions, forget_session

WORDS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def connect() -> None:
    """Listen. Called once, when the apps are ready."""
    hooks: tuple[tuple[Signal, Any], ...] = (
        (account.user_logged_in, _signed_in),
        (account.user_logged_out, _signed_out),
        (account.user_signed_up, _signed_up),
        (account.login_code_rejected, _code_rejected),
        (account.password_changed, _password_changed),
        (account.password_set, _password_changed),
        (account.password_reset, _password_reset),
        (account.email_changed, _email_changed),
        (mfa.authentication_failed, _second_factor_failed),
        (mfa.authenticator_added, _second_factor_added),
        (mfa.authenticator_removed, _second_factor_removed),
        (mfa.authenticator_reset, _recovery_codes_made),
        (outside.social_account_added, _login_connected),
        (outside.social_account_removed, _login_disconnected),
    )
    for signal, hook in hooks:
        signal.connect(hook, dispatch_uid=f"accounts.{hook.__name__}")


def _signed_in(request: HttpRequest, user: User, **more: Any) -> None:
    methods = [one["method"] for one in get_authentication_records(request, user)]
    record(AuditAction.SIGNED_IN, by=user, about=user, how=", ".join(dict.fromkeys(methods)))


def _signed_out(request: HttpRequest, user: User | None, **more: Any) -> None:
    forget_session(request.session.session_key)
    if isinstance(user, User):
        stop_with_session(user, request.session)
        record(AuditAction.SIGNED_OUT, by=user, about=user)


def _signed_up(request: HttpRequest, user: User, **more: Any) -> None:
    record(AuditAction.SIGNED_UP, by=user, about=user)


def _code_rejected(request: HttpRequest, user: User, **more: Any) -> None:
    record(AuditAction.SIGN_IN_FAILED, by=None, about=user, target=user, how="code")


def _second_factor_failed(request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    record(AuditAction.SIGN_IN_FAILED, by=None, about=user, target=user, how=WORDS[_type_of(authenticator)])


@transaction.atomic
def _password_changed(request: HttpRequest, user: User, **more: Any) -> None:
    ended = end_sessions(user, keep=request.session.session_key)
    record(AuditAction.PASSWORD_CHANGED, by=user, about=user, sessions_ended=ended)
    _warn(request, user, "Your password was changed.")


@transaction.atomic
def _password_reset(request: HttpRequest, user: User, **more: Any) -> None:
    ended = end_sessions(user)
    record(AuditAction.PASSWORD_RESET, by=user, about=user, sessions_ended=ended)
    _warn(request, user, "Your password was reset by a link in a mail.")


@transaction.atomic
def _email_changed(
    request: HttpRequest, user: User, from_email_address: Any, to_email_address: Any, **more: Any
) -> None:
    """Another address. The first one of an account, which allauth tells too, replaces none."""
    if from_email_address:
        old, new = from_email_address.email, to_email_address.email
        record(AuditAction.EMAIL_CHANGED, by=user, about=user, target=new, before=old)
        _warn(request, user, "Your e-mail address was changed.")


@transaction.atomic
def _second_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    word = WORDS[_type_of(authenticator)]
    is_codes = _type_of(authenticator) is Authenticator.Type.RECOVERY_CODES
    action = AuditAction.RECOVERY_CODES_MADE if is_codes else AuditAction.SECOND_FACTOR_ADDED
    record(action, by=user, about=user, target=word)
    if not is_codes:
        _warn(request, user, f"A second factor was added: {word}.")


@transaction.atomic
def _second_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    word = WORDS[_type_of(authenticator)]
    record(AuditAction.SECOND_FACTOR_REMOVED, by=user, about=user, target=word)
    if _type_of(authenticator) is not Authenticator.Type.RECOVERY_CODES:
        _warn(request, user, f"A second factor was removed: {word}.")


@transaction.atomic
def _recovery_codes_made(request: HttpRequest, user: User, **more: Any) -> None:
    record(AuditAction.RECOVERY_CODES_MADE, by=user, about=user)
    _warn(request, user, "New recovery codes were made; the old ones do not work any more.")


@transaction.atomic
def _login_connected(request: HttpRequest, sociallogin: Any, **more: Any) -> None:
    name = sociallogin.provider.name
    record(AuditAction.LOGIN_CONNECTED, by=sociallogin.user, about=sociallogin.user, target=name)
    _warn(request, sociallogin.user, f"An outside login was connected: {name}.")


@transaction.atomic
def _login_disconnected(request: HttpRequest, socialaccount: Any, **more: Any) -> None:
    name = socialaccount.get_provider().name
    record(AuditAction.LOGIN_DISCONNECTED, by=socialaccount.user, about=socialaccount.user, target=name)
    _warn(request, socialaccount.user, f"An outside login was disconnected: {name}.")


def _type_of(authenticator: Authenticator) -> Authenticator.Type:
    return Authenticator.Type(authenticator.type)


def _warn(request: HttpRequest, user: User, what: str) -> None:
    """Tell the person what was done to the account, and from where."""
    where = f"{browser_name(agent_of(request))}, {ip_of(request) or 'an unknown address'}"
    text = f"{what} It was done from {where}. If that was not you, set a new password."
    notify(user, NoticeKind.SECURITY, text, url=reverse("usersessions_list"))
