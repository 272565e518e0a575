"""Forms of the entrance: allauth's own, with the name that people go by, and telling nobody who has an account."""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm, SignupForm
from allauth.core import context
from allauth.socialaccount.forms import SignupForm as OutsideSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse

from accounts.addresses import has_confirmed
from accounts.models import User

STASH = "account_verified_email"
"""allauth's place in the session for an address that an invitation has confirmed."""


class NameField(forms.CharField):
    """What a person is called: one line of printable characters."""

    def __init__(self) -> None:
        super().__init__(max_length=120, label="Name")

    def clean(self, value: Any) -> str:
        """Raises ValidationError."""
        name = " ".join(str(super().clean(value)).split())
        if not name.isprintable():
            raise forms.ValidationError("Use letters, digits and signs that can be seen.")
        return name


def invited_address(request: HttpRequest) -> str:
    """The address that an invitation has brought here and confirmed, or ""."""
    return str(request.session.get(STASH) or "")


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth has no annotations
    """Name, address and password. An invited person's address is given and cannot be changed."""

    field_order = ("name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = NameField()
        self.order_fields(self.field_order)
        address = invited_address(context.request)
        if address:
            self.fields["email"].disabled = True
            self.initial["email"] = address

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """As allauth does, with the work of one password hash also for an address that has an account."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved


class OutsideSignUpForm(OutsideSignupForm):  # type: ignore[misc]  # as above
    """Name and address of somebody who comes by a login of another house that does not tell them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = NameField()
        self.initial.setdefault("name", self.sociallogin.user.name)
        self.order_fields(("name", "email"))


class ResetForm(ResetPasswordForm):  # type: ignore[misc]  # as above
    """Asks for a link to a new password."""

    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if owns(user, email)]
        return email


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # as above
    """Asks for a sign-in code."""

    _user: User | None

    def clean_email(self) -> str:
        email: str = super().clean_email()
        if self._user and not owns(self._user, email):
            self._user = None
        return email


def owns(user: User, email: str) -> bool:
    """Whether mail to this address reaches the person: not so for a new one that waits to be confirmed."""
    return user.email == email or has_confirmed(user, email)
