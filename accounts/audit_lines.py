"""Lines of the audit log, ready to show: what happened, when and from where, as far as the reader may know."""

from dataclasses import dataclass
from functools import lru_cache

from accounts.audit_queries import PRIVATE
from accounts.audit_sentences import Sentence, sentence_of
from accounts.models import AuditEntry, User

UNKNOWN = "Other"
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Line:
    """An entry for one reader. `is_open` says whether they may know from where and how it was done; if not, `ip` and
    `browser` are "", as where there is none."""

    entry: AuditEntry
    sentence: Sentence
    ip: str
    browser: str
    is_by_staff: bool
    is_open: bool


def line_of_team(entry: AuditEntry, *, reader: User) -> Line:
    """For the team's owners: what is a person's own affair only by what it was."""
    is_open = entry.action not in PRIVATE or entry.actor_id == reader.pk
    return _line(entry, sentence_of(entry, with_detail=is_open), is_open=is_open)


def line_of_person(entry: AuditEntry, *, reader: User) -> Line:
    """For the person: of what others have done about them, not from where."""
    is_own = entry.staff_id is None and entry.actor_id in {None, reader.pk}
    sentence = sentence_of(entry)
    return _line(entry, sentence if is_own else Sentence(sentence.pieces, ()), is_open=is_own)


def _line(entry: AuditEntry, sentence: Sentence, *, is_open: bool) -> Line:
    return Line(
        entry=entry,
        sentence=sentence,
        ip=(entry.ip or "") if is_open else "",
        browser=browser_in_words(entry.agent) if is_open else "",
        is_by_staff=entry.staff_id is not None,
        is_open=is_open,
    )


@lru_cache(maxsize=2_000)
def browser_in_words(agent: str) -> str:
    """“Firefox 122 on Linux” for a browser, “curl 8” for a script; its own first word for what nobody knows."""
    if not agent.strip():
        return ""
    from user_agents import parse  # a third of a second, only where a log is read

    found = parse(agent)
    name, system = found.browser.family, found.os.family
    if name == UNKNOWN:
        words = agent.split(maxsplit=1)[0][:LONGEST_NAME]
    else:
        words = f"{name} {found.browser.version[0]}" if found.browser.version else str(name)
    return words if system == UNKNOWN else f"{words} on {system}"
