"""API tokens in the page: made after a fresh proof, shown once, listed, revoked."""

import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import AuditAction, NoticeKind, Role, Scope
from accounts.models import ApiToken, AuditEntry, Membership, Notice, Team, User
from accounts.tokens import hash_of, is_token, make_token, revoke_token
from tests.factories import PASSWORD, TeamFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse

ADDRESS, TEAM_ADDRESS = "/profile/tokens/", "/northlight/tokens/"
LIST_QUERIES, TEAM_LIST_QUERIES = 7, 14
SHOWN = re.compile(r"dly_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}")


@pytest.fixture(autouse=True)
def northlight(cast: Cast) -> None:
    cast.stage.team.name = "Northlight"
    cast.stage.team.save(update_fields=["name"])


def proven(client: Client) -> Client:
    """The client of somebody who has just typed their password."""
    session = client.session
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session.save()
    return client


def fields(**changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    sent = {
        "name": "Render farm",
        "team": "northlight",
        "scopes": ["read", "generate"],
        "lives": "30",
        "on": "",
        "once": str(uuid.uuid4()),
        **changes,
    }
    return {name: value for name, value in sent.items() if value is not None}


def made(user: User, team: Team, *, name: str = "Render farm", **changes: Any) -> ApiToken:
    """A token of this member, made by the domain."""
    values: dict[str, Any] = {"scopes": [Scope.READ], "expires_at": None, "now": timezone.now(), **changes}
    membership = Membership.objects.get(user=user, team=team)
    return make_token(membership, name=name, public_id=uuid.uuid4(), **values)[0]


def words(content: bytes) -> str:
    return " ".join(parse(content).text.split())


def problems(content: bytes) -> list[str]:
    """The sentences beside the fields and above them."""
    return [one.text for one in parse(content).all("class") if one.attributes["class"] == "error" and one.text]


def row(page: Element, token: ApiToken) -> Element:
    return page.find(id=f"token-{token.public_id}")


def test_a_token_is_made_shown_and_stored_by_its_hash_alone(cast: Cast) -> None:
    before = timezone.now()

    answer = proven(cast.creator).post(ADDRESS, fields())

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    text = parse(answer.content).find(id="token-text").attributes["value"]
    token = ApiToken.objects.get()
    assert is_token(text)
    assert (token.token_hash, token.prefix) == (hash_of(text), text[:12])
    assert text not in str(ApiToken.objects.values().get())
    assert (token.user.email, token.team, token.name) == ("bob@example.com", cast.stage.team, "Render farm")
    assert token.scopes == ["read", "generate"]
    assert token.expires_at is not None
    assert timedelta(0) <= token.expires_at - before - timedelta(days=30) < timedelta(seconds=30)


def test_making_one_is_told_to_the_log_and_to_the_person(cast: Cast) -> None:
    proven(cast.creator).post(ADDRESS, fields(), headers={"User-Agent": "Firefox of a test"})

    token, entry = ApiToken.objects.get(), AuditEntry.objects.get(action=AuditAction.TOKEN_MADE)
    assert (entry.actor, entry.about, entry.team, entry.target) == (token.user, token.user, token.team, "Render farm")
    assert entry.detail == {
        "starts_with": token.prefix,
        "scopes": ["read", "generate"],
        "expires_at": token.expires_at.isoformat() if token.expires_at else "",
    }
    assert entry.agent == "Firefox of a test"
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.url) == (token.user, NoticeKind.SECURITY, ADDRESS)
    assert notice.text == (
        "An API token was made with your account: “Render farm”, for Northlight. Not by you? Revoke it."
    )


def test_nobody_makes_one_without_a_fresh_proof(cast: Cast) -> None:
    answer = cast.creator.post(ADDRESS, fields())

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/accounts/reauthenticate/?next=%2Fprofile%2Ftokens%2F",
    )
    assert not ApiToken.objects.exists()


def test_the_form_is_carried_through_the_proof(cast: Cast) -> None:
    where = cast.creator.post(ADDRESS, fields()).headers["Location"]

    answer = cast.creator.post(where, {"password": PASSWORD, "next": ADDRESS})

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert SHOWN.search(answer.content.decode())
    assert ApiToken.objects.get().name == "Render farm"


def test_a_reload_makes_no_second_one_and_shows_nothing_again(cast: Cast) -> None:
    client, sent = proven(cast.creator), fields()
    text = parse(client.post(ADDRESS, sent).content).find(id="token-text").attributes["value"]

    again = client.post(ADDRESS, sent)

    assert (again.status_code, again.headers["Location"]) == (302, ADDRESS)
    page = client.get(ADDRESS).content.decode()
    assert "nobody can show it again" in page
    assert text not in page
    assert not SHOWN.search(page)
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("at", [ADDRESS, TEAM_ADDRESS])
def test_no_page_shows_more_than_its_first_characters(cast: Cast, at: str) -> None:
    proven(cast.owner).post(ADDRESS, fields())

    answer = cast.owner.get(at)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert f"{ApiToken.objects.get().prefix}…" in answer.content.decode()
    assert not SHOWN.search(answer.content.decode())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Give the token a name that says what uses it, for example “Render farm”."),
        ({"name": "  "}, "Give the token a name that says what uses it, for example “Render farm”."),
        ({"name": "x" * 81}, "Use 80 characters at most."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"team": "elsewhere"}, "You are not in this team any more. Choose another one."),
        ({"team": None}, "Choose a team."),
        ({"scopes": []}, "Choose what the token is for."),
        ({"scopes": ["everything"]}, "There is no such use. Choose from the list."),
        ({"scopes": ["reports"]}, "As a creator of Northlight you cannot do this: Read credit reports."),
        ({"lives": "8"}, "Choose how long the token lives, from the list."),
        ({"lives": None}, "Choose how long the token lives."),
        ({"lives": "date"}, "Choose the last day on which the token works."),
        ({"lives": "date", "on": "soon"}, "Write the day as year, month, day: 2027-03-31."),
        ({"lives": "date", "on": "2020-01-01"}, "Choose a day that is still to come."),
        ({"lives": "date", "on": "2999-01-01"}, "Choose a day in the next ten years."),
        ({"lives": "never"}, "Tick the box as well if the token shall really live until somebody revokes it."),
        ({"once": "x"}, "Send the form again."),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_lost(cast: Cast, changes: dict[str, Any], sentence: str) -> None:
    answer = proven(cast.creator).post(ADDRESS, fields(**changes))

    assert answer.status_code == 422
    assert problems(answer.content) == [sentence]
    page = parse(answer.content)
    if "name" not in changes:
        assert page.find(id="token-name").attributes["value"] == "Render farm"
    if "scopes" not in changes:
        checked = [one for one in page.all("checked") if one.attributes["name"] == "scopes"]
        assert [one.attributes["value"] for one in checked] == ["read", "generate"]
    assert not ApiToken.objects.exists()
    assert not AuditEntry.objects.filter(action=AuditAction.TOKEN_MADE).exists()


def test_for_ever_is_possible_when_it_is_meant(cast: Cast) -> None:
    proven(cast.creator).post(ADDRESS, fields(lives="never", is_meant="on"))

    assert ApiToken.objects.get().expires_at is None


def test_a_day_is_whole_where_the_person_lives(cast: Cast) -> None:
    User.objects.filter(email="bob@example.com").update(time_zone="Pacific/Auckland")
    day = (timezone.now() + timedelta(days=40)).date()

    proven(cast.creator).post(ADDRESS, fields(lives="date", on=day.isoformat()))

    ends = ApiToken.objects.get().expires_at
    assert ends is not None
    local_midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    assert local_midnight - ends in {timedelta(hours=12), timedelta(hours=13)}


def test_the_twenty_first_is_refused_until_one_is_revoked(cast: Cast) -> None:
    bob = User.objects.get(email="bob@example.com")
    first, *_ = [made(bob, cast.stage.team, name=f"Token {number}") for number in range(20)]
    client = proven(cast.creator)

    refused = client.post(ADDRESS, fields())
    client.post(f"{ADDRESS}{first.public_id}/revoke/")
    taken = client.post(ADDRESS, fields())

    assert refused.status_code == 422
    assert problems(refused.content) == [
        "You have 20 tokens for Northlight, which is the most. Revoke one that is not used any more."
    ]
    assert (taken.status_code, ApiToken.objects.filter(revoked_at=None).count()) == (200, 20)


def test_many_in_an_hour_are_refused(cast: Cast) -> None:
    client = proven(cast.creator)
    for _ in range(30):
        client.post(ADDRESS, fields())
        ApiToken.objects.update(revoked_at=timezone.now())

    refused = client.post(ADDRESS, fields())

    assert refused.status_code == 429
    assert problems(refused.content) == [
        "You have made many tokens in the last hour. Wait a while, and revoke those that are not used."
    ]
    assert ApiToken.objects.count() == 30


def test_who_views_as_somebody_makes_no_token_for_them(cast: Cast) -> None:
    client = proven(cast.creator)
    session = client.session
    session["hijack_history"] = [str(cast.stage.owner.pk)]
    session.save()

    answer = client.post(ADDRESS, fields())

    assert answer.status_code == 403
    assert not ApiToken.objects.exists()


def test_one_revokes_ones_own_at_once_and_once(cast: Cast) -> None:
    token = made(cast.stage.owner, cast.stage.team)
    Notice.objects.all().delete()

    first = cast.owner.post(f"{ADDRESS}{token.public_id}/revoke/")
    second = cast.owner.post(f"{ADDRESS}{token.public_id}/revoke/", follow=True)

    assert (first.status_code, first.headers["Location"]) == (302, ADDRESS)
    assert "The token was revoked before." in words(second.content)
    token.refresh_from_db()
    assert (token.revoked_by, token.revoked_at is not None) == (cast.stage.owner, True)
    entry = AuditEntry.objects.get(action=AuditAction.TOKEN_REVOKED)
    assert (entry.actor, entry.target, entry.detail) == (
        cast.stage.owner,
        "Render farm",
        {"starts_with": token.prefix},
    )
    assert not Notice.objects.exists()


def test_nobody_elses_token_is_there_to_be_revoked(cast: Cast) -> None:
    token = made(cast.stage.owner, cast.stage.team)

    for client in (cast.creator, cast.viewer, cast.stranger):
        assert client.post(f"{ADDRESS}{token.public_id}/revoke/").status_code == 404
        assert client.post(f"{ADDRESS}{token.public_id}/revoke/", headers=HX).status_code == 404
        assert client.post(f"{TEAM_ADDRESS}{token.public_id}/revoke/").status_code == 404
    assert cast.nobody.post(f"{ADDRESS}{token.public_id}/revoke/").headers["Location"].startswith("/sign-in/")
    assert ApiToken.objects.get().revoked_at is None


def test_each_address_answers_those_whom_it_is_for(cast: Cast) -> None:
    manager = signed_in(join(cast.stage.team, Role.MANAGER, email="manager@example.com"))

    assert [client.get(ADDRESS).status_code for client in (cast.owner, manager, cast.viewer, cast.stranger)] == [
        200
    ] * 4
    assert [client.get(TEAM_ADDRESS).status_code for client in (cast.owner, manager)] == [200] * 2
    for headers in ({}, HX):
        for client in (cast.creator, cast.viewer, cast.stranger):
            assert client.get(TEAM_ADDRESS, headers=headers).status_code == 404
    for path in (ADDRESS, TEAM_ADDRESS):
        assert cast.nobody.get(path).headers["Location"].startswith("/sign-in/")
    assert cast.owner.get(f"{ADDRESS}{uuid.uuid4()}/revoke/").status_code == 405
    assert TEAM_ADDRESS.encode() in manager.get(TEAM_ADDRESS).content
    assert TEAM_ADDRESS.encode() not in cast.creator.get("/northlight/").content


def test_managers_revoke_those_below_them_and_owners_all(cast: Cast) -> None:
    team = cast.stage.team
    mia, max_ = (join(team, Role.MANAGER, email=f"{name}@example.com", name=name.title()) for name in ("mia", "max"))
    of_owner, of_peer, own = made(cast.stage.owner, team), made(max_, team), made(mia, team)
    below = made(cast.vera, team, name="Vera’s script")
    client = signed_in(mia)
    Notice.objects.all().delete()

    answers = {one: client.post(f"{TEAM_ADDRESS}{one.public_id}/revoke/") for one in (of_owner, of_peer, own, below)}

    assert [answer.status_code for answer in answers.values()] == [404, 404, 302, 302]
    assert answers[below].headers["Location"] == TEAM_ADDRESS
    notice = Notice.objects.get()
    assert (notice.user, notice.text) == (cast.vera, "Mia has revoked your API token “Vera’s script” for Northlight.")
    assert cast.owner.post(f"{TEAM_ADDRESS}{of_peer.public_id}/revoke/").status_code == 302
    assert set(ApiToken.objects.filter(revoked_at=None)) == {of_owner}


def test_a_token_of_another_team_is_not_revoked_through_ones_own(cast: Cast) -> None:
    mallory = User.objects.get(email="mallory@example.com")
    theirs = made(mallory, Team.objects.get(slug="elsewhere"))

    assert cast.owner.post(f"{TEAM_ADDRESS}{theirs.public_id}/revoke/").status_code == 404
    assert cast.stranger.post(f"{TEAM_ADDRESS}{theirs.public_id}/revoke/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_what_has_ended_is_shown_for_ninety_days(cast: Cast) -> None:
    team, owner, now = cast.stage.team, cast.stage.owner, timezone.now()
    live, expired, revoked, old, older = (made(owner, team, name=name) for name in ("A", "B", "C", "D", "E"))
    ApiToken.objects.filter(pk=expired.pk).update(
        created_at=now - timedelta(days=99), expires_at=now - timedelta(days=89)
    )
    revoke_token(revoked, by=owner, now=now)
    ApiToken.objects.filter(pk=old.pk).update(revoked_at=now - timedelta(days=91), revoked_by=owner)
    ApiToken.objects.filter(pk=older.pk).update(
        created_at=now - timedelta(days=99), expires_at=now - timedelta(days=91)
    )

    page = parse(cast.owner.get(ADDRESS).content)

    shown = [one.attributes["id"] for one in page.all("id") if one.attributes["id"].startswith("token-")]
    rows = [f"token-{one.public_id}" for one in (revoked, live, expired)]
    assert [one for one in shown if len(one) > 36] == rows
    assert ["class" in row(page, one).attributes for one in (live, expired, revoked)] == [False, True, True]
    assert [action for one in (live, expired, revoked) for action in row(page, one).all("action")] != []
    assert row(page, expired).all("action") == row(page, revoked).all("action") == []


def test_a_token_that_waits_says_why(cast: Cast) -> None:
    token = made(cast.stage.owner, cast.stage.team)
    Team.objects.update(is_second_factor_required=True)

    said = row(parse(cast.owner.get(ADDRESS).content), token).text

    assert "Refused until there is a second factor." in said


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_ask_the_same_however_long_they_are(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        other = join(cast.stage.team, Role.CREATOR, email=f"c{number}@example.com")
        made(other, cast.stage.team)
        made(cast.stage.owner, cast.stage.team, name=f"Mine {number}")

    with django_assert_num_queries(LIST_QUERIES):
        cast.owner.get(ADDRESS)
    with django_assert_num_queries(TEAM_LIST_QUERIES):
        cast.owner.get(TEAM_ADDRESS)


def test_names_turn_nothing_round(cast: Cast) -> None:
    made(cast.stage.owner, cast.stage.team, name="\u202egnp.<b>")

    page = cast.owner.get(ADDRESS).content.decode()

    assert "<bdi>\u202egnp.&lt;b&gt;</bdi>" in page


def test_a_team_that_is_being_deleted_is_not_offered(cast: Cast) -> None:
    now = timezone.now()
    other = TeamFactory.create(slug="other", owner=cast.stage.owner)
    Team.objects.filter(pk=other.pk).update(
        deletion_asked_at=now, deletion_asked_by=cast.stage.owner, deletion_due_at=now + timedelta(days=30)
    )

    answer = proven(cast.owner).post(ADDRESS, fields(team="other"))

    assert answer.status_code == 422
    assert problems(answer.content) == ["You are not in this team any more. Choose another one."]


def test_without_a_team_there_is_nothing_to_make(db: None) -> None:
    user = User.objects.create_user("lone@example.com", PASSWORD)

    said = words(signed_in(user).get(ADDRESS).content)

    assert "you are in none just now" in said


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.stage.owner)
    token = made(cast.stage.owner, cast.stage.team)

    for path in (ADDRESS, f"{ADDRESS}{token.public_id}/revoke/", f"{TEAM_ADDRESS}{token.public_id}/revoke/"):
        assert proven(client).post(path, fields()).status_code == 403
    assert ApiToken.objects.get().revoked_at is None
