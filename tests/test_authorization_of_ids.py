"""Ids of another team's rows, and of rows that one may not see, are answered as ids that nobody has.

`tests/views/test_foreign.py` and `test_confidential.py` say so of the composer and of takes; here are the pages of
people and teams, and the API.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Scope
from accounts.tokens import make_token
from studio.models import Clip
from tests.authorization.asking import HX, answer_of, asked, consume, fingerprint
from tests.authorization.scenery import Scenery
from tests.authorization.staging import house, scenery

__all__ = ["house", "scenery"]

NOBODYS = uuid.UUID("0c524556-306c-4180-9801-b08aaa53173f")
MADE_ANEW = re.compile(rb"csrfmiddlewaretoken[^>]*value=.[^>]*>|X-CSRFToken[^}]*}|value=.[0-9a-f-]{36}.")
TEAM = "/northlight"


@dataclass(frozen=True, slots=True)
class Case:
    """One place for an id: in the address, as `{id}`, or in a field."""

    foreign: Callable[[Scenery], Any]
    path: str
    method: str = "POST"
    data: dict[str, str] = field(default_factory=dict)


def _member(scenery: Scenery) -> Any:
    return scenery.theirs.member.public_id


CASES: dict[str, Case] = {
    # in the address of one's own team
    "a member's role": Case(_member, f"{TEAM}/members/{{id}}/role/", data={"role": "10"}),
    "the page of removing": Case(_member, f"{TEAM}/members/{{id}}/remove/", "GET"),
    "removing": Case(_member, f"{TEAM}/members/{{id}}/remove/"),
    "an invitation to send again": Case(
        lambda scenery: scenery.theirs.invitation.public_id, f"{TEAM}/invitations/{{id}}/resend/"
    ),
    "an invitation to revoke": Case(
        lambda scenery: scenery.theirs.invitation.public_id, f"{TEAM}/invitations/{{id}}/revoke/"
    ),
    "a token of the team": Case(lambda scenery: scenery.theirs.token.public_id, f"{TEAM}/tokens/{{id}}/revoke/"),
    "a token of one's own": Case(lambda scenery: scenery.theirs.token.public_id, "/profile/tokens/{id}/revoke/"),
    "a notice": Case(lambda scenery: scenery.theirs.notice.public_id, "/notices/{id}/", "GET"),
    "a notice to read": Case(lambda scenery: scenery.theirs.notice.public_id, "/notices/{id}/read/"),
    "a picture of a person": Case(_member, "/profile/avatar/{id}", "GET"),
    # in a field
    "an heir": Case(_member, f"{TEAM}/members/{{member}}/remove/", data={"heir": "{id}"}),
    "an heir of one's own": Case(_member, f"{TEAM}/leave/", data={"heir": "{id}"}),
    "a project to be invited to": Case(
        lambda scenery: scenery.theirs.confidential.public_id,
        f"{TEAM}/members/invite/",
        data={"emails": "new@example.com", "role": "20", "projects": "{id}"},
    ),
    "a member of a project": Case(_member, f"{TEAM}/vault/members/", data={"member": "{id}", "is_confidential": "on"}),
    "a team for a token": Case(
        lambda scenery: scenery.theirs.team.public_id,
        "/profile/tokens/",
        data={"name": "x", "scopes": "read", "lives": "30", "team": "{id}", "once": str(NOBODYS)},
    ),
    "a team to join": Case(lambda scenery: scenery.theirs.team.public_id, "/teams/join/", data={"team": "{id}"}),
    # in a filter
    "a person of the log": Case(_member, f"{TEAM}/audit/?person={{id}}", "GET"),
    "a place in the list of members": Case(_member, f"{TEAM}/members/?after={{id}}", "GET"),
}


def _said(scenery: Scenery, case: Case, number: Any, **headers: Any) -> tuple[str, bytes]:
    """The answer, without the id and without what each answer makes anew."""
    path = case.path.format(id=number, member=scenery.house.member.public_id)
    data = {name: value.format(id=number) for name, value in case.data.items()}
    response = asked(scenery.client("owner"), case.method, path, data=data, **headers)
    body = consume(response).replace(str(number).encode(), b"ID")
    return answer_of(response).replace(str(number), "ID"), MADE_ANEW.sub(b"", body)


@pytest.mark.parametrize("headers", [{}, HX], ids=["page", "htmx"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_id_of_another_team_is_one_that_nobody_has(scenery: Scenery, case: Case, headers: dict[str, str]) -> None:
    before = fingerprint()

    foreign = _said(scenery, case, case.foreign(scenery), headers=headers)
    nobodys = _said(scenery, case, NOBODYS, headers=headers)

    assert foreign == nobodys
    assert not re.search(rb"(?i)(one|words) of elsewhere|elsewhere\.example|mallory", foreign[1])
    assert fingerprint() == before


@pytest.mark.parametrize("path", ["clips/{clip}/", "clips/{clip}/download/", "generations/{take}/"])
def test_a_token_opens_what_its_person_sees_in_its_team_alone(scenery: Scenery, path: str) -> None:
    member = scenery.creator.memberships.get()
    _, text = make_token(
        member, name="x", scopes=[Scope.READ], expires_at=None, public_id=uuid.uuid4(), now=timezone.now()
    )
    client, headers = scenery.client("nobody"), {"Authorization": f"Bearer {text}"}

    def status(clip: Clip) -> int:
        filled = path.format(clip=clip.public_id, take=clip.generation.public_id)
        response = client.get(f"/api/v1/{filled}", headers=headers)
        consume(response)
        return response.status_code

    own, theirs, hidden = scenery.house.clip, scenery.theirs.clip, scenery.house.hidden_clip
    assert (status(own), status(theirs), status(hidden)) == (200, 404, 404)
