"""Notices: who is told, by which way, once; and how deliveries are claimed, put off and given up."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.deliveries import claim_due, forget, give_up, mark_sent, put_off
from accounts.enums import AuditAction, Channel, NoticeKind, Role
from accounts.models import AuditEntry, Delivery, Membership, Notice, PushSubscription, User
from accounts.notices import DEFAULTS, channels_of, choose, is_path, mark_all_read, notify, unread_count
from accounts.push import MOST_BROWSERS, subscribe, unsubscribe
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.fixture
def alice() -> User:
    return UserFactory.create(email="alice@example.com", name="Alice")


def _browser(user: User, endpoint: str = "https://push.example.com/1", auth: str = "a" * 22) -> PushSubscription:
    return subscribe(user, endpoint=endpoint, p256dh="B" * 87, auth=auth, agent="Firefox")


def _mail(user: User, kind: NoticeKind = NoticeKind.HANDED_OVER) -> Delivery:
    notice = notify(user, kind, "Bob's work is yours")
    assert notice
    notice.deliveries.update(due_at=NOW)
    Notice.objects.filter(pk=notice.pk).update(created_at=NOW)
    return notice.deliveries.get()


def test_every_kind_has_its_defaults() -> None:
    assert set(DEFAULTS) == set(NoticeKind)


def test_a_notice_takes_the_ways_that_the_person_chose(alice: User) -> None:
    choose(alice, {NoticeKind.JOINED: [Channel.MAIL, Channel.PUSH]})

    notice = notify(alice, NoticeKind.JOINED, "Bob has joined", url="/northlight/")

    assert notice
    assert (notice.is_on_page, notice.url, notice.text) == (False, "/northlight/", "Bob has joined")
    assert {one.channel for one in notice.deliveries.all()} == {"mail", "push"}
    assert unread_count(alice) == 0


def test_nobody_is_told_what_they_do_not_want_or_when_they_are_gone(alice: User) -> None:
    choose(alice, {NoticeKind.JOINED: []})
    unwanted = notify(alice, NoticeKind.JOINED, "Bob has joined")
    alice.is_active = False
    gone = notify(alice, NoticeKind.SECURITY, "A new passkey")

    assert (unwanted, gone, Notice.objects.count()) == (None, None, 0)


def test_choices_are_kept_in_their_order_and_logged_without_what_they_are(alice: User) -> None:
    was_changed = choose(alice, {NoticeKind.JOINED: [Channel.PUSH, Channel.PAGE]})
    again = choose(alice, {NoticeKind.JOINED: [Channel.PAGE, Channel.PUSH]})

    assert (was_changed, again) == (True, False)
    assert channels_of(alice, NoticeKind.JOINED) == (Channel.PAGE, Channel.PUSH)
    assert channels_of(alice, NoticeKind.SECURITY) == (Channel.PAGE, Channel.MAIL)
    assert AuditEntry.objects.get(action=AuditAction.PROFILE_CHANGED).detail == {"fields": ["notification_choices"]}


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("/a/b/#c", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("javascript:alert(1)", False),
        ("", False),
        ("/" + "x" * 300, False),
    ],
)
def test_a_notice_leads_to_pages_of_the_site_alone(alice: User, url: str, is_ours: bool) -> None:
    notice = notify(alice, NoticeKind.JOINED, "x", url=url)

    assert notice
    assert (is_path(url), notice.url) == (is_ours, url if is_ours else "")


def test_a_text_is_one_line_of_300_characters(alice: User) -> None:
    notice = notify(alice, NoticeKind.JOINED, "Bcc: x\r\n" * 100)

    assert notice
    assert len(notice.text) == 300
    assert "\n" not in notice.text
    assert notice.text.endswith("…")


def test_all_are_read_that_were_seen_and_no_later_one(alice: User) -> None:
    first, second = (notify(alice, NoticeKind.JOINED, text) for text in ("One", "Two"))
    bob = UserFactory.create()
    theirs = notify(bob, NoticeKind.JOINED, "Not mine")
    assert first
    assert second
    assert theirs

    count = mark_all_read(alice, up_to=first.pk)

    assert count == 1
    assert (unread_count(alice), unread_count(bob)) == (1, 1)


def test_a_claim_is_for_one_until_its_lease_is_over(alice: User) -> None:
    mail = _mail(alice)

    first = claim_due(limit=9, now=NOW)
    second = claim_due(limit=9, now=NOW + timedelta(minutes=4))
    third = claim_due(limit=9, now=NOW + timedelta(minutes=6))

    assert (first, second, third) == ([mail], [], [mail])
    assert not mark_sent(first[0], now=NOW)  # too late: another one has it
    assert mark_sent(third[0], now=NOW)
    assert claim_due(limit=9, now=NOW + timedelta(days=1)) == []


def test_a_claim_costs_the_same_queries_for_any_number_but_the_leases(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 3):
        Notice.objects.all().delete()
        for _ in range(count):
            _mail(alice)
        with django_assert_num_queries(4 + count):  # due, browsers, addresses, memberships
            assert len(claim_due(limit=9, now=NOW)) == count


def test_tries_come_ever_later_and_end_after_a_day(alice: User) -> None:
    _mail(alice)
    now, waits = NOW, []
    while claimed := claim_due(limit=1, now=now):
        put_off(claimed[0], now=now)
        due = Delivery.objects.get().due_at
        waits.append(round((due - now) / timedelta(minutes=1)))
        if Delivery.objects.get().given_up_at:
            break
        now = due

    assert waits[:-1] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert Delivery.objects.get().given_up_at == now
    assert Delivery.objects.get().sent_at is None


def test_a_wish_to_wait_is_kept_within_bounds(alice: User) -> None:
    _mail(alice)
    (claimed,) = claim_due(limit=1, now=NOW)
    put_off(claimed, now=NOW, wish_s=600)
    after = Delivery.objects.get().due_at
    (again,) = claim_due(limit=1, now=after)
    put_off(again, now=after, wish_s=10**9)

    assert after == NOW + timedelta(minutes=10)
    assert Delivery.objects.get().due_at == after + timedelta(hours=6)


@pytest.mark.parametrize("what", ["gone", "unconfirmed", "read"])
def test_what_is_needless_meanwhile_is_not_sent(alice: User, what: str) -> None:
    mail = _mail(alice)
    if what == "gone":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    elif what == "unconfirmed":
        alice.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]  # allauth's
    else:
        Notice.objects.update(read_at=NOW)

    assert claim_due(limit=9, now=NOW) == []
    mail.refresh_from_db()
    assert (mail.given_up_at, mail.sent_at) == (NOW, None)


def test_what_is_about_security_is_mailed_also_when_it_was_read(alice: User) -> None:
    mail = _mail(alice, NoticeKind.SECURITY)
    Notice.objects.update(read_at=NOW)

    assert claim_due(limit=9, now=NOW) == [mail]


def test_who_has_left_the_team_is_told_nothing_more_of_its_takes(alice: User) -> None:
    team = TeamFactory.create()
    Membership.objects.create(team=team, user=alice, role=Role.CREATOR)
    choose(alice, {NoticeKind.TAKE_READY: [Channel.MAIL]})
    notice = notify(alice, NoticeKind.TAKE_READY, "Your take is ready", team=team)
    assert notice
    notice.deliveries.update(due_at=NOW)
    Membership.objects.filter(user=alice).delete()

    assert claim_due(limit=9, now=NOW) == []


def test_a_push_without_a_browser_is_given_up(alice: User) -> None:
    choose(alice, {NoticeKind.JOINED: [Channel.PUSH]})
    push = _mail(alice, NoticeKind.JOINED)
    without = claim_due(limit=9, now=NOW)
    push.refresh_from_db()

    assert (without, push.given_up_at) == ([], NOW)


def test_a_browser_is_of_whom_it_was_subscribed_for_last(alice: User) -> None:
    bob = UserFactory.create()
    _browser(alice)
    _browser(bob)
    _browser(bob)

    assert [one.user for one in PushSubscription.objects.all()] == [bob]


def test_a_known_endpoint_alone_takes_no_browser_away(alice: User) -> None:
    mallory = UserFactory.create()
    _browser(alice)
    _browser(mallory, auth="z" * 22)

    assert {one.user for one in PushSubscription.objects.all()} == {alice, mallory}


def test_the_oldest_browsers_are_forgotten(alice: User) -> None:
    for number in range(MOST_BROWSERS + 2):
        _browser(alice, f"https://push.example.com/{number}")

    kept = set(alice.push_subscriptions.values_list("endpoint", flat=True))
    assert kept == {f"https://push.example.com/{number}" for number in range(2, MOST_BROWSERS + 2)}


def test_a_browser_of_another_person_cannot_be_removed(alice: User) -> None:
    mine = _browser(alice)
    mallory = UserFactory.create()

    assert unsubscribe(mallory, public_id=mine.public_id) == 0
    assert unsubscribe(mallory, endpoint=mine.endpoint) == 0
    assert unsubscribe(alice) == 0
    assert unsubscribe(alice, public_id=mine.public_id) == 1


def test_a_browser_that_came_back_with_new_keys_is_not_forgotten(alice: User) -> None:
    old = _browser(alice)
    PushSubscription.objects.update(p256dh="C" * 87)

    forget([old])

    assert PushSubscription.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer.")
@pytest.mark.django_db(transaction=True)
def test_engines_that_claim_at_the_same_moment_share(alice: User) -> None:
    for _ in range(20):
        _mail(alice)
    taken: list[int] = []

    def claim() -> None:
        try:
            taken.extend(one.pk for one in claim_due(limit=20, now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(Delivery.objects.values_list("pk", flat=True))


def test_a_delivery_ends_once(alice: User) -> None:
    _mail(alice)
    (claimed,) = claim_due(limit=1, now=NOW)

    assert mark_sent(claimed, now=NOW)
    assert not give_up(claimed, now=NOW)
