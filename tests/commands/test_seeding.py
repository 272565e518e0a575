"""`grant_credits`, `seed_demo` and `models`: output, effects, refusals."""

import json

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.enums import Role
from accounts.models import Membership, Team, User
from studio.credits.audit import differences
from studio.credits.queries import balance
from studio.models import LedgerEntry, Project
from studio.providers.catalog import MODELS
from tests.factories import TeamFactory

SOME_LINES_OF_MODELS = (
    "model                            credits                      makes clips from       note",
    "gen4.5                           12 a second                  text, image",
    "aleph2                           28 a second, 56 at least     video",
    "veo3.1                           20–40 a second               text, image            not all confirmed",
    "kling_4                          20–30 a second ?             text, image, video     not all confirmed",
    "magnific_video_upscaler_creative 0.7–1.2 a frame              upscale",
    "gen4_image                       5–8 each                     still",
    "gen4_aleph                       -                            -                      "
    "retired 2026-07-30, use aleph2",
)


@pytest.mark.django_db
def test_grant_adds_to_the_balance(capsys: pytest.CaptureFixture[str]) -> None:
    team = TeamFactory.create(slug="northlight", name="Northlight")

    call_command("grant_credits", "northlight", "1500")
    call_command("grant_credits", "northlight", "500", note="For the pilot")

    assert capsys.readouterr().out == "Northlight has 1,500 credits.\nNorthlight has 2,000 credits.\n"
    lines = LedgerEntry.objects.filter(by=None).values_list("kind", "amount_credits", "note")
    assert list(lines) == [("grant", 1_500, "Granted from the command line"), ("grant", 500, "For the pilot")]
    assert balance(team).balance_credits == 2_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("team", "credits", "options", "sentence"),
    [
        ("nowhere", 5, {}, "There is no team “nowhere”."),
        ("northlight", 0, {}, "Give at least one credit. A correction downwards is an ADJUST entry."),
        ("northlight", -5, {}, "Give at least one credit. A correction downwards is an ADJUST entry."),
        ("northlight", 10**19, {}, "Give 1,000,000,000,000 credits at the most."),
        ("northlight", 5, {"note": "x" * 301}, "The note has 301 characters; 300 are the most."),
    ],
)
def test_grant_refuses(team: str, credits: int, options: dict[str, str], sentence: str) -> None:
    TeamFactory.create(slug="northlight")

    with pytest.raises(CommandError) as caught:
        call_command("grant_credits", team, str(credits), **options)

    assert str(caught.value) == sentence
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_seed_makes_person_team_project_and_credits(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed_demo", password="the gulls wheel overhead")

    user = User.objects.get()
    assert authenticate(username="demo@example.com", password="the gulls wheel overhead") == user
    assert Membership.objects.get(user=user, team__slug="demo").role == Role.OWNER
    assert Project.objects.get().slug == "first-film"
    assert balance(Team.objects.get()).balance_credits == 10_000
    assert list(differences()) == []
    assert capsys.readouterr().out == "demo@example.com owns the team demo.\n"


@pytest.mark.django_db
def test_seed_again_changes_the_password_alone() -> None:
    call_command("seed_demo", password="the gulls wheel overhead")
    project = Project.objects.get()

    call_command("seed_demo", password="another evening at sea")

    assert authenticate(username="demo@example.com", password="another evening at sea") is not None
    assert authenticate(username="demo@example.com", password="the gulls wheel overhead") is None
    assert (Project.objects.get(), LedgerEntry.objects.count(), Team.objects.count()) == (project, 1, 1)


def test_models_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("models")

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(MODELS)
    assert [line for line in SOME_LINES_OF_MODELS if line not in lines] == []


def test_models_are_records(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("models", json=True)

    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    veo = rows["veo3.1"]
    assert (veo["label"], veo["vendor"], veo["note"]) == ("Veo 3.1", "Google", "")
    assert (veo["ways"], veo["retired_since"], veo["replaced_by"]) == (["text_to_video", "image_to_video"], None, None)
    assert veo["price"]["card"] == "veo3.1@2026-08-01"
    assert veo["price"]["rates"] == [
        {"credits": "20", "tier": "", "sound": False, "setting": ""},
        {"credits": "40", "tier": "", "sound": True, "setting": ""},
    ]
    assert veo["details"][1]["inputs"] == {"first": [1, 1], "last": [0, 1]}
    assert [price["card"] for price in rows["gemini_omni_flash"]["other_prices"]] == [
        "gemini_omni_flash/video_to_video@2026-08-01"
    ]
    assert rows["kling_4"]["price"]["is_confirmed"] is False
    assert rows["gen4_aleph"]["replaced_by"] == "aleph2"
    assert (rows["veo3"]["price"], rows["veo3"]["retired_since"]) == (None, "2026-08-07")
