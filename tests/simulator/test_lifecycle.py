"""A task moves with the clock and by nothing else; credits, limits and days follow it."""

from typing import Any
from uuid import UUID

import pytest

from studio.simulator import ManualClock
from tests.simulator.remotes import HEADERS, OTHER_KEY, Client, MakeClient

Body = dict[str, Any]


def test_create_answers_id_and_estimate(client: Client, text_body: Body) -> None:
    answer = client.post("/v1/text_to_video", json=text_body)

    assert answer.status_code == 200
    assert UUID(answer.json()["id"]).version == 4
    assert answer.json()["estimatedCost"] == {"credits": 60}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_task_goes_from_pending_over_running_to_succeeded(client: Client, clock: ManualClock, text_body: Body) -> None:
    task_id = client.create(text_body)

    pending = client.seen(task_id)
    clock.advance(2)
    beginning = client.seen(task_id)
    clock.advance(5)
    middle = client.seen(task_id)
    clock.advance(5)
    done = client.seen(task_id)

    assert pending == {
        "id": task_id,
        "createdAt": "2026-11-22T09:30:00.000Z",
        "status": "PENDING",
        "estimatedCost": {"credits": 60},
    }
    assert (beginning["status"], beginning["progress"]) == ("RUNNING", 0.02)
    assert middle["progress"] == pytest.approx(0.495, abs=0.006)
    assert (done["status"], done["cost"], len(done["output"])) == ("SUCCEEDED", {"credits": 60}, 1)
    assert set(done) == {"id", "createdAt", "status", "output", "cost"}


def test_progress_never_goes_back(client: Client, clock: ManualClock, text_body: Body) -> None:
    task_id = client.create(text_body)
    clock.advance(2)
    values = []

    for _ in range(19):
        values.append(client.seen(task_id)["progress"])
        clock.advance(0.5)

    assert values == sorted(values)
    assert values[-1] < 1
    assert values[1] - values[0] < values[10] - values[9]


def test_third_task_waits_throttled_in_the_order_of_submission(
    make_client: MakeClient, clock: ManualClock, text_body: Body
) -> None:
    client = make_client(max_concurrent=1)
    ids = [client.create(text_body) for _ in range(3)]

    at_once = [client.seen(task_id)["status"] for task_id in ids]
    clock.advance(12)
    later = [client.seen(task_id)["status"] for task_id in ids]
    clock.advance(12)
    last = [client.seen(task_id)["status"] for task_id in ids]

    assert at_once == ["PENDING", "THROTTLED", "THROTTLED"]
    assert later == ["SUCCEEDED", "PENDING", "THROTTLED"]
    assert last == ["SUCCEEDED", "SUCCEEDED", "PENDING"]


def test_limits_are_counted_by_model(make_client: MakeClient, text_body: Body) -> None:
    client = make_client(max_concurrent={"gen4.5": 1, "veo3.1": 1})
    veo = {"model": "veo3.1", "promptText": "x", "ratio": "1280:720", "duration": 4}

    statuses = [client.seen(client.create(body))["status"] for body in (text_body, veo, text_body)]

    assert statuses == ["PENDING", "PENDING", "THROTTLED"]


def test_delete_lets_the_next_one_in(make_client: MakeClient, clock: ManualClock, text_body: Body) -> None:
    client = make_client(max_concurrent=1)
    first, second, third = (client.create(text_body) for _ in range(3))
    clock.advance(4)

    client.delete(f"/v1/tasks/{first}")

    assert [client.seen(task_id)["status"] for task_id in (second, third)] == ["PENDING", "THROTTLED"]
    clock.advance(12)
    assert [client.seen(task_id)["status"] for task_id in (second, third)] == ["SUCCEEDED", "PENDING"]


@pytest.mark.parametrize(("after_s", "balance"), [(1, 1000), (5, 940), (30, 940)])
def test_delete_refunds_only_what_had_not_begun(
    make_client: MakeClient, clock: ManualClock, text_body: Body, after_s: float, balance: int
) -> None:
    client = make_client(credits=1000)
    task_id = client.create(text_body)
    clock.advance(after_s)

    gone = client.delete(f"/v1/tasks/{task_id}")
    again = client.delete(f"/v1/tasks/{task_id}")

    assert (gone.status_code, gone.content) == (204, b"")
    assert (again.status_code, again.json()) == (404, {"error": "Could not find Task"})
    assert client.get(f"/v1/tasks/{task_id}").status_code == 404
    assert client.get("/v1/organization").json()["creditBalance"] == balance


def test_delete_of_a_throttled_task_is_refunded(make_client: MakeClient, text_body: Body) -> None:
    client = make_client(credits=1000, max_concurrent=1)
    client.create(text_body)
    waiting = client.create(text_body)

    client.delete(f"/v1/tasks/{waiting}")

    assert client.remote.credit_balance == 940


def test_task_of_another_key_is_not_found(client: Client, text_body: Body) -> None:
    task_id = client.create(text_body)

    answer = client.get(f"/v1/tasks/{task_id}", headers=HEADERS | {"Authorization": f"Bearer {OTHER_KEY}"})

    assert (answer.status_code, answer.json()) == (404, {"error": "Could not find Task"})


def test_credits_that_do_not_reach_refuse_and_charge_nothing(make_client: MakeClient, text_body: Body) -> None:
    client = make_client(credits=119)
    client.create(text_body)

    answer = client.post("/v1/text_to_video", json=text_body)

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "You do not have enough credits to run this task.",
        "docUrl": "https://docs.dev.runwayml.com/api",
    }
    assert client.remote.credit_balance == 59
    assert len(client.remote.tasks) == 1
    assert len(client.remote.creates) == 2


def test_daily_limit_frees_itself_after_a_day(make_client: MakeClient, clock: ManualClock, text_body: Body) -> None:
    client = make_client(max_daily=2)
    for _ in range(2):
        client.create(text_body)

    refused = client.post("/v1/text_to_video", json=text_body)
    clock.advance(86_400)
    taken = client.post("/v1/text_to_video", json=text_body)

    assert refused.status_code == 429
    assert refused.json()["error"] == "Your daily task limit has been reached."
    assert "retry-after" not in refused.headers
    assert taken.status_code == 200


def test_organization_tells_credits_limits_and_use(make_client: MakeClient, text_body: Body) -> None:
    client = make_client(credits=1000, max_concurrent={"gen4.5": 3}, max_daily=50)
    client.create(text_body)

    body = client.get("/v1/organization").json()

    assert body["creditBalance"] == 940
    assert body["tier"]["models"]["gen4.5"] == {"maxConcurrentGenerations": 3, "maxDailyGenerations": 50}
    assert body["tier"]["models"]["veo3.1"]["maxConcurrentGenerations"] is None
    assert body["usage"]["models"]["gen4.5"] == {"dailyGenerations": 1}
    assert "gen3a_turbo" in body["tier"]["models"]


def test_usage_has_a_negative_day_when_the_refund_comes_after_midnight(
    make_client: MakeClient, clock: ManualClock, text_body: Body
) -> None:
    client = make_client(scenario="internal")
    clock.advance(14.5 * 3600 - 3)
    client.create(text_body)
    clock.advance(60)

    body = client.post("/v1/organization/usage", json={"beforeDate": "2026-12-01"}).json()

    assert body["models"] == ["gen4.5"]
    assert body["results"] == [
        {"date": "2026-11-22", "usedCredits": [{"model": "gen4.5", "amount": 60}]},
        {"date": "2026-11-23", "usedCredits": [{"model": "gen4.5", "amount": -60}]},
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 200),
        ({"startDate": "2026-09-01", "beforeDate": "2026-11-30"}, 200),
        ({"startDate": "2026-09-01", "beforeDate": "2026-12-01"}, 400),
        ({"startDate": "2026-11-01", "beforeDate": "2026-11-01"}, 400),
        ({"startDate": "yesterday!"}, 400),
        ({"startDate": 5}, 400),
    ],
)
def test_usage_takes_ranges_of_up_to_90_days(client: Client, body: Body, status: int) -> None:
    assert client.post("/v1/organization/usage", json=body).status_code == status


def test_usage_default_range_leaves_today_out(client: Client, clock: ManualClock, text_body: Body) -> None:
    client.create(text_body)
    today = client.post("/v1/organization/usage", json={}).json()["results"]
    clock.advance(86_400)

    assert today == []
    assert len(client.post("/v1/organization/usage", json={}).json()["results"]) == 1


def test_seed_left_out_differs_between_takes_and_not_between_runs(make_client: MakeClient, text_body: Body) -> None:
    del text_body["seed"]

    one, other = (
        [client.remote.tasks[client.create(text_body)].seed for _ in range(3)]
        for client in (make_client(), make_client())
    )

    assert one == other
    assert len(set(one)) == 3
