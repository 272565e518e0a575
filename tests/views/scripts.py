"""A script with an API token, as the tests of the API need it."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.enums import Scope
from accounts.models import Membership, Team, User
from accounts.tokens import make_token
from tests.views.cast import Cast

LAUNCH = "/api/v1/projects/harbour/generations/"


def token_of(user: User, team: Team, *scopes: Scope, **changes: Any) -> str:
    """The text of a new token."""
    membership = Membership.objects.get(user=user, team=team)
    values: dict[str, Any] = {"name": "Script", "expires_at": None, "public_id": uuid.uuid4(), "now": timezone.now()}
    return make_token(membership, scopes=list(scopes) or [Scope.READ], **{**values, **changes})[1]


def ask(path: str, token: str | None, **headers: str) -> HttpResponse:
    """A script's GET: without cookies."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return Client().get(path, headers=headers)  # type: ignore[return-value]  # the client's own kind


def send(path: str, token: str, body: Any, key: str | None = None) -> HttpResponse:
    """A script's POST of JSON."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4()) if key is None else key}
    client = Client(enforce_csrf_checks=True)
    return client.post(path, body, content_type="application/json", headers=headers)  # type: ignore[return-value]


def told(answer: HttpResponse) -> tuple[int, str]:
    """Status and sentence of a problem, whose form is checked."""
    body = answer.json()  # type: ignore[attr-defined]  # the test client's
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (body["type"], body["status"]) == ("about:blank", answer.status_code)
    return body["status"], body["detail"]


def read(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status_code in {200, 201}, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.json()  # type: ignore[attr-defined]  # the test client's
    return body


@pytest.fixture
def bob(cast: Cast) -> User:
    Team.objects.filter(pk=cast.stage.team.pk).update(name="Northlight")
    return User.objects.get(email="bob@example.com")


@pytest.fixture
def token(cast: Cast, bob: User) -> str:
    return token_of(bob, cast.stage.team)


@pytest.fixture
def maker(cast: Cast, bob: User) -> str:
    return token_of(bob, cast.stage.team, Scope.READ, Scope.GENERATE)


@pytest.fixture(autouse=True)
def quiet_factories(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty log to begin with: factories go through the domain, which tells of members and credits."""
    for place in ("accounts.teams.record", "studio.credits.ledger.record"):
        monkeypatch.setattr(place, lambda *args, **kwargs: None)
