"""The Django admin: who enters, what is shown, and that nothing can be destroyed there."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin import site as default_site
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import AuditAction, Role
from accounts.models import ApiToken, AuditEntry, Team, User
from studio.admin.base import changed_fields
from studio.admin.dashboard import numbers
from studio.admin.site import staff_site
from studio.admin.teams import stored_bytes
from studio.models import ProviderKey, Surprise, WorkerHeartbeat
from tests.authorization.scenery import House
from tests.factories import TeamFactory, UserFactory, join
from tests.views.cast import signed_in

PAGES = ["/admin/", "/admin/accounts/user/", "/admin/studio/ledgerentry/", "/admin/login/", "/admin/no-such-page/"]
LIST_QUERIES = 4
SECRETS = ("gAAAAA-sealed", "a-hash-of-a-token", "a-hash-of-a-link", "argon2", "md5$")
MODELS = sorted(staff_site._registry, key=lambda model: model._meta.label)
EDITED = {"accounts.User", "accounts.Team", "auth.Group"}
names = [model._meta.label for model in MODELS]


@pytest.fixture(autouse=True)
def strict_templates() -> None:
    """Instead of the one for our own templates: those of the theme show variables that are not there."""


def with_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


@pytest.fixture
def chief(db: None) -> User:
    """A superuser with a second factor."""
    return with_factor(User.objects.create_superuser("chief@example.com", name="Chief"))


@pytest.fixture
def clerk(db: None) -> User:
    """Staff that may change people and teams, and is no superuser."""
    user = with_factor(UserFactory.create(email="clerk@example.com", name="Clerk", is_staff=True))
    user.user_permissions.set(Permission.objects.filter(codename__regex=r"^(view|change)_(user|team)$"))
    return user


@pytest.fixture
def house(db: None) -> House:
    """A team with one of everything that the admin shows."""
    return furnished("northlight")


def furnished(word: str) -> House:
    house = House(word, owner=UserFactory.create())
    ApiToken.objects.filter(pk=house.token.pk).update(token_hash=f"a-hash-of-a-token-{word}")
    type(house.invitation).objects.filter(pk=house.invitation.pk).update(token_hash=f"a-hash-of-a-link-{word}")
    ProviderKey.objects.create(
        team=house.team, provider="runway", ciphertext="gAAAAA-sealed", account=word, last_four="wxyz",
        created_by=house.owner,
    )  # fmt: skip
    WorkerHeartbeat.objects.create(name=word, provider="simulator")
    Surprise.objects.create(provider="simulator", kind="status", value=word, where="read")
    AuditEntry.objects.create(action=AuditAction.SIGNED_IN, actor=house.owner, about=house.owner, team=house.team)
    return house


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def fields_of(client: Client, row: Any, **changes: Any) -> dict[str, Any]:
    """The change form as a browser would send it, with these fields changed."""
    form = client.get(page_of(row)).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    for formset in client.get(page_of(row)).context["inline_admin_formsets"]:
        for part in (formset.formset.management_form, *formset.formset.initial_forms):
            fields |= {part[name].html_name: part[name].value() for name in part.fields}
    fields |= changes
    return {name: value for name, value in fields.items() if value not in (None, False)}


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


# Changes -------------------------------------------------------------------------------------------------------------


def test_a_user_is_kept_out_and_the_log_tells(chief: User, house: House) -> None:
    client, theirs = signed_in(chief), signed_in(house.owner)

    answer = client.post(page_of(house.owner), fields_of(client, house.owner, is_active=False))

    house.owner.refresh_from_db()
    house.token.refresh_from_db()
    assert (answer.status_code, house.owner.is_active) == (302, False)
    assert house.token.revoked_by == chief
    assert theirs.get("/").headers["Location"].startswith("/sign-in/")
    told = AuditEntry.objects.filter(actor=chief, action=AuditAction.STAFF_CHANGED).get()
    assert told.detail == {"model": "accounts.User", "id": house.owner.pk, "fields": ["Is active"]} | {
        "fields": told.detail["fields"]
    }
    assert [name.lower() for name in told.detail["fields"]] == ["active"]
    assert (told.about, told.target) == (house.owner, str(house.owner))
    assert AuditEntry.objects.filter(actor=chief, action=AuditAction.SESSIONS_ENDED, about=house.owner).count() == 1


def test_somebody_is_signed_out_everywhere(chief: User, house: House) -> None:
    client, theirs = signed_in(chief), signed_in(house.owner)
    fields = fields_of(client, house.owner, accounts_user_end_their_sessions="1")

    answer = client.post(page_of(house.owner), fields, follow=True)

    assert "that ended: 1." in answer.content.decode()
    assert theirs.get("/").headers["Location"].startswith("/sign-in/")
    house.owner.refresh_from_db()
    assert house.owner.is_active


def test_opening_an_address_ends_no_session(chief: User, house: House) -> None:
    theirs = signed_in(house.owner)

    signed_in(chief).get(f"{page_of(house.owner)}?accounts_user_end_their_sessions=1")

    assert theirs.get("/").status_code == 302
    assert theirs.get("/").headers["Location"] == "/northlight/"


def test_staff_gives_itself_and_others_no_rights(clerk: User, chief: User, house: House) -> None:
    client, rights = signed_in(clerk), {"is_staff": "on", "is_superuser": "on", "name": "Renamed"}

    client.post(page_of(house.owner), fields_of(client, house.owner, **rights))
    refused = [client.post(page_of(user), rights).status_code for user in (clerk, chief)]

    house.owner.refresh_from_db()
    clerk.refresh_from_db()
    assert (house.owner.name, house.owner.is_staff, house.owner.is_superuser) == ("Renamed", False, False)
    assert refused == [403, 403]
    assert (clerk.name, clerk.is_superuser) == ("Clerk", False)
    assert client.post("/admin/auth/group/add/", {"name": "Mine"}).status_code == 403


def test_superusers_do_not_take_their_own_rights(chief: User) -> None:
    client = signed_in(chief)

    client.post(page_of(chief), {**fields_of(client, chief), "name": "Boss", "is_superuser": "", "is_active": ""})

    chief.refresh_from_db()
    assert (chief.name, chief.is_superuser, chief.is_active) == ("Boss", True, True)


def test_neither_address_nor_password_are_changed_here(chief: User, house: House) -> None:
    client, before = signed_in(chief), (house.owner.email, house.owner.password)

    client.post(page_of(house.owner), fields_of(client, house.owner, email="evil@example.com", password="x" * 12))

    house.owner.refresh_from_db()
    assert (house.owner.email, house.owner.password) == before
    assert client.get(f"/admin/accounts/user/{house.owner.pk}/password/").status_code in {302, 404}


def test_a_team_gets_another_name_by_its_own_rules(chief: User, house: House) -> None:
    client = signed_in(chief)

    bad = client.post(page_of(house.team), fields_of(client, house.team, name="\u200b"))
    client.post(page_of(house.team), fields_of(client, house.team, name="Southlight", slug="evil"))

    house.team.refresh_from_db()
    assert "cannot be seen" in bad.content.decode()
    assert (house.team.name, house.team.slug) == ("Southlight", "northlight")
    told = AuditEntry.objects.get(action=AuditAction.STAFF_CHANGED)
    assert (told.team, told.detail["model"], told.detail["fields"]) == (house.team, "accounts.Team", ["Name"])
    assert AuditEntry.objects.get(action=AuditAction.TEAM_CHANGED).actor == chief


def roles(team: Team) -> dict[str, int]:
    return dict(team.memberships.values_list("user__email", "role"))


def test_the_last_owner_stays_one(chief: User, house: House) -> None:
    client, before = signed_in(chief), roles(house.team)
    page = fields_of(client, house.team)
    field = next(name for name, value in page.items() if name.endswith("-role") and str(value) == str(Role.OWNER.value))

    answer = client.post(page_of(house.team), {**page, field: Role.VIEWER.value})

    assert "is the last owner of" in answer.content.decode()
    assert roles(house.team) == before
    assert not AuditEntry.objects.filter(action=AuditAction.STAFF_CHANGED).exists()


def test_an_owner_steps_down_when_another_one_comes_up(chief: User, house: House) -> None:
    client, page = signed_in(chief), fields_of(signed_in(chief), house.team)
    changed = {
        name: (Role.VIEWER if str(value) == str(Role.OWNER.value) else Role.OWNER).value
        for name, value in page.items()
        if name.endswith("-role")
    }

    client.post(page_of(house.team), {**page, **changed})

    assert roles(house.team) == {house.owner.email: Role.VIEWER, house.member.email: Role.OWNER}
    told = AuditEntry.objects.get(action=AuditAction.STAFF_CHANGED)
    assert [field.split(": ")[-1] for field in told.detail["fields"]] == ["Role", "Role"]
    assert AuditEntry.objects.filter(action=AuditAction.ROLE_CHANGED).count() == 2


def test_a_member_is_added_and_none_deleted(chief: User, house: House) -> None:
    client, new = signed_in(chief), UserFactory.create()
    page = fields_of(client, house.team)
    added = {"memberships-TOTAL_FORMS": "3", "memberships-2-user": new.pk, "memberships-2-role": Role.CREATOR.value}

    client.post(page_of(house.team), {**page, **added, "memberships-1-DELETE": "on"})

    assert roles(house.team) == {
        house.owner.email: Role.OWNER, house.member.email: Role.VIEWER, new.email: Role.CREATOR,
    }  # fmt: skip


def test_a_deleted_team_is_only_looked_at(chief: User, house: House) -> None:
    now = timezone.now()
    Team.objects.filter(pk=house.team.pk).update(
        deletion_asked_at=now, deletion_asked_by=house.owner, deletion_due_at=now, deleted_at=now
    )
    client = signed_in(chief)

    assert client.get(page_of(house.team)).status_code == 200
    assert client.post(page_of(house.team), {"name": "Again"}).status_code == 403


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
