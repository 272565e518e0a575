"""The sentence for each thing that the audit log tells: the one table, for pages and exports."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Formatter
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.enums import AuditAction as A
from accounts.enums import Role, Scope
from accounts.models import AuditEntry

SENTENCES: dict[A, tuple[str, ...]] = {
    A.SIGNED_IN: ("{who} signed in by {how}", "{who} signed in"),
    A.SIGN_IN_FAILED: (
        "Somebody tried to sign in as {target} and failed",
        "Somebody tried to sign in as {whom} and failed",
        "Somebody tried to sign in and failed",
    ),
    A.SIGNED_OUT: ("{who} signed out",),
    A.SIGNED_UP: ("{who} signed up",),
    A.SESSIONS_ENDED: ("{who} ended all sessions of {whom}", "{who} ended other sessions"),
    A.PASSWORD_CHANGED: ("{who} changed the password of {whom}", "{who} changed their password"),
    A.PASSWORD_RESET: ("{who} reset the password of {whom}", "{who} reset their password"),
    A.EMAIL_CHANGED: (
        "{who} changed their e-mail address from {before} to {target}",
        "{who} changed their e-mail address to {target}",
        "{who} changed their e-mail address",
    ),
    A.SECOND_FACTOR_ADDED: ("{who} added a second factor: {target}", "{who} added a second factor"),
    A.SECOND_FACTOR_REMOVED: (
        "{who} removed a second factor of {whom}",
        "{who} removed a second factor: {target}",
        "{who} removed a second factor",
    ),
    A.RECOVERY_CODES_MADE: ("{who} made new recovery codes",),
    A.LOGIN_CONNECTED: ("{who} connected a login of {target}", "{who} connected an outside login"),
    A.LOGIN_DISCONNECTED: ("{who} disconnected a login of {target}", "{who} disconnected an outside login"),
    A.PROFILE_CHANGED: ("{who} changed the profile of {whom}", "{who} changed their profile"),
    A.DATA_EXPORTED: ("{who} exported the data of {whom}", "{who} exported their data"),
    A.ACCOUNT_DELETED: ("{who} deleted the account of {whom}", "{who} deleted their account"),
    A.TEAM_CREATED: ("{who} created the team {target}", "{who} created the team"),
    A.TEAM_CHANGED: (
        "{who} changed the team’s {what} from {before} to {after}",
        "{who} changed the team’s {what}: {after}",
        "{who} changed the team’s settings",
    ),
    A.TEAM_EXPORTED: ("{who} exported the team’s work",),
    A.TEAM_DELETION_ASKED: ("{who} asked for the deletion of the team {target}", "{who} asked for the team’s deletion"),
    A.TEAM_DELETION_TAKEN_BACK: ("{who} took the team’s deletion back",),
    A.TEAM_DELETED: (
        "The team {target} was deleted, as {asked_by} had asked",
        "{who} deleted the team {target}",
        "{who} deleted the team",
    ),
    A.INVITED: ("{who} invited {target} as {role}", "{who} invited {target}", "{who} invited somebody"),
    A.INVITATION_RESENT: ("{who} sent the invitation of {target} again", "{who} sent an invitation again"),
    A.INVITATION_REVOKED: ("{who} revoked the invitation of {target}", "{who} revoked an invitation"),
    A.INVITATION_ACCEPTED: ("{who} accepted the invitation and became {role}", "{who} accepted the invitation"),
    A.JOINED_BY_DOMAIN: ("{who} joined by the domain of their address, as {role}", "{who} joined by their domain"),
    A.MEMBER_ADDED: ("{who} added {whom} as {role}", "{who} added {whom}", "{who} added a member"),
    A.ROLE_CHANGED: (
        "{who} changed {whom}’s role from {before} to {after}",
        "{who} changed their own role from {before} to {after}",
        "{who} changed {whom}’s role",
        "{who} changed a role",
    ),
    A.MEMBER_REMOVED: ("{who} removed {whom} from the team", "{who} removed a member"),
    A.MEMBER_LEFT: ("{who} left the team",),
    A.WORK_HANDED_OVER: (
        "{who} handed over the work {target}",
        "{who} handed work over",
    ),
    A.PROJECT_CREATED: ("{who} created the project {target}", "{who} created a project"),
    A.PROJECT_CHANGED: ("{who} changed the project {target}", "{who} changed a project"),
    A.PROJECT_MEMBERS_CHANGED: ("{who} changed who sees the project {target}", "{who} changed who sees a project"),
    A.TOKEN_MADE: ("{who} made the API token {target}", "{who} made an API token"),
    A.TOKEN_REVOKED: (
        "{who} revoked the API token {target} of {whom}",
        "{who} revoked the API token {target}",
        "{who} revoked an API token",
    ),
    A.KEY_ENTERED: ("{who} entered a provider {target}", "{who} entered a provider key"),
    A.KEY_RETIRED: ("{who} retired the provider {target}", "{who} retired the provider key"),
    A.TAKE_CANCELLED: (
        "{who} cancelled a take of {owner}",
        "{who} cancelled a take of {whom}",
        "{who} cancelled a take",
    ),
    A.TAKE_DECIDED: (
        "{who} decided a take of {whom} whose outcome was unknown: {decision}",
        "{who} decided a take whose outcome was unknown: {decision}",
        "{who} decided a take whose outcome was unknown",
    ),
    A.CREDITS_GRANTED: (
        "{who} granted {credits} credits: {target}",
        "{who} granted {credits} credits",
        "{who} granted credits",
    ),
    A.CREDITS_ADJUSTED: (
        "{who} adjusted the team’s credits by {credits}: {target}",
        "{who} adjusted the team’s credits by {credits}",
        "{who} adjusted the team’s credits",
    ),
    A.BUDGET_CHANGED: (
        "{who} changed the budget of {target} from {before} to {after}",
        "{who} changed the budget of {target}",
        "{who} changed a budget",
    ),
    A.SHARED: ("{who} shared {target} outside the team", "{who} shared something outside the team"),
    A.SHARE_REVOKED: ("{who} revoked the share of {target}", "{who} revoked a share"),
    A.CLIP_DELETED: ("{who} deleted the clip {target}", "{who} deleted a clip"),
    A.AUDIT_EXPORTED: ("{who} exported the audit log as {format}", "{who} exported the audit log"),
    A.VIEWED_AS: ("{who} began to view the site as {whom}", "{who} began to view the site as somebody else"),
    A.VIEWED_AS_ENDED: ("{who} ended viewing the site as {whom}", "{who} ended viewing the site as somebody else"),
    A.STAFF_CHANGED: ("{who} changed {target} in the Django admin", "{who} changed a row in the Django admin"),
}
"""The first sentence counts whose fields the entry has. `who` is the actor, `whom` the person it is about when that is
somebody else, `target` the thing in words; all others stand in the entry's detail."""

IN_LOWER_CASE = frozenset({"role", "before", "after"})
NAMES = {role.label: role.label.lower() for role in Role} | {str(role.value): role.label.lower() for role in Role}
SCOPES = {scope.value: scope.label.lower() for scope in Scope}
BIDI_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
OF_ROLES = frozenset({A.ROLE_CHANGED, A.INVITED, A.INVITATION_ACCEPTED, A.MEMBER_ADDED, A.JOINED_BY_DOMAIN})
NEVER_SHOWN = re.compile(r"(?:^|_)ids?$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence. A name may be written in any direction and holds what people have typed."""

    text: str
    is_name: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """What an entry tells. `more` are the details that the sentence does not have, each as “name: value”."""

    pieces: tuple[Piece, ...]
    more: tuple[str, ...]

    @property
    def html(self) -> SafeString:
        """With each name apart, so that its direction of writing turns nothing round."""
        return format_html_join(
            "",
            "{}",
            ((format_html("<bdi>{}</bdi>", piece.text) if piece.is_name else piece.text,) for piece in self.pieces),
        )

    @property
    def text(self) -> str:
        """As plain text, without the marks that turn text round."""
        return BIDI_MARKS.sub("", "".join(piece.text for piece in self.pieces))


def sentence_of(entry: AuditEntry, *, with_detail: bool = True) -> Sentence:
    """What the entry tells. Without detail: only who did what, for what is a person's own affair."""
    detail: Mapping[str, Any] = entry.detail if with_detail and isinstance(entry.detail, dict) else {}
    fields = _fields(entry, detail)
    known = SENTENCES.get(_action(entry), ("{who}: {action}",))  # type: ignore[arg-type]  # None is in no table
    fields["action"] = entry.action
    template = next((one for one in known if _needs(one) <= fields.keys()), known[-1])
    pieces = tuple(_pieces(template, fields))
    used = _needs(template)
    left = [name for name in detail if name not in used and not NEVER_SHOWN.search(name)]
    more = tuple(f"{name.replace('_', ' ')}: {said}" for name in left if (said := _said_of(name, detail[name])))
    return Sentence(pieces, more)


def _action(entry: AuditEntry) -> A | None:
    """None for what a later version has written."""
    return A(entry.action) if entry.action in A.values else None


def _fields(entry: AuditEntry, detail: Mapping[str, Any]) -> dict[str, str]:
    """The texts that a sentence can have; what is empty is not there."""
    is_another = entry.about_id is not None and entry.about_id != entry.actor_id
    found = {name: _said(value) for name, value in detail.items() if isinstance(value, str | int | float)}
    if entry.action in {action.value for action in OF_ROLES}:
        found |= {name: NAMES.get(found[name], found[name]) for name in IN_LOWER_CASE & found.keys()}
    found |= {"who": _who(entry), "target": entry.target, "whom": str(entry.about) if is_another else ""}
    return {name: text for name, text in found.items() if text}


def _who(entry: AuditEntry) -> str:
    if entry.actor_name:
        return entry.actor_name
    return "Somebody" if entry.ip or entry.agent else "The server"


def _needs(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def _pieces(template: str, fields: Mapping[str, str]) -> Iterator[Piece]:
    for text, name, _, _ in Formatter().parse(template):
        if text:
            yield Piece(text, is_name=False)
        if name:
            yield Piece(fields.get(name, "somebody"), is_name=True)


def _said(value: Any) -> str:
    """A detail's value as people read it; "" for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(said for one in value if (said := _said(one)))
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {said}" for name, one in value.items() if (said := _said(one)))
    return str(value)


def _said_of(name: str, value: Any) -> str:
    if name == "scopes" and isinstance(value, list):
        return ", ".join(SCOPES.get(str(one), str(one)) for one in value)
    if name.endswith("_at") and isinstance(value, str):
        return _moment(value)
    return _said(value)


def _moment(text: str) -> str:
    """A moment as people read it; the text itself where it is none."""
    try:
        return f"{datetime.fromisoformat(text).astimezone(UTC):%-d %B %Y, %H:%M} UTC"
    except ValueError:
        return text
