"""The report of a trial: Markdown that can be sent in. It holds no key, no link and no whole id."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from studio import __version__
from studio.management.smoke.checks import Book, Check, Outcome
from studio.providers.runway.version import API

UUID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
KEY = re.compile(r"key_[0-9a-zA-Z]+")
UPLOADED = re.compile(r"runway://\S+")
QUERY = re.compile(r"(https?://[^\s?]+)\?\S+")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands above the checks. `ended` is "" for a trial that went to its end, else why it did not."""

    address: str
    started_at: datetime
    took_s: float
    charged_credits: int
    ended: str = ""


def plain(text: str, *, key: str) -> str:
    """On one line, without the key, links' queries, uploads' addresses and the ends of ids."""
    hidden = text.replace(key, "[key]") if key else text
    for pattern, instead in ((KEY, "[key]"), (UUID, r"\1…"), (UPLOADED, "runway://…"), (QUERY, r"\1?…")):
        hidden = pattern.sub(instead, hidden)
    line = " ".join(hidden.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def markdown(book: Book, summary: Summary, *, key: str) -> str:
    """The whole report."""
    return "\n".join(_lines(book, summary, key=key)) + "\n"


def _lines(book: Book, summary: Summary, *, key: str) -> Iterator[str]:
    counts = {outcome: book.count(outcome) for outcome in Outcome}
    yield "# What was assumed of the provider, and what is so"
    yield ""
    yield f"- Dailies {__version__}, API version {API.header} (compared on {API.known_on})"
    yield f"- {plain(summary.address, key=key)}, {summary.started_at:%Y-%m-%d %H:%M} UTC, {summary.took_s:.0f} s"
    yield f"- Charged: {summary.charged_credits:,} credits, as far as is known"
    yield "- " + ", ".join(f"{outcome}: {count}" for outcome, count in counts.items())
    if summary.ended:
        yield f"- It ended early: {plain(summary.ended, key=key)}"
    step = ""
    for check in book.checks:
        if check.step != step:
            step = check.step
            yield ""
            yield f"## {step}"
            yield ""
        yield f"- {_sentence(check, key=key)}"


def _sentence(check: Check, *, key: str) -> str:
    mark = "" if check.outcome is Outcome.AS_ASSUMED else "**"
    return f"{_capital(plain(check.assumed, key=key))}: {mark}{plain(check.text, key=key)}{mark}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
