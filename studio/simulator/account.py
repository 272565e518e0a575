"""The organization's money: credits, and what was used by model and day."""

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from studio.simulator import schema
from studio.simulator.issues import Issue, custom
from studio.simulator.issues import Path as IssuePath
from studio.simulator.notebook import Notebook

DAY = timedelta(days=1)
DEFAULT_DAYS = 30
MAX_DAYS = 90
LAST_YEAR = 2200
BALANCE, USED, GENERATIONS = "balance", "used", "generations"

Limit = int | None | Mapping[str, int | None]


def limit_for(model: str, *, limit: Limit) -> int | None:
    """The limit of one model; None means unlimited."""
    return limit.get(model) if isinstance(limit, Mapping) else limit


class Account:
    """Credits and counts. Every change is dated, so that reports by day come out of it, and noted, not yet kept.

    `credits` counts only where the notebook does not know a balance.
    """

    def __init__(self, *, credits: int, notebook: Notebook) -> None:
        self._notebook = notebook
        self.balance: int = notebook.read(BALANCE).get("", credits)
        self._used: defaultdict[date, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._generations: defaultdict[str, deque[datetime]] = defaultdict(deque)
        for name, amount in notebook.read(USED).items():
            day, _, model = name.partition(" ")
            self._used[date.fromisoformat(day)][model] = amount
        for model, times in notebook.read(GENERATIONS).items():
            self._generations[model].extend(datetime.fromisoformat(time) for time in times)

    def charge(self, model: str, *, amount: int, at: datetime) -> None:
        """Take credits for a new generation."""
        self._book(model, amount=amount, at=at)
        self.generations_today(model, now=at)
        self._generations[model].append(at)
        self._notebook.write(GENERATIONS, model, [time.isoformat() for time in self._generations[model]])

    def refund(self, model: str, *, amount: int, at: datetime) -> None:
        """Give credits back, on the day on which it happens."""
        self._book(model, amount=-amount, at=at)

    def _book(self, model: str, *, amount: int, at: datetime) -> None:
        self.balance -= amount
        used = self._used[at.date()]
        used[model] += amount
        self._notebook.write(BALANCE, "", self.balance)
        self._notebook.write(USED, f"{at.date()} {model}", used[model])

    def generations_today(self, model: str, *, now: datetime) -> int:
        """Generations of the last 24 hours. Older ones are forgotten."""
        times = self._generations[model]
        while times and times[0] <= now - DAY:
            times.popleft()
        return len(times)

    def usage(self, start: date, *, before: date) -> dict[str, Any]:
        """Net credits by day and model in the shape of the API; days without any are left out."""
        days = sorted(day for day in self._used if start <= day < before)
        results = [{"date": day.isoformat(), "usedCredits": _amounts(self._used[day])} for day in days]
        models = sorted({model for day in days for model in self._used[day]})
        return {"models": models, "results": results, "apiKeys": [], "resultsByApiKey": []}


def _amounts(used: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"model": model, "amount": amount} for model, amount in sorted(used.items())]


def _day(value: Any, path: IssuePath) -> list[Issue]:
    found = schema.string(minimum=10, maximum=10)(value, path)
    return found or ([] if _read_day(value) else [custom("Invalid ISO date", path=path)])


def _read_day(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.year < LAST_YEAR else None


USAGE_SHAPE = schema.Shape({"startDate": _day, "beforeDate": _day})


def usage_range(body: dict[str, Any], *, today: date) -> tuple[date, date]:
    """From (included) and before (excluded): the last 30 days unless the body says otherwise."""
    start = _read_day(body.get("startDate", "")) or today - timedelta(days=DEFAULT_DAYS)
    before = _read_day(body.get("beforeDate", "")) or start + timedelta(days=DEFAULT_DAYS)
    return start, before


def range_issues(start: date, *, before: date) -> list[Issue]:
    """What is wrong with a range of days."""
    if before <= start:
        return [custom("beforeDate must be after startDate", path=("beforeDate",))]
    if before > start + timedelta(days=MAX_DAYS):
        return [custom(f"The range may span at most {MAX_DAYS} days", path=("beforeDate",))]
    return []
