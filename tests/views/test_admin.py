"""The Django admin: who enters, what is shown, and that nothing can be destroyed there."""

from typing import Any

import pytest
from django.contrib.admin import site as default_site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, User
from studio.admin.base import changed_fields
from studio.admin.dashboard import numbers
from studio.admin.site import staff_site
from studio.admin.teams import stored_bytes
from studio.models import ProviderKey
from tests.authorization.scenery import House
from tests.factories import TeamFactory, UserFactory, join
from tests.views.back_office import (
    chief,
    clerk,
    furnished,
    house,
    list_of,
    page_of,
    strict_templates,
    with_factor,
)
from tests.views.cast import signed_in

__all__ = ["chief", "clerk", "house", "strict_templates"]
PAGES = ["/admin/", "/admin/accounts/user/", "/admin/studio/ledgerentry/", "/admin/login/", "/admin/no-such-page/"]
LIST_QUERIES = 4
SECRETS = ("gAAAAA-sealed", "a-hash-of-a-token", "a-hash-of-a-link", "argon2", "md5$")
MODELS = sorted(staff_site._registry, key=lambda model: model._meta.label)
EDITED = {"accounts.User", "accounts.Team", "auth.Group"}
names = [model._meta.label for model in MODELS]


# Who enters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_the_admin_is_not_there_for_others(db: None, path: str) -> None:
    team = TeamFactory.create()
    for user in (*User.objects.all(), join(team, Role.VIEWER), with_factor(UserFactory.create())):
        assert signed_in(user).get(path).status_code == 404
        assert signed_in(user).post(path).status_code == 404
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in/?next={path}")


@pytest.mark.parametrize("path", PAGES)
def test_staff_without_a_second_factor_is_sent_to_set_one_up(db: None, path: str) -> None:
    client = signed_in(User.objects.create_superuser("new@example.com"))

    answer = client.get(path, follow=True)

    assert answer.redirect_chain == [("/accounts/2fa/", 302)]
    assert "The admin asks for a second factor." in answer.content.decode()


def test_the_second_factor_can_be_waived_by_a_setting(db: None, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False

    assert signed_in(User.objects.create_superuser("new@example.com")).get("/admin/").status_code == 200


def test_staff_that_is_kept_out_is_signed_out(chief: User) -> None:
    client = signed_in(chief)
    User.objects.filter(pk=chief.pk).update(is_active=False)

    assert client.get("/admin/").headers["Location"] == "/sign-in/?next=/admin/"


def test_no_other_form_signs_anybody_in_or_changes_a_password(chief: User) -> None:
    UserFactory.create(email="root@example.com", is_staff=True, is_superuser=True)
    client = signed_in(chief)

    answer = client.post("/admin/login/", {"username": "root@example.com", "password": "the gulls wheel overhead"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert client.get("/admin/").context["user"] == chief
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"
    assert client.get("/admin/password_change/done/").headers["Location"] == "/admin/"
    assert client.post("/admin/logout/").headers["Location"] == "/sign-in/"
    assert client.get("/admin/").status_code == 302


def test_staff_sees_what_it_has_permission_for(clerk: User, house: House) -> None:
    client = signed_in(clerk)

    assert client.get("/admin/accounts/user/").status_code == 200
    assert client.get("/admin/studio/ledgerentry/").status_code == 403
    assert client.get("/admin/accounts/auditentry/").status_code == 403
    page = client.get("/admin/").content.decode()
    assert "/admin/accounts/team/" in page
    assert "/admin/studio/providerkey/" not in page


# What can be done ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_nothing_is_deleted_and_nothing_is_done_to_many_rows(chief: User, house: House, model: Any) -> None:
    client, request = signed_in(chief), signed_in(chief).get("/admin/").wsgi_request
    shown, row = staff_site.get_model_admin(model), model._base_manager.order_by("pk").first()
    count = model._base_manager.count()

    assert shown.get_actions(request) == {}
    assert (shown.actions_list, shown.actions_row, shown.actions_detail) == ((), (), ())
    assert not shown.has_delete_permission(request, row)
    assert all(not inline(model, staff_site).has_delete_permission(request) for inline in shown.inlines)
    for selected in [row.pk] if row else []:
        fields = {"action": "delete_selected", "_selected_action": selected, "post": "yes"}
        client.post(list_of(model), fields)
        assert client.post(f"{page_of(row).removesuffix('change/')}delete/", {"post": "yes"}).status_code == 403
    assert model._base_manager.count() == count


def test_no_page_of_a_library_is_served() -> None:
    labels = set(names)

    assert {model._meta.label for model in default_site._registry} - labels
    assert not labels & {"mfa.Authenticator", "socialaccount.SocialToken", "socialaccount.SocialApp"}
    assert "delete_selected" not in dict(staff_site.actions)


@pytest.mark.parametrize("model", [model for model in MODELS if model._meta.label not in EDITED], ids=str)
def test_what_is_read_only_is_so_for_superusers_too(chief: User, house: House, model: Any) -> None:
    client, row = signed_in(chief), model._base_manager.order_by("pk").first()
    before = list(model._base_manager.order_by("pk").values())

    assert client.get(page_of(row)).status_code == 200
    assert client.post(page_of(row), {"note": "x", "kind": "grant", "_save": "1"}).status_code == 403
    assert client.post(f"{list_of(model)}add/", {}).status_code == 403
    assert list(model._base_manager.order_by("pk").values()) == before


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_no_secret_is_shown(chief: User, house: House, model: Any) -> None:
    client = signed_in(chief)

    pages = [client.get(list_of(model))] + [client.get(page_of(row)) for row in model._base_manager.all()[:3]]

    assert {page.status_code for page in pages} == {200}
    for page in pages:
        assert [secret for secret in SECRETS if secret in page.content.decode()] == []


def test_a_key_of_a_team_is_its_last_four_characters(chief: User, house: House) -> None:
    page = signed_in(chief).get(page_of(ProviderKey.objects.get())).content.decode()

    assert "wxyz" in page
    assert "iphertext" not in page


# Lists ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_a_list_costs_the_same_with_one_row_and_with_thirty(chief: User, model: Any) -> None:
    client, spent = signed_in(chief), []
    for words in (["first"], [f"team-no-{number}" for number in range(29)]):
        for word in words:
            furnished(word)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(list_of(model)).status_code == 200
        spent.append(len(queries))
        assert not [query["sql"] for query in queries if query["sql"].startswith("SELECT COUNT(")]

    assert spent == [LIST_QUERIES, LIST_QUERIES]


@pytest.mark.parametrize("model", MODELS, ids=names)
@pytest.mark.parametrize(
    "query", ["q=northlight", "q=%00%22%27%25", "q=" + "9" * 40, "p=2", "p=" + "9" * 30, "o=1.2.3"]
)
def test_lists_take_anything(chief: User, house: House, model: Any, query: str) -> None:
    answer = signed_in(chief).get(f"{list_of(model)}?{query}", follow=True)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "words", "found"),
    [
        ("accounts/user", "mia@", True),
        ("accounts/user", "Mia", True),
        ("accounts/user", "nobody-of-this-name", False),
        ("accounts/auditentry", "mia@example.com", True),
        ("accounts/auditentry", "mia", False),
    ],
)
def test_people_are_found_by_address_and_by_name(chief: User, path: str, words: str, found: bool) -> None:
    mia = UserFactory.create(email="mia@example.com", name="Mia")
    AuditEntry.objects.create(action=AuditAction.SIGNED_IN, actor=mia, actor_name="Mia of the log")

    page = signed_in(chief).get(f"/admin/{path}/?q={words}").content.decode()

    assert ("Mia" in page.replace('value="Mia"', "")) is found


def test_takes_are_found_by_their_whole_id_by_task_and_by_team(chief: User, house: House) -> None:
    client, clip = signed_in(chief), house.clip
    for words in (clip.generation.public_id, clip.generation.provider_task_id, "northlight"):
        shown = client.get(f"/admin/studio/generation/?q={words}").context["cl"].result_list
        assert clip.generation in shown
    assert not client.get("/admin/studio/generation/?q=harbour").context["cl"].result_list
    assert list(client.get(f"/admin/studio/clip/?q={clip.public_id}").context["cl"].result_list) == [clip]


def test_a_team_says_its_balance_and_what_it_stores(chief: User, house: House) -> None:
    page = signed_in(chief).get(page_of(house.team)).content.decode()

    assert "10,000 credits" in page
    assert f"{stored_bytes(house.team):,} bytes" in page
    assert stored_bytes(house.team) == sum(
        row.size_bytes + small
        for row, small in (
            (house.clip, house.clip.poster_size_bytes),
            (house.hidden_clip, house.hidden_clip.poster_size_bytes),
            (house.reference, house.reference.thumb_size_bytes),
            (house.hidden_reference, house.hidden_reference.thumb_size_bytes),
        )
    )


# Look and policy -----------------------------------------------------------------------------------------------------


def test_the_first_page_has_the_numbers_of_today(chief: User, house: House) -> None:
    told = {number.label: number.value for number in numbers()}
    page = signed_in(chief).get("/admin/").content.decode()

    assert told == {"Users": 3, "Teams": 1, "Open takes": 2, "Failed": 1, "Engines": 1}
    assert "in the last 24 hours" in page


def test_only_pages_of_the_admin_have_its_policy(chief: User, house: House) -> None:
    client = signed_in(chief)

    inside = client.get("/admin/accounts/user/").headers
    outside = [
        client.get("/").headers,
        signed_in(house.owner).get("/admin/").headers,
        Client().get("/sign-in/").headers,
    ]

    assert "script-src 'self' 'unsafe-eval';" in inside["Content-Security-Policy"]
    assert "'unsafe-inline'" not in inside["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert "default-src 'none'" in inside["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in inside["Content-Security-Policy"]
    assert inside["Cache-Control"] == "no-store"
    assert [headers["Content-Security-Policy"].count("unsafe") for headers in outside] == [0, 0, 0]


def test_changed_fields_are_named_with_their_row() -> None:
    message = [{"changed": {"fields": ["Name"]}}, {"added": {"name": "member", "object": "Bob in Team"}}]

    assert changed_fields(message) == ["Name", "member Bob in Team: added"]
    assert changed_fields("words") == []
