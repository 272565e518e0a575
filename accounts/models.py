"""Who people are, and for which team they act."""

import re
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from accounts.enums import Role

SLUG_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?"
RESERVED_SLUGS = frozenset(
    [
        "admin",
        "api",
        "accounts",
        "clips",
        "generations",
        "references",
        "static",
        "media",
        "healthz",
        "readyz",
        "sign-in",
        "sign-out",
        "teams",
        "styleguide",
        "help",
    ]
)
slug_form = RegexValidator(
    re.compile(rf"\A{SLUG_PATTERN}\Z"), "Use small letters, digits and single hyphens, 50 at the most."
)


def slug_is_free(slug: str) -> None:
    """Refuse names that are paths of the site. Raises ValidationError."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is a name that the site uses itself. Choose another one.")


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
        """A stored user who may do everything, for the Django admin."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this address, whatever its capitals."""
        return self.get(email=(username or "").lower())


class User(AbstractUser):
    """A person. The e-mail address is the login and is kept in small letters."""

    username = None  # type: ignore[assignment]  # the address is the login
    first_name = None  # type: ignore[assignment]  # one field for the name that a person goes by
    last_name = None  # type: ignore[assignment]  # as above
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc,assignment]  # AbstractUser's manager knows user names

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case")
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


class Team(models.Model):
    """Owns projects, references, clips and credits."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=50, unique=True, validators=[slug_form, slug_is_free])
    name = models.CharField(max_length=120)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a team."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["team", "-role", "user"]
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_a_team"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}: {self.get_role_display()}"

    def is_at_least(self, role: Role) -> bool:
        """Whether this member may do what `role` may."""
        return self.role >= role
