"""What the log tells of keys, decisions and credits, and what it does not."""

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from accounts.enums import AuditAction
from accounts.models import AuditEntry
from studio.credits.ledger import adjust
from studio.enums import State, StatusCode
from studio.models import Generation
from tests.views.cast import Cast

KEY = "key_" + "ab" * 64


def entry_of(action: AuditAction) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


def test_a_key_is_told_without_telling_it(cast: Cast, settings: Settings) -> None:
    settings.PROVIDER_KEYS_SECRET = ["a secret of sufficient length for this"]
    cast.owner.post("/northlight/keys/", {"key": KEY})
    cast.owner.post("/northlight/keys/retire/")

    for action in (AuditAction.KEY_ENTERED, AuditAction.KEY_RETIRED):
        entry = entry_of(action)
        assert (entry.actor, entry.team, entry.target) == (
            cast.stage.owner,
            cast.stage.team,
            f"key that ends with {KEY[-4:]}",
        )
        assert KEY not in f"{entry.target}{entry.detail}"


def test_retiring_no_key_is_not_told(cast: Cast) -> None:
    cast.owner.post("/northlight/keys/retire/")

    assert not AuditEntry.objects.filter(action=AuditAction.KEY_RETIRED).exists()


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"decision": "give_back"}, {"decision": "given back"}),
        ({"decision": "charge", "credits": "9"}, {"decision": "charged", "credits": 9}),
        ({"decision": "follow", "task_id": "task-12345678"}, {"decision": "followed", "task_id": "task-12345678"}),
    ],
)
def test_a_decision_is_told_once(cast: Cast, fields: dict[str, str], detail: dict[str, object]) -> None:
    take = cast.stage.launch()
    Generation.objects.filter(pk=take.pk).update(state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN)

    for _ in range(2):
        cast.owner.post(cast.url("decide", take.public_id), fields)

    entry = entry_of(AuditAction.TAKE_DECIDED)
    assert (entry.actor, entry.about, entry.detail) == (cast.stage.owner, cast.stage.owner, detail)


def test_credits_are_told(cast: Cast) -> None:
    call_command("grant_credits", "northlight", "50", note="For the sequel")
    adjust(cast.stage.team, credits=-7, note="A correction", by=cast.stage.owner)

    granted = AuditEntry.objects.filter(action=AuditAction.CREDITS_GRANTED).latest("pk")
    assert (granted.actor, granted.target, granted.detail) == (None, "For the sequel", {"credits": 50})
    adjusted = entry_of(AuditAction.CREDITS_ADJUSTED)
    assert (adjusted.actor, adjusted.target, adjusted.detail) == (cast.stage.owner, "A correction", {"credits": -7})
