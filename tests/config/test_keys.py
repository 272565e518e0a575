"""The secrets of keys, and the name that the provider is told."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment
from studio.config.keys import keys_secrets, on_behalf_of

LONG, OTHER = "a" * 32, "b" * 43


def test_secrets_come_in_their_order_and_may_be_missing() -> None:
    assert keys_secrets(Environment({"PROVIDER_KEYS_SECRET": f"{LONG}, {OTHER}"})) == [LONG, OTHER]
    assert keys_secrets(Environment({})) == []


@pytest.mark.parametrize("value", ["0123456789", f"{LONG},0123456789"])
def test_a_secret_that_can_be_guessed_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^PROVIDER_KEYS_SECRET is too short\.") as caught:
        keys_secrets(Environment({"PROVIDER_KEYS_SECRET": value}))

    assert value not in str(caught.value)


def test_a_name_is_what_a_header_can_carry() -> None:
    assert on_behalf_of(Environment({"RUNWAYML_ON_BEHALF_OF": " the studio "})) == "the studio"
    assert on_behalf_of(Environment({})) == ""
    for value in ("Häfen", "two\nlines"):
        with pytest.raises(ImproperlyConfigured, match="RUNWAYML_ON_BEHALF_OF"):
            on_behalf_of(Environment({"RUNWAYML_ON_BEHALF_OF": value}))
