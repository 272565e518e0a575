"""The page of a team's members: who sees what of whom, and roles that are changed in place."""

import re
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, Membership, Team, User
from studio.members import PAGE_SIZE
from studio.models import Project, ProjectMember
from tests.factories import ProjectFactory, UserFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse, swap

ADDRESS = "/northlight/members/"
PAGE_QUERIES, OWNERS_QUERIES, ROWS_QUERIES = 12, 13, 4


@pytest.fixture
def manager(cast: Cast) -> Client:
    return signed_in(join(cast.stage.team, Role.MANAGER, email="maud@example.com", name="Maud"))


def page_of(client: Client, query: str = "") -> Element:
    return parse(client.get(f"{ADDRESS}{query}").content)


def row_of(page: Element, user: User) -> Element:
    return page.find(id=f"member-{user.public_id}")


def names_in(page: Element) -> list[str]:
    rows = [row for row in page.all("id") if row.attributes["id"].startswith("member-") and row.tag == "tr"]
    return [row.find(dir="auto").text for row in rows]


def offered(row: Element) -> list[str]:
    return [option.text for option in row.walk() if option.tag == "option"]


def role_of(user: User) -> Role:
    return Role(Membership.objects.get(user=user, team__slug="northlight").role)


def test_members_alone_see_it(cast: Cast, manager: Client) -> None:
    for client in (cast.owner, manager, cast.creator, cast.viewer):
        assert client.get(ADDRESS).status_code == 200
        assert client.head(ADDRESS).status_code == 200
    assert cast.stranger.get(ADDRESS).status_code == 404
    assert cast.nobody.get(ADDRESS).headers["Location"].startswith("/sign-in/")
    assert cast.owner.post(ADDRESS).status_code == 405


def test_owners_come_first_then_by_name(cast: Cast, manager: Client) -> None:
    join(cast.stage.team, Role.VIEWER, name="anna")

    assert names_in(page_of(cast.viewer)) == ["Alice", "Maud", "Bob", "anna", "Vera"]


def test_addresses_are_shown_to_managers_and_owners_alone(cast: Cast, manager: Client) -> None:
    for client in (cast.owner, manager):
        assert "bob@example.com" in row_of(page_of(client), User.objects.get(name="Bob")).text
    for client in (cast.creator, cast.viewer):
        page = page_of(client)
        shown = " ".join(names_in(page)) + row_of(page, cast.stage.owner).text
        assert "alice@example.com" not in shown
        assert "maud@example.com" not in client.get(ADDRESS).content.decode()
    assert "vera@example.com" in row_of(page_of(cast.viewer), cast.vera).text


def test_who_has_no_name_is_not_betrayed_by_it(cast: Cast) -> None:
    join(cast.stage.team, Role.CREATOR, email="nameless@example.com", name="")

    assert "n…@example.com" in names_in(page_of(cast.viewer))
    assert "nameless@" not in cast.viewer.get(ADDRESS).content.decode()
    assert "nameless@example.com" in names_in(page_of(cast.owner))


def test_a_second_factor_is_shown_to_owners_alone(cast: Cast, manager: Client) -> None:
    Authenticator.objects.create(user=cast.vera, type=Authenticator.Type.TOTP, data={})

    assert "yes" in row_of(page_of(cast.owner), cast.vera).find(data_label="Second factor").text
    assert row_of(page_of(cast.owner), cast.stage.owner).find(data_label="Second factor").text == "no"
    for client in (manager, cast.viewer):
        assert "Second factor" not in client.get(ADDRESS).content.decode()


def test_a_missing_second_factor_stands_out_where_the_team_asks_for_it(cast: Cast) -> None:
    Team.objects.update(is_second_factor_required=True)
    Authenticator.objects.create(user=cast.stage.owner, type=Authenticator.Type.TOTP, data={})

    assert row_of(page_of(cast.owner), cast.vera).find(data_label="Second factor").text == "missing"


def test_confidential_projects_are_counted_for_who_may_know_of_them(cast: Cast, manager: Client) -> None:
    team = cast.stage.team
    hidden, shared = (ProjectFactory.create(team=team, is_confidential=True) for _ in range(2))
    for project in (hidden, shared):
        ProjectMember.objects.create(project=project, membership=Membership.objects.get(user=cast.vera, team=team))
    maud = Membership.objects.get(user__name="Maud")
    ProjectMember.objects.create(project=shared, membership=maud)
    Project.objects.filter(pk=cast.stage.project.pk).update(is_confidential=False)

    label = "Confidential projects"
    assert row_of(page_of(cast.owner), cast.vera).find(data_label=label).text == "2"
    assert row_of(page_of(manager), cast.vera).find(data_label=label).text == "1"
    assert row_of(page_of(manager), cast.stage.owner).find(data_label=label).text == "all"
    assert row_of(page_of(manager), User.objects.get(name="Bob")).find(data_label=label).text == "–"
    assert label not in cast.viewer.get(ADDRESS).content.decode()


def test_only_what_one_may_do_is_offered(cast: Cast, manager: Client) -> None:
    bob, maud = User.objects.get(name="Bob"), User.objects.get(name="Maud")
    everything = ["Viewer", "Creator", "Manager", "Owner"]

    owners, managers, creators = page_of(cast.owner), page_of(manager), page_of(cast.creator)

    assert [offered(row_of(owners, user)) for user in (bob, maud, cast.stage.owner)] == [everything] * 3
    assert offered(row_of(managers, bob)) == everything[:3]
    assert offered(row_of(managers, cast.stage.owner)) == []
    assert offered(row_of(managers, maud)) == everything[:3]
    assert offered(row_of(creators, cast.vera)) == []
    assert offered(row_of(creators, bob)) == everything[:2]
    assert offered(row_of(page_of(cast.viewer), cast.vera)) == []


@pytest.mark.parametrize("headers", [{}, HX])
def test_a_role_is_changed(cast: Cast, headers: dict[str, str]) -> None:
    answer = cast.owner.post(f"{ADDRESS}{cast.vera.public_id}/role/", {"role": 30}, headers=headers)

    assert role_of(cast.vera) == Role.MANAGER
    entry = AuditEntry.objects.get(action=AuditAction.ROLE_CHANGED)
    assert (entry.actor, entry.about, entry.detail) == (
        cast.stage.owner, cast.vera, {"before": "Viewer", "after": "Manager"},
    )  # fmt: skip
    if headers:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Vera is manager now." in answer.headers["HX-Trigger"]
    else:
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{ADDRESS}#member-{cast.vera.public_id}")
        assert "The role was changed." in page_of(cast.owner).text


def test_the_row_that_comes_back_is_that_of_a_fresh_page(cast: Cast, running_engine: None) -> None:
    page = page_of(cast.owner)

    answer = cast.owner.post(f"{ADDRESS}{cast.vera.public_id}/role/", {"role": 20}, headers=HX)

    target = f"member-{cast.vera.public_id}"
    swapped = swap(page, parse(answer.content), target=target)
    assert list(row_of(swapped, cast.vera).lines()) == list(row_of(page_of(cast.owner), cast.vera).lines())


def test_a_change_of_ones_own_role_shows_the_whole_page_anew(cast: Cast) -> None:
    join(cast.stage.team, Role.OWNER)

    answer = cast.owner.post(f"{ADDRESS}{cast.stage.owner.public_id}/role/", {"role": 20}, headers=HX)

    assert answer.headers["HX-Redirect"] == f"{ADDRESS}#member-{cast.stage.owner.public_id}"
    assert role_of(cast.stage.owner) == Role.CREATOR
    assert "Invite people" not in page_of(cast.owner).text


@pytest.mark.parametrize("headers", [{}, HX])
@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("30", "is the last owner of"),
        ("", "Choose a role."),
        ("50", "You cannot give this member that role."),
        ("owner", "You cannot give this member that role."),
        ("-1", "You cannot give this member that role."),
    ],
)
def test_a_role_that_cannot_be_is_refused_with_a_sentence(
    cast: Cast, role: str, said: str, headers: dict[str, str]
) -> None:
    owner = cast.stage.owner

    answer = cast.owner.post(f"{ADDRESS}{owner.public_id}/role/", {"role": role}, headers=headers)

    assert answer.status_code == 422
    row = row_of(parse(answer.content), owner)
    assert said in row.find(id=f"role-error-{owner.public_id}").text
    assert row.find(id=f"role-{owner.public_id}").attributes["aria-invalid"] == "true"
    assert role_of(owner) == Role.OWNER


def test_a_manager_cannot_make_owners_by_hand(cast: Cast, manager: Client) -> None:
    answer = manager.post(f"{ADDRESS}{cast.vera.public_id}/role/", {"role": 40}, headers=HX)

    assert answer.status_code == 422
    assert role_of(cast.vera) == Role.VIEWER


def test_who_may_not_change_a_member_finds_no_such_address(cast: Cast, manager: Client) -> None:
    bob, mallory = User.objects.get(name="Bob"), User.objects.get(name="Mallory")
    for client, user in (
        (cast.creator, cast.vera),
        (cast.viewer, bob),
        (manager, cast.stage.owner),
        (cast.stranger, bob),
        (cast.stranger, mallory),
        (cast.owner, mallory),
    ):
        assert client.post(f"{ADDRESS}{user.public_id}/role/", {"role": 10}).status_code == 404
    assert cast.owner.post(f"{ADDRESS}{uuid.uuid4()}/role/", {"role": 10}).status_code == 404
    answer = cast.nobody.post(f"{ADDRESS}{bob.public_id}/role/", {"role": 10})
    assert answer.headers["Location"].startswith("/sign-in/")
    assert [role_of(user) for user in (bob, cast.vera, cast.stage.owner)] == [Role.CREATOR, Role.VIEWER, Role.OWNER]
    assert cast.owner.get(f"{ADDRESS}{bob.public_id}/role/").status_code == 405


def test_a_small_team_has_no_search_and_a_large_one_finds_by_name(cast: Cast, manager: Client) -> None:
    assert 'type="search"' not in cast.owner.get(ADDRESS).content.decode()
    crowd(cast.stage.team, 20)

    assert page_of(cast.owner).find(type="search").attributes["name"] == "q"
    assert names_in(page_of(cast.owner, "?q=member 07")) == ["Member 07"]
    assert names_in(page_of(manager, "?q=M07@EXAMPLE")) == ["Member 07"]
    assert "Nobody of that name is in the team." in page_of(cast.owner, "?q=%3Cb%3Enobody").text
    assert names_in(page_of(cast.owner, "?q=%25")) == []


def test_a_viewer_cannot_search_for_addresses(cast: Cast) -> None:
    crowd(cast.stage.team, 3)

    assert names_in(page_of(cast.viewer, "?q=m01@example")) == []
    assert names_in(page_of(cast.viewer, "?q=member 01")) == ["Member 01"]


@pytest.mark.parametrize(
    "query", ["?q=\x00", "?after=nonsense", "?after=", "?after=0c524556-306c-4180-9801-b08aaa53173f", f"?q={'x' * 300}"]
)
def test_what_makes_no_sense_counts_as_not_asked(cast: Cast, query: str) -> None:
    assert names_in(page_of(cast.owner, query)) == ["Alice", "Bob", "Vera"]


def test_a_large_team_comes_in_pages_without_a_gap_or_a_double(cast: Cast) -> None:
    crowd(cast.stage.team, 2 * PAGE_SIZE)
    seen: list[str] = []
    page = page_of(cast.viewer)
    headers: dict[str, str] = {}

    while True:
        seen += names_in(page)
        more = [link.attributes["href"] for link in page.all("href") if "?after=" in link.attributes["href"]]
        if not more:
            break
        headers = {} if headers else HX
        page = parse(cast.viewer.get(more[0], headers=headers).content)

    assert len(seen) == 2 * PAGE_SIZE + 3
    assert sorted(seen) == sorted(Membership.objects.filter(team=cast.stage.team).values_list("user__name", flat=True))
    assert seen[0] == "Alice"


def test_the_next_rows_are_a_fragment(cast: Cast) -> None:
    crowd(cast.stage.team, PAGE_SIZE)
    more = page_of(cast.owner).find(id="more-members").all("hx-get")[0]

    answer = cast.owner.get(more.attributes["hx-get"], headers=HX)

    assert answer.headers["Cache-Control"] == "no-store"
    assert b"<html" not in answer.content
    assert names_in(parse(answer.content)) == ["Member 48", "Member 49", "Vera"]


def crowd(team: Team, count: int) -> None:
    """So many viewers more."""
    users = User.objects.bulk_create(
        User(email=f"m{number:02}@example.com", name=f"Member {number:02}", password="!") for number in range(count)
    )
    Membership.objects.bulk_create(Membership(team=team, user=user, role=Role.VIEWER) for user in users)


@pytest.mark.parametrize("count", [1, 3, 1_000])
def test_any_number_of_members_costs_the_same_queries(
    cast: Cast, running_engine: None, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    crowd(cast.stage.team, count)
    project = ProjectFactory.create(team=cast.stage.team, is_confidential=True)
    for membership in Membership.objects.filter(user__name__startswith="Member 0"):
        ProjectMember.objects.create(project=project, membership=membership)

    with django_assert_num_queries(PAGE_QUERIES):
        cast.viewer.get(ADDRESS)
    with django_assert_num_queries(OWNERS_QUERIES):
        cast.owner.get(ADDRESS)
    with django_assert_num_queries(ROWS_QUERIES):
        cast.owner.get(ADDRESS, headers=HX)


def test_a_name_is_text_and_nothing_else(cast: Cast) -> None:
    User.objects.filter(pk=cast.vera.pk).update(name="<script>alert(1)</script>")

    page = cast.owner.get(ADDRESS).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_way_to_the_page_and_on_from_it(cast: Cast) -> None:
    assert ADDRESS in cast.viewer.get(ADDRESS).content.decode()
    assert "/northlight/members/invite/" in cast.owner.get(ADDRESS).content.decode()
    assert "/northlight/members/invite/" not in cast.creator.get(ADDRESS).content.decode()


def test_a_member_of_two_teams_has_the_role_of_each(cast: Cast) -> None:
    noor = UserFactory.create(name="Noor")
    for team, role in ((cast.stage.team, Role.VIEWER), (Team.objects.get(slug="elsewhere"), Role.MANAGER)):
        Membership.objects.create(team=team, user=noor, role=role)

    cast.owner.post(f"{ADDRESS}{noor.public_id}/role/", {"role": 20})

    assert sorted(Membership.objects.filter(user=noor).values_list("role", flat=True)) == [20, 30]


def test_the_time_of_joining_is_shown(cast: Cast) -> None:
    shown = row_of(page_of(cast.viewer), cast.vera).find(data_label="Since").text
    assert re.match(rf"\d+ \w+ {timezone.now().year}, \d\d:\d\d UTC", shown)
