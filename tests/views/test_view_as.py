"""Viewing the site as somebody else: by whom, how it is told, and that nothing can be done meanwhile."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind
from accounts.models import ApiToken, AuditEntry, Notice, User
from accounts.viewing import is_closed
from studio.config.urls import urlpatterns
from tests.authorization.addresses import every_address
from tests.factories import UserFactory
from tests.views.back_office import chief, clerk, page_of, with_factor
from tests.views.cast import HX, Cast, signed_in

__all__ = ["chief", "clerk"]

ACQUIRE, RELEASE = "/hijack/acquire/", "/hijack/release/"
CLOSED = [
    "/profile/tokens/",
    "/profile/data/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/northlight/keys/",
    "/northlight/export/",
    "/northlight/delete/",
]


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.VIEW_AS = True


@pytest.fixture(autouse=True)
def strict_templates() -> None:
    """Instead of the one for our own templates: the admin's theme shows variables that are not there."""


def begin(staff: User, person: User, **headers: Any) -> tuple[Client, Any]:
    client = signed_in(staff)
    return client, client.post(ACQUIRE, {"user_pk": person.pk, "next": "/northlight/"}, **headers)


def viewing(staff: User, person: User) -> Client:
    client, answer = begin(staff, person)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/northlight/")
    return client


def test_a_superuser_sees_what_the_person_sees_and_a_banner_says_so(cast: Cast, chief: User) -> None:
    client = viewing(chief, cast.vera)

    page = client.get("/northlight/").content.decode()

    assert '<b dir="auto">Vera</b>' in page
    assert "You can look, and change nothing." in page
    assert f'action="{RELEASE}"' in page
    assert "Create</button>" not in page, "a viewer makes no project"
    assert 'style="' not in page


def test_it_ends_with_a_button_and_leads_back(cast: Cast, chief: User) -> None:
    client = viewing(chief, cast.vera)

    answer = client.post(RELEASE, {"next": page_of(cast.vera)})

    assert answer.headers["Location"] == page_of(cast.vera)
    assert client.get(page_of(cast.vera)).status_code == 200
    assert client.get("/northlight/").status_code == 404, "staff is in no team of its own accord"


def test_the_log_and_the_person_are_told(cast: Cast, chief: User) -> None:
    client = viewing(chief, cast.vera)
    client.post(RELEASE)

    told = AuditEntry.objects.filter(action__in=[AuditAction.VIEWED_AS, AuditAction.VIEWED_AS_ENDED]).order_by("pk")
    assert list(told.values_list("action", "actor", "about", "target")) == [
        (AuditAction.VIEWED_AS, chief.pk, cast.vera.pk, "Vera"),
        (AuditAction.VIEWED_AS_ENDED, chief.pk, cast.vera.pk, "Vera"),
    ]
    notice = Notice.objects.get(user=cast.vera, kind=NoticeKind.SECURITY)
    assert notice.text == "A member of the staff looks at Dailies as you see it. They change nothing."


def test_lines_of_the_log_name_who_is_behind(cast: Cast, chief: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = viewing(chief, cast.vera)
    monkeypatch.setattr(
        "studio.views.teams.covers",
        lambda member: [record(AuditAction.DATA_EXPORTED, by=member.user)][1:],
    )

    client.get("/northlight/")

    entry = AuditEntry.objects.get(action=AuditAction.DATA_EXPORTED)
    assert (entry.actor, entry.staff) == (cast.vera, chief)


@pytest.mark.parametrize("headers", [{}, HX])
def test_nothing_is_changed_meanwhile(cast: Cast, chief: User, headers: dict[str, str]) -> None:
    client = viewing(chief, cast.stage.owner)

    answer = client.post("/northlight/projects/new/", {"name": "Not theirs"}, headers=headers)

    assert answer.status_code == 403
    assert "you can look, and change nothing. End the view first." in answer.content.decode()
    assert not cast.stage.team.projects.filter(name="Not theirs").exists()
    assert ("HX-Trigger" in answer.headers) is bool(headers)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_unsafe_methods_are_refused_too(cast: Cast, chief: User, method: str) -> None:
    client = viewing(chief, cast.stage.owner)

    assert getattr(client, method)("/northlight/").status_code == 403


@pytest.mark.parametrize("path", CLOSED)
def test_what_is_the_persons_alone_is_closed(cast: Cast, chief: User, path: str) -> None:
    client = viewing(chief, cast.stage.owner)

    answer = client.get(path)

    assert answer.status_code == 403
    assert "closed while you view the site as them" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_all_that_allauth_serves_is_closed() -> None:
    served = {address.name for address in every_address() if address.route.startswith("accounts/") and address.name}

    assert urlpatterns
    assert {name for name in served if not is_closed(name) and "/" not in name} == {"theme"}


def test_there_is_no_view_out_of_a_view(cast: Cast, chief: User) -> None:
    client = viewing(chief, cast.vera)

    assert client.post(ACQUIRE, {"user_pk": cast.stage.owner.pk}).status_code in {403, 404}
    assert '<b dir="auto">Vera</b>' in client.get("/northlight/").content.decode()


@pytest.mark.parametrize("fields", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}])
def test_staff_and_closed_accounts_are_viewed_as_by_nobody(cast: Cast, chief: User, fields: dict[str, bool]) -> None:
    person = UserFactory.create(**fields)

    _, answer = begin(chief, person)

    assert answer.status_code in {403, 404}
    assert not AuditEntry.objects.filter(action=AuditAction.VIEWED_AS).exists()


def test_others_than_superusers_find_nothing_there(cast: Cast, clerk: User) -> None:
    answers = [client.post(ACQUIRE, {"user_pk": cast.vera.pk}) for client in (signed_in(clerk), cast.owner)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_switched_off_there_is_nothing_for_anybody(cast: Cast, chief: User, settings: Settings) -> None:
    settings.VIEW_AS = False
    client, answer = begin(chief, cast.vera)

    assert answer.status_code == 404
    assert client.post(RELEASE).status_code == 404
    assert "View Dailies as" not in client.get(page_of(cast.vera)).content.decode()


def test_the_button_stands_where_it_may_be_pressed(cast: Cast, chief: User) -> None:
    client, other = signed_in(chief), with_factor(UserFactory.create(is_staff=True, name="Clerk"))

    assert "View Dailies as Vera" in client.get(page_of(cast.vera)).content.decode()
    assert "View Dailies as" not in client.get(page_of(other)).content.decode()


def test_a_view_that_was_begun_is_refused_once_it_is_switched_off(cast: Cast, chief: User, settings: Settings) -> None:
    client = viewing(chief, cast.vera)
    settings.VIEW_AS = False

    assert client.post("/northlight/projects/new/", {"name": "x"}).status_code == 403
    assert client.post(RELEASE).status_code == 302, "who is in must come out"
