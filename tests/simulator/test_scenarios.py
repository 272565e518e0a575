"""Every named scenario does what its line says, for the whole remote and for one prompt."""

from typing import Any

import pytest

from studio.simulator import SCENARIOS, ManualClock, Pace
from studio.simulator.scenarios import scenario_of, without_tags
from tests.simulator.remotes import Client, MakeClient

Body = dict[str, Any]


@pytest.fixture
def tagged(text_body: Body) -> Any:
    def make(name: str) -> Body:
        return text_body | {"promptText": f"A boat [[{name}]]"}

    return make


def test_tag_picks_a_scenario_and_is_not_painted() -> None:
    assert scenario_of("A [[nonsense]] boat [[internal]]", default="normal") == "internal"
    assert scenario_of("A boat", default="throttled") == "throttled"
    assert without_tags("A  [[internal]] boat") == "A boat"


def test_every_scenario_has_a_line_and_takes_its_task_through(
    make_client: MakeClient, text_body: Body, clock: ManualClock
) -> None:
    refused = {"create_502", "create_lost", "daily_limit", "out_of_credits", "key_revoked", "model_unavailable"}
    client = make_client(max_concurrent=None, pace=Pace(slow_create_s=0.01))

    statuses = {
        name: client.post("/v1/text_to_video", json=text_body | {"promptText": f"[[{name}]]"}).status_code
        for name in SCENARIOS
    }

    assert {name for name, status in statuses.items() if status != 200} == refused
    assert all(SCENARIOS.values())


@pytest.mark.parametrize(
    ("name", "code", "is_charged"),
    [
        ("moderated_input", "SAFETY.INPUT.TEXT", True),
        ("moderated_output", "SAFETY.OUTPUT.VIDEO", True),
        ("bad_output", "INTERNAL.BAD_OUTPUT.01", False),
        ("internal", "INTERNAL", False),
        ("third_party_unavailable", "THIRD_PARTY.UNAVAILABLE", False),
        ("asset_invalid", "ASSET.INVALID", False),
        ("no_failure_code", None, False),
    ],
)
def test_failure_tells_its_code_and_its_cost(
    make_client: MakeClient, clock: ManualClock, tagged: Any, name: str, code: str | None, is_charged: bool
) -> None:
    client = make_client(credits=1000)
    task_id = client.create(tagged(name))
    clock.advance(30)

    body = client.seen(task_id)

    assert body["status"] == "FAILED"
    assert body.get("failureCode") == code
    assert ("failureCode" in body) is (code is not None)
    assert isinstance(body["failure"], str)
    assert body["cost"] == {"credits": 60 if is_charged else 0}
    assert client.remote.credit_balance == (940 if is_charged else 1000)


def test_input_moderation_fails_without_running(client: Client, clock: ManualClock, tagged: Any) -> None:
    task_id = client.create(tagged("moderated_input"))
    clock.advance(1.9)
    before = client.seen(task_id)["status"]
    clock.advance(0.1)

    assert (before, client.seen(task_id)["status"]) == ("PENDING", "FAILED")


@pytest.mark.parametrize(("name", "status"), [("html_502", 502), ("empty_504", 504)])
def test_outage_ends_by_itself(client: Client, clock: ManualClock, tagged: Any, name: str, status: int) -> None:
    task_id = client.create(tagged(name))

    during = client.get(f"/v1/tasks/{task_id}")
    clock.advance(15)
    after = client.get(f"/v1/tasks/{task_id}")

    assert during.status_code == status
    assert during.headers.get("content-type", "").startswith("text/html") is (name == "html_502")
    assert (during.content == b"") is (name == "empty_504")
    assert after.json()["status"] == "SUCCEEDED"


def test_create_502_creates_nothing(client: Client, tagged: Any) -> None:
    answer = client.post("/v1/text_to_video", json=tagged("create_502"))

    assert answer.status_code == 502
    assert "502 Bad Gateway" in answer.text
    assert client.remote.tasks == {}
    assert client.remote.credit_balance == 1_000_000


def test_create_lost_creates_and_charges(client: Client, tagged: Any) -> None:
    answer = client.post("/v1/text_to_video", json=tagged("create_lost"))

    assert (answer.status_code, answer.content) == (504, b"")
    assert len(client.remote.tasks) == 1
    assert client.remote.credit_balance == 1_000_000 - 60


def test_slow_create_has_created_before_it_answers(make_client: MakeClient, tagged: Any) -> None:
    client = make_client(pace=Pace(slow_create_s=0.05))

    answer = client.post("/v1/text_to_video", json=tagged("slow_create"))

    assert answer.json()["id"] in client.remote.tasks
    assert client.remote.credit_balance == 1_000_000 - 60


def test_stuck_progress_stays_where_it_is(client: Client, clock: ManualClock, tagged: Any) -> None:
    task_id = client.create(tagged("stuck_progress"))
    clock.advance(10)
    early = client.seen(task_id)
    clock.advance(80_000)
    late = client.seen(task_id)
    clock.advance(10_000)

    assert (early["status"], early["progress"], late["progress"]) == ("RUNNING", 0.42, 0.42)
    assert client.seen(task_id)["status"] == "FAILED"


def test_unknown_status_passes_by(client: Client, clock: ManualClock, tagged: Any) -> None:
    task_id = client.create(tagged("unknown_status"))
    clock.advance(3)
    odd = client.seen(task_id)["status"]
    clock.advance(5)

    assert (odd, client.seen(task_id)["status"]) == ("AWAITING_REVIEW", "RUNNING")


def test_unknown_fields_are_in_create_and_task(client: Client, tagged: Any) -> None:
    answer = client.post("/v1/text_to_video", json=tagged("unknown_fields")).json()

    assert answer["etaSeconds"] == 7
    assert client.seen(answer["id"])["queue"] == {"position": 1, "lane": "standard"}


def test_throttled_waits_a_good_while(client: Client, clock: ManualClock, tagged: Any) -> None:
    task_id = client.create(tagged("throttled"))
    clock.advance(24.9)
    waiting = client.seen(task_id)["status"]
    clock.advance(0.1)

    assert (waiting, client.seen(task_id)["status"]) == ("THROTTLED", "PENDING")


def test_cancelled_elsewhere_is_charged(client: Client, clock: ManualClock, tagged: Any) -> None:
    task_id = client.create(tagged("cancelled_elsewhere"))
    clock.advance(8)

    assert client.seen(task_id)["status"] == "CANCELLED"
    assert client.seen(task_id)["cost"] == {"credits": 60}


def test_no_costs_tells_none(client: Client, clock: ManualClock, tagged: Any) -> None:
    answer = client.post("/v1/text_to_video", json=tagged("no_costs")).json()
    clock.advance(30)

    assert set(answer) == {"id"}
    assert set(client.seen(answer["id"])) == {"id", "createdAt", "status", "output"}


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("daily_limit", 429, "Your daily task limit has been reached."),
        ("out_of_credits", 400, "You do not have enough credits to run this task."),
        ("model_unavailable", 403, "Model variant gen4.5 is not available"),
        ("key_revoked", 401, "The API key that was provided is not valid or was disabled."),
    ],
)
def test_refusal_creates_nothing(
    make_client: MakeClient, tagged: Any, text_body: Body, name: str, status: int, error: str
) -> None:
    by_prompt, by_remote = make_client(), make_client(scenario=name)

    answers = [
        by_prompt.post("/v1/text_to_video", json=tagged(name)),
        by_remote.post("/v1/text_to_video", json=text_body),
    ]

    assert [answer.status_code for answer in answers] == [status, status]
    assert [answer.json()["error"] for answer in answers] == [error, error]
    assert by_prompt.remote.tasks == by_remote.remote.tasks == {}
    assert by_prompt.get("/v1/organization").status_code == 200
