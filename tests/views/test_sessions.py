"""The sessions page, and what ends sessions: a press, a new password, removal."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from accounts.enums import AuditAction
from accounts.models import AuditEntry, Notice, User
from accounts.sessions import end_sessions
from tests.factories import PASSWORD, UserFactory
from tests.views.cast import signed_in
from tests.views.entrance import browser_of, sign_in
from tests.views.html import parse

pytestmark = pytest.mark.django_db
PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
    "Mobile/15E148 Safari/604.1"
)
NEW_PASSWORD = "the herons stand in the reeds"


@pytest.fixture
def noor() -> User:
    return UserFactory.create(email="noor@example.com")


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def rows_of(client: Client) -> list[str]:
    page = parse(client.get(PAGE).content)
    return [row.text for row in page.all("id") if row.tag == "tr"]


def test_the_page_says_which_browsers_and_where_and_marks_this_one(noor: User) -> None:
    browser_of(noor, agent=PHONE)
    client = browser_of(noor, agent=FIREFOX)
    browser_of(noor, agent="")

    rows = rows_of(client)

    assert len(rows) == 3
    assert rows[0].startswith("an unknown browser 127.0.0.1 ")
    assert rows[1].startswith("Firefox on Windows 127.0.0.1 ")
    assert rows[2].startswith("Mobile Safari on iOS 127.0.0.1 ")
    assert [row.split()[-2:] for row in rows] == [["End", "it"], ["This", "one"], ["End", "it"]]


@pytest.mark.parametrize("others", [0, 2])
def test_the_page_asks_the_database_as_often_for_one_session_as_for_three(
    noor: User, others: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(others):
        browser_of(noor)
    client = browser_of(noor)

    with django_assert_num_queries(5):  # session, person, rows, sessions of the rows, unread notices
        assert len(rows_of(client)) == 1 + others


def test_one_session_is_ended(noor: User) -> None:
    other, client = browser_of(noor), browser_of(noor)
    row = UserSession.objects.order_by("pk")[0]

    answer = client.post(f"{PAGE}{row.pk}/end/", follow=True)

    assert answer.redirect_chain == [(PAGE, 302)]
    assert "The session has ended." in answer.content.decode()
    assert (is_in(other), is_in(client)) == (False, True)
    assert len(rows_of(client)) == 1
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.detail) == (AuditAction.SESSIONS_ENDED, noor, {"sessions_ended": 1})


def test_the_session_of_another_person_is_not_ended(noor: User) -> None:
    stranger = browser_of(UserFactory.create())
    row = UserSession.objects.get()
    client = browser_of(noor)

    answer = client.post(f"{PAGE}{row.pk}/end/", follow=True)

    assert "That session had ended already." in answer.content.decode()
    assert is_in(stranger)
    assert not AuditEntry.objects.filter(action=AuditAction.SESSIONS_ENDED).exists()


def test_all_other_sessions_are_ended(noor: User) -> None:
    others, client = [browser_of(noor) for _ in range(2)], browser_of(noor)
    stranger = browser_of(UserFactory.create())

    answer = client.post(f"{PAGE}end/", follow=True)

    assert "Sessions that have ended: 2." in answer.content.decode()
    assert [is_in(other) for other in others] == [False, False]
    assert (is_in(client), is_in(stranger)) == (True, True)


def test_signing_out_everywhere_ends_this_one_too(noor: User) -> None:
    other, client = browser_of(noor), browser_of(noor)

    answer = client.post(f"{PAGE}end/", {"here": "too"})

    assert answer.headers["Location"] == "/sign-in/"
    assert "You are signed out everywhere." in client.get("/sign-in/").content.decode()
    assert (is_in(other), is_in(client)) == (False, False)
    assert AuditEntry.objects.latest("pk").detail == {"sessions_ended": 2}
    assert (Session.objects.filter(session_data__contains="auth").count(), UserSession.objects.count()) == (0, 0)


def test_by_htmx_signing_out_everywhere_leads_to_the_sign_in_page(noor: User) -> None:
    client = browser_of(noor)

    answer = client.post(f"{PAGE}end/", {"here": "too"}, headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == "/sign-in/"


def test_a_cookie_from_before_a_new_password_is_dead(noor: User) -> None:
    other, client = browser_of(noor), browser_of(noor)
    before = client.cookies["sessionid"].value

    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )

    assert answer.headers["Location"] == "/accounts/password/change/"
    assert (is_in(other), is_in(client)) == (False, True)
    thief = Client()
    thief.cookies["sessionid"] = before
    assert not is_in(thief)
    assert len(rows_of(client)) == 1
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.detail["sessions_ended"]) == (AuditAction.PASSWORD_CHANGED, noor, 1)
    assert Notice.objects.get().text.startswith("Your password was changed.")
    assert sign_in(Client(), noor.email, NEW_PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"oldpassword": "wrong"}, "id_oldpassword-error"),
        ({"password1": "short", "password2": "short"}, "id_password1-error"),
        ({"password2": "another one altogether"}, "id_password2-error"),
    ],
)
def test_a_bad_new_password_changes_nothing(noor: User, changes: dict[str, str], place: str) -> None:
    other, client = browser_of(noor), browser_of(noor)
    fields = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, **changes}

    answer = client.post("/accounts/password/change/", fields)

    assert answer.status_code == 422
    assert parse(answer.content).find(id=place).text
    assert (is_in(other), is_in(client)) == (True, True)


def test_signing_out_takes_the_row_along(noor: User) -> None:
    client = browser_of(noor)

    client.post("/sign-out/")

    assert not UserSession.objects.exists()


def test_sessions_that_began_elsewhere_end_too(noor: User) -> None:
    by_page, by_other_ways, stranger = browser_of(noor), signed_in(noor), signed_in(UserFactory.create())

    assert end_sessions(noor) == 2

    assert (is_in(by_page), is_in(by_other_ways), is_in(stranger)) == (False, False, True)
    assert end_sessions(noor) == 0


def test_one_session_is_kept(noor: User) -> None:
    kept, other = signed_in(noor), signed_in(noor)

    assert end_sessions(noor, keep=kept.session.session_key) == 1

    assert (is_in(kept), is_in(other)) == (True, False)


@pytest.mark.parametrize("engine", ["cache", "cached_db"])
def test_sessions_end_wherever_they_are_stored(noor: User, settings: Settings, engine: str) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    clients = [browser_of(noor) for _ in range(2)]
    assert [is_in(client) for client in clients] == [True, True]

    assert end_sessions(noor) == 2

    assert [is_in(client) for client in clients] == [False, False]


def test_a_session_of_an_old_password_is_not_listed(noor: User) -> None:
    browser_of(noor)
    noor.set_password(NEW_PASSWORD)  # as the command `changepassword` does
    noor.save()
    client = Client()
    sign_in(client, noor.email, NEW_PASSWORD)

    assert len(rows_of(client)) == 1


def test_nobody_is_led_to_the_sign_in_page(client: Client) -> None:
    assert client.get(PAGE).headers["Location"].startswith("/sign-in/")
    assert client.post(f"{PAGE}end/").headers["Location"].startswith("/sign-in/")
    assert client.post(f"{PAGE}1/end/").headers["Location"].startswith("/sign-in/")
