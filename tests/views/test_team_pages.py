"""Making a team, switching, its settings, and joining by the domain of an address."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from accounts.domains import allow_domain, domain_of, is_public, join_by_domain, joinable_teams, normalized
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import AuditEntry, Membership, Notice, Team, User
from tests.factories import TeamFactory, UserFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse

NEW, SETTINGS, JOIN = "/teams/new/", "/northlight/settings/", "/teams/join/"
UNREADABLE = "Give the team a name that can be read, for example “Northlight”."
MARKUP = '<script>alert("x")</script> & co'


def error_of(page: Element, id_: str) -> str:
    return page.find(id=id_).text


@pytest.fixture
def noor(db: None) -> User:
    return UserFactory.create(email="noor@northlight.example", name="Noor")


# making one


def test_its_address_is_shown_before_it_is_made(noor: User) -> None:
    client = signed_in(noor)

    page = parse(client.post(NEW, {"name": " Höhen  Licht "}).content)

    assert page.find(name="slug").attributes["value"] == "hohen-licht"
    assert page.find(id="address").text == "Its address will be /hohen-licht/ , and stays so."
    assert not Team.objects.exists()
    answer = client.post(NEW, {"name": page.find(id="name").attributes["value"], "slug": "hohen-licht"})
    assert answer.headers["Location"] == "/hohen-licht/"
    membership = Membership.objects.get()
    assert (membership.user, membership.role, membership.team.name) == (noor, Role.OWNER, "Höhen Licht")
    assert AuditEntry.objects.get(action=AuditAction.TEAM_CREATED).target == "Höhen Licht"


def test_its_address_follows_the_typing(noor: User) -> None:
    client = signed_in(noor)

    shown = parse(client.get(NEW, {"name": "Northlight"}, headers=HX).content)
    nothing = parse(client.get(NEW, {"name": "\u200b"}, headers=HX).content)

    assert shown.find(name="slug").attributes["value"] == "northlight"
    assert [element for element in nothing.all("name") if element.attributes["name"] == "slug"] == []


def test_an_address_that_was_taken_meanwhile_is_shown_anew(noor: User) -> None:
    TeamFactory.create(slug="northlight")

    page = parse(signed_in(noor).post(NEW, {"name": "Northlight", "slug": "northlight"}).content)

    assert page.find(name="slug").attributes["value"] == "northlight-2"
    assert Team.objects.count() == 1


@pytest.mark.parametrize("slug", ["admin", "teams", "x/../y", "NORTH", "elsewhere"])
def test_an_address_of_ones_own_is_not_taken(noor: User, slug: str) -> None:
    answer = signed_in(noor).post(NEW, {"name": "Northlight", "slug": slug})

    assert (answer.status_code, Team.objects.count()) == (200, 0)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", UNREADABLE),
        ("   ", UNREADABLE),
        ("x" * 300, "The name has 300 characters. Use 120 at the most."),
        ("a\x00b", "The name has a character in it that cannot be seen (U+0000). Type it anew, without it."),
        ("a\u202eb", "The name has a character in it that cannot be seen (U+202E). Type it anew, without it."),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_a_sentence(cast: Cast, name: str, sentence: str) -> None:
    before = list(Team.objects.order_by("pk").values_list("name", flat=True))
    for url, fields in ((NEW, {"slug": "x"}), (SETTINGS, {"part": "name"})):
        answer = cast.owner.post(url, {"name": name, **fields})

        page = parse(answer.content)
        assert (answer.status_code, error_of(page, "name-error")) == (422, sentence)
        assert page.find(id="name").attributes["aria-invalid"] == "true"
    assert list(Team.objects.order_by("pk").values_list("name", flat=True)) == before


@pytest.mark.parametrize("name", [MARKUP, "אור צפוני (1)", "شمال 👩\u200d🚀"])
def test_any_script_and_markup_are_shown_safely(cast: Cast, name: str) -> None:
    cast.owner.post(SETTINGS, {"part": "name", "name": name})

    assert Team.objects.get(slug="northlight").name == name
    for url in ("/northlight/", SETTINGS, "/northlight/delete/", "/teams/", "/northlight/harbour/"):
        answer = cast.owner.get(url)
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.content
        assert name in parse(answer.content).text


def test_many_teams_in_an_hour_are_too_many(noor: User) -> None:
    client = signed_in(noor)
    for number in range(10):
        client.post(NEW, {"name": f"Team {number}", "slug": f"team-{number}"})

    answer = client.post(NEW, {"name": "One more", "slug": "one-more"})

    assert (answer.status_code, Team.objects.count()) == (429, 10)
    assert "You have made many teams within an hour." in answer.content.decode()
    assert parse(answer.content).find(id="name").attributes["value"] == "One more"


def test_staff_alone_makes_teams_where_it_is_set_so(noor: User, settings: Settings) -> None:
    settings.TEAM_CREATION = "staff"
    client = signed_in(noor)

    assert client.get(NEW).status_code == 404
    assert client.post(NEW, {"name": "X", "slug": "x"}).status_code == 404
    assert "New team" not in client.get("/").content.decode()
    User.objects.filter(pk=noor.pk).update(is_staff=True)
    assert client.get(NEW).status_code == 200


@pytest.mark.parametrize("url", [NEW, JOIN, "/teams/", SETTINGS, "/northlight/delete/", "/northlight/harbour/members/"])
def test_nobody_is_led_to_sign_in(cast: Cast, url: str) -> None:
    assert cast.nobody.get(url).headers["Location"].startswith("/sign-in/")
    assert cast.nobody.get(url, headers=HX).headers["HX-Redirect"].startswith("/sign-in/")


# switching


@pytest.mark.parametrize("count", [1, 3])
def test_the_switcher_lists_my_teams_alone(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count - 1):
        Membership.objects.create(team=TeamFactory.create(name=f"Zone {number}"), user=cast.vera, role=Role.OWNER)
    gone = TeamFactory.create(slug="gone", owner=cast.vera)
    Team.objects.filter(pk=gone.pk).update(deleted_at="2026-01-01T00:00Z", **closing_fields(cast))

    with django_assert_num_queries(3):
        answer = cast.viewer.get("/teams/?now=northlight", headers=HX)

    page = parse(answer.content)
    teams = [row for row in page.walk() if row.attributes.get("class") == "avatar"]
    assert len(teams) == count
    assert [row.attributes["href"] for row in page.all("aria-current")] == ["/northlight/"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "elsewhere" not in answer.content.decode()


def closing_fields(cast: Cast) -> dict[str, Any]:
    moment = "2025-12-01T00:00Z"
    return {"deletion_asked_at": moment, "deletion_due_at": moment, "deletion_asked_by": cast.vera}


def test_every_page_of_a_team_has_the_switcher(cast: Cast) -> None:
    link = parse(cast.viewer.get("/northlight/harbour/").content).find(id="team-list")

    assert link.attributes["href"] == link.attributes["hx-get"] == "/teams/?now=northlight"
    assert cast.viewer.get("/teams/").status_code == 200


# settings


def test_settings_are_the_owners(cast: Cast) -> None:
    mia = signed_in(join(cast.stage.team, Role.MANAGER))

    for client in (mia, cast.creator, cast.viewer, cast.stranger):
        assert client.get(SETTINGS).status_code == 404
        assert client.post(SETTINGS, {"part": "name", "name": "Mine"}).status_code == 404
    assert cast.owner.get(SETTINGS).status_code == 200
    assert cast.owner.post(SETTINGS, {"part": "nonsense"}).status_code == 422
    assert not Team.objects.filter(name="Mine").exists()


def test_renaming_keeps_the_address(cast: Cast) -> None:
    answer = cast.owner.post(SETTINGS, {"part": "name", "name": "Southlight"})

    team = Team.objects.get(slug="northlight")
    assert (answer.headers["Location"], team.name) == (SETTINGS, "Southlight")
    assert AuditEntry.objects.get(action=AuditAction.TEAM_CHANGED).detail["after"] == "Southlight"


def test_an_owner_without_a_second_factor_cannot_require_one(cast: Cast) -> None:
    answer = cast.owner.post(SETTINGS, {"part": "second_factor", "is_required": "on"})

    assert answer.status_code == 422
    assert "You have no second factor yourself yet." in error_of(parse(answer.content), "factor-error")
    assert Team.objects.get(slug="northlight").is_second_factor_required is False


def test_an_owner_with_one_requires_it_and_sees_who_has_none(cast: Cast) -> None:
    Authenticator.objects.create(user=cast.stage.owner, type=Authenticator.Type.TOTP, data={})

    cast.owner.post(SETTINGS, {"part": "second_factor", "is_required": "on"})

    assert Team.objects.get(slug="northlight").is_second_factor_required is True
    page = cast.owner.get(SETTINGS).content
    assert "2 members without one: Bob , Vera ." in parse(page).text
    cast.owner.post(SETTINGS, {"part": "second_factor"})
    assert Team.objects.get(slug="northlight").is_second_factor_required is False
    assert AuditEntry.objects.filter(action=AuditAction.TEAM_CHANGED).count() == 2


@pytest.mark.parametrize("more", [0, 20])
def test_settings_ask_the_same_number_of_questions(
    cast: Cast, more: int, running_engine: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(more):
        join(cast.stage.team, Role.VIEWER)

    with django_assert_num_queries(SETTINGS_QUERIES):
        cast.owner.get(SETTINGS)


SETTINGS_QUERIES = 12


# joining


def own(user: User, email: str, *, verified: bool = True) -> None:
    EmailAddress.objects.create(user=user, email=email, verified=verified)


def allow(cast: Cast, domain: str = "northlight.example", role: Role = Role.CREATOR) -> Team:
    own(cast.stage.owner, f"alice@{domain}")
    return allow_domain(cast.stage.team, domain=domain, role=role, by=cast.stage.owner)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("gmail.com", "Anybody can have an address at gmail.com. Invite people instead."),
        ("GMAIL.COM.", "Anybody can have an address at gmail.com. Invite people instead."),
        ("@yahoo.co.uk", "Anybody can have an address at yahoo.co.uk. Invite people instead."),
        ("other.example", "You have no confirmed address at other.example yourself. Add and confirm one first."),
        (
            "unconfirmed.example",
            "You have no confirmed address at unconfirmed.example yourself. Add and confirm one first.",
        ),
        ("northlight", "This is no domain. Type one such as northlight.example."),
        ("a b.example", "This is no domain. Type one such as northlight.example."),
        ("-x.example", "This is no domain. Type one such as northlight.example."),
        ("127.0.0.1", "This is no domain. Type one such as northlight.example."),
        ("x" * 64 + ".example", "This is no domain. Type one such as northlight.example."),
        ("com", "This is no domain. Type one such as northlight.example."),
        ("a@b.example", "This is no domain. Type one such as northlight.example."),
        ("*.example", "This is no domain. Type one such as northlight.example."),
    ],
)
def test_a_domain_that_cannot_be_is_refused(cast: Cast, typed: str, sentence: str) -> None:
    own(cast.stage.owner, "alice@unconfirmed.example", verified=False)
    own(cast.stage.owner, "alice@gmail.com")

    answer = cast.owner.post(SETTINGS, {"part": "joining", "domain": typed, "role": "10"})

    page = parse(answer.content)
    assert (answer.status_code, error_of(page, "domain-error")) == (422, sentence)
    assert page.find(id="domain").attributes["value"] == typed
    assert Team.objects.get(slug="northlight").joining_domain == ""


@pytest.mark.parametrize("role", ["30", "40", "0", "x", ""])
def test_nobody_joins_as_a_manager(cast: Cast, role: str) -> None:
    own(cast.stage.owner, "alice@northlight.example")

    answer = cast.owner.post(SETTINGS, {"part": "joining", "domain": "northlight.example", "role": role})

    assert answer.status_code == 422
    assert error_of(parse(answer.content), "role-error") != ""
    with pytest.raises(ValidationError):
        allow_domain(cast.stage.team, domain="northlight.example", role=Role.OWNER, by=cast.stage.owner)


def test_a_domain_is_allowed_and_taken_away(cast: Cast) -> None:
    own(cast.stage.owner, "alice@northlight.example")

    cast.owner.post(SETTINGS, {"part": "joining", "domain": " @NorthLight.Example ", "role": "20"})
    team = Team.objects.get(slug="northlight")
    assert (team.joining_domain, team.joining_role) == ("northlight.example", Role.CREATOR)

    cast.owner.post(SETTINGS, {"part": "joining", "domain": "", "role": "20"})
    assert Team.objects.get(slug="northlight").joining_domain == ""


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("a@Northlight.Example", "northlight.example"),
        ("a@bücher.example", "xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a@straße.example", "xn--strae-oqa.example"),
        ("a@strasse.example", "strasse.example"),
        ("nobody", ""),
        ("a@localhost", ""),
        ('"x@gmail.com"@northlight.example', "northlight.example"),
        ("a@nοrthlight.example", normalized("nοrthlight.example")),  # noqa: RUF001  # a Greek omicron is another domain
    ],
)
def test_domain_of(email: str, domain: str) -> None:
    assert domain_of(email) == domain
    assert domain_of("a@nοrthlight.example") != "northlight.example"  # noqa: RUF001  # as above


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("gmail.com", True),
        ("mail.gmail.com", True),
        ("outlook.com", True),
        ("outlook.fr", True),
        ("yahoo.com", True),
        ("yahoo.co.jp", True),
        ("gmx.net", True),
        ("icloud.com", True),
        ("proton.me", True),
        ("northlight.example", False),
        ("notgmail.com", False),
        ("live.northlight.com", False),
        ("gmail.com.northlight.example", False),
    ],
)
def test_public_hosts(domain: str, expected: bool) -> None:
    assert is_public(domain) is expected


def test_a_confirmed_address_joins(cast: Cast, noor: User) -> None:
    allow(cast)
    client = signed_in(noor)

    page = parse(client.get(JOIN).content)
    assert page.find(name="team").attributes["value"] == "northlight"
    assert "Teams that take you by your address" in client.get("/").content.decode()
    answer = client.post(JOIN, {"team": "northlight"})

    assert answer.headers["Location"] == "/northlight/"
    assert Membership.objects.get(user=noor).role == Role.CREATOR
    entry = AuditEntry.objects.get(action=AuditAction.JOINED_BY_DOMAIN)
    assert (entry.actor, entry.team, entry.detail["domain"]) == (noor, cast.stage.team, "northlight.example")
    notice = Notice.objects.get(kind=NoticeKind.JOINED)
    assert notice.user == cast.stage.owner
    assert notice.text == f"Noor has joined {cast.stage.team} as creator, by an address at northlight.example."


def test_joining_twice_is_joining_once(cast: Cast, noor: User) -> None:
    allow(cast)
    client = signed_in(noor)
    client.post(JOIN, {"team": "northlight"})
    Membership.objects.filter(user=noor).update(role=Role.MANAGER)

    assert client.post(JOIN, {"team": "northlight"}).headers["Location"] == "/northlight/"

    assert Membership.objects.get(user=noor).role == Role.MANAGER
    assert Notice.objects.filter(kind=NoticeKind.JOINED).count() == 1


@pytest.mark.parametrize("why", ["unconfirmed", "other domain", "subdomain", "closing", "nobody may"])
def test_others_do_not_join_and_are_not_told_of_the_team(cast: Cast, why: str) -> None:
    user = UserFactory.create(email="x@elsewhere.example")
    emails = {"other domain": "x@other.example", "subdomain": "x@mail.northlight.example"}
    own(user, emails.get(why, "x@northlight.example"), verified=why != "unconfirmed")
    team = allow(cast)
    if why == "closing":
        Team.objects.filter(pk=team.pk).update(**closing_fields(cast))
    if why == "nobody may":
        allow_domain(team, domain="", role=Role.VIEWER, by=cast.stage.owner)
    client = signed_in(user)

    assert joinable_teams(user) == []
    assert "northlight" not in client.get(JOIN).content.decode()
    assert client.post(JOIN, {"team": "northlight"}).status_code == 404
    with pytest.raises(ValidationError):
        join_by_domain(team, user=user)
    assert not Membership.objects.filter(user=user).exists()


@pytest.mark.parametrize("team", ["", "nowhere", "elsewhere", "x" * 5000, "\x00"])
def test_a_team_that_takes_nobody_is_not_there(cast: Cast, team: str) -> None:
    assert cast.viewer.post(JOIN, {"team": team}).status_code == 404


def test_trying_teams_is_limited(cast: Cast) -> None:
    for _ in range(30):
        cast.viewer.post(JOIN, {"team": "guess"})

    assert cast.viewer.post(JOIN, {"team": "guess"}).status_code == 429


def test_home_of_somebody_without_a_team(noor: User) -> None:
    client: Client = signed_in(noor)

    page = parse(client.get("/").content)

    assert page.find(href=NEW).text == "New team"
    assert "not in a team yet" in page.text
