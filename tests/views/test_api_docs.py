"""The lines of `docs/api-tokens.md` that people copy, run as they stand there against a server."""

import json
import os
import re
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Scope
from accounts.models import Membership
from accounts.tokens import TOKEN_FORM, make_token
from studio.models import Generation
from tests.factories import ClipFactory, PromptFactory
from tests.views.cast import Cast

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api-tokens.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- tested: (\w+) -->\n```sh\n(.*?)```", re.DOTALL)
BLOCKS = dict(BLOCK.findall(TEXT))

pytestmark = pytest.mark.django_db(transaction=True)


def run(name: str, live_server: LiveServer, token: str) -> Any:
    """What the block's curl prints, as JSON. `--fail-with-body` makes a refusal an error."""
    done = subprocess.run(
        ["sh", "-euc", BLOCKS[name]],
        env={**os.environ, "DAILIES": live_server.url, "TOKEN": token, "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_the_lines_of_the_docs_do_what_they_say(live_server: LiveServer, cast: Cast) -> None:
    place = Membership.objects.get(user__email="bob@example.com", team=cast.stage.team)
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=cast.stage.project))
    token = make_token(
        place,
        name="Docs",
        scopes=[Scope.READ, Scope.GENERATE],
        expires_at=None,
        public_id=uuid.uuid4(),
        now=timezone.now(),
    )[1]

    told = {name: run(name, live_server, token) for name in BLOCKS}

    assert list(told) == ["me", "projects", "clips", "launch"]
    assert (told["me"]["person"]["name"], told["me"]["scopes"]) == ("Bob", ["read", "generate"])
    assert [one["slug"] for one in told["projects"]["projects"]] == ["harbour"]
    assert [one["id"] for one in told["clips"]["clips"]] == [str(clip.public_id)]
    assert [one["state"] for one in told["launch"]["generations"]] == ["queued"]
    assert Generation.objects.filter(prompt__text="A paper boat leaves the harbour").count() == 1


def test_the_form_in_the_docs_is_the_form(db: None) -> None:
    assert f"\n{TOKEN_FORM.pattern}\n" in TEXT
