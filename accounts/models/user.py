"""User: a person, what they are called and how they want to see the site."""

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from accounts.enums import Theme


def zone_is_known(name: str) -> None:
    """Refuse what is no name of the IANA time zone database. Raises ValidationError."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is no time zone. Choose one such as Europe/Vienna.")


class UserManager(BaseUserManager["User"]):
    """Makes users whose login is their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A stored user. Raises ValueError without an address; None as password makes it unusable."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A stored user who may do everything, for the Django admin. Whoever has the shell vouches for the address."""
        from accounts.addresses import confirm_address  # it needs this module

        user = self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})
        confirm_address(user)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this address, whatever its capitals."""
        return self.get(email=(username or "").lower())


class User(AbstractUser):
    """A person. The e-mail address is the login and is kept in small letters.

    `notification_choices` maps a NoticeKind to the Channels of it; a kind that is not in it has its defaults.
    A person who has deleted their account keeps the row, for the history, with an address that nobody can have.
    """

    username = None  # type: ignore[assignment]  # the address is the login
    first_name = None  # type: ignore[assignment]  # one field for the name that a person goes by
    last_name = None  # type: ignore[assignment]  # as above
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    avatar_key = models.CharField(max_length=200, blank=True, help_text="Where the picture is stored.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[zone_is_known])
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    is_motion_reduced = models.BooleanField(default=False, help_text="Also where the system does not ask for it.")
    notification_choices = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc,assignment]  # AbstractUser's manager knows user names

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(deleted_at__isnull=True) | models.Q(is_active=False), name="user_deleted_is_inactive"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initial(self) -> str:
        """One capital letter for the round badge."""
        return str(self)[:1].upper()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
