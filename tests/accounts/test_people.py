"""People, teams and roles: what is stored, and what is refused."""

from itertools import pairwise

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from django.test import RequestFactory

from accounts.abilities import Ability
from accounts.access import membership_or_404, signed_in
from accounts.enums import Role
from accounts.models import RESERVED_SLUGS, Membership, Team, User
from accounts.teams import add_member, create_team
from tests.factories import PASSWORD, TeamFactory, UserFactory, join

NEEDS = {
    Role.VIEWER: Ability.SEE,
    Role.CREATOR: Ability.GENERATE,
    Role.MANAGER: Ability.DECIDE,
    Role.OWNER: Ability.CHANGE_KEYS,
}

pytestmark = pytest.mark.django_db


def _request(user: object) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user  # type: ignore[assignment]  # as the middleware does
    return request


def test_address_is_kept_in_small_letters() -> None:
    user = User.objects.create_user("Alice@Example.COM", PASSWORD, name="Alice")

    assert user.email == "alice@example.com"
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    assert user.password != PASSWORD


def test_address_is_the_login_whatever_its_capitals() -> None:
    user = UserFactory.create(email="alice@example.com")

    assert authenticate(username="ALICE@example.com", password=PASSWORD) == user
    assert authenticate(username="alice@example.com", password="wrong") is None
    assert authenticate(username="bob@example.com", password=PASSWORD) is None


def test_user_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^A user needs an e-mail address\.$"):
        User.objects.create_user("")


def test_user_without_a_password_cannot_sign_in() -> None:
    user = User.objects.create_user("alice@example.com")

    assert user.has_usable_password() is False


def test_two_users_of_one_address_are_refused() -> None:
    UserFactory.create(email="alice@example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ALICE@EXAMPLE.COM")


def test_superuser_may_do_everything() -> None:
    user = User.objects.create_superuser("alice@example.com", PASSWORD)

    assert (user.is_staff, user.is_superuser) == (True, True)


@pytest.mark.parametrize(
    ("name", "shown", "initial"), [("vera", "vera", "V"), ("", "alice@example.com", "A"), ("émile", "émile", "É")]
)
def test_person_goes_by_name_or_address(name: str, shown: str, initial: str) -> None:
    user = User(email="alice@example.com", name=name)

    assert (str(user), user.get_full_name(), user.get_short_name(), user.initial) == (shown, shown, shown, initial)


def test_team_is_owned_by_who_makes_it() -> None:
    alice = UserFactory.create()

    team = create_team("Northlight", slug="northlight", by=alice)

    assert list(team.memberships.values_list("user", "role")) == [(alice.pk, Role.OWNER)]
    assert (str(team), list(team.members.all())) == ("Northlight", [alice])


@pytest.mark.parametrize(
    "slug", ["", "North", "north light", "-north", "north-", "north_light", "n" * 51, "nörth", "north\n", "a/b"]
)
def test_slug_that_cannot_be_is_refused(slug: str) -> None:
    with pytest.raises(ValidationError) as caught:
        create_team("Northlight", slug=slug, by=UserFactory.create())

    assert set(caught.value.message_dict) == {"slug"}
    assert not Team.objects.exists()


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_paths_of_the_site_are_no_teams(slug: str) -> None:
    with pytest.raises(ValidationError) as caught:
        create_team("Northlight", slug=slug, by=UserFactory.create())

    assert caught.value.message_dict == {"slug": [f"“{slug}” is a name that the site uses itself. Choose another one."]}


@pytest.mark.parametrize("slug", ["a", "7", "northlight", "north-light", "n" * 50])
def test_slug_that_can_be(slug: str) -> None:
    assert create_team("Northlight", slug=slug, by=UserFactory.create()).slug == slug


def test_slug_is_taken_once() -> None:
    create_team("Northlight", slug="northlight", by=UserFactory.create())

    with pytest.raises(ValidationError):
        create_team("Other", slug="northlight", by=UserFactory.create())


def test_member_changes_role_and_stays_one_member() -> None:
    team, bob = TeamFactory.create(), UserFactory.create()

    first = add_member(team, user=bob, role=Role.VIEWER)
    second = add_member(team, user=bob, role=Role.MANAGER)

    assert (first.pk, second.role) == (second.pk, Role.MANAGER)
    assert Membership.objects.filter(team=team, user=bob).count() == 1


def test_each_role_may_what_the_ones_below_it_may() -> None:
    ordered = [Role.VIEWER, Role.CREATOR, Role.MANAGER, Role.OWNER]

    for lower, higher in pairwise(ordered):
        below = {ability for ability in Ability if Membership(role=lower).may(ability)}
        assert below < {ability for ability in Ability if Membership(role=higher).may(ability)}
    assert [ability for ability in Ability if not Membership(role=Role.OWNER).may(ability)] == []


def test_membership_says_who_is_what() -> None:
    team = TeamFactory.create(name="Northlight")
    bob = join(team, Role.CREATOR, name="Bob")

    assert str(Membership.objects.get(user=bob)) == "Bob in Northlight: Creator"


def test_door_opens_for_members_of_the_role() -> None:
    team = TeamFactory.create(slug="northlight")
    bob = join(team, Role.CREATOR)

    for role in (Role.VIEWER, Role.CREATOR):
        assert membership_or_404(_request(bob), "northlight", may=NEEDS[role]).user == bob


def test_door_stays_shut_for_others() -> None:
    team = TeamFactory.create(slug="northlight")
    vera = join(team, Role.VIEWER)
    mallory = join(TeamFactory.create(slug="mallory"), Role.OWNER)

    for user, slug, role in (
        (vera, "northlight", Role.CREATOR),
        (mallory, "northlight", Role.VIEWER),
        (vera, "nowhere", Role.VIEWER),
        (vera, "NORTHLIGHT", Role.VIEWER),
    ):
        with pytest.raises(Http404):
            membership_or_404(_request(user), slug, may=NEEDS[role])


def test_nobody_is_nobody() -> None:
    with pytest.raises(Http404):
        signed_in(_request(AnonymousUser()))
