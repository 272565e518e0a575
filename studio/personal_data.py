"""What is kept about a person: counted for a page, and all of it as one ZIP, found while it is sent.

Nothing secret is in it: no password, no key of a token, no address of a browser's push service. What the person made in
projects that they do not see any more is theirs, so their words are in it; the names of those projects are not.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from django.db.models import Count, Q, Sum
from django.urls import reverse

from accounts.audit_lines import browser_in_words, line_of_person
from accounts.audit_queries import Filter, of_person
from accounts.models import ApiToken, AuditEntry, Invitation, Membership, Notice, PushSubscription, User
from accounts.sessions import sessions_of
from studio.media.archive import Member, Written
from studio.media.errors import StorageDown
from studio.media.store import read_bytes
from studio.models import Clip, Generation, Project, Prompt, Reference, seen_by
from studio.team_export import TAKE_FIELDS, batches, clip_files, csv_table, json_page, plain

FORMAT, VERSION = "dailies-person", 1
ALL_ENTRIES = 2**63 - 1
ABOUT = "about.json"

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of thing that is kept about a person: how much of it, and why, in words."""

    name: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the export."""

    name: str
    head: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]


def kept_about(user: User) -> list[Kept]:
    """All kinds of things that are kept, in a fixed number of queries."""
    made = {"created_by": user}
    by_or_about = Q(actor=user) | Q(about=user)
    return [
        Kept("E-mail addresses", EmailAddress.objects.filter(user=user).count(), "to sign in, and for mails"),
        Kept("Outside logins", SocialAccount.objects.filter(user=user).count(), "ways to sign in with another house"),
        Kept("Second factors", Authenticator.objects.filter(user=user).count(), "their secrets are encrypted"),
        Kept("Teams", Membership.objects.filter(user=user, team__deleted_at=None).count(), "with your role in each"),
        Kept("Sessions", len(sessions_of(user)), "browsers that are signed in: address and kind of browser"),
        Kept("Browsers that take pushes", user.push_subscriptions.count(), "until you switch it off there"),
        Kept("API tokens", user.api_tokens.count(), "the tokens themselves are stored as hashes alone"),
        Kept("Notices", user.notices.count(), "what you were told"),
        Kept("Invitations", Invitation.objects.filter(invited_by=user).count(), "that you have sent"),
        Kept("Prompts", Prompt.objects.filter(**made).count(), "your words stay with the team, under your name"),
        Kept("Takes", Generation.objects.filter(**made).count(), "with their settings, states and costs"),
        Kept("Clips", Clip.objects.filter(generation__created_by=user).count(), "files of the teams that paid"),
        Kept("References", Reference.objects.filter(**made).count(), "files that you have added for a team"),
        Kept("Projects", Project.objects.filter(**made).count(), "that you have made"),
        Kept("Lines of the audit log", AuditEntry.objects.filter(by_or_about).count(),
             "what you did, and what was done about you: never changed, never deleted"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """The clips that an export may bring along."""

    count: int
    size_bytes: int


def files_of(user: User) -> Files:
    """Clips that the person made, in projects that they see today."""
    told = _clips(user).aggregate(count=Count("pk"), bytes=Sum("size_bytes"))
    return Files(told["count"], told["bytes"] or 0)


@dataclass(slots=True)
class PersonalExport:
    """One export. `link_to` makes a whole address of a path; `lacking` fills while it is sent."""

    user: User
    now: datetime
    link_to: Callable[[str], str]
    with_clips: bool = False
    lacking: list[dict[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    @property
    def filename(self) -> str:
        return f"dailies-my-data-{self.now:%Y-%m-%d}.zip"

    def lack(self, member: Member, reason: str) -> None:
        """Tell that a file is not there, or not whole."""
        self.lacking.append({"file": member.name, "reason": reason})

    def members(self) -> Iterator[Member | Written]:
        """Each table as JSON and as CSV, then the files; what the whole is comes last, when that is known."""
        self._seen = set(_projects(self.user).values_list("pk", flat=True))
        for section in self._sections():
            yield Written(self._json(section), f"{section.name}.json")
            yield Written(csv_table((_flat(row) for row in section.rows()), section.head), f"{section.name}.csv")
        if self.user.avatar_key:
            yield from self._picture()
        if self.with_clips:
            yield from self._clip_files()
        yield Written(self._about(), ABOUT)

    def _sections(self) -> list[Section]:
        user = self.user
        return [
            Section("profile", PROFILE, lambda: iter([tuple(getattr(user, name) for name in PROFILE)])),
            Section("addresses", ("email", "is_confirmed", "is_primary"), lambda: _addresses(user)),
            Section("outside_logins", ("provider", "id_there", "since", "last_used_at"), lambda: _logins(user)),
            Section("second_factors", ("kind", "since", "last_used_at"), lambda: _factors(user)),
            Section("teams", ("team", "address", "role", "since"), lambda: _teams(user)),
            Section("sessions", ("browser", "ip", "since", "last_seen_at"), lambda: _sessions(user)),
            Section("push", ("browser", "since", "last_sent_at"), lambda: _pushes(user)),
            Section("tokens", TOKEN, lambda: _tokens(user)),
            Section("notices", ("at", "kind", "text", "path", "read_at"), lambda: _notices(user)),
            Section("invitations", INVITED, lambda: _invited(user)),
            Section("audit", ("at", "action", "words", "by", "team", "target", "detail", "ip", "browser"),
                    lambda: _audit(user)),
            Section("projects", ("id", "team", "name", "is_confidential", "at"), self._made_projects),
            Section("prompts", ("id", "team", "project", "text", "edited_from", "at"), self._prompts),
            Section("takes", TAKE, self._takes),
            Section("references", ("id", "team", "filename", "kind", "size_bytes", "sha256", "at"), self._references),
        ]  # fmt: skip

    def _json(self, section: Section) -> Iterator[bytes]:
        """A list with a row a line."""
        yield b"["
        between, self.counts[section.name] = b"\n", 0
        for row in section.rows():
            self.counts[section.name] += 1
            yield (
                between
                + json.dumps(dict(zip(section.head, row, strict=True)), default=plain, ensure_ascii=False).encode()
            )
            between = b",\n"
        yield b"\n]\n"

    def _place(self, project: Project) -> tuple[str, str]:
        """The names of its team and of itself, as far as the person still sees it."""
        return (project.team.name, project.name) if project.pk in self._seen else ("", "")

    def _made_projects(self) -> Iterator[Row]:
        for row in batches(Project.objects.select_related("team").filter(created_by=self.user)):
            yield row.public_id, *self._place(row), row.is_confidential, row.created_at

    def _prompts(self) -> Iterator[Row]:
        rows = Prompt.objects.select_related("project__team", "edited_from").filter(created_by=self.user)
        for row in batches(rows):
            source = row.edited_from.public_id if row.edited_from else None
            yield row.public_id, *self._place(row.project), row.text, source, row.created_at

    def _takes(self) -> Iterator[Row]:
        rows = Generation.objects.select_related("project__team", "prompt", "retry_of", "clip")
        for row in batches(rows.filter(created_by=self.user)):
            clip: Clip | None = getattr(row, "clip", None)
            link = self.link_to(reverse("clip", args=[clip.public_id])) if clip and row.project_id in self._seen else ""
            yield (
                row.public_id,
                *self._place(row.project),
                row.prompt.text if self._may_read(row) else "",
                row.retry_of.public_id if row.retry_of else None,
                *(getattr(row, name) for name in TAKE_FIELDS),
                link,
            )

    def _may_read(self, take: Generation) -> bool:
        """A prompt of somebody else, used again, is theirs where the person does not see the project any more."""
        return take.prompt.created_by_id == self.user.pk or take.project_id in self._seen

    def _references(self) -> Iterator[Row]:
        rows = Reference.objects.select_related("team").filter(created_by=self.user)
        teams = set(Membership.objects.filter(user=self.user).values_list("team_id", flat=True))
        for row in batches(rows):
            team = row.team.name if row.team_id in teams else ""
            yield row.public_id, team, row.filename, row.kind, row.size_bytes, row.sha256, row.created_at

    def _picture(self) -> Iterator[Member | Written]:
        name = "picture.webp"
        try:
            yield Written([read_bytes(self.user.avatar_key)], name)
        except StorageDown:
            self.lacking.append({"file": name, "reason": "the storage does not answer"})

    def _clip_files(self) -> Iterator[Member]:
        rows = _clips(self.user).select_related("generation__prompt", "project__team").prefetch_related("files")
        for clip in batches(rows):
            for path, key, size_bytes in clip_files(clip):
                yield Member(key, f"clips/{clip.project.team.slug}/{path.removeprefix('projects/')}", size_bytes)

    def _about(self) -> Iterator[bytes]:
        """Made when its turn has come."""
        yield json_page(
            {
                "format": FORMAT,
                "version": VERSION,
                "exported_at": self.now,
                "person": str(self.user),
                "counts": self.counts,
                "with_clips": self.with_clips,
                "lacking": self.lacking,
            }
        )


PROFILE = (
    "public_id", "email", "name", "time_zone", "theme", "is_motion_reduced", "notification_choices", "date_joined",
    "last_login",
)  # fmt: skip
TOKEN = (
    "name", "begins_with", "team", "scopes", "since", "expires_at", "last_used_at", "last_used_ip", "revoked_at",
)  # fmt: skip
INVITED = ("team", "email", "role", "at", "accepted_at", "revoked_at")
TAKE = ("id", "team", "project", "prompt", "retry_of", *TAKE_FIELDS, "link")


def _projects(user: User) -> Any:
    """Those that the person sees today; none of teams that ask for a second factor which they have not."""
    rows = Project.objects.filter(seen_by(user, through=""), team__memberships__user=user, team__deleted_at=None)
    return rows if is_mfa_enabled(user) else rows.filter(team__is_second_factor_required=False)


def _clips(user: User) -> Any:
    return Clip.objects.filter(generation__created_by=user, project__in=_projects(user).values("pk"))


def _addresses(user: User) -> Iterator[Row]:
    for row in batches(EmailAddress.objects.filter(user=user)):
        yield row.email, row.verified, row.primary


def _logins(user: User) -> Iterator[Row]:
    for row in batches(SocialAccount.objects.filter(user=user)):
        yield row.provider, row.uid, row.date_joined, row.last_login


def _factors(user: User) -> Iterator[Row]:
    for row in batches(Authenticator.objects.filter(user=user)):
        yield row.type, row.created_at, row.last_used_at


def _teams(user: User) -> Iterator[Row]:
    for row in batches(Membership.objects.select_related("team").filter(user=user, team__deleted_at=None)):
        yield row.team.name, row.team.slug, row.get_role_display(), row.created_at


def _sessions(user: User) -> Iterator[Row]:
    for row in sessions_of(user):
        yield browser_in_words(row.user_agent), row.ip, row.created_at, row.last_seen_at


def _pushes(user: User) -> Iterator[Row]:
    for row in batches(PushSubscription.objects.filter(user=user)):
        yield browser_in_words(row.agent), row.created_at, row.last_sent_at


def _tokens(user: User) -> Iterator[Row]:
    for row in batches(ApiToken.objects.select_related("team").filter(user=user)):
        used = (row.last_used_at, row.last_used_ip)
        yield row.name, row.prefix, row.team.name, row.scopes, row.created_at, row.expires_at, *used, row.revoked_at


def _notices(user: User) -> Iterator[Row]:
    for row in batches(Notice.objects.filter(user=user)):
        yield row.created_at, row.get_kind_display(), row.text, row.url, row.read_at


def _invited(user: User) -> Iterator[Row]:
    for row in batches(Invitation.objects.select_related("team").filter(invited_by=user)):
        ends = (row.accepted_at, row.revoked_at)
        yield row.team.name, row.email, row.get_role_display(), row.created_at, *ends


def _audit(user: User) -> Iterator[Row]:
    """What others did about the person without their address and browser: those are theirs."""
    for entry in of_person(user, Filter()).walk(before=ALL_ENTRIES):
        line = line_of_person(entry, reader=user)
        yield (
            entry.at, entry.action, entry.get_action_display(), entry.actor_name, entry.team.name if entry.team else "",
            entry.target, entry.detail if line.is_open else {}, line.ip, line.browser,
        )  # fmt: skip


def _flat(row: Row) -> Row:
    """As a cell of a table can hold it."""
    return tuple(_cell(value) for value in row)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, datetime) else value
