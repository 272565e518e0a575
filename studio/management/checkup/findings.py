"""Findings: what a check says, and how bad it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db import DatabaseError


class Level(StrEnum):
    """How bad it is. FAIL means that something does not work; a warning, that it works and should be better."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence or two: what is so, and how to mend it."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict under the name of its check."""

    name: str
    level: Level
    text: str


Check = Callable[[], Verdict]


def ok(text: str) -> Verdict:
    return Verdict(Level.OK, text)


def warn(text: str) -> Verdict:
    return Verdict(Level.WARN, text)


def fail(text: str) -> Verdict:
    return Verdict(Level.FAIL, text)


def findings_of(checks: Mapping[str, Check]) -> Iterator[Finding]:
    """One finding a check, in their order. A check that breaks is itself a finding: the others go on."""
    for name, check in checks.items():
        verdict = _verdict(check)
        yield Finding(name, verdict.level, verdict.text)


def _verdict(check: Check) -> Verdict:
    try:
        return check()
    except DatabaseError:
        return fail("This cannot be told without the database: mend that first.")
    except Exception as error:  # the one place where nothing may stop the examination
        # Not the text of the error: it may hold an address with a password.
        return fail(f"The check itself broke ({type(error).__name__}). Please report it.")
