"""E-mail addresses, as allauth keeps them beside our users."""

from allauth.account.models import EmailAddress

from accounts.models import User


def confirm_address(user: User) -> EmailAddress:
    """Call the login's address confirmed: an operator vouches for it, or its owner has opened a link sent there."""
    address, _ = EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return address


def has_confirmed(user: User, email: str) -> bool:
    """Whether the person has proven that this address is theirs."""
    return bool(EmailAddress.objects.filter(user=user, email=email.lower(), verified=True).exists())
