"""How keys of teams are stored."""

import pytest
from pytest_django.fixtures import Settings

from studio.generations import provider_keys
from studio.generations.provider_keys import UnreadableKey, enter_key, mark_of, opened
from studio.models import ProviderKey
from studio.sync.gateway import account_mark
from tests.factories import TeamFactory, UserFactory
from tests.generations.steps import NOW

pytestmark = pytest.mark.django_db

KEY = f"key_{'ab' * 64}"
SECRET, NEXT = "a secret of forty characters or so, for tests", "another secret, also of forty characters"


@pytest.fixture
def entered(settings: Settings) -> ProviderKey:
    settings.PROVIDER_KEYS_SECRET = [SECRET]
    return enter_key(TeamFactory.create(), key=KEY, on_behalf_of="", by=UserFactory.create(), now=NOW)


def test_secrets_are_changed_without_a_gap(entered: ProviderKey, settings: Settings) -> None:
    before = entered.ciphertext
    settings.PROVIDER_KEYS_SECRET = [NEXT, SECRET]
    assert opened(before) == KEY

    assert provider_keys.encrypt_anew() == (1, 0)

    settings.PROVIDER_KEYS_SECRET = [NEXT]
    entered.refresh_from_db()
    assert entered.ciphertext != before
    assert opened(entered.ciphertext) == KEY
    assert provider_keys.unreadable_keys() == []
    settings.PROVIDER_KEYS_SECRET = [SECRET]
    assert provider_keys.encrypt_anew() == (0, 1)
    assert provider_keys.unreadable_keys() == [entered]


def test_without_a_secret_nothing_opens(entered: ProviderKey, settings: Settings) -> None:
    settings.PROVIDER_KEYS_SECRET = []

    with pytest.raises(UnreadableKey):
        opened(entered.ciphertext)


def test_a_mark_names_key_and_name_as_the_installations_does(settings: Settings) -> None:
    settings.RUNWAYML_API_SECRET = KEY

    assert mark_of(KEY) == account_mark()
    assert len({mark_of(KEY), mark_of(KEY, on_behalf_of="a"), mark_of(KEY, on_behalf_of="b")}) == 3
    assert KEY not in mark_of(KEY)
