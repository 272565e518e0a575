"""What staff changes in the Django admin, by the rules of the house, and what the log tells of it."""

from django.utils import timezone

from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, Team, User
from tests.authorization.scenery import House
from tests.factories import UserFactory
from tests.views.back_office import chief, clerk, fields_of, house, page_of, strict_templates
from tests.views.cast import signed_in

__all__ = ["chief", "clerk", "house", "strict_templates"]


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
