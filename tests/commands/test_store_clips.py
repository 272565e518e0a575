"""`store_clips` where nobody hands anything over."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_without_workers_in_the_settings_it_says_who_stores(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="TASKS_BACKEND is local: the engine stores clips by itself"):
        call_command("store_clips", *arguments)
