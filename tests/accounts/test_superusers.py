"""Superusers come from a shell, and sign in where everybody does."""

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User

PHRASE = "gulls over the harbour wall"


@pytest.mark.django_db
def test_a_superuser_of_the_shell_signs_in_without_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PHRASE)
    call_command("createsuperuser", email="chief@example.com", interactive=False, verbosity=0)

    answer = Client().post("/sign-in/", {"login": "chief@example.com", "password": PHRASE})

    assert User.objects.get().is_superuser
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
