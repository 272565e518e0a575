"""The people who look at the pages, and templates that fail on a variable that is not there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.template import Engine
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from tests.factories import TeamFactory, UserFactory, join
from tests.stage import Stage

HX = {"HX-Request": "true"}


class Loud(str):
    """Stands for `string_if_invalid`: showing an undefined variable is an error."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return True

    def __mod__(self, variable: object) -> str:
        raise AssertionError(f"The template shows {variable}, which is not there.")


@pytest.fixture(autouse=True)
def strict_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", Loud("%s"))


@dataclass
class Cast:
    """A team with a project, and a client for each kind of person. `stranger` owns another team."""

    stage: Stage
    vera: User = field(init=False)
    owner: Client = field(init=False)
    creator: Client = field(init=False)
    viewer: Client = field(init=False)
    stranger: Client = field(init=False)
    nobody: Client = field(init=False)

    def __post_init__(self) -> None:
        team = self.stage.team
        mallory = UserFactory.create(email="mallory@example.com", name="Mallory")
        TeamFactory.create(slug="elsewhere", owner=mallory)
        self.vera = join(team, Role.VIEWER, email="vera@example.com", name="Vera")
        bob = join(team, Role.CREATOR, email="bob@example.com", name="Bob")
        self.owner = signed_in(self.stage.owner)
        self.creator = signed_in(bob)
        self.viewer = signed_in(self.vera)
        self.stranger = signed_in(mallory)
        self.nobody = Client()

    def url(self, name: str, *args: Any) -> str:
        """The address of a page of the project, or of a thing with these arguments."""
        return reverse(name, args=args or [self.stage.team.slug, self.stage.project.slug])

    def fields(self, **changes: Any) -> dict[str, Any]:
        """The composer's form as a browser sends it, for two seconds of Gen-4.5."""
        fields = {
            "prompt": "A paper boat",
            "model": "gen4.5",
            "ratio": "1280:720",
            "duration_s": "2",
            "takes": "1",
            "seed": "7",
            "token": "11111111-1111-4111-8111-111111111111",
            "seen_credits": "24",
        }
        return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def signed_in(user: User) -> Client:
    """A client of this person."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    stage = Stage()
    yield Cast(stage)
    stage.close()
