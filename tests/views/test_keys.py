"""The page about a team's key: who may see it, what it says, and what never stands on it."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.enums import Role
from studio.enums import StatusCode
from studio.generations.provider_keys import enter_key, mark_of, opened
from studio.models import Breaker, ProviderKey, WorkerHeartbeat
from tests.factories import join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import parse

KEY, NEXT = (f"key_{letters * 64}" for letters in ("ab", "cd"))
ADDRESS = "/northlight/keys/"
PAGE_QUERIES = 11


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> None:
    settings.PROVIDER_KEYS_SECRET = ["a secret of forty characters or so, for tests"]


def enter(client: Client, **fields: str) -> HttpResponse:
    return client.post(ADDRESS, {"key": KEY, **fields})  # type: ignore[return-value]  # the client's own kind


def text_of(client: Client) -> str:
    return " ".join(parse(client.get(ADDRESS).content).text.split())


def checked(code: StatusCode = StatusCode.NONE, balance: int | None = 1_234) -> None:
    ProviderKey.objects.active().update(checked_at=timezone.now(), check_code=code, balance_credits=balance)


def test_owners_alone_see_and_change_it(cast: Cast) -> None:
    manager = signed_in(join(cast.stage.team, Role.MANAGER, email="manager@example.com"))

    assert cast.owner.get(ADDRESS).status_code == 200
    for client in (manager, cast.creator, cast.viewer, cast.stranger):
        assert client.get(ADDRESS).status_code == 404
        assert enter(client).status_code == 404
        assert client.post(f"{ADDRESS}retire/").status_code == 404
    assert cast.nobody.get(ADDRESS).headers["Location"].startswith("/sign-in/")
    assert not ProviderKey.objects.exists()


def test_only_owners_are_shown_the_way_there(cast: Cast) -> None:
    assert ADDRESS.encode() in cast.owner.get("/northlight/").content
    assert ADDRESS.encode() not in cast.creator.get("/northlight/").content


def test_a_key_is_stored_encrypted_and_shown_by_its_last_four_characters(cast: Cast) -> None:
    assert "No key of its own" in text_of(cast.owner)

    answer = enter(cast.owner)

    assert (answer.status_code, answer.headers["Location"]) == (302, ADDRESS)
    entered = ProviderKey.objects.get()
    assert (entered.last_four, entered.account, entered.created_by) == ("abab", mark_of(KEY), cast.stage.owner)
    assert opened(entered.ciphertext) == KEY
    shown = text_of(cast.owner)
    assert "•••• ends with abab" in shown.replace("••••ends", "•••• ends")
    assert "Checking this key" in shown
    assert "entered by Alice" in shown


@pytest.mark.parametrize("key", ["", "key_123", KEY[:-1], KEY + "0", KEY.upper(), "sk-" + "a" * 60, "x" * 500])
def test_what_cannot_be_a_key_is_said_at_once_and_never_shown_again(cast: Cast, key: str) -> None:
    answer = enter(cast.owner, key=key, on_behalf_of="the films")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in page
    assert 'value="the films"' in page
    assert not key or key not in page
    assert not ProviderKey.objects.exists()


@pytest.mark.parametrize(
    ("code", "balance", "said"),
    [
        (StatusCode.NONE, 1_234, "Works: 1,234 credits left"),
        (StatusCode.NONE, None, "Works"),
        (StatusCode.NONE, 0, "its account is empty"),
        (StatusCode.KEY_REFUSED, None, "The simulator refuses this key: it is wrong, or was disabled."),
        (StatusCode.LINE_STOPPED, None, "The simulator refuses this key: the provider forbids"),
        (StatusCode.PROVIDER_DOWN, None, "does not answer just now"),
        (StatusCode.KEY_UNREADABLE, None, "cannot be opened any more"),
        (StatusCode.PROVIDER_BUSY, None, "asks to wait"),
    ],
)
def test_it_says_what_the_provider_said(cast: Cast, code: StatusCode, balance: int | None, said: str) -> None:
    enter(cast.owner)
    checked(code, balance)

    assert said in text_of(cast.owner)


def test_it_looks_again_by_itself_until_the_key_is_checked(cast: Cast) -> None:
    enter(cast.owner)
    card = parse(cast.owner.get(ADDRESS).content).find(id="key").attributes
    assert (card["hx-get"], card["hx-trigger"]) == (ADDRESS, "every 2s")
    assert cast.owner.get(ADDRESS, headers=HX).status_code == 204

    checked()
    answer = cast.owner.get(ADDRESS, headers=HX)

    assert answer.headers["Cache-Control"] == "no-store"
    assert b"1,234 credits left" in answer.content
    assert b"hx-get" not in answer.content
    assert b"<html" not in answer.content


def test_another_key_replaces_it_and_retiring_leaves_none(cast: Cast) -> None:
    enter(cast.owner)
    enter(cast.owner, key=NEXT, on_behalf_of="the films")
    assert [(one.last_four, one.is_active) for one in ProviderKey.objects.order_by("pk")] == [
        ("abab", False),
        ("cdcd", True),
    ]
    assert "on behalf of the films" in text_of(cast.owner)

    cast.owner.post(f"{ADDRESS}retire/")

    assert not ProviderKey.objects.active().exists()
    assert "No key of its own" in text_of(cast.owner)
    cast.owner.post(f"{ADDRESS}retire/")
    assert "somebody was faster" in text_of(cast.owner)


def test_without_a_secret_nobody_can_enter_one(cast: Cast, settings: Settings) -> None:
    settings.PROVIDER_KEYS_SECRET = []

    assert "PROVIDER_KEYS_SECRET is not set" in text_of(cast.owner)
    assert enter(cast.owner).status_code == 422
    assert not ProviderKey.objects.exists()


def test_a_name_that_no_header_carries_is_refused(cast: Cast) -> None:
    assert enter(cast.owner, on_behalf_of="Häfen").status_code == 422
    assert enter(cast.owner, on_behalf_of="two\nlines").status_code == 422


def test_with_cometapi_its_keys_are_taken(cast: Cast, settings: Settings) -> None:
    settings.VIDEO_PROVIDER = "cometapi"

    assert enter(cast.owner, key="sk-a key").status_code == 422
    assert enter(cast.owner, key="sk-" + "a" * 48).status_code == 302
    assert ProviderKey.objects.get().provider == "cometapi"
    assert 'name="on_behalf_of"' not in cast.owner.get(ADDRESS).content.decode()


def test_the_page_costs_the_same_queries_for_any_number_of_retired_keys(
    cast: Cast, running_engine: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for letters in ("ab", "cd", "ef"):
        enter_key(cast.stage.team, key=f"key_{letters * 64}", on_behalf_of="", by=cast.stage.owner, now=timezone.now())
        with django_assert_num_queries(PAGE_QUERIES):
            cast.owner.get(ADDRESS)


def _refused(account: str) -> None:
    now = timezone.now()
    Breaker.objects.create(
        provider="simulator", account=account, code=StatusCode.KEY_REFUSED, strikes=3, opened_at=now,
        retry_at=now + timedelta(minutes=5),
    )  # fmt: skip


def test_a_refused_key_of_the_team_is_told_with_the_way_to_mend_it(cast: Cast, running_engine: None) -> None:
    enter(cast.owner)
    _refused(mark_of(KEY))

    mine = cast.owner.get("/northlight/harbour/").content.decode()
    assert "The provider refuses this team&#x27;s key" in mine
    assert f'href="{ADDRESS}"' in mine
    seen = cast.viewer.get("/northlight/harbour/").content.decode()
    assert "Ask an owner of the team to mend it." in seen
    assert ADDRESS not in seen
    assert b"refuses" not in cast.stranger.get("/elsewhere/").content


def test_the_installations_trouble_is_not_told_to_a_team_with_its_own_key(cast: Cast, running_engine: None) -> None:
    enter(cast.owner)
    _refused("0123456789abcdef")
    WorkerHeartbeat.objects.update(trouble=StatusCode.KEY_REFUSED)

    assert b"refuses" not in cast.owner.get("/northlight/harbour/").content
    assert b"refuses" in cast.stranger.get("/elsewhere/").content


def test_the_line_of_another_teams_key_is_not_to_be_tried(cast: Cast) -> None:
    enter(cast.owner)
    _refused(mark_of(KEY))
    breaker = Breaker.objects.get()

    for client, team in ((cast.stranger, "elsewhere"), (cast.owner, "northlight")):
        client.post(f"/{team}/lines/{breaker.pk}/try/")
        moved = Breaker.objects.get().retry_at != breaker.retry_at
        assert moved == (team == "northlight")
