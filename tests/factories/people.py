"""Users and teams."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"
# factory-boy annotates its classes and not its declarations.

from typing import Any

from factory.declarations import Sequence
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from accounts.addresses import confirm_address
from accounts.enums import Role
from accounts.models import Membership, Team, User

PASSWORD = "the gulls wheel overhead"


class UserFactory(DjangoModelFactory[User]):
    """A person who signs in with PASSWORD."""

    class Meta:
        model = User

    email = Sequence(lambda n: f"person{n}@example.com")
    name = Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        user = model_class.objects.create_user(**{"password": PASSWORD, **kwargs})
        confirm_address(user)
        return user


class TeamFactory(DjangoModelFactory[Team]):
    """A team. `owner=` is the user who becomes its owner; without it a new one does."""

    class Meta:
        model = Team
        skip_postgeneration_save = True

    name = Sequence(lambda n: f"Team {n}")
    slug = Sequence(lambda n: f"team-{n}")

    @post_generation
    def owner(self: Team, create: bool, extracted: User | None, **kwargs: Any) -> None:
        if create:
            Membership.objects.create(team=self, user=extracted or UserFactory.create(), role=Role.OWNER)


def join(team: Team, role: Role, **fields: Any) -> User:
    """A new user with this role in the team."""
    user = UserFactory.create(**fields)
    Membership.objects.create(team=team, user=user, role=role)
    return user
