"""Version, key and route are checked in this order; every request is noted, without its key."""

from typing import Any

import pytest

from studio.simulator import Remote
from tests.simulator.remotes import KEY, OTHER_KEY, Client, MakeClient

VERSION = {"X-Runway-Version": "2024-11-06"}
BAD_VERSION = "The API version that was provided in the X-Runway-Version header is not valid."


def bare(client: Client) -> Client:
    """The client without key and version."""
    client.headers.clear()
    return client


def test_version_is_checked_before_key_and_route(client: Client) -> None:
    answer = bare(client).get("/v1/nothing", headers={"X-Runway-Version": "2020-01-01"})

    assert answer.status_code == 400
    assert answer.json() == {"error": BAD_VERSION, "docUrl": "https://docs.dev.runwayml.com/api"}


def test_version_missing_is_400(client: Client) -> None:
    answer = bare(client).get("/v1/organization")

    assert answer.status_code == 400
    assert answer.json()["error"] == "The API version must be provided in the X-Runway-Version header."


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic abc", "Bearer key_short", "Bearer sk-1"])
def test_key_missing_or_malformed_is_401_with_a_sentence(client: Client, authorization: str) -> None:
    answer = bare(client).get("/v1/organization", headers=VERSION | {"Authorization": authorization})

    assert answer.status_code == 401
    assert isinstance(answer.json()["error"], str)


def test_key_outside_the_list_is_401(make_client: MakeClient) -> None:
    client = make_client(keys=frozenset({OTHER_KEY}))

    refused = client.get("/v1/organization")
    taken = client.get("/v1/organization", headers={"Authorization": f"Bearer {OTHER_KEY}"})

    assert (refused.status_code, taken.status_code) == (401, 200)


def test_an_account_that_demands_it_is_told_on_whose_behalf_a_task_is_made(make_client: MakeClient) -> None:
    client = make_client(needs_behalf=True)
    body = {"model": "gen4.5", "promptText": "A paper boat", "ratio": "1280:720", "duration": 2}

    refused = client.post("/v1/text_to_video", json=body)
    taken = client.post("/v1/text_to_video", json=body, headers={"X-Runway-On-Behalf-Of": "northlight"})

    assert refused.status_code == 400
    assert refused.json() == {"error": "X-Runway-On-Behalf-Of request header was not specified for task creation"}
    assert taken.status_code == 200
    assert client.get("/v1/organization").status_code == 200


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/nothing"), ("PUT", "/v1/organization"), ("GET", "/")])
def test_unknown_route_answers_as_express_does(client: Client, method: str, path: str) -> None:
    answer = client.request(method, path)

    assert answer.status_code == 404
    assert f"<pre>Cannot {method} {path}</pre>" in answer.text


@pytest.mark.parametrize("content", [b"{", b"\xff"])
def test_body_that_is_not_json_is_400(client: Client, content: bytes) -> None:
    assert client.post("/v1/text_to_video", content=content).status_code == 400


def test_body_of_more_than_twenty_megabytes_is_413_in_html(client: Client) -> None:
    answer = client.post("/v1/text_to_video", content=b'"' + b"x" * (20 * 1024 * 1024) + b'"')

    assert answer.status_code == 413
    assert "413 Request Entity Too Large" in answer.text


@pytest.mark.parametrize("model", ["gen4", "robotics_v1"])
def test_model_not_enabled_is_403(client: Client, remote: Remote, text_body: dict[str, Any], model: str) -> None:
    answer = client.post("/v1/text_to_video", json=text_body | {"model": model})

    assert answer.status_code == 403
    assert answer.json()["error"] == f"Model variant {model} is not available"
    assert remote.tasks == {}


def test_requests_are_noted_without_the_key(client: Client, remote: Remote, text_body: dict[str, Any]) -> None:
    client.post("/v1/text_to_video", json=text_body)
    client.get("/_simulator/health")

    record = remote.requests[0]
    assert len(remote.requests) == 1
    assert (record.method, record.path, record.body) == ("POST", "/v1/text_to_video", text_body)
    assert record.headers["x-runway-version"] == "2024-11-06"
    assert KEY not in str(record.headers)


def test_health_needs_neither_key_nor_version(client: Client) -> None:
    assert bare(client).get("/_simulator/health").json() == {"status": "ok", "scenario": "normal", "tasks": 0}


def test_scenario_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="There is no scenario 'nonsense'"):
        Remote(base_url="http://testserver", scenario="nonsense")
