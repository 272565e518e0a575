"""What `doctor` and `rotate_keys` say of the keys of teams."""

import io
from functools import partial

import httpx
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Team
from studio.generations.provider_keys import enter_key
from studio.management.checkup import Level, keys
from studio.management.checkup.keys import check_keys
from studio.management.checkup.provider import check_provider
from studio.models import ProviderKey
from studio.providers.base import Provider
from studio.providers.runway.client import RunwayProvider
from studio.simulator.app import create_app
from studio.simulator.remote import Remote
from tests.commands.conftest import SIMULATOR
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

KEY, THEIRS = (f"key_{letters * 64}" for letters in ("ab", "cd"))
SECRET, NEXT = "a secret of forty characters or so, for tests", "another secret, also of forty characters"


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Remote:
    """A provider in this process."""
    settings.PROVIDER_KEYS_SECRET = [SECRET]
    remote = Remote(base_url=SIMULATOR, keys=frozenset({KEY}))
    monkeypatch.setattr(keys, "open_provider_with", partial(_opened, remote))
    return remote


def _opened(remote: Remote, key: str, *, on_behalf_of: str = "") -> Provider:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(remote)))
    return RunwayProvider(api_key=key, base_url=SIMULATOR, on_behalf_of=on_behalf_of, client=client)


def give(key: str, name: str = "Northlight") -> ProviderKey:
    team: Team = TeamFactory.create(name=name)
    return enter_key(team, key=key, on_behalf_of="", by=UserFactory.create(), now=timezone.now())


def test_doctor_says_of_each_key_whether_it_works(settings: Settings) -> None:
    assert check_keys().text == "No team has a key of its own."
    give(KEY)
    assert (check_keys().level, check_keys().text) == (Level.OK, "•••• abab of Northlight: works.")
    give(THEIRS, "Elsewhere")

    verdict = check_keys()

    assert verdict.level == Level.WARN
    assert "•••• cdcd of Elsewhere: refused by the provider; •••• abab of Northlight: works." in verdict.text
    assert KEY not in verdict.text
    settings.PROVIDER_KEYS_SECRET = []
    assert check_keys().level == Level.FAIL


def test_doctor_fails_on_a_key_that_no_secret_opens(settings: Settings) -> None:
    give(KEY)
    settings.PROVIDER_KEYS_SECRET = [NEXT]

    verdict = check_keys()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith("Keys that cannot be opened: 1 (•••• abab of Northlight). Set PROVIDER_KEYS_SECRET")


def test_doctor_says_why_teams_cannot_enter_keys(settings: Settings) -> None:
    settings.PROVIDER_KEYS_SECRET = []

    assert (check_keys().level, "PROVIDER_KEYS_SECRET is not set" in check_keys().text) == (Level.OK, True)


def test_doctor_sends_no_key_in_the_clear(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RUNWAYML_BASE_URL = "http://api.example.com"
    monkeypatch.setattr(keys, "open_provider_with", lambda *key: pytest.fail("It was asked."))
    give(KEY)

    assert (check_keys().level, check_provider().level) == (Level.FAIL, Level.FAIL)


def test_without_the_installations_key_teams_with_their_own_go_on(settings: Settings) -> None:
    settings.RUNWAYML_API_SECRET = ""
    assert check_provider().level == Level.FAIL
    give(KEY)

    assert (check_provider().level, "go on" in check_provider().text) == (Level.WARN, True)


def test_rotate_keys_encrypts_all_under_the_first_secret(settings: Settings) -> None:
    give(KEY)
    give(THEIRS, "Elsewhere")
    settings.PROVIDER_KEYS_SECRET = [NEXT, SECRET]
    out = io.StringIO()

    call_command("rotate_keys", stdout=out)

    settings.PROVIDER_KEYS_SECRET = [NEXT]
    assert out.getvalue() == "Encrypted under the first secret: 2.\n"
    assert check_keys().level == Level.WARN


def test_rotate_keys_says_what_it_cannot_open(settings: Settings) -> None:
    give(KEY)
    settings.PROVIDER_KEYS_SECRET = [NEXT]
    with pytest.raises(CommandError, match="Keys that no secret opens: 1"):
        call_command("rotate_keys", stdout=io.StringIO())
    settings.PROVIDER_KEYS_SECRET = []
    with pytest.raises(CommandError, match="PROVIDER_KEYS_SECRET is not set"):
        call_command("rotate_keys", stdout=io.StringIO())
