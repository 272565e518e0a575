"""Notices in the page: the bell, the list, the choices; and what is told of takes."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.enums import Channel, NoticeKind
from accounts.models import Delivery, Membership, Notice, User
from accounts.notices import choose, notify
from studio.enums import State, StatusCode
from studio.generations import telling
from studio.generations.telling import tell_end
from studio.models import Generation
from tests.factories import GenerationFactory, ProjectFactory, UserFactory
from tests.views.cast import HX, Cast
from tests.views.html import Element, parse, swap

LIST_QUERIES = 4


def _page(answer: Any) -> Element:
    return parse(answer.content.decode())


def _notice(user: User, text: str = "Bob is in Northlight now", **fields: Any) -> Notice:
    made = notify(user, NoticeKind.JOINED, text, **fields)
    assert made
    return made


# The bell and the list ------------------------------------------------------------------------------------------------


def test_the_bell_counts_what_the_person_has_not_read(cast: Cast) -> None:
    _notice(cast.stage.owner)
    _notice(cast.vera)
    _notice(cast.vera)

    bells = [_page(client.get("/northlight/")).find(id="bell") for client in (cast.owner, cast.viewer, cast.creator)]

    assert [bell.find(id="unread").attributes["value"] for bell in bells] == ["1", "2", "0"]
    assert [bell.text for bell in bells] == ["1", "2", ""]
    assert bells[1].all("href")[0].attributes["aria-label"] == "Notices: 2 unread"


def test_more_than_a_hundred_are_not_counted(cast: Cast) -> None:
    Notice.objects.bulk_create(Notice(user=cast.vera, kind=NoticeKind.JOINED, text="x") for _ in range(101))

    bell = _page(cast.viewer.get("/northlight/")).find(id="bell")

    assert bell.text == "99+"


def test_the_list_is_the_persons_own(cast: Cast) -> None:
    _notice(cast.stage.owner, "For Alice", url="/northlight/harbour/")

    assert "For Alice" in cast.owner.get("/notices/").content.decode()
    for client in (cast.creator, cast.viewer, cast.stranger):
        assert "For Alice" not in client.get("/notices/").content.decode()
    assert cast.nobody.get("/notices/")["Location"] == "/sign-in/?next=/notices/"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_queries_for_any_number(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        _notice(cast.vera, team=cast.stage.team)

    with django_assert_num_queries(LIST_QUERIES):
        answer = cast.viewer.get("/notices/")

    assert answer.content.decode().count("Bob is in Northlight now") == count


def test_the_list_goes_on_where_it_ended(cast: Cast) -> None:
    for number in range(31):
        _notice(cast.vera, f"Notice {number}.")

    first = cast.viewer.get("/notices/").content.decode()
    oldest_shown = Notice.objects.get(text="Notice 1.")
    second = cast.viewer.get(f"/notices/?before={oldest_shown.pk}").content.decode()

    assert f"?before={oldest_shown.pk}" in first
    assert ("Notice 0." in first, "Notice 0." in second, "Notice 1." in second) == (False, True, False)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "0", "'"])
def test_an_end_that_cannot_be_is_no_trouble(cast: Cast, before: str) -> None:
    assert cast.viewer.get("/notices/", {"before": before}).status_code == 200


def test_what_the_text_holds_is_text(cast: Cast) -> None:
    _notice(cast.vera, "<script>alert(1)</script>")

    assert "<script>alert(1)" not in cast.viewer.get("/notices/").content.decode()


def test_opening_a_notice_reads_it_and_leads_to_its_place(cast: Cast) -> None:
    mine = _notice(cast.vera, url="/northlight/harbour/#shot-1")

    from_a_mail = cast.viewer.get(f"/notices/{mine.public_id}/")
    unread = Notice.objects.get().read_at
    answer = cast.viewer.post(f"/notices/{mine.public_id}/")

    assert (from_a_mail["Location"], unread) == ("/northlight/harbour/#shot-1", None)
    assert (answer.status_code, answer["Location"]) == (302, "/northlight/harbour/#shot-1")
    assert Notice.objects.get().read_at


def test_a_stored_place_elsewhere_is_not_gone_to(cast: Cast) -> None:
    mine = _notice(cast.vera)
    Notice.objects.update(url="//evil.example/")

    assert cast.viewer.get(f"/notices/{mine.public_id}/")["Location"] == "/notices/"


def test_notices_of_others_are_not_there(cast: Cast) -> None:
    theirs = _notice(cast.stage.owner)

    for client in (cast.creator, cast.viewer, cast.stranger):
        assert client.get(f"/notices/{theirs.public_id}/").status_code == 404
        assert client.post(f"/notices/{theirs.public_id}/").status_code == 404
        assert client.post(f"/notices/{theirs.public_id}/read/").status_code == 404
    assert cast.viewer.get(f"/notices/{uuid.uuid4()}/").status_code == 404
    assert Notice.objects.get().read_at is None


@pytest.mark.parametrize("headers", [{}, HX])
def test_one_is_read_and_stays_in_the_list(cast: Cast, headers: dict[str, str]) -> None:
    first, second = _notice(cast.vera, "One"), _notice(cast.vera, "Two")

    cast.viewer.post(f"/notices/{first.public_id}/read/", headers=headers)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (bool(first.read_at), bool(second.read_at)) == (True, False)
    assert "One" in cast.viewer.get("/notices/").content.decode()


def test_all_are_read_but_those_that_came_after_the_page(cast: Cast) -> None:
    theirs = _notice(cast.stage.owner)
    shown = _notice(cast.vera)
    later = _notice(cast.vera)

    answer = cast.viewer.post("/notices/read/", {"newest": str(shown.pk)})
    nothing = cast.viewer.post("/notices/read/", {"newest": "x"}, follow=True)

    assert answer["Location"] == "/notices/"
    assert list(Notice.objects.filter(read_at=None).order_by("pk")) == [theirs, later]
    assert "There was none to read." in nothing.content.decode()


# The poll -------------------------------------------------------------------------------------------------------------


def _changes(cast: Cast, **query: Any) -> Any:
    cast.stage.project.refresh_from_db()
    asked: dict[str, Any] = {"since": cast.stage.project.change_seq, **query}
    return cast.owner.get(cast.url("changes"), asked, headers=HX)


def test_the_poll_brings_the_bell_only_when_it_has_changed(cast: Cast, running_engine: None) -> None:
    still = _changes(cast, unread="0")
    unsaid = _changes(cast)
    _notice(cast.stage.owner)
    news = _changes(cast, unread="0")
    known = _changes(cast, unread="1")

    assert (still.status_code, unsaid.status_code, known.status_code) == (204, 204, 204)
    assert news.status_code == 200
    assert parse(news.content).find(id="unread").attributes["value"] == "1"


def test_the_polls_bell_makes_the_old_page_a_fresh_one(cast: Cast, running_engine: None) -> None:
    old = _page(cast.owner.get(cast.url("studio")))
    _notice(cast.stage.owner)

    swapped = swap(old, parse(_changes(cast, unread="0").content), target="poller")

    fresh = _page(cast.owner.get(cast.url("studio")))
    assert list(swapped.find(id="bell").lines()) == list(fresh.find(id="bell").lines())


def test_a_poll_with_a_bell_costs_one_query_more(
    cast: Cast, running_engine: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        cast.owner.get(cast.url("changes"), {"since": "0"}, headers=HX)
    with django_assert_num_queries(5):
        cast.owner.get(cast.url("changes"), {"since": "0", "unread": "0"}, headers=HX)


# Takes ----------------------------------------------------------------------------------------------------------------


def _ended(
    cast: Cast, state: State = State.READY, *, took_s: int = 90, count: int = 1, **fields: Any
) -> list[Generation]:
    """Takes of one launch, which end one after the other."""
    token, now = uuid.uuid4(), timezone.now()
    takes = [
        GenerationFactory.create(
            project=cast.stage.project, prompt__project=cast.stage.project, created_by=cast.vera, launch_token=token,
            take_number=number + 1, created_at=now - timedelta(seconds=took_s), **fields,
        )
        for number in range(count)
    ]  # fmt: skip
    Generation.objects.filter(pk__in=[take.pk for take in takes]).update(created_at=now - timedelta(seconds=took_s))
    ends: dict[str, Any] = {"finished_at": now, "cost_credits": 0, "provider_task_id": "t", "started_at": now}
    for take in takes:
        Generation.objects.filter(pk=take.pk).update(
            state=state, status_code=StatusCode.NONE, **{**ends, "provider_task_id": str(take.pk)}
        )
        take.refresh_from_db()
        tell_end(take, now=now)
    return takes


def test_a_long_take_is_told_when_it_is_ready_and_not_a_short_one(cast: Cast) -> None:
    _ended(cast, took_s=59)
    short = Notice.objects.count()
    (take,) = _ended(cast, took_s=61)

    told = Notice.objects.get()
    assert short == 0
    assert (told.user, told.kind, told.team) == (cast.vera, NoticeKind.TAKE_READY, cast.stage.team)
    assert told.text == f"Your Gen-4.5 take in {cast.stage.project.name} is ready."
    assert told.url == f"{reverse('studio', args=['northlight', 'harbour'])}#shot-{take.launch_token}"
    assert Delivery.objects.get().channel == Channel.PUSH
    assert Delivery.objects.get().due_at == told.created_at + timedelta(seconds=20)


def test_the_takes_of_a_launch_are_told_once(cast: Cast) -> None:
    _ended(cast, count=4)

    assert [notice.text for notice in Notice.objects.all()] == [
        f"Your 4 Gen-4.5 takes in {cast.stage.project.name} are ready."
    ]
    assert Delivery.objects.count() == 1


def test_a_failure_is_told_however_short_it_was(cast: Cast) -> None:
    _ended(cast, State.FAILED, took_s=1, count=2)

    told = Notice.objects.get()
    assert told.kind == NoticeKind.TAKE_FAILED
    assert told.text == f"Your 2 Gen-4.5 takes in {cast.stage.project.name} have failed."
    assert Delivery.objects.count() == 0


def test_nobody_is_told_of_what_they_do_not_see_any_more(cast: Cast) -> None:
    Membership.objects.filter(user=cast.vera).delete()
    _ended(cast)
    Membership.objects.create(user=cast.vera, team=cast.stage.team, role=10)
    cast.stage.project.is_confidential = True
    cast.stage.project.save()
    _ended(cast)

    assert Notice.objects.count() == 0


def test_a_take_of_somebody_who_wants_no_such_notice_costs_one_look(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    choose(cast.vera, {NoticeKind.TAKE_READY: []})
    (take,) = _ended(cast)
    with django_assert_num_queries(3):  # the savepoint, and the person
        tell_end(take, now=timezone.now())
    with django_assert_num_queries(0):
        tell_end(take, now=take.created_at)


@pytest.mark.parametrize("error", [DatabaseError, RuntimeError])
def test_trouble_with_telling_never_reaches_the_take(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def breaks(*args: object, **kwargs: object) -> None:
        Notice.objects.create(user=cast.vera, kind=NoticeKind.JOINED, text="half")
        raise error

    monkeypatch.setattr(telling, "notify", breaks)
    take = cast.stage.launch()
    Generation.objects.filter(pk=take.pk).update(created_at=timezone.now() - timedelta(days=30))
    for _ in range(6):
        cast.stage.run_pass(after_s=30)

    take.refresh_from_db()
    assert take.state == State.READY
    assert Notice.objects.count() == 0


def test_a_take_that_the_engine_finishes_is_told_and_read_by_looking(cast: Cast, running_engine: None) -> None:
    take = cast.stage.launch()
    Generation.objects.filter(pk=take.pk).update(created_at=take.created_at - timedelta(minutes=5))
    for _ in range(6):
        cast.stage.run_pass(after_s=30)
    told = Notice.objects.get()
    assert (told.user, told.read_at) == (cast.stage.owner, None)

    away = _changes(cast, since=0, unread="0")
    still_unread = Notice.objects.get().read_at
    watching = _changes(cast, since=0, unread="1", watching="1")

    assert still_unread is None
    assert parse(away.content).find(id="unread").attributes["value"] == "1"
    assert Notice.objects.get().read_at
    assert parse(watching.content).find(id="unread").attributes["value"] == "0"


def test_another_persons_look_reads_nothing(cast: Cast) -> None:
    _ended(cast)

    _changes(cast, since=0, watching="1")

    assert Notice.objects.get().read_at is None


# Choices --------------------------------------------------------------------------------------------------------------


def test_choices_start_from_the_defaults_and_are_kept(cast: Cast) -> None:
    before = _page(cast.viewer.get("/notices/choices/"))
    answer = cast.viewer.post("/notices/choices/", {"take_ready": ["mail", "page"], "joined": []})
    after = _page(cast.viewer.get("/notices/choices/"))

    def on(page: Element) -> set[tuple[str, str]]:
        boxes = [box.attributes for box in page.walk() if box.attributes.get("type") == "checkbox"]
        assert len(boxes) == len(NoticeKind) * len(Channel)
        return {(box["name"], box["value"]) for box in boxes if "checked" in box}

    assert answer["Location"] == "/notices/choices/"
    assert {("take_ready", "push"), ("security", "mail"), ("joined", "page")} < on(before)
    assert on(after) == {("take_ready", "mail"), ("take_ready", "page")}
    cast.vera.refresh_from_db()
    assert cast.vera.notification_choices["take_ready"] == ["page", "mail"]
    cast.stage.owner.refresh_from_db()
    assert cast.stage.owner.notification_choices == {}


def test_a_way_that_there_is_not_is_refused_and_nothing_is_lost(cast: Cast) -> None:
    answer = cast.viewer.post("/notices/choices/", {"joined": ["mail", "pigeon"]})

    boxes = [box.attributes for box in _page(answer).walk() if box.attributes.get("name") == "joined"]
    assert answer.status_code == 422
    assert "there is not" in answer.content.decode()
    assert [box["value"] for box in boxes if "checked" in box] == ["mail"]
    cast.vera.refresh_from_db()
    assert cast.vera.notification_choices == {}


def test_what_cannot_be_delivered_says_why_and_staff_read_what_to_do(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    User.objects.filter(pk=cast.stage.owner.pk).update(is_staff=True)

    plain, staff = (client.get("/notices/choices/").content.decode() for client in (cast.viewer, cast.owner))

    assert "Pushes are not set up" in plain
    assert "only printed on the server" in plain
    assert ("push_keys" in plain, "push_keys" in staff, "SMTP_HOST" in staff) == (False, True, True)


def test_pages_of_somebody_in_no_team_have_a_bell_too(cast: Cast) -> None:
    lonely = UserFactory.create()
    ProjectFactory.create()
    cast.nobody.force_login(lonely)

    assert _page(cast.nobody.get("/notices/")).find(id="unread").attributes["value"] == "0"
