"""The pages of the audit log: who reads it, how it is filtered, and what an export holds."""

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.audit import Origin, coming_from, record
from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, Membership, Team, User
from tests.factories import TeamFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse
from tests.views.scripts import quiet_factories

__all__ = ["quiet_factories"]

LOG, EXPORT, ACTIVITY = "/northlight/audit/", "/northlight/audit/export/", "/profile/activity/"
LOG_QUERIES, ACTIVITY_QUERIES = 13, 5
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:122.0) Gecko/20100101 Firefox/122.0"
CURL = Origin(ip="203.0.113.7", agent=FIREFOX)


@pytest.fixture
def bob(cast: Cast) -> User:
    Team.objects.filter(pk=cast.stage.team.pk).update(name="Northlight")
    return User.objects.get(email="bob@example.com")


def lines(answer: HttpResponse) -> list[str]:
    """The sentences on the page, the newest first."""
    page = parse(answer.content)
    cells = [one for one in page.all("class") if one.attributes["class"] == "log-what"]
    told = [next(part for part in cell.walk() if part.tag == "span").text for cell in cells]
    return [text.replace(" .", ".").replace(" ’", "’") for text in told]


def errors(answer: HttpResponse) -> list[str]:
    return [one.text for one in parse(answer.content).all("class") if one.attributes["class"] == "error"]


def get(client: Client, path: str = LOG, headers: dict[str, str] | None = None, **query: Any) -> HttpResponse:
    return client.get(path, query, headers=headers or {})  # type: ignore[return-value]  # the client's own kind


def export(client: Client, kind: str, query: str = "") -> str:
    answer: Any = client.post(f"{EXPORT}{query}", {"format": kind})
    assert answer.status_code == 200, answer.headers
    return b"".join(answer.streaming_content).decode()


def link(page: Element, word: str) -> str:
    return next(one.attributes["href"] for one in page.all("href") if one.text == word)


def test_owners_alone_read_it(cast: Cast) -> None:
    manager = signed_in(join(cast.stage.team, Role.MANAGER, email="manager@example.com"))

    assert get(cast.owner).status_code == 200
    for headers in ({}, HX):
        for client in (manager, cast.creator, cast.viewer, cast.stranger):
            assert get(client, headers=headers).status_code == 404
            assert client.post(EXPORT, {"format": "csv"}, headers=headers).status_code == 404
            assert get(client, ACTIVITY, headers=headers).status_code == 200
    for path in (LOG, ACTIVITY):
        assert cast.nobody.get(path).headers["Location"].startswith("/sign-in/")
    assert cast.nobody.post(EXPORT).headers["Location"].startswith("/sign-in/")
    assert cast.owner.get(EXPORT).status_code == 405
    assert cast.owner.post(LOG).status_code == cast.owner.post(ACTIVITY).status_code == 405
    assert not AuditEntry.objects.exists()


def test_only_owners_are_shown_the_way_there(cast: Cast) -> None:
    assert LOG.encode() in get(cast.owner).content
    assert LOG.encode() not in cast.creator.get("/northlight/").content


def test_a_line_says_who_did_what_when_and_from_where(cast: Cast, bob: User) -> None:
    with coming_from(CURL):
        entry = record(
            AuditAction.ROLE_CHANGED,
            by=cast.stage.owner,
            team=cast.stage.team,
            about=bob,
            before="Viewer",
            after="Creator",
        )

    answer = get(cast.owner)

    row = parse(answer.content).find(id=f"entry-{entry.public_id}")
    assert lines(answer) == ["Alice changed Bob’s role from viewer to creator."]
    assert "<bdi>Alice</bdi> changed <bdi>Bob</bdi>’s role" in answer.content.decode()
    assert "Firefox 122 on Linux 203.0.113.7" in row.text
    assert row.find(data_when="long").attributes["datetime"] == entry.at.astimezone(UTC).isoformat()
    assert " UTC" in row.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_empty_log_says_so(cast: Cast) -> None:
    assert "Nothing has happened yet." in get(cast.owner).content.decode()
    assert "Nothing has happened yet." in get(cast.owner, ACTIVITY).content.decode()
    assert "Nothing in the log is like that." in get(cast.owner, text="x").content.decode()


def test_what_staff_has_done_is_marked(cast: Cast, bob: User) -> None:
    staff = User.objects.create_superuser("staff@example.com", "x", name="Steffi")
    with coming_from(Origin(ip="203.0.113.7", agent=FIREFOX, staff=lambda: staff)):
        record(AuditAction.PROJECT_CREATED, by=bob, team=cast.stage.team, target="Harbour")

    log, own = get(cast.owner).content.decode(), get(cast.creator, ACTIVITY).content.decode()

    assert "by staff: <bdi>Steffi</bdi>" in log
    assert "by staff" in own
    assert "Steffi" not in own
    assert "203.0.113.7" in log
    assert "203.0.113.7" not in own


def test_other_teams_and_sign_ins_are_in_no_log_of_a_team(cast: Cast, bob: User) -> None:
    record(AuditAction.SIGNED_IN, by=bob)
    record(AuditAction.TEAM_CHANGED, by=bob, team=Team.objects.get(slug="elsewhere"))

    assert lines(get(cast.owner)) == []
    assert lines(get(cast.creator, ACTIVITY)) == ["Bob changed the team’s settings.", "Bob signed in."]


def test_a_person_reads_their_own_activity_alone(cast: Cast, bob: User) -> None:
    with coming_from(CURL):
        record(AuditAction.SIGNED_IN, by=bob)
        record(AuditAction.MEMBER_ADDED, by=cast.stage.owner, team=cast.stage.team, about=bob, role="Creator")
        record(AuditAction.TEAM_CHANGED, by=cast.stage.owner, team=cast.stage.team)

    answer = get(cast.creator, ACTIVITY)

    assert lines(answer) == ["Alice added Bob as creator.", "Bob signed in."]
    assert answer.content.decode().count("203.0.113.7") == 1
    assert lines(get(cast.viewer, ACTIVITY)) == []


def test_filters_stand_in_the_address(cast: Cast, bob: User) -> None:
    team, alice = cast.stage.team, cast.stage.owner
    record(AuditAction.TEAM_CHANGED, by=alice, team=team)
    record(AuditAction.ROLE_CHANGED, by=alice, team=team, about=bob, before="Viewer", after="Creator")
    record(AuditAction.PROJECT_CREATED, by=bob, team=team, target="Harbour film")
    project, role, changed = (
        "Bob created the project Harbour film.",
        "Alice changed Bob’s role from viewer to creator.",
        "Alice changed the team’s settings.",
    )
    today = timezone.now().date()

    assert lines(get(cast.owner)) == [project, role, changed]
    assert lines(get(cast.owner, person=bob.public_id)) == [project, role]
    assert lines(get(cast.owner, kind="roles")) == [role]
    assert lines(get(cast.owner, text="HARBOUR")) == [project]
    assert lines(get(cast.owner, since=today - timedelta(days=1), until=today + timedelta(days=1))) == [
        project,
        role,
        changed,
    ]
    assert lines(get(cast.owner, until=today - timedelta(days=2))) == []
    assert lines(get(cast.owner, person=bob.public_id, kind="projects", text="film")) == [project]
    page = parse(get(cast.owner, person=bob.public_id, kind="roles", text="x", since=today).content)
    assert page.find(value=str(bob.public_id)).attributes.get("selected") == ""
    assert page.find(value="roles").attributes.get("selected") == ""
    assert page.find(id="log-text").attributes["value"] == "x"
    assert page.find(id="log-since").attributes["value"] == today.isoformat()


def test_days_are_whole_and_those_of_the_reader(cast: Cast) -> None:
    User.objects.filter(pk=cast.stage.owner.pk).update(time_zone="Europe/Vienna")
    team = cast.stage.team
    moments = {
        "before": datetime(2026, 3, 28, 22, 59, 59, 999999, tzinfo=UTC),
        "first": datetime(2026, 3, 28, 23, 0, tzinfo=UTC),
        "last": datetime(2026, 3, 29, 21, 59, 59, 999999, tzinfo=UTC),  # the day has 23 hours
        "after": datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
    }
    for name, at in moments.items():
        AuditEntry.objects.create(action=AuditAction.PROJECT_CREATED, team=team, actor_name="Bob", target=name, at=at)

    found = lines(get(cast.owner, since="2026-03-29", until="2026-03-29"))

    assert found == ["Bob created the project last.", "Bob created the project first."]


NO_PERSON = "Nobody of this name is in the log. Choose somebody from the list."
NO_DAY = "Write a day as year, month, day: 2026-11-29."


@pytest.mark.parametrize("headers", [{}, HX])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since": "2026-11-30", "until": "2026-11-29"}, "This day is before the first one. Turn the two round."),
        ({"since": "yesterday"}, NO_DAY),
        ({"until": "2026-02-30"}, NO_DAY),
        ({"since": "0001-01-01"}, "Choose a day between 2000 and 2199."),
        ({"until": "9999-12-31"}, "Choose a day between 2000 and 2199."),
        ({"kind": "everything"}, "There is no such kind of thing. Choose one from the list."),
        ({"person": "bob"}, NO_PERSON),
        ({"person": str(uuid.UUID(int=7))}, NO_PERSON),
        ({"text": "x" * 101}, "Search for 100 characters at most."),
        ({"text": "a\0b"}, "Null characters are not allowed."),
        ({"since": "\0"}, NO_DAY),
    ],
)
def test_a_filter_that_cannot_be_is_told(
    cast: Cast, bob: User, query: dict[str, str], sentence: str, headers: dict[str, str]
) -> None:
    record(AuditAction.TEAM_CHANGED, by=bob, team=cast.stage.team)

    answer = get(cast.owner, headers=headers, **query)

    assert (answer.status_code, errors(answer), lines(answer)) == (422, [sentence], [])


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 40, "\0", "1.5"])
def test_a_place_that_is_none_is_the_beginning(cast: Cast, bob: User, before: str) -> None:
    record(AuditAction.TEAM_CHANGED, by=bob, team=cast.stage.team)

    assert len(lines(get(cast.owner, before=before))) == 1


def test_nobody_from_another_team_can_be_looked_for(cast: Cast) -> None:
    mallory = User.objects.get(email="mallory@example.com")

    assert errors(get(cast.owner, person=mallory.public_id)) == [NO_PERSON]


def test_who_has_left_can_still_be_looked_for(cast: Cast, bob: User) -> None:
    record(AuditAction.TEAM_CHANGED, by=bob, team=cast.stage.team)
    Membership.objects.filter(user=bob).delete()

    answer = get(cast.owner, person=bob.public_id)

    assert lines(answer) == ["Bob changed the team’s settings."]
    assert f"?person={bob.public_id}".encode() in get(cast.owner).content
    assert parse(answer.content).find(value=str(bob.public_id)).text == "Bob"


def test_older_lines_are_a_link_away(cast: Cast, bob: User) -> None:
    for number in range(120):
        record(AuditAction.PROJECT_CREATED, by=bob, team=cast.stage.team, target=f"Film {number}")

    first = get(cast.owner, kind="projects")
    older = link(parse(first.content), "Older")
    second: Any = cast.owner.get(older)
    third: Any = cast.owner.get(link(parse(second.content), "Older"))

    found = [lines(one) for one in (first, second, third)]
    assert [len(one) for one in found] == [50, 50, 20]
    assert [one for part in found for one in part] == [
        f"Bob created the project Film {number}." for number in reversed(range(120))
    ]
    assert older.startswith(f"{LOG}?kind=projects&before=")
    assert b">Older<" not in third.content
    assert link(parse(third.content), "Newest") == f"{LOG}?kind=projects"


def test_a_fragment_is_the_list_of_the_page(cast: Cast, bob: User) -> None:
    record(AuditAction.TEAM_CHANGED, by=bob, team=cast.stage.team)

    for path in (LOG, ACTIVITY):
        client = cast.owner if path == LOG else cast.creator
        part, whole = get(client, path, HX), get(client, path)
        root = next(one for one in parse(part.content).children if isinstance(one, Element))
        assert root.attributes["id"] == "lines"
        assert list(root.lines()) == list(parse(whole.content).find(id="lines").lines())
        assert part.headers["Cache-Control"] == "no-store"
        assert "HX-Request" in whole.headers["Vary"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_ask_the_same_however_long_they_are(
    cast: Cast, bob: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    staff = User.objects.create_superuser("staff@example.com", "x")
    for number in range(count):
        other = join(cast.stage.team, Role.VIEWER, email=f"v{number}@example.com")
        with coming_from(Origin(staff=lambda: staff)):
            record(AuditAction.MEMBER_ADDED, by=bob, team=cast.stage.team, about=other)

    with django_assert_num_queries(LOG_QUERIES):
        assert len(lines(get(cast.owner))) == count
    with django_assert_num_queries(ACTIVITY_QUERIES):
        assert len(lines(get(cast.creator, ACTIVITY))) == count


def test_an_export_holds_what_the_filter_lets_through(cast: Cast, bob: User) -> None:
    team = cast.stage.team
    with coming_from(CURL):
        for number in range(60):
            record(AuditAction.PROJECT_CREATED, by=bob, team=team, target=f"Film {number}")
        record(AuditAction.TEAM_CHANGED, by=bob, team=team, name="North")
    record(AuditAction.PROJECT_CREATED, by=bob, team=Team.objects.get(slug="elsewhere"), target="Secret")

    rows = list(csv.DictReader(io.StringIO(export(cast.owner, "csv", "?kind=projects").removeprefix("\ufeff"))))
    everything = json.loads(export(cast.owner, "json"))

    assert [row["target"] for row in rows] == [f"Film {number}" for number in reversed(range(60))]
    first = AuditEntry.objects.filter(target="Film 59").get()
    assert rows[0] == {
        "at": first.at.isoformat(),
        "what": "Bob created the project Film 59",
        "action": "project_created",
        "by": "Bob",
        "by_email": "bob@example.com",
        "about": "",
        "about_email": "",
        "target": "Film 59",
        "detail": "",
        "ip": "203.0.113.7",
        "browser": "Firefox 122 on Linux",
        "agent": FIREFOX,
        "staff": "",
        "id": str(first.public_id),
    }
    assert [one["action"] for one in everything[:2]] == ["audit_exported", "team_changed"]
    assert (len(everything), everything[1]["detail"]) == (62, {"name": "North"})
    assert "Secret" not in json.dumps(everything)


def test_an_export_is_itself_a_line(cast: Cast) -> None:
    export(cast.owner, "csv", "?kind=roles&text=bob")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.team) == (AuditAction.AUDIT_EXPORTED, cast.stage.owner, cast.stage.team)
    assert entry.detail == {"format": "CSV", "filter": {"kind": "roles", "text": "bob"}}
    assert lines(get(cast.owner)) == ["Alice exported the audit log as CSV."]


def test_an_empty_export_is_a_file_all_the_same(cast: Cast) -> None:
    assert json.loads(export(cast.owner, "json", "?text=nothing")) == []
    assert export(cast.owner, "csv", "?text=nothing").splitlines()[1:] == []


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=HYPERLINK(\"http://x\")"]  # noqa: RUF001
)  # fmt: skip
def test_no_cell_is_a_formula(cast: Cast, bob: User, name: str) -> None:
    bob.name = name
    with coming_from(Origin(agent=name)):
        record(AuditAction.PROJECT_CREATED, by=bob, team=cast.stage.team, target=name)

    text = export(cast.owner, "csv").removeprefix("\ufeff")
    row = next(csv.DictReader(io.StringIO(text, newline="")))

    assert (row["by"], row["target"], row["agent"]) == (f"'{name}",) * 3
    assert all(cell.startswith("'") or cell[:1] not in {*"=+-@\t\r\n＝"} for cell in row.values())  # noqa: RUF001


def test_an_export_keeps_a_persons_own_affairs_to_them(cast: Cast, bob: User) -> None:
    with coming_from(CURL):
        record(AuditAction.SIGNED_IN, by=bob, team=cast.stage.team, how="passkey")

    row = json.loads(export(cast.owner, "json"))[0]

    assert (row["what"], row["ip"], row["browser"], row["agent"], row["detail"]) == ("Bob signed in", "", "", "", {})


@pytest.mark.parametrize(
    ("query", "kind"), [("", "xml"), ("", ""), ("?since=soon", "csv"), ("?since=2026-11-30&until=2026-11-29", "json")]
)
def test_an_export_that_cannot_be_goes_back_to_the_log(cast: Cast, query: str, kind: str) -> None:
    answer: Any = cast.owner.post(f"{EXPORT}{query}", {"format": kind})

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{LOG}?{query.removeprefix('?')}"
    assert not AuditEntry.objects.exists()


def test_a_download_has_a_name_and_is_not_stored(cast: Cast) -> None:
    answer: Any = cast.owner.post(EXPORT, {"format": "csv"})

    day = timezone.now().date().isoformat()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit-northlight-{day}.csv"'
    assert (answer.headers["Cache-Control"], answer.headers["Content-Type"]) == ("no-store", "text/csv; charset=utf-8")
    assert answer.streaming


def test_a_form_of_another_site_exports_nothing(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.stage.owner)

    assert client.post(EXPORT, {"format": "csv"}).status_code == 403
    assert not AuditEntry.objects.exists()


def test_the_log_of_a_team_that_is_being_deleted_waits(cast: Cast) -> None:
    now = timezone.now()
    Team.objects.filter(pk=cast.stage.team.pk).update(
        deletion_asked_at=now, deletion_asked_by=cast.stage.owner, deletion_due_at=now + timedelta(days=30)
    )

    assert get(cast.owner).headers["Location"] == "/northlight/closing/"
    assert cast.owner.post(EXPORT, {"format": "csv"}).headers["Location"] == "/northlight/closing/"


def test_deleted_people_and_teams_stay_readable(cast: Cast, bob: User) -> None:
    gone = TeamFactory.create(name="Gone")
    record(AuditAction.ROLE_CHANGED, by=bob, team=gone, about=cast.stage.owner, before="Viewer", after="Owner")
    record(AuditAction.MEMBER_LEFT, by=bob, team=cast.stage.team, about=bob)
    now = timezone.now()
    User.objects.filter(pk=bob.pk).update(
        name="", email="deleted-7@invalid", is_active=False, deleted_at=now, time_zone="Nowhere/Else"
    )
    Membership.objects.filter(user=bob).delete()
    Team.objects.filter(pk=gone.pk).update(
        deletion_asked_at=now, deletion_asked_by=bob, deletion_due_at=now, deleted_at=now
    )

    assert lines(get(cast.owner)) == ["Bob left the team."]
    assert lines(get(cast.owner, ACTIVITY)) == ["Bob changed Alice’s role from viewer to owner."]


def test_a_time_zone_that_nobody_knows_is_utc(cast: Cast) -> None:
    User.objects.filter(pk=cast.stage.owner.pk).update(time_zone="Nowhere/Else")
    AuditEntry.objects.create(
        action=AuditAction.TEAM_CHANGED, team=cast.stage.team, at=datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    )

    assert len(lines(get(cast.owner, since="2026-03-29", until="2026-03-29"))) == 1
