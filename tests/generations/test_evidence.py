"""What two numbers say about takes whose outcome is unknown: many cases with exact numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.enums import Verdict
from studio.generations import evidence
from studio.generations.evidence import Finding, Own, Unknown, Window, booked_in, find

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
MODEL = "gen4.5"
LOST = Unknown(id=1, model=MODEL, sent_at=NOON, quote=60)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def own(sent: float, ended: float | None, *, charged: int | None = 24, cost: int | None = 24, **more: Any) -> Own:
    return Own(
        model=more.pop("model", MODEL),
        sent_at=at(sent),
        ended_at=None if ended is None else at(ended),
        charged=charged,
        cost=cost if ended is not None else None,
        **more,
    )


def look(
    *takes: Own,
    used: int | None = 0,
    fell: int | None = 0,
    read: float = 30,
    before: float = -30,
    yesterday: int | None = None,
    unknowns: tuple[Unknown, ...] = (LOST,),
    of: Unknown = LOST,
) -> Finding:
    """The finding when `used` credits are told for today and the balance fell by `fell` from `before` to `read`."""
    usage = {} if used is None else {DAY: (used, at(read))}
    if yesterday is not None:
        usage[YESTERDAY] = (yesterday, at(read))
    balances = [] if fell is None else [(at(before), 1000), (at(read), 1000 - fell)]
    return find(of, unknowns=unknowns, own=takes, usage=usage, balances=balances)


N, C, U = Verdict.NOT_CHARGED, Verdict.CHARGED, Verdict.UNCLEAR
ALONE: list[Any] = [
    # used, fell, verdict, usage more, balance more
    (0, 0, N, 0, 0),
    (60, 60, C, 60, 60),
    (84, 60, C, 84, 60),
    (200, 200, C, 200, 200),
    (60, 0, U, 60, 0),
    (0, 60, U, 0, 60),
    (24, 24, U, 24, 24),
    (-60, -60, U, -60, -60),
    (0, -1000, U, 0, -1000),
    (1, 1, U, 1, 1),
    (None, 60, C, None, 60),
    (60, None, C, 60, None),
    (None, 0, U, None, 0),
    (0, None, U, 0, None),
    (None, None, U, None, None),
]


@pytest.mark.parametrize(("used", "fell", "verdict", "usage_more", "balance_more"), ALONE)
def test_one_take_alone(
    used: int | None, fell: int | None, verdict: Verdict, usage_more: int | None, balance_more: int | None
) -> None:
    found = look(used=used, fell=fell)

    assert found.verdict == verdict
    assert (found.usage.more, found.balance.more) == (usage_more, balance_more)


def test_the_sentences_name_the_day_the_model_and_the_credits() -> None:
    found = look(used=60, fell=60)

    assert found.usage_said == "On 22 November the provider charged 60 credits for Gen-4.5 more than our takes explain."
    assert found.balance_said == (
        "From 11:30 to 12:30 UTC on 22 November the key's balance fell by 60 credits more than our takes explain."
    )
    assert found.read_at == at(30)


KNOWN: list[Any] = [
    # takes of ours, used today, fell from 11:30 to 12:30, more by usage, more by balance
    pytest.param([own(-20, -10)], 24, 24, 0, 0, id="ended-inside"),
    pytest.param([own(-20, -10)], 84, 84, 60, 60, id="ended-inside-and-lost-charged"),
    pytest.param([own(-20, -10, cost=0)], 0, 0, 0, 0, id="refunded-inside"),
    pytest.param([own(-20, -10, charged=None)], 24, 24, 0, 0, id="estimate-not-told"),
    pytest.param([own(-200, -190)], 24, 0, 0, 0, id="before-the-balance-was-read"),
    pytest.param([own(-200, -10)], 24, 0, 0, 0, id="charged-before-and-ended-inside-at-the-estimate"),
    pytest.param([own(-200, -10, cost=0)], 0, -24, 0, None, id="refund-at-an-unknown-side"),
    pytest.param([own(-200, -190, cost=20)], 20, 0, 0, 0, id="part-refunded-before"),
    pytest.param([own(10, 20)], 24, 24, 0, 0, id="sent-after-the-lost-one"),
    pytest.param([own(31, 40)], 0, 0, 0, 0, id="sent-after-it-was-read"),
    pytest.param([own(28, 29)], 24, 24, None, None, id="sent-just-when-it-was-read"),
    pytest.param([own(-31, -29)], 24, 24, 0, None, id="sent-just-when-the-balance-was-read"),
    pytest.param([own(-20, None)], 24, 24, None, None, id="under-way"),
    pytest.param([own(-20, None, model="veo3.1")], 0, 40, 0, None, id="another-model-under-way"),
    pytest.param([own(-20, -10, model="veo3.1")], 0, 24, 0, 0, id="another-model-is-in-the-balance-alone"),
    pytest.param([own(-20, -10, is_told=False)], 24, 24, None, None, id="cost-assumed"),
    pytest.param([own(-20, -10, cost=0, charged=0)], 0, 0, 0, 0, id="free"),
    pytest.param([own(-20, -10)] * 3, 72, 72, 0, 0, id="three-alike"),
    pytest.param([own(-20, -10), own(-15, -5, cost=0)], 24, 24, 0, 0, id="one-charged-one-refunded"),
]


@pytest.mark.parametrize(("takes", "used", "fell", "usage_more", "balance_more"), KNOWN)
def test_what_our_own_takes_explain(
    takes: list[Own], used: int, fell: int, usage_more: int | None, balance_more: int | None
) -> None:
    found = look(*takes, used=used, fell=fell)

    assert (found.usage.more, found.balance.more) == (usage_more, balance_more)


@pytest.mark.parametrize(("read", "is_sure"), [(9, False), (9.99, False), (10, True), (600, True)])
def test_a_reading_counts_ten_minutes_after_it_was_sent(read: float, is_sure: bool) -> None:
    found = look(read=read)

    assert (found.verdict == Verdict.NOT_CHARGED) is is_sure


@pytest.mark.parametrize(("before", "is_known"), [(-1, True), (-0.5, False), (0, False), (5, False)])
def test_the_balance_before_was_read_before_it_was_sent(before: float, is_known: bool) -> None:
    assert (look(before=before).balance.more is not None) is is_known


SECOND = replace(LOST, id=2, sent_at=at(5))
THIRD = replace(LOST, id=3, sent_at=at(6))
GROUP = (LOST, SECOND, THIRD)


@pytest.mark.parametrize(
    ("credits", "verdict", "said"),
    [
        (0, N, "charged nothing for Gen-4.5 beyond what our takes explain."),
        (60, U, "Of 3 takes that are “Checking”, credits for 1 were charged."),
        (120, U, "Of 3 takes that are “Checking”, credits for 2 were charged."),
        (180, C, "Of 3 takes that are “Checking”, credits for 3 were charged."),
        (100, U, "The 3 takes that are “Checking” would cost 180 together."),
        (240, C, "The 3 takes that are “Checking” would cost 180 together."),
    ],
)
def test_several_at_once(credits: int, verdict: Verdict, said: str) -> None:
    for one in GROUP:
        found = look(used=credits, fell=credits, unknowns=GROUP, of=one)

        assert found.verdict == verdict
        assert found.usage_said.endswith(said)


def test_several_of_different_prices_are_counted_together() -> None:
    pair = (LOST, replace(SECOND, quote=24))

    found = look(used=24, fell=24, unknowns=pair)

    assert found.verdict == Verdict.UNCLEAR
    assert found.usage_said.endswith("The 2 takes that are “Checking” would cost 84 together.")
    assert found.reason == "Some of these takes were charged and others not: the numbers do not tell which."


def test_another_model_has_a_usage_of_its_own() -> None:
    veo = Unknown(id=2, model="veo3.1", sent_at=at(3), quote=40)

    found = look(used=60, fell=60, unknowns=(LOST, veo))

    assert (found.usage.more, found.usage.takes) == (60, 1)
    assert (found.balance.more, found.balance.takes) == (60, 2)
    assert found.verdict == Verdict.UNCLEAR


def test_a_younger_one_makes_it_too_early() -> None:
    found = look(unknowns=(LOST, replace(LOST, id=2, sent_at=at(25))))

    assert found.verdict == Verdict.UNCLEAR
    assert "it is too early" in found.usage_said


def test_one_that_was_sent_shortly_before_the_balance_was_read_may_still_come_back() -> None:
    found = look(unknowns=(LOST, replace(LOST, id=2, sent_at=at(-60))))

    assert found.balance.why == evidence.MAY_COME_BACK


# Near midnight


MIDNIGHT_LOST = replace(LOST, sent_at=datetime(2026, 11, 21, 23, 58, tzinfo=UTC))
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def by_night(used: dict[date, int], *takes: Own, read: datetime = MIDNIGHT + timedelta(hours=1)) -> Finding:
    usage = {day: (credits, read) for day, credits in used.items()}
    return find(MIDNIGHT_LOST, unknowns=[MIDNIGHT_LOST], own=takes, usage=usage, balances=[])


@pytest.mark.parametrize(
    ("used", "more"),
    [
        ({YESTERDAY: 60, DAY: 0}, 60),
        ({YESTERDAY: 0, DAY: 60}, 60),
        ({YESTERDAY: 0, DAY: 0}, 0),
        ({YESTERDAY: 60, DAY: -60}, 0),
        ({YESTERDAY: 60}, None),
        ({DAY: 60}, None),
    ],
)
def test_near_midnight_both_days_count(used: dict[date, int], more: int | None) -> None:
    assert by_night(used).usage.more == more


def test_the_days_are_named() -> None:
    found = by_night({YESTERDAY: 60, DAY: 0})

    assert found.usage_said.startswith("On 21 November to 22 November the provider charged 60 credits for Gen-4.5 more")


def test_a_take_over_midnight_widens_the_days() -> None:
    over = Own(MODEL, MIDNIGHT - timedelta(minutes=2), MIDNIGHT + timedelta(minutes=5), 24, 0)

    assert look(over, used=-24, fell=None).usage.why == evidence.AT_THE_EDGE
    assert look(over, used=-24, yesterday=24, fell=None).usage.more == 0
    assert look(over, used=36, yesterday=24, fell=None).usage.more == 60


def test_days_that_were_read_at_different_times_are_not_added() -> None:
    usage = {YESTERDAY: (60, MIDNIGHT + timedelta(minutes=30)), DAY: (0, MIDNIGHT + timedelta(hours=1))}

    found = find(MIDNIGHT_LOST, unknowns=[MIDNIGHT_LOST], own=[], usage=usage, balances=[])

    assert found.usage.more is None


def test_the_latest_balances_that_nothing_blurs_are_taken() -> None:
    busy = own(58, 61, cost=0)
    balances = [(at(-90), 1024), (at(-30), 1000), (at(30), 940), (at(60), 916)]

    found = find(LOST, unknowns=[LOST], own=[busy], usage={}, balances=balances)

    assert (found.balance.more, found.balance.read_at) == (60, at(30))


# Whatever happens at the provider

MINUTES = st.integers(min_value=-400, max_value=400)
TAKES = st.lists(
    st.tuples(MINUTES, st.integers(1, 200), st.sampled_from([24, 60]), st.booleans(), st.floats(0, 1.9)), max_size=6
)


@given(
    takes=TAKES,
    is_charged=st.booleans(),
    before=st.integers(-300, -1),
    read=st.integers(10, 500),
)
def test_without_strangers_a_charged_take_is_never_found_not_charged(
    takes: list[tuple[int, int, int, bool, float]], is_charged: bool, before: int, read: int
) -> None:
    bookings = [(0.5, LOST.quote)] if is_charged else []
    known = []
    for sent, ran, price, is_refunded, delay in takes:
        bookings.append((sent + delay, price))
        if is_refunded:
            bookings.append((sent + delay + ran, -price))
        seen_at = sent + delay + ran + 1
        is_open = seen_at > read
        known.append(own(sent, None if is_open else seen_at, charged=price, cost=0 if is_refunded else price))

    def total(start: float, end: float) -> int:
        return sum(credits for when, credits in bookings if start <= when < end)

    def on(day: date) -> int:
        start = (datetime.combine(day, time(), tzinfo=UTC) - NOON).total_seconds() / 60
        return total(start, min(start + 24 * 60, read))

    usage = {day: (on(day), at(read)) for day in (YESTERDAY, DAY)}
    balances = [(at(before), 10_000), (at(read), 10_000 - total(before, read))]

    found = find(LOST, unknowns=[LOST], own=known, usage=usage, balances=balances)

    more = LOST.quote if is_charged else 0
    assert found.usage.more in (None, more)
    assert found.balance.more in (None, more)
    if found.usage.more is not None and found.balance.more is not None:
        assert found.verdict == (Verdict.CHARGED if is_charged else Verdict.NOT_CHARGED)


def test_a_booking_is_whole_inside_outside_or_not_certain() -> None:
    window = Window(start=at(-30), end=at(30), said=0, read_at=at(30), label="")

    assert booked_in(window, own(-10, 10)) == 24
    assert booked_in(window, own(40, 50)) == 0
    assert booked_in(window, own(-90, -80)) == 0
    assert booked_in(window, own(-10, 29, cost=10)) == evidence.AT_THE_EDGE
