"""Staff, a team with one of everything that the admin shows, and its forms as a browser sends them."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.enums import AuditAction
from accounts.models import ApiToken, AuditEntry, User
from studio.models import ProviderKey, Surprise, WorkerHeartbeat
from tests.authorization.scenery import House
from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def strict_templates() -> None:
    """Instead of the one for our own templates: those of the theme show variables that are not there."""


def with_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


@pytest.fixture
def chief(db: None) -> User:
    """A superuser with a second factor."""
    return with_factor(User.objects.create_superuser("chief@example.com", name="Chief"))


@pytest.fixture
def clerk(db: None) -> User:
    """Staff that may change people and teams, and is no superuser."""
    user = with_factor(UserFactory.create(email="clerk@example.com", name="Clerk", is_staff=True))
    user.user_permissions.set(Permission.objects.filter(codename__regex=r"^(view|change)_(user|team)$"))
    return user


@pytest.fixture
def house(db: None) -> House:
    """A team with one of everything that the admin shows."""
    return furnished("northlight")


def furnished(word: str) -> House:
    house = House(word, owner=UserFactory.create())
    ApiToken.objects.filter(pk=house.token.pk).update(token_hash=f"a-hash-of-a-token-{word}")
    type(house.invitation).objects.filter(pk=house.invitation.pk).update(token_hash=f"a-hash-of-a-link-{word}")
    ProviderKey.objects.create(
        team=house.team, provider="runway", ciphertext="gAAAAA-sealed", account=word, last_four="wxyz",
        created_by=house.owner,
    )  # fmt: skip
    WorkerHeartbeat.objects.create(name=word, provider="simulator")
    Surprise.objects.create(provider="simulator", kind="status", value=word, where="read")
    AuditEntry.objects.create(action=AuditAction.SIGNED_IN, actor=house.owner, about=house.owner, team=house.team)
    return house


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def fields_of(client: Client, row: Any, **changes: Any) -> dict[str, Any]:
    """The change form as a browser would send it, with these fields changed."""
    form = client.get(page_of(row)).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    for formset in client.get(page_of(row)).context["inline_admin_formsets"]:
        for part in (formset.formset.management_form, *formset.formset.initial_forms):
            fields |= {part[name].html_name: part[name].value() for name in part.fields}
    fields |= changes
    return {name: value for name, value in fields.items() if value not in (None, False)}
