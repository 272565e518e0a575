"""The account beside the catalog, the settings, and what the engine has noticed."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from studio.enums import StatusCode, SurpriseKind
from studio.management import comparing
from studio.management.checkup import changes, provider
from studio.management.checkup.findings import Finding, Level
from studio.models import PriceDrift, RefusedModel, Surprise
from studio.providers.base import ModelLimits, Organization
from studio.providers.catalog import MODELS
from studio.providers.errors import NotSupported, Reason, RetryLater
from studio.simulator import gate
from studio.sync.gateway import account_mark
from tests.commands.conftest import MakeRemote

pytestmark = pytest.mark.django_db

ACTIVE = {name: ModelLimits(5, 1000) for name, model in MODELS.items() if not model.is_retired}


def check(**options: Any) -> list[Finding]:
    """What the command prints as records."""
    printed = io.StringIO()
    call_command("check_provider", "--json", stdout=printed, **options)
    return [Finding(**finding) for finding in json.loads(printed.getvalue())]


def told(name: str, found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in found if finding.name == name]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Any:
    """Makes the provider's account say something."""
    settings.RUNWAYML_BASE_URL = "http://127.0.0.1:9100"

    def say(limits: Mapping[str, ModelLimits], **fields: Any) -> None:
        async def ask() -> Organization:
            return Organization(fields.pop("credit_balance", 500), limits, **fields)

        monkeypatch.setattr(comparing, "ask", ask)

    return say


def test_the_simulator_is_as_we_know_it(make_remote: MakeRemote) -> None:
    remote = make_remote(credits=1234)

    found = check()

    assert told("balance", found) == [("ok", "1,234 credits are left at http://127.0.0.1:9100.")]
    assert told("limits", found) == [("ok", "The studio's own limits are within those of the account.")]
    assert told("version", found)[0][0] == "ok"
    assert remote.creates == []


def test_new_and_missing_models_stand_out_from_those_that_are_left_out(account: Any) -> None:
    account({**ACTIVE, "gen6": ModelLimits(1, 50), "eleven_v3": ModelLimits(1, 50), "veo3": ModelLimits(1, 50)})
    assert told("models", check()) == [
        ("warn", "Listed by the account and unknown to this version: gen6. Add them by an override file.")
    ]

    account({name: limits for name, limits in ACTIVE.items() if name != "gen4_turbo"})
    text = "In the catalog and not listed by the account: gen4_turbo. Takes of these may be refused."
    assert told("models", check()) == [("warn", text)]

    account(ACTIVE)
    assert told("models", check())[0][0] == "ok"
    account({})
    assert told("models", check()) == [("warn", "The account lists no models.")]


def test_own_limits_that_bind_nothing_are_told(account: Any, settings: Settings) -> None:
    settings.PROVIDER_MAX_CONCURRENT = {"gen4.5": 9, "gen4_turbo": 2}
    settings.PROVIDER_MAX_DAILY = {"": 5000, "gen3a_turbo": 1}
    account({"gen4.5": ModelLimits(5, 1000), "gen4_turbo": ModelLimits(5, None)})

    assert [text for _, text in told("limits", check())] == [
        "gen4.5: our own limit of 9 at a time is above the account's 5, which binds.",
        "gen4.5: our own limit of 5,000 a day is above the account's 1,000, which binds.",
        "gen3a_turbo: we have a limit a day of our own, and the account does not list them.",
    ]


def test_an_empty_account_and_new_fields_are_warnings(account: Any) -> None:
    account(ACTIVE, credit_balance=0, new_fields=("plan",))
    found = check()

    assert told("balance", found) == [("warn", "0 credits are left at http://127.0.0.1:9100.")]
    assert "New in the account's answer: plan." in told("version", found)[0][1]


def test_what_the_engine_has_noticed_is_told(account: Any) -> None:
    account(ACTIVE)
    RefusedModel.objects.create(
        provider="simulator", account=account_mark(), model="gen4_turbo", code=StatusCode.MODEL_NOT_ENABLED
    )
    PriceDrift.objects.create(
        provider="simulator", model="gen4.5", mark="5 s", our_credits=60, provider_credits=75, card_key="one"
    )
    Surprise.objects.create(provider="simulator", kind=SurpriseKind.STATUS, value="REVIEW", where="task", count=7)
    found = check()

    assert told("prices", found) == [("warn", "gen4.5 5 s: 60 here, 75 there. Takes settle on the provider's number.")]
    assert told("surprises", found) == [("warn", "Status REVIEW in answers of “task”, 7 times.")]
    assert "gen4_turbo is refused to this account since" in told("models", found)[-1][1]
    assert changes.check_changes().text == (
        "Prices that differ from our list: 1; words that this version does not know: 1; models that are refused: "
        "gen4_turbo. Look at “Provider” in a team's menu; manage.py check_provider says more."
    )


def test_a_doctor_finds_nothing_changed_in_a_new_installation() -> None:
    assert changes.check_changes().level == Level.OK


# Trouble


def test_a_version_that_is_not_answered_any_more_fails(
    make_remote: MakeRemote, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_remote()
    monkeypatch.setattr(gate, "API_VERSION", "2027-01-01")

    with pytest.raises(SystemExit):
        call_command("check_provider")

    told_there = "http://127.0.0.1:9100 does not answer API version 2024-11-06 any more: update Dailies."
    assert capsys.readouterr().out.splitlines()[0] == f"FAIL  version       {told_there}"
    verdict = provider.check_provider()
    assert verdict.level == Level.FAIL
    assert "does not answer API version 2024-11-06 any more; takes wait. Update Dailies" in verdict.text


@pytest.mark.parametrize(
    ("error", "level", "text"),
    [
        (
            RetryLater("401", reason=Reason.KEY_REFUSED, status=401),
            "FAIL",
            "http://127.0.0.1:9100 does not tell: key refused (HTTP 401).",
        ),
        (
            NotSupported("no"),
            "ok",
            "This provider tells neither models, limits nor balance: there is nothing to compare.",
        ),
    ],
)
def test_an_account_that_does_not_tell(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, error: Exception, level: str, text: str
) -> None:
    async def ask() -> Organization:
        raise error

    settings.RUNWAYML_BASE_URL = "http://127.0.0.1:9100"
    monkeypatch.setattr(comparing, "ask", ask)

    printed = io.StringIO()
    try:
        call_command("check_provider", stdout=printed)
    except SystemExit:
        assert level == "FAIL"
    assert printed.getvalue().startswith(f"{level:4}  account       {text}")


def test_without_a_key_nothing_is_asked(settings: Settings) -> None:
    settings.RUNWAYML_API_SECRET = ""

    with pytest.raises(CommandError, match="RUNWAYML_API_SECRET is not set"):
        call_command("check_provider")


def test_the_paid_trial_is_for_runway_alone(settings: Settings) -> None:
    settings.VIDEO_PROVIDER, settings.COMETAPI_KEY = "cometapi", "sk-one"
    settings.COMETAPI_BASE_URL = "https://api.cometapi.com"

    with pytest.raises(CommandError, match="Runway's API alone"):
        call_command("check_provider", live=True, yes=True)
