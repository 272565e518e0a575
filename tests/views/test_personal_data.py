"""The pages on which a person sees, takes along and deletes what is kept about them."""

import csv
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import AuditAction, Role, Scope
from accounts.models import ApiToken, AuditEntry, Membership, PushSubscription, User
from studio.enums import State
from studio.models import Generation
from tests.factories import ClipFactory, GenerationFactory, ProjectFactory, PromptFactory
from tests.sync.sweeping import made
from tests.views.cast import HX, Cast, signed_in
from tests.views.test_removal import bob, launched
from tests.views.test_tokens import proven

PAGE, EXPORT, DELETE = "/profile/data/", "/profile/data/export/", "/profile/data/delete/"
TABLES = (
    "profile", "addresses", "outside_logins", "second_factors", "teams", "sessions", "push", "tokens", "notices",
    "invitations", "audit", "projects", "prompts", "takes", "references",
)  # fmt: skip


def body_of(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams


def exported(client: Client, **fields: str) -> zipfile.ZipFile:
    answer = proven(client).post(EXPORT, fields)
    assert (answer.status_code, answer["Content-Type"], answer.streaming) == (200, "application/zip", True)
    archive = zipfile.ZipFile(io.BytesIO(body_of(answer)))
    assert archive.testzip() is None
    return archive


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(archive.read(f"{name}.json"))
    return found


def all_bytes(archive: zipfile.ZipFile) -> bytes:
    return b"\n".join(archive.read(name) for name in archive.namelist())


def viewing_as(client: Client, staff: User) -> Client:
    session = proven(client).session
    session["hijack_history"] = [str(staff.pk)]
    session.save()
    return client


@pytest.mark.parametrize("name", ["owner", "creator", "viewer", "stranger"])
def test_everybody_sees_and_takes_their_own(cast: Cast, name: str) -> None:
    client: Client = getattr(cast, name)
    user = User.objects.get(pk=client.session["_auth_user_id"])

    page = client.get(PAGE)
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    archive = exported(client)

    assert archive.namelist() == [f"{one}.{kind}" for one in TABLES for kind in ("json", "csv")] + ["about.json"]
    assert [row["email"] for row in rows(archive, "profile")] == [user.email]
    assert AuditEntry.objects.filter(action=AuditAction.DATA_EXPORTED, actor=user, about=user).count() == 1


def test_nobody_is_sent_to_the_entrance(cast: Cast) -> None:
    for answer in (cast.nobody.get(PAGE), cast.nobody.post(EXPORT), cast.nobody.get(DELETE), cast.nobody.post(DELETE)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/") or "sign" in answer.headers["Location"]
    assert not AuditEntry.objects.filter(action__in=["data_exported", "account_deleted"]).exists()


@pytest.mark.parametrize("takes", [1, 300])
def test_the_page_asks_as_much_for_many(
    cast: Cast, takes: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    prompt = PromptFactory.create(project=cast.stage.project, created_by=bob())
    GenerationFactory.create_batch(takes, prompt=prompt)
    cast.creator.get(PAGE)

    with django_assert_num_queries(QUERIES):
        answer = cast.creator.get(PAGE)

    assert f">{takes}</td>" in answer.content.decode()


QUERIES = 20


def test_no_secret_and_nothing_of_others_is_in_it(cast: Cast) -> None:
    token = ApiToken.objects.create(
        user=bob(), team=cast.stage.team, name="Script", prefix="dly_abc", token_hash="feed" * 16, scopes=[Scope.READ]
    )
    Authenticator.objects.create(user=bob(), type="totp", data={"secret": "hush-hush"})
    PushSubscription.objects.create(user=bob(), endpoint="https://push.example/1", p256dh="key-p256", auth="key-auth")
    PromptFactory.create(project=cast.stage.project, created_by=cast.stage.owner, text="Words of Alice")
    PromptFactory.create(project=cast.stage.project, created_by=bob(), text="Words of Bob")
    key = cast.creator.session.session_key or "none"

    archive = exported(cast.creator)

    told = all_bytes(archive)
    user = bob()
    for secret in (token.token_hash, "hush-hush", "push.example", "key-p256", "key-auth", user.password, key,
                   "Words of Alice", "alice@example.com", "vera@example.com"):  # fmt: skip
        assert secret.encode() not in told, secret
    assert [row["text"] for row in rows(archive, "prompts")] == ["Words of Bob"]
    assert rows(archive, "tokens")[0]["begins_with"] == "dly_abc"


def test_formulas_are_texts_in_the_tables(cast: Cast) -> None:
    PromptFactory.create(project=cast.stage.project, created_by=bob(), text='=HYPERLINK("http://x")')

    archive = exported(cast.creator)

    table = list(csv.reader(io.StringIO(archive.read("prompts.csv").decode("utf-8-sig"))))
    assert table[0] == ["id", "team", "project", "text", "edited_from", "at"]
    assert table[1][3] == '\'=HYPERLINK("http://x")'
    assert rows(archive, "prompts")[0]["text"] == '=HYPERLINK("http://x")'


def test_clips_are_those_of_projects_that_they_see(cast: Cast) -> None:
    cast.stage.owner = bob()
    seen, closed = made(cast.stage), made(cast.stage)
    secret = ProjectFactory.create(team=cast.stage.team, name="Falcon", is_confidential=True)
    PromptFactory.create(project=secret, created_by=bob(), text="Hidden place")
    Generation.objects.filter(pk=closed.generation_id).update(project=secret)
    type(closed).objects.filter(pk=closed.pk).update(project=secret)

    archive = exported(cast.creator, with_clips="1")

    files = [name for name in archive.namelist() if name.startswith("clips/")]
    assert any(str(seen.generation.public_id)[:8] in name or name.endswith(".mp4") for name in files)
    assert len([name for name in files if name.endswith(".mp4")]) == 1
    assert b"Falcon" not in all_bytes(archive)
    Membership.objects.filter(user=bob()).delete()
    assert not [name for name in exported(signed_in(bob()), with_clips="1").namelist() if name.startswith("clips/")]


def test_a_file_that_is_gone_is_named(cast: Cast) -> None:
    cast.stage.owner = bob()
    clip = made(cast.stage)
    Path(settings.MEDIA_ROOT, clip.key).unlink()

    archive = exported(cast.creator, with_clips="1")

    lacking = json.loads(archive.read("about.json"))["lacking"]
    assert [row["file"].endswith(".mp4") for row in lacking] == [True]


def test_an_export_wants_a_proof_a_post_and_patience(cast: Cast) -> None:
    assert cast.creator.get(EXPORT).status_code == 405
    unproven = signed_in(bob())
    session = unproven.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 10**6}]
    session.save()
    assert unproven.post(EXPORT).headers["Location"].startswith("/accounts/reauthenticate/")
    assert not AuditEntry.objects.filter(action="data_exported").exists()
    for _ in range(6):
        body_of(proven(cast.creator).post(EXPORT))
    late = cast.creator.post(EXPORT)
    assert (late.status_code, b"exported your data often" in late.content) == (429, True)
    assert AuditEntry.objects.filter(action="data_exported").count() == 6


def test_who_views_as_somebody_may_do_none_of_it(cast: Cast) -> None:
    client = viewing_as(cast.creator, cast.stage.owner)

    for address, fields in ((EXPORT, {}), (DELETE, {"typed": "bob@example.com"})):
        assert client.post(address, fields).status_code in {403, 422}
    assert bob().is_active
    assert not AuditEntry.objects.filter(action__in=["data_exported", "account_deleted"]).exists()


@pytest.mark.parametrize("typed", ["", "vera@example.com", "x" * 400, "bob@example.com\x00", "bob"])
def test_a_wrong_address_loses_nothing(cast: Cast, typed: str) -> None:
    launched(cast, bob())
    heir = str(cast.stage.owner.public_id)

    answer = proven(cast.creator).post(DELETE, {"typed": typed, "northlight-heir": heir, "forget_name": "1"})

    assert answer.status_code == 422
    assert b"checked" in answer.content
    assert bob().is_active
    assert Generation.objects.get().state == State.QUEUED


@pytest.mark.parametrize("headers", [{}, HX])
def test_deletion_signs_out_everywhere(cast: Cast, headers: dict[str, str]) -> None:
    launched(cast, bob())
    user, second = bob(), signed_in(bob())
    heir = str(cast.stage.owner.public_id)
    assert cast.creator.get(DELETE).status_code == 200
    assert bob().is_active, "looking changes nothing"

    sent = {"typed": " BOB@example.com ", "northlight-heir": heir}
    answer = proven(cast.creator).post(DELETE, sent, headers=headers)

    assert (answer.headers.get("HX-Redirect") or answer.headers["Location"]) == "/sign-in/"
    user.refresh_from_db()
    assert (user.is_active, user.name) == (False, "Bob")
    assert cast.creator.post(DELETE, sent).status_code == 302
    assert second.get("/northlight/").status_code == 302
    assert set(Generation.objects.values_list("state", "kept_by__name")) == {(State.CANCELLED, "Alice")}
    assert AuditEntry.objects.filter(action="account_deleted").count() == 1


def test_the_last_owner_is_told_which_team(cast: Cast) -> None:
    answer = proven(cast.owner).post(DELETE, {"typed": "alice@example.com"})

    assert answer.status_code == 422
    assert "You are the last owner of 1 team." in " ".join(answer.content.decode().split())
    assert cast.stage.team.name in answer.content.decode()
    assert User.objects.get(email="alice@example.com").is_active


@pytest.mark.parametrize("who", ["mallory@example.com", "vera@example.com", "bob@example.com", "junk"])
def test_forged_heirs_are_refused(cast: Cast, who: str) -> None:
    launched(cast, bob())
    found = User.objects.filter(email=who).first()
    fields = {"typed": "bob@example.com", "northlight-heir": str(found.public_id) if found else who}
    fields |= {"elsewhere-heir": str(cast.stage.owner.public_id), "user": str(cast.vera.public_id)}

    assert proven(cast.creator).post(DELETE, fields).status_code == 422

    assert bob().is_active
    assert Membership.objects.filter(role=Role.OWNER).count() == 2


def test_a_token_of_somebody_who_is_gone_opens_nothing(cast: Cast) -> None:
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=cast.stage.project, created_by=bob()))
    heir = str(cast.stage.owner.public_id)
    proven(cast.creator).post(DELETE, {"typed": "bob@example.com", "northlight-heir": heir})

    assert not ApiToken.objects.filter(user=bob_gone(), revoked_at=None).exists()
    clip.refresh_from_db()
    assert clip.generation.in_hand == cast.stage.owner


def bob_gone() -> User:
    return User.objects.get(name="Bob")
