"""Launches by API tokens: what starts takes, and what does not."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from studio.models import Generation
from tests.factories import ProjectFactory
from tests.views.cast import Cast
from tests.views.scripts import LAUNCH, ask, bob, maker, read, send, told

__all__ = ["bob", "maker"]

BOAT = {"prompt": "A paper boat", "model": "gen4.5", "ratio": "1280:720", "duration_s": 2, "seed": 7, "takes": 2}


def test_a_launch_makes_takes_for_the_person(cast: Cast, bob: User, maker: str) -> None:
    body = read(send(LAUNCH, maker, BOAT))

    takes = list(Generation.objects.order_by("take_number"))
    assert [one["id"] for one in body["generations"]] == [str(take.public_id) for take in takes]
    assert [(take.created_by, take.project, take.seed, take.duration_s) for take in takes] == [
        (bob, cast.stage.project, 7, 2),
        (bob, cast.stage.project, 8, 2),
    ]
    assert read(ask(body["generations"][0]["address"], maker))["state"] == "queued"


def test_the_same_key_again_starts_nothing(maker: str) -> None:
    key = str(uuid.uuid4())

    first, second = read(send(LAUNCH, maker, BOAT, key)), read(send(LAUNCH, maker, BOAT, key))

    assert [one["id"] for one in first["generations"]] == [one["id"] for one in second["generations"]]
    assert Generation.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ("{", 400, "Send the request as a JSON object"),
        ("[]", 400, "Send the request as a JSON object"),
        ("[" * 100_000, 400, "Send the request as a JSON object"),
        ("\xff", 400, "Send the request as a JSON object"),
        ({**BOAT, "model": "gen9"}, 422, ""),
        ({**BOAT, "prompt": ""}, 422, ""),
        ({**BOAT, "prompt": "x" * 20_000}, 422, ""),
        ({**BOAT, "prompt": "a\0b"}, 422, ""),
        ('{"prompt": "\\ud800"}', 422, "Write this as a text, a whole number, true or false."),
        ({**BOAT, "prompt": ["a"]}, 422, "Write this as a text, a whole number, true or false."),
        ({**BOAT, "seed": 1.5}, 422, "Write this as a text, a whole number, true or false."),
        ({**BOAT, "seed": -1}, 422, ""),
        ({**BOAT, "seed": 10**400}, 422, ""),
        ({**BOAT, "takes": 99}, 422, ""),
        ({**BOAT, "duration_s": 10**9}, 422, "Choose a length in whole seconds."),
        ({**BOAT, "token": "x"}, 422, "There is no such field. The fields are prompt, model"),
        ({**BOAT, "most_credits": "many"}, 422, "The most credits that it may cost: a whole number."),
        ({**BOAT, "most_credits": 1}, 409, "The price is 48 credits now, not 1."),
        ({"prompt": "x" * 2_000_000}, 413, "The request is too large. A prompt is short."),
    ],
)
def test_a_launch_that_cannot_be_starts_nothing(maker: str, body: Any, status: int, sentence: str) -> None:
    answer = send(LAUNCH, maker, body)

    assert told(answer)[0] == status
    assert told(answer)[1].startswith(sentence)
    assert len(told(answer)[1]) > 10
    assert not Generation.objects.exists()


@pytest.mark.parametrize("key", ["", "1", "not-a-uuid"])
def test_a_launch_needs_a_key_of_its_own(maker: str, key: str) -> None:
    assert told(send(LAUNCH, maker, BOAT, key)) == (
        400,
        "Send an Idempotency-Key: a UUID of your own making. The same one again starts nothing and answers the same.",
    )


def test_a_launch_into_a_hidden_project_is_404(cast: Cast, maker: str) -> None:
    ProjectFactory.create(team=cast.stage.team, slug="hidden", is_confidential=True)

    assert told(send("/api/v1/projects/hidden/generations/", maker, BOAT))[0] == 404
    assert not Generation.objects.exists()


def test_a_price_above_the_balance_starts_nothing(cast: Cast, maker: str) -> None:
    for _ in range(40):
        answer = send(LAUNCH, maker, {**BOAT, "duration_s": 10, "takes": 4})
        if answer.status_code != 201:
            break

    assert told(answer)[0] == 409
    assert "credits" in told(answer)[1]
