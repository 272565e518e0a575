"""What usage and balance say about takes whose outcome is unknown. Pure: no tables, no clock.

The provider books a charge when it takes a task and gives back when the task ends, each on its own day and at a time
that we know within some minutes. A number is used only where no booking of ours could lie on either side of its edges;
decision 0009 has the reasons.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from studio.enums import Verdict
from studio.providers.catalog import find_model

CLOCKS_APART = timedelta(minutes=1)
BOOKED_WITHIN = timedelta(minutes=3)
"""After it was sent, or after we saw its end: a create is answered within two minutes, and clocks differ."""
SURE_AFTER = timedelta(minutes=10)
"""A reading that is younger than this after a take was sent says nothing of it."""
ENDS_WITHIN = timedelta(hours=1)
"""A charged take that fails gives its credits back within this time; later ones are not looked for."""
A_DAY = timedelta(days=1)
MOST_READINGS = 6

NO_READING = "there is no reading of it yet"
TOO_EARLY = "it is too early"
UNDER_WAY = "other takes are under way, whose cost is not final"
ASSUMED = "the cost of other takes in that time is assumed, not told by the provider"
MAY_COME_BACK = "another take that is “Checking” was sent shortly before that time"
AT_THE_EDGE = "other takes were sent or ended just when it was read"


@dataclass(frozen=True, slots=True)
class Own:
    """A take of ours on the same key. `charged` is what was booked when it was sent, None when it was not told;
    `cost` what it cost in the end, None while it is open; `is_told` whether the provider said so itself."""

    model: str
    sent_at: datetime
    ended_at: datetime | None
    charged: int | None
    cost: int | None
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class Unknown:
    """A take that is "Checking"."""

    id: int
    model: str
    sent_at: datetime
    quote: int


@dataclass(frozen=True, slots=True)
class Window:
    """`said` credits were used between two moments, by an answer of `read_at`. `label` is the time, in words."""

    start: datetime
    end: datetime
    said: int
    read_at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One of the two numbers: `more` credits than our own takes explain, None when `why` stands against it.

    `prices` are those of the takes with an unknown outcome that could have caused it.
    """

    more: int | None = None
    prices: tuple[int, ...] = ()
    read_at: datetime | None = None
    label: str = ""
    why: str = ""

    @property
    def takes(self) -> int:
        return len(self.prices)

    @property
    def quotes(self) -> int:
        """What they would cost together."""
        return sum(self.prices)


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict about one take, with the numbers and the sentences that it rests on."""

    verdict: Verdict
    reason: str
    usage: Reckoning
    balance: Reckoning
    usage_said: str
    balance_said: str

    @property
    def read_at(self) -> datetime | None:
        """The older of the readings behind it, None without any."""
        return min((one.read_at for one in (self.usage, self.balance) if one.read_at), default=None)


def find(
    unknown: Unknown,
    *,
    unknowns: Sequence[Unknown],
    own: Sequence[Own],
    usage: Mapping[date, tuple[int, datetime]],
    balances: Sequence[tuple[datetime, int]],
) -> Finding:
    """What both numbers say of `unknown`, one of the `unknowns` of a key.

    `usage` is (credits, when read) of its model by UTC day, `balances` are (when read, credits left) of the key, oldest
    first, `own` all other takes of the key that may have been booked near it.
    """
    of_model = [one for one in own if one.model == unknown.model]
    alike = [one for one in unknowns if one.model == unknown.model]
    by_usage = _first_clear(usage_windows(unknown, usage), own=of_model, unknowns=alike)
    by_balance = _first_clear(balance_windows(unknown, balances), own=own, unknowns=unknowns)
    verdict, reason = _verdict(by_usage, by_balance)
    return Finding(
        verdict=verdict,
        reason=reason,
        usage=by_usage,
        balance=by_balance,
        usage_said=_usage_said(by_usage, model=unknown.model),
        balance_said=_balance_said(by_balance),
    )


# Windows


def usage_windows(unknown: Unknown, usage: Mapping[date, tuple[int, datetime]]) -> Iterator[Window]:
    """The UTC days on which it can have been booked; then with the day before, the day after, and both."""
    first, last = _day(unknown.sent_at - CLOCKS_APART), _day(unknown.sent_at + BOOKED_WITHIN)
    for before, after in ((0, 0), (1, 0), (0, 1), (1, 1)):
        window = _days(first - before * A_DAY, last + after * A_DAY, usage)
        if window and window.read_at >= unknown.sent_at + SURE_AFTER:
            yield window


def _days(first: date, last: date, usage: Mapping[date, tuple[int, datetime]]) -> Window | None:
    """The window of some days, when all were read in the same answer."""
    days = [first + number * A_DAY for number in range((last - first).days + 1)]
    read = [usage[day] for day in days if day in usage]
    if len(read) < len(days) or len({read_at for _, read_at in read}) > 1:
        return None
    read_at = read[0][1]
    if read_at <= _midnight(last):
        return None
    label = _spoken(first) if first == last else f"{_spoken(first)} to {_spoken(last)}"
    end = min(_midnight(last + A_DAY), read_at)
    return Window(_midnight(first), end, sum(credits for credits, _ in read), read_at, label)


def balance_windows(unknown: Unknown, balances: Sequence[tuple[datetime, int]]) -> Iterator[Window]:
    """From the readings before it was sent to those within a day after it; the shortest of the latest first."""
    before = [one for one in balances if one[0] <= unknown.sent_at - CLOCKS_APART][-MOST_READINGS:]
    after = [one for one in balances if one[0] >= unknown.sent_at + SURE_AFTER]
    within_a_day = [one for one in after if one[0] <= unknown.sent_at + A_DAY]
    for end, left in reversed(within_a_day[-MOST_READINGS:] or after[:MOST_READINGS]):
        for start, had in reversed(before):
            yield Window(start, end, had - left, end, _spoken_times(start, end))


# Numbers


def _first_clear(windows: Iterable[Window], *, own: Sequence[Own], unknowns: Sequence[Unknown]) -> Reckoning:
    """The first window that can be reckoned; else what stands against the first one."""
    against: Reckoning | None = None
    for window in windows:
        reckoning = reckon(window, own=own, unknowns=unknowns)
        if reckoning.more is not None:
            return reckoning
        against = against or reckoning
    return against or Reckoning(why=NO_READING)


def reckon(window: Window, *, own: Iterable[Own], unknowns: Iterable[Unknown]) -> Reckoning:
    """What the window's number says beyond our own takes."""
    explained = 0
    for take in own:
        booked = booked_in(window, take)
        if isinstance(booked, str):
            return Reckoning(why=booked)
        explained += booked
    suspects = [one for one in unknowns if window.start - ENDS_WITHIN < one.sent_at < window.end + CLOCKS_APART]
    if any(one.sent_at - CLOCKS_APART < window.start for one in suspects):
        return Reckoning(why=MAY_COME_BACK)
    if any(one.sent_at + SURE_AFTER > window.read_at for one in suspects):
        return Reckoning(why=TOO_EARLY)
    return Reckoning(
        more=window.said - explained,
        prices=tuple(one.quote for one in suspects),
        read_at=window.read_at,
        label=window.label,
    )


def booked_in(window: Window, take: Own) -> int | str:
    """The credits of `take` that the provider has booked in the window, net; or why that is not certain."""
    sent_from, sent_to = take.sent_at - CLOCKS_APART, take.sent_at + BOOKED_WITHIN
    if sent_from >= window.end:
        return 0
    if take.ended_at is None or take.cost is None:
        return UNDER_WAY
    ended_to = take.ended_at + BOOKED_WITHIN
    if ended_to <= window.start:
        return 0
    if not take.is_told:
        return ASSUMED
    is_one_booking = take.charged == take.cost
    if sent_from >= window.start and (sent_to if is_one_booking else ended_to) <= window.end:
        return take.cost
    if is_one_booking and (sent_to <= window.start or take.cost == 0):
        return 0
    return AT_THE_EDGE


# Verdicts and words


def _verdict(usage: Reckoning, balance: Reckoning) -> tuple[Verdict, str]:
    numbers = [one for one in (usage, balance) if one.more is not None]
    if not numbers:
        return Verdict.UNCLEAR, "There is nothing to go by yet."
    if all(one.more == 0 and one.quotes > 0 for one in numbers):
        if len(numbers) == 2:
            return Verdict.NOT_CHARGED, (
                "Usage and balance agree. If they still do ten minutes later, its credits come back by themselves."
            )
        return Verdict.UNCLEAR, "One number alone says that nothing was charged; it takes both to be sure."
    if all(0 < one.quotes <= (one.more or 0) for one in numbers):
        return Verdict.CHARGED, "Look for its task on the provider's own pages: its clip should be there."
    return Verdict.UNCLEAR, _unclear(numbers)


def _unclear(numbers: Sequence[Reckoning]) -> str:
    if any((one.more or 0) < 0 for one in numbers):
        return "Credits came in meanwhile: bought, or given back for something else. Look at the provider's own pages."
    if any(one.takes > 1 and 0 < (one.more or 0) < one.quotes for one in numbers):
        return "Some of these takes were charged and others not: the numbers do not tell which."
    if len({one.more for one in numbers}) > 1:
        return "The two numbers do not agree: perhaps somebody else uses this key too."
    return "That is not the price of this take: perhaps somebody else uses this key too."


def _usage_said(usage: Reckoning, *, model: str) -> str:
    if usage.more is None:
        return f"The provider's usage says nothing yet: {usage.why}."
    offer = find_model(model)
    of = f"for {offer.label if offer else model}"
    if usage.more == 0:
        return f"On {usage.label} the provider charged nothing {of} beyond what our takes explain."
    if usage.more < 0:
        return f"On {usage.label} the provider charged {-usage.more:,} credits {of} less than our takes explain."
    return (
        f"On {usage.label} the provider charged {usage.more:,} credits {of} more than our takes explain.{_among(usage)}"
    )


def _balance_said(balance: Reckoning) -> str:
    if balance.more is None:
        return f"The key's balance says nothing yet: {balance.why}."
    if balance.more == 0:
        return f"From {balance.label} the key's balance changed by nothing beyond what our takes explain."
    if balance.more < 0:
        return f"From {balance.label} the key's balance fell by {-balance.more:,} credits less than our takes explain."
    return (
        f"From {balance.label} the key's balance fell by {balance.more:,} credits more than our takes explain."
        f"{_among(balance)}"
    )


def _among(number: Reckoning) -> str:
    """What the number means when several takes may be behind it."""
    if number.takes < 2:
        return ""
    charged, part = divmod(number.more or 0, number.prices[0] or 1)
    if len(set(number.prices)) == 1 and not part and charged <= number.takes:
        return f" Of {number.takes} takes that are “Checking”, credits for {charged} were charged."
    return f" The {number.takes} takes that are “Checking” would cost {number.quotes:,} together."


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B}"


def _spoken_times(start: datetime, end: datetime) -> str:
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    if first.date() == last.date():
        return f"{first:%H:%M} to {last:%H:%M} UTC on {_spoken(first.date())}"
    return f"{first:%H:%M} UTC on {_spoken(first.date())} to {last:%H:%M} UTC on {_spoken(last.date())}"
