"""API tokens in the domain: their form, who may have one, and what happens when two ask at once."""

import re
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import AuditAction, Role, Scope
from accounts.models import ApiToken, AuditEntry, Membership, Notice, Team, User
from accounts.tokens import (
    ALPHABET,
    MadeBefore,
    Refused,
    bearer,
    caller_of,
    is_token,
    make_token,
    new_token,
    note_use,
    revoke_token,
    scopes_for,
)
from tests.factories import TeamFactory, join
from tests.views.scripts import quiet_factories

__all__ = ["quiet_factories"]

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")


@pytest.fixture
def place(db: None) -> Membership:
    """A creator in a team."""
    team = TeamFactory.create(name="Northlight", slug="northlight")
    return Membership.objects.get(user=join(team, Role.CREATOR, email="bob@example.com", name="Bob"))


def make(place: Membership, **changes: Any) -> tuple[ApiToken, str]:
    values: dict[str, Any] = {
        "name": "Script",
        "scopes": [Scope.READ],
        "expires_at": None,
        "public_id": uuid.uuid4(),
        "now": timezone.now(),
        **changes,
    }
    return make_token(place, **values)


def request(header: str, **environ: str) -> HttpRequest:
    return RequestFactory().get("/", headers={"Authorization": header}, **environ)  # type: ignore[arg-type]  # META


def test_a_token_has_a_form_that_scanners_know() -> None:
    tokens = [new_token() for _ in range(200)]

    assert all(re.fullmatch(r"dly_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", text) for text, _ in tokens)
    assert all(text.startswith(f"{prefix}_") and len(prefix) == 12 for text, prefix in tokens)
    assert len({text for text, _ in tokens}) == len({prefix for _, prefix in tokens}) == 200
    assert len({text[13:45] for text, _ in tokens}) == 200


def test_the_checksum_is_one_that_others_can_compute() -> None:
    """CRC-32 of all before it, in base 62 with 0-9, a-z, A-Z: as `docs/api-tokens.md` says."""
    known = "dly_abcdefgh_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123454u1Wqz"

    assert is_token(known)
    assert not is_token(known[:-1] + "0")
    assert not is_token(known.lower())


@pytest.mark.parametrize("place", [4, 12, 13, 30, 44, 50])
def test_one_wrong_character_is_noticed_without_the_database(
    place: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    text, _ = new_token()
    wrong = text[:place] + ALPHABET[(ALPHABET.find(text[place]) + 1) % len(ALPHABET)] + text[place + 1 :]

    with django_assert_num_queries(0):
        assert bearer(request(f"Bearer {wrong}")) is None
        assert bearer(request(f"Bearer {text[:-1]}")) is None
        assert bearer(request(f"Bearer {text}x")) is None


def test_bearer_is_the_token_that_opens_something(place: Membership) -> None:
    token, text = make(place)

    assert bearer(request(f"Bearer {text}")) == token
    assert bearer(request(text)) is None
    assert bearer(request(f"Token {text}")) is None
    assert bearer(request("")) is None
    revoke_token(token, by=place.user, now=timezone.now())
    assert bearer(request(f"Bearer {text}")) is None


def test_the_caller_is_the_person_in_the_team(
    place: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token, text = make(place, scopes=[Scope.READ, Scope.GENERATE])

    with django_assert_num_queries(2):
        caller = caller_of(request(f"Bearer {text}"), now=timezone.now())

    assert (caller.token, caller.user, caller.team) == (token, place.user, place.team)
    assert [caller.may(scope) for scope in Scope] == [True, True, False]


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        (Role.VIEWER, [Scope.READ]),
        (Role.CREATOR, [Scope.READ, Scope.GENERATE]),
        (Role.MANAGER, list(Scope)),
        (Role.OWNER, list(Scope)),
    ],
)
def test_scopes_go_as_far_as_the_role(role: Role, scopes: list[Scope]) -> None:
    assert scopes_for(role) == scopes


def test_a_scope_beyond_the_role_is_refused(place: Membership) -> None:
    with pytest.raises(
        ValidationError, match=r"^\['As a creator of Northlight you cannot do this: Read credit reports.'\]$"
    ):
        make(place, scopes=list(Scope))

    assert not ApiToken.objects.exists()


def test_a_scope_that_this_version_does_not_know_opens_nothing(place: Membership) -> None:
    _, text = make(place)
    ApiToken.objects.update(scopes=["admin", "*"])

    caller = caller_of(request(f"Bearer {text}"), now=timezone.now())

    assert [caller.may(scope) for scope in Scope] == [False, False, False]


def test_who_has_left_meanwhile_gets_none(place: Membership) -> None:
    stale = Membership.objects.get(pk=place.pk)
    place.delete()

    with pytest.raises(ValidationError, match="not in this team any more"):
        make(stale)

    assert [rows.objects.count() for rows in (ApiToken, AuditEntry, Notice)] == [0, 0, 0]


def test_who_has_been_lowered_meanwhile_gets_what_is_left(place: Membership) -> None:
    Membership.objects.filter(pk=place.pk).update(role=Role.VIEWER)

    with pytest.raises(ValidationError, match="As a viewer of Northlight"):
        make(place, scopes=[Scope.GENERATE])


def test_the_same_form_makes_one(place: Membership) -> None:
    once = uuid.uuid4()
    make(place, public_id=once)

    with pytest.raises(MadeBefore):
        make(place, public_id=once)

    assert ApiToken.objects.count() == 1
    assert AuditEntry.objects.filter(action=AuditAction.TOKEN_MADE).count() == 1


def test_ended_ones_do_not_count_among_the_twenty(place: Membership) -> None:
    for _ in range(20):
        make(place)
    with pytest.raises(ValidationError, match="You have 20 tokens for Northlight"):
        make(place)
    one, other = ApiToken.objects.all()[:2]
    revoke_token(one, by=place.user, now=timezone.now())
    past = timezone.now() - timedelta(days=3)
    ApiToken.objects.filter(pk=other.pk).update(created_at=past, expires_at=past + timedelta(days=1))

    make(place)
    make(place)

    assert ApiToken.objects.count() == 22


def test_another_team_has_its_own_twenty(place: Membership) -> None:
    other = Membership.objects.create(team=TeamFactory.create(), user=place.user, role=Role.VIEWER)
    for _ in range(20):
        make(place)

    make(other)

    assert ApiToken.objects.filter(team=other.team).count() == 1


def test_it_ends_at_its_moment_and_not_before(place: Membership) -> None:
    now = timezone.now()
    _, text = make(place, expires_at=now + timedelta(days=7))

    assert caller_of(request(f"Bearer {text}"), now=now + timedelta(days=7, microseconds=-1)).user == place.user
    with pytest.raises(Refused, match="has expired"):
        caller_of(request(f"Bearer {text}"), now=now + timedelta(days=7))


def test_a_use_that_cannot_be_noted_is_no_failure(place: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    token, _ = make(place)

    def broken(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the database is locked")

    monkeypatch.setattr("accounts.tokens.ApiToken.objects.filter", broken)
    note_use(token, request("x"), now=timezone.now())
    monkeypatch.undo()

    assert ApiToken.objects.get().last_used_at is None


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("unix:", None),
        ("", None),
        ("10.0.0.7", "10.0.0.7"),
    ],
)
def test_where_it_was_used_is_stored_if_it_can_be(place: Membership, address: str, stored: str | None) -> None:
    token, _ = make(place)

    note_use(token, request("x", REMOTE_ADDR=address), now=timezone.now())

    assert ApiToken.objects.get().last_used_ip == stored


def test_a_forged_address_counts_for_nothing(place: Membership) -> None:
    token, _ = make(place)

    note_use(token, request("x", HTTP_X_FORWARDED_FOR="6.6.6.6"), now=timezone.now())

    assert ApiToken.objects.get().last_used_ip == "127.0.0.1"


def at_once(count: int, work: Callable[[], object]) -> list[object]:
    """The results, or the exceptions, of so many threads that start together."""
    gate = threading.Barrier(count)

    def run() -> object:
        gate.wait(10)
        try:
            return work()
        except (ValidationError, MadeBefore, IntegrityError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return [one.result(30) for one in [pool.submit(run) for _ in range(count)]]


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_eight_forms_at_once_make_no_twenty_first() -> None:
    team = TeamFactory.create()
    place = Membership.objects.get(user=join(team, Role.CREATOR))
    for _ in range(18):
        make(place)

    results = at_once(8, lambda: make(place))

    assert sum(isinstance(one, tuple) for one in results) == 2
    assert ApiToken.objects.count() == 20


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one() -> None:
    place = Membership.objects.get(user=join(TeamFactory.create(), Role.CREATOR))
    once = uuid.uuid4()

    results = at_once(6, lambda: make(place, public_id=once))

    assert sorted(type(one).__name__ for one in results) == ["MadeBefore"] * 5 + ["tuple"]
    assert ApiToken.objects.count() == 1


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_two_who_revoke_at_once_are_told_once() -> None:
    place = Membership.objects.get(user=join(TeamFactory.create(), Role.CREATOR))
    token, _ = make(place)

    results = at_once(6, lambda: revoke_token(token, by=place.user, now=timezone.now()))

    assert sorted(map(bool, results)) == [False] * 5 + [True]
    assert AuditEntry.objects.filter(action=AuditAction.TOKEN_REVOKED).count() == 1


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_who_is_being_let_go_waits_and_then_gets_none() -> None:
    place = Membership.objects.get(user=join(TeamFactory.create(), Role.CREATOR))
    result: list[object] = []

    def late() -> None:
        result.extend(at_once(1, lambda: make(place)))

    with transaction.atomic():
        Membership.objects.select_for_update().get(pk=place.pk)
        thread = threading.Thread(target=late)
        thread.start()
        thread.join(0.5)
        assert result == []
        Membership.objects.filter(pk=place.pk).delete()
    thread.join(10)

    assert isinstance(result[0], ValidationError)
    assert not ApiToken.objects.exists()
    assert (User.objects.count(), Team.objects.count(), connection.vendor) == (2, 1, "postgresql")
