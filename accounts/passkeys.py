"""Forms of passkeys: allauth's own, that refuse what no browser sends instead of breaking on it."""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.exceptions import ObjectDoesNotExist

NAME_LENGTH = 100
BROKEN = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    struct.error,
    InvalidSignature,
    ObjectDoesNotExist,
)
"""What reading a credential raises that was not made by a browser."""


class _Guarded(forms.Form):
    """Turns what a broken credential raises into a sentence."""

    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()  # type: ignore[misc]  # of allauth's form, which follows
        except BROKEN as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return found


class SignInByPasskey(_Guarded, LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no annotations
    """The passkey alone."""


class PasskeyAsSecondFactor(_Guarded, AuthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """The passkey after the password."""


class PasskeyOnceMore(_Guarded, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """The passkey, before a page that touches safety."""


class AddPasskey(AddWebAuthnForm):  # type: ignore[misc]  # as above
    """A new passkey. A name that is too long is cut: the device has made its part already."""

    def clean_name(self) -> str:
        return str(super().clean_name())[:NAME_LENGTH]

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except BROKEN as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


class RenamePasskey(EditWebAuthnForm):  # type: ignore[misc]  # as above
    """Another name."""

    name = forms.CharField(max_length=NAME_LENGTH)
