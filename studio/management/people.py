"""People, as the commands of a shell make them."""

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email

from accounts.addresses import confirm_address
from accounts.models import User


def person_with_password(email: str) -> User:
    """The person with this address; a new one with a password that is asked for, or read from a pipe.

    Raises ValidationError for an address or a password that cannot be.
    """
    validate_email(email)
    known = User.objects.filter(email=email.lower()).first()
    if known is not None:
        return known
    password = _asked(email)
    validate_password(password, User(email=email))
    person = User.objects.create_user(email, password)
    confirm_address(person)
    return person


def _asked(email: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"A password for {email}: ")
    return sys.stdin.readline().rstrip("\n")
