"""What answers to API tokens: who gets in, what they see, and what is said to those who do not."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role, Scope
from accounts.models import ApiToken, Membership, Team, User
from accounts.tokens import revoke_token
from studio.models import Clip, Generation, Project, ProjectMember
from tests.factories import ClipFactory, GenerationFactory, ProjectFactory, PromptFactory, TeamFactory
from tests.views.cast import Cast
from tests.views.scripts import LAUNCH, ask, bob, read, send, token, token_of, told

__all__ = ["bob", "token"]

ME, PROJECTS = "/api/v1/me/", "/api/v1/projects/"
CLIPS = "/api/v1/projects/harbour/clips/"
CLIPS_QUERIES = 4


def test_a_token_says_whose_it_is(cast: Cast, bob: User) -> None:
    ends = timezone.now() + timedelta(days=7)
    token = token_of(bob, cast.stage.team, Scope.READ, Scope.GENERATE, expires_at=ends)

    answer = ask(ME, token)

    assert read(answer) == {
        "person": {"id": str(bob.public_id), "name": "Bob", "email": "bob@example.com"},
        "team": {"slug": "northlight", "name": "Northlight"},
        "role": "creator",
        "scopes": ["read", "generate"],
        "token": {"name": "Script", "starts_with": token[:12], "expires_at": ends.isoformat()},
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Authorization" in answer.headers["Vary"]
    assert not answer.cookies


def test_scopes_end_where_the_role_does(cast: Cast, bob: User) -> None:
    token = token_of(bob, cast.stage.team, Scope.READ, Scope.GENERATE)
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)

    assert read(ask(ME, token))["scopes"] == ["read"]
    assert told(send(LAUNCH, token, {"prompt": "A boat"})) == (
        403,
        "As a viewer of Northlight you cannot do this: Generate and cancel. Ask an owner for another role.",
    )


MISSING = "Send a token: “Authorization: Bearer dly_…”. Make one under “API tokens” in your account."
UNKNOWN = "This is no token of ours. Copy it again from where you keep it, or make a new one."


@pytest.mark.parametrize(
    ("header", "sentence", "challenge"),
    [
        ("", MISSING, 'Bearer realm="Dailies"'),
        ("Bearer", UNKNOWN, 'Bearer realm="Dailies", error="invalid_token"'),
        ("Basic YWxpY2U6eA==", UNKNOWN, 'Bearer realm="Dailies", error="invalid_token"'),
        ("Bearer dly_00000000_" + "0" * 38, UNKNOWN, 'Bearer realm="Dailies", error="invalid_token"'),
        ("Bearer " + "x" * 9_000, UNKNOWN, 'Bearer realm="Dailies", error="invalid_token"'),
        ("Bearer \xff\xfe", UNKNOWN, 'Bearer realm="Dailies", error="invalid_token"'),
        ("Bearer a b", UNKNOWN, 'Bearer realm="Dailies", error="invalid_token"'),
    ],
)
def test_what_is_no_token_is_401_and_says_what_to_do(db: None, header: str, sentence: str, challenge: str) -> None:
    answer: Any = Client().get(ME, headers={"Authorization": header} if header else {})

    assert told(answer) == (401, sentence)
    assert answer.headers["WWW-Authenticate"] == challenge


def test_the_word_bearer_may_be_written_in_any_way(token: str) -> None:
    assert Client().get(ME, headers={"Authorization": f"bearer  {token}"}).status_code == 200


def test_an_address_carries_no_token(token: str) -> None:
    for name in ("token", "access_token", "key"):
        assert told(ask(f"{ME}?{name}={token}", None)) == (401, MISSING)


def test_a_session_opens_nothing(cast: Cast) -> None:
    answer: Any = cast.owner.get(ME)

    assert told(answer) == (401, MISSING)
    posted: Any = cast.owner.post(LAUNCH, {"prompt": "A boat"}, content_type="application/json")
    assert told(posted) == (401, MISSING)
    assert not Generation.objects.exists()


def test_a_session_beside_a_token_changes_nothing(cast: Cast, token: str) -> None:
    answer: Any = cast.owner.get(ME, headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["person"]["name"] == "Bob"


def _revoked(token: ApiToken) -> None:
    revoke_token(token, by=token.user, now=timezone.now())


def _expired(token: ApiToken) -> None:
    now = timezone.now()
    ApiToken.objects.update(created_at=now - timedelta(days=2), expires_at=now - timedelta(seconds=1))


def _inactive(token: ApiToken) -> None:
    User.objects.filter(pk=token.user_id).update(is_active=False)


def _left(token: ApiToken) -> None:
    Membership.objects.filter(user=token.user_id).delete()


def _closing(token: ApiToken) -> None:
    due = timezone.now() + timedelta(days=30)
    Team.objects.filter(pk=token.team_id).update(
        deletion_asked_at=timezone.now(), deletion_asked_by=token.user, deletion_due_at=due
    )


def _deleted(token: ApiToken) -> None:
    _closing(token)
    Team.objects.filter(pk=token.team_id).update(deleted_at=timezone.now())


def _factor(token: ApiToken) -> None:
    Team.objects.filter(pk=token.team_id).update(is_second_factor_required=True)


@pytest.mark.parametrize(
    ("happens", "status", "sentence"),
    [
        (_revoked, 401, "This token was revoked. Make a new one under “API tokens” in your account."),
        (_expired, 401, "This token has expired. Make a new one under “API tokens” in your account."),
        (_inactive, 401, "The account of this token is closed. Ask the team's owner."),
        (_left, 401, "The person of this token is not in its team any more. Ask the team's owner."),
        (_deleted, 401, "The person of this token is not in its team any more. Ask the team's owner."),
        (_closing, 403, "The team of this token is being deleted. An owner can still take that back."),
        (
            _factor,
            403,
            "The team asks for a second factor. Add a passkey or an authenticator app to your account first.",
        ),
    ],
)
def test_a_token_opens_nothing_any_more_after(token: str, happens: Any, status: int, sentence: str) -> None:
    happens(ApiToken.objects.get())

    for path in (ME, PROJECTS, CLIPS):
        assert told(ask(path, token)) == (status, sentence)
    assert told(send(LAUNCH, token, {"prompt": "A boat"})) == (status, sentence)
    assert ApiToken.objects.get().last_used_at is None


def test_with_a_second_factor_it_opens_again(token: str, bob: User) -> None:
    _factor(ApiToken.objects.get())
    Authenticator.objects.create(user=bob, type=Authenticator.Type.TOTP, data={})

    assert ask(ME, token).status_code == 200


def test_only_the_scope_opens(cast: Cast, bob: User) -> None:
    reader, maker = token_of(bob, cast.stage.team, Scope.READ), token_of(bob, cast.stage.team, Scope.GENERATE)

    refused = send(LAUNCH, reader, {"prompt": "A boat"})

    assert told(refused) == (
        403,
        "This token is not for that: it needs the scope “generate” (Generate and cancel). Make one that has it.",
    )
    assert refused.headers["WWW-Authenticate"] == (
        'Bearer realm="Dailies", error="insufficient_scope", scope="generate"'
    )
    assert refused.json()["scope"] == "generate"  # type: ignore[attr-defined]  # the test client's
    assert told(ask(PROJECTS, maker))[0] == 403
    assert ask(ME, maker).status_code == 200
    assert not Generation.objects.exists()


def test_use_is_noted_once_a_minute(token: str, bob: User) -> None:
    ask(ME, token)
    first = ApiToken.objects.get()
    ask(ME, token)
    second = ApiToken.objects.get()
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    ask(ME, token)
    third = ApiToken.objects.get()

    assert first.last_used_at is not None
    assert first.last_used_ip == "127.0.0.1"
    assert second.last_used_at == first.last_used_at
    assert third.last_used_at is not None
    assert third.last_used_at > first.last_used_at


def test_many_questions_in_a_minute_are_too_many(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.views.api_door.RATES", {"api": "3/m/key", "api_refused": "2/m/ip"})

    answers = [ask(ME, token) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert told(answers[3])[1] == "This token has asked 600 times in a minute, which is the most. Wait a minute."
    assert answers[3].headers["Retry-After"] == "60"


def test_wrong_tokens_are_bounded_by_address_and_stop_nobody_else(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.views.api_door.RATES", {"api": "9/m/key", "api_refused": "2/m/ip"})

    wrong = [ask(ME, "wrong") for _ in range(3)]

    assert [answer.status_code for answer in wrong] == [401, 401, 429]
    assert wrong[2].headers["Retry-After"] == "60"
    assert ask(ME, token).status_code == 200


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/me", "/api/v2/me/", "/api/v1/clips/x/", "/api/v1/x/y/"])
def test_an_address_that_is_none_is_a_problem_and_no_page(db: None, path: str) -> None:
    assert told(ask(path, None)) == (
        404,
        "There is nothing at this address, or nothing that this token may see. Addresses end with a slash.",
    )


def test_another_method_is_refused(token: str) -> None:
    for method, path in (("post", ME), ("delete", CLIPS), ("put", PROJECTS), ("get", LAUNCH)):
        answer: Any = getattr(Client(), method)(path, headers={"Authorization": f"Bearer {token}"})
        assert told(answer)[0] == 405
        assert answer.headers["Allow"] == ("POST" if path == LAUNCH else "GET")


def test_head_is_a_get_without_a_body(token: str) -> None:
    answer: Any = Client().head(ME, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.content) == (200, b"")


def test_projects_are_those_that_the_person_sees(cast: Cast, bob: User, token: str) -> None:
    team = cast.stage.team
    seen = ProjectFactory.create(team=team, slug="seen", name="Seen", is_confidential=True)
    ProjectFactory.create(team=team, slug="hidden", is_confidential=True)
    ProjectFactory.create(team=TeamFactory.create(), slug="foreign")
    ProjectMember.objects.create(project=seen, membership=Membership.objects.get(user=bob, team=team))

    body = read(ask(PROJECTS, token))

    assert [one["slug"] for one in body["projects"]] == ["seen", "harbour"]
    assert body["projects"][0] == {
        "slug": "seen",
        "name": "Seen",
        "is_confidential": True,
        "created_at": seen.created_at.isoformat(),
        "clips": "http://testserver/api/v1/projects/seen/clips/",
    }
    assert body["next"] is None


def clips_in(project: Project, count: int) -> list[Clip]:
    prompt = PromptFactory.create(project=project, text="A paper boat")
    return [ClipFactory.create(generation__prompt=prompt) for _ in range(count)]


def test_clips_come_page_by_page_and_none_twice(cast: Cast, token: str) -> None:
    made = [str(one.public_id) for one in reversed(clips_in(cast.stage.project, 5))]

    found, address = [], f"{CLIPS}?limit=2"
    for _ in range(3):
        body = read(ask(address, token))
        found += [one["id"] for one in body["clips"]]
        address = (body["next"] or "").removeprefix("http://testserver")

    assert (found, address) == (made, "")


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_the_same_however_long_they_are(
    cast: Cast, token: str, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clips_in(cast.stage.project, count)
    ask(ME, token)

    with django_assert_num_queries(CLIPS_QUERIES):
        assert len(read(ask(CLIPS, token))["clips"]) == count


@pytest.mark.parametrize("cursor", ["1", "1:x", "x" * 5_000, "\0", "é", "9999999999999999999999:abc"])
def test_a_cursor_that_is_none_is_refused(cast: Cast, token: str, cursor: str) -> None:
    answer: Any = Client().get(CLIPS, {"cursor": cursor}, headers={"Authorization": f"Bearer {token}"})

    assert told(answer) == (
        400,
        "This cursor is none of this list's. Follow the address under “next”, or begin without a cursor.",
    )


def test_a_cursor_of_another_list_is_refused(cast: Cast, token: str) -> None:
    clips_in(cast.stage.project, 2)
    other = ProjectFactory.create(team=cast.stage.team, slug="other")
    query = read(ask(f"{CLIPS}?limit=1", token))["next"].partition("?")[2]

    assert told(ask(f"/api/v1/projects/{other.slug}/clips/?{query}", token))[0] == 400


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", "", "1e2", "²", "9" * 50])
def test_a_limit_that_is_none_is_refused(cast: Cast, token: str, limit: str) -> None:
    answer: Any = Client().get(CLIPS, {"limit": limit}, headers={"Authorization": f"Bearer {token}"})

    assert told(answer) == (400, "“limit” is a whole number from 1 to 100.")


def test_a_clip_tells_all_of_itself(cast: Cast, token: str) -> None:
    clip = clips_in(cast.stage.project, 1)[0]
    clip.refresh_from_db()

    body = read(ask(f"/api/v1/clips/{clip.public_id}/", token))

    files = body.pop("files")
    assert [one["sha256"] for one in files] == [clip.sha256]
    assert body == {
        "id": str(clip.public_id),
        "generation": str(clip.generation.public_id),
        "project": "harbour",
        "prompt": "A paper boat",
        "model": clip.generation.model,
        "made_by": str(clip.generation.created_by),
        "kind": "video",
        "content_type": "video/mp4",
        "width": clip.width,
        "height": clip.height,
        "duration_ms": clip.duration_ms,
        "fps": float(clip.fps),
        "has_sound": clip.has_sound,
        "size_bytes": clip.size_bytes,
        "sha256": clip.sha256,
        "created_at": clip.created_at.isoformat(),
        "page": f"http://testserver/clips/{clip.public_id}/",
        "download": f"http://testserver/api/v1/clips/{clip.public_id}/download/",
    }


def test_what_others_keep_to_themselves_is_not_there(cast: Cast, bob: User, token: str) -> None:
    mine = TeamFactory.create(slug="bobs", owner=bob)
    hidden = ProjectFactory.create(team=cast.stage.team, slug="hidden", is_confidential=True)
    foreign = ProjectFactory.create(slug="foreign")
    own = ProjectFactory.create(team=mine, slug="own")

    for project in (hidden, foreign, own):
        clip = clips_in(project, 1)[0]
        for path in (
            f"/api/v1/projects/{project.slug}/clips/",
            f"/api/v1/clips/{clip.public_id}/",
            f"/api/v1/clips/{clip.public_id}/download/",
            f"/api/v1/generations/{clip.generation.public_id}/",
        ):
            assert told(ask(path, token))[0] == 404, path
    assert told(ask(f"/api/v1/clips/{uuid.uuid4()}/", token))[0] == 404


def test_the_file_of_a_clip_can_be_fetched(cast: Cast, token: str) -> None:
    take = cast.stage.launch(prompt="A paper boat")
    cast.stage.run_until_final(take)
    clip = Clip.objects.get()

    answer: Any = ask(f"/api/v1/clips/{clip.public_id}/download/", token)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/mp4")
    assert len(b"".join(answer.streaming_content)) == clip.size_bytes
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_file_that_is_gone_is_not_there(cast: Cast, token: str) -> None:
    clip = clips_in(cast.stage.project, 1)[0]

    assert told(ask(f"/api/v1/clips/{clip.public_id}/download/", token))[0] == 404


def test_a_take_is_told_as_it_is(cast: Cast, token: str) -> None:
    prompt = PromptFactory.create(project=cast.stage.project, text="A paper boat")
    take = GenerationFactory.create(prompt=prompt, quote_credits=24)

    body = read(ask(f"/api/v1/generations/{take.public_id}/", token))

    assert (body["id"], body["state"], body["quote_credits"]) == (str(take.public_id), "queued", 24)
    assert (body["prompt"], body["clip"], body["cost_credits"], body["finished_at"]) == (
        "A paper boat",
        None,
        None,
        None,
    )
    assert body["said"]
