"""Rows for every kind of argument, of the team that is looked at and of another one."""

import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.enums import NoticeKind, Role
from accounts.models import ApiToken, Invitation, Membership, Notice, PushSubscription, Team, User
from accounts.teams import add_member
from studio.credits.ledger import grant
from studio.enums import State, StatusCode
from studio.generations.provider_keys import mark_of
from studio.models import Breaker, Clip, Generation, PriceDrift, Project, ProjectMember, Reference, WorkerHeartbeat
from tests.authorization.addresses import Address
from tests.factories import (
    ClipFactory,
    GenerationFactory,
    ProjectFactory,
    PromptFactory,
    ReferenceFactory,
    TeamFactory,
    UserFactory,
    join,
)

PEOPLE = ("owner", "manager", "creator", "viewer", "stranger", "nobody")
CREDITS = 10_000
SECRET = "one-secret-in-a-link"  # of an invitation
NEVER = uuid.UUID("00000000-0000-4000-8000-000000000000")
"""An id that was never given out."""


def hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


@dataclass
class House:
    """A team with one of everything; `word` tells its rows from those of another house."""

    word: str
    owner: User
    team: Team = field(init=False)
    project: Project = field(init=False)
    confidential: Project = field(init=False)
    queued: Generation = field(init=False)
    failed: Generation = field(init=False)
    unknown: Generation = field(init=False)
    clip: Clip = field(init=False)
    hidden_clip: Clip = field(init=False)
    hidden_reference: Reference = field(init=False)
    reference: Reference = field(init=False)
    breaker: Breaker = field(init=False)
    invitation: Invitation = field(init=False)
    token: ApiToken = field(init=False)
    notice: Notice = field(init=False)
    push: PushSubscription = field(init=False)
    member: User = field(init=False)
    secret: str = field(init=False)
    drift: PriceDrift = field(init=False)

    def __post_init__(self) -> None:
        self.team = TeamFactory.create(slug=self.word, name=self.word.title(), owner=self.owner)
        self.member = join(self.team, Role.VIEWER, email=f"somebody@{self.word}.example", name=f"One of {self.word}")
        grant(self.team, credits=CREDITS, note="To start with", by=self.owner)
        self._work()
        self._people()

    def _work(self) -> None:
        self.project = ProjectFactory.create(team=self.team, slug="harbour", created_by=self.owner)
        self.confidential = ProjectFactory.create(
            team=self.team, slug="vault", name="Vault", created_by=self.owner, is_confidential=True
        )
        prompt = PromptFactory.create(project=self.project, text=f"Words of {self.word}")
        hidden = PromptFactory.create(project=self.confidential, text=f"Hidden words of {self.word}")
        self.queued = GenerationFactory.create(prompt=prompt)
        self.failed = GenerationFactory.create(prompt=prompt, state=State.FAILED, status_code=StatusCode.REFUSED)
        self.unknown = GenerationFactory.create(
            prompt=prompt, state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN
        )
        self.clip = measured(ClipFactory.create(generation__prompt=prompt))
        self.hidden_clip = measured(ClipFactory.create(generation__prompt=hidden))
        self.reference = measured(ReferenceFactory.create(team=self.team, created_by=self.owner))
        self.hidden_reference = measured(
            ReferenceFactory.create(team=self.team, created_by=self.owner, project=self.confidential)
        )
        now = timezone.now()
        self.breaker = Breaker.objects.create(
            provider=settings.VIDEO_PROVIDER,
            account=mark_of(settings.RUNWAYML_API_SECRET),
            team=self.team,
            code=StatusCode.MODERATED_INPUT,
            strikes=5,
            opened_at=now,
            retry_at=now + timedelta(minutes=10),
        )

        self.drift = PriceDrift.objects.create(
            provider=settings.VIDEO_PROVIDER,
            model=self.word,
            mark="5 s",
            card_key="gen4.5@2026-08-01",
            our_credits=60,
            provider_credits=70,
        )

    def store(self) -> None:
        """Put the bytes of clips and references where the storage is now."""
        for row in (self.clip, self.hidden_clip, self.reference, self.hidden_reference):
            for key in (row.key, _small_key(row)):
                default_storage.save(key, ContentFile(_bytes(key)))

    def _people(self) -> None:
        self.secret = f"{SECRET}-{self.word}"
        self.invitation = Invitation.objects.create(
            team=self.team,
            email=f"new@{self.word}.example",
            token_hash=hashed(self.secret),
            invited_by=self.owner,
            expires_at=timezone.now() + timedelta(days=7),
        )
        self.token = ApiToken.objects.create(
            user=self.owner,
            team=self.team,
            name="Script",
            prefix="dly_abcd",
            token_hash=hashed(f"token of {self.word}"),
            scopes=["read"],
        )
        self.notice = Notice.objects.create(user=self.owner, team=self.team, kind=NoticeKind.JOINED, text="Somebody")
        self.push = PushSubscription.objects.create(
            user=self.owner, endpoint=f"https://push.example/{self.word}", p256dh="p", auth="a"
        )


@dataclass
class Scenery:
    """The house that is looked at, one in which nobody of it is, and a client for each kind of person."""

    owner: User = field(init=False)
    manager: User = field(init=False)
    creator: User = field(init=False)
    viewer: User = field(init=False)
    stranger: User = field(init=False)
    house: House = field(init=False)
    theirs: House = field(init=False)
    passkey: Authenticator = field(init=False)

    def __post_init__(self) -> None:
        self.owner = UserFactory.create(email="alice@example.com", name="Alice")
        self.stranger = UserFactory.create(email="mallory@example.com", name="Mallory")
        self.house = House("northlight", owner=self.owner)
        self.theirs = House("elsewhere", owner=self.stranger)
        self.manager = join(self.house.team, Role.MANAGER, email="mia@example.com", name="Mia")
        self.creator = join(self.house.team, Role.CREATOR, email="bob@example.com", name="Bob")
        self.viewer = join(self.house.team, Role.VIEWER, email="vera@example.com", name="Vera")
        self.passkey = Authenticator.objects.create(
            user=self.theirs.member, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}}
        )
        WorkerHeartbeat.objects.create(name="engine:1", provider=settings.VIDEO_PROVIDER)

    def client(self, who: str, **options: Any) -> Client:
        """A browser of this person, new each time, in which the password was typed just now.

        The time of the sign-in is put back: links for a new password die with the next sign-in.
        """
        client = Client(**options)
        if who != "nobody":
            person, before = getattr(self, who), getattr(self, who).last_login
            client.force_login(person)
            person.last_login = before
            person.save(update_fields=["last_login"])
            session = client.session
            session["account_authentication_methods"] = [
                {"method": "password", "at": time.time(), "reauthenticated": True}
            ]
            session["account_authentication_methods_user"] = str(getattr(self, who).pk)
            session.save()
        return client

    def let_in(self, who: str) -> None:
        """Make the person a member of the confidential project."""
        membership = Membership.objects.get(team=self.house.team, user=getattr(self, who))
        ProjectMember.objects.create(project=self.house.confidential, membership=membership)

    def promote(self, user: User, role: Role) -> None:
        add_member(self.house.team, user=user, role=role)

    def arguments(self, address: Address, *, of: str = "") -> dict[str, Any]:
        """Values for the arguments of an address. `of` names the thing that its id stands for."""
        return {name: self._argument(name, kind, address=address, of=of) for name, kind in address.converters}

    def _argument(self, name: str, kind: str, *, address: Address, of: str) -> Any:
        fixed = FIXED.get(of if name == "key" and of in FIXED else name)
        if fixed is not None:
            return fixed(self)
        if of in {"", "none"}:
            raise LookupError(f"{address.name}: say by `of=` what <{kind}:{name}> of {address.route} stands for")
        thing = getattr(self.house, of, None) or getattr(self, of)
        return thing if isinstance(thing, str) else _id_of(thing, kind)


def _id_of(thing: Model, kind: str) -> Any:
    if kind == "uuid":
        return thing.public_id  # type: ignore[attr-defined]  # whatever a page shows has one
    return thing.pk if kind == "int" else str(getattr(thing, "slug", thing.pk))


def measured(row: Any) -> Any:
    """The row of a clip or a reference, with the sizes of the bytes that `store` puts under its keys."""
    row.size_bytes = len(_bytes(row.key))
    setattr(row, _small_size(row), len(_bytes(_small_key(row))))
    row.save()
    return row


def _bytes(key: str) -> bytes:
    return f"bytes of {key}".encode()


def _small_key(row: Any) -> str:
    return str(row.poster_key if isinstance(row, Clip) else row.thumb_key)


def _small_size(row: Any) -> str:
    return "poster_size_bytes" if isinstance(row, Clip) else "thumb_size_bytes"


def _confirmation_key(scenery: Scenery) -> str:
    found = EmailAddress.objects.get(user=scenery.owner, primary=True)
    return str(EmailConfirmationHMAC(found).key)


FIXED: dict[str, Any] = {
    "team": lambda scenery: scenery.house.team.slug,
    "project": lambda scenery: scenery.house.project.slug,
    "breaker": lambda scenery: scenery.house.breaker.pk,
    "number": lambda scenery: 1,
    "key": _confirmation_key,
    "uidb36": lambda scenery: user_pk_to_url_str(scenery.owner),
    "reset_key": lambda scenery: default_token_generator.make_token(scenery.owner),
    "url": lambda scenery: "no-such-page/",
    "rest": lambda scenery: "v1/nothing/",
    "content_type_id": lambda scenery: "1",
    "object_id": lambda scenery: "1",
    "app_label": lambda scenery: "accounts",
}
"""Arguments that mean the same wherever they stand."""
