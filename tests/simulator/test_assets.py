"""Uploads, and the check of the pictures that a body points at."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from studio.simulator import ManualClock
from studio.simulator.uploads import MAX_BYTES
from tests.simulator.remotes import HEADERS, OTHER_KEY, Client

Picture = Callable[..., bytes]


def body_with(uri: str | list[dict[str, str]], **changes: Any) -> dict[str, Any]:
    return {"model": "gen4_turbo", "promptImage": uri, "ratio": "1280:720", "duration": 5} | changes


def issues_of(client: Client, uri: str | list[dict[str, str]], **changes: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/image_to_video", json=body_with(uri, **changes))
    found: list[dict[str, Any]] = answer.json().get("issues", [])
    assert (answer.status_code == 400) is bool(found)
    return found


def data_uri(content: bytes, *, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def ticket_of(client: Client, filename: str = "a.png") -> dict[str, Any]:
    ticket: dict[str, Any] = client.post("/v1/uploads", json={"filename": filename, "type": "ephemeral"}).json()
    return ticket


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_upload_is_taken_and_usable(client: Client, picture: Picture, kind: str) -> None:
    uri = client.upload(picture(kind=kind))

    assert uri.startswith("runway://")
    assert issues_of(client, uri) == []
    assert issues_of(client, uri) == []


def test_upload_answer_is_closed(client: Client) -> None:
    ticket = ticket_of(client)

    assert set(ticket) == {"uploadUrl", "fields", "runwayUri"}
    assert all(isinstance(value, str) for value in ticket["fields"].values())


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, [["filename"], ["type"]]),
        ({"filename": "ab", "type": "ephemeral"}, [["filename"]]),
        ({"filename": "a" * 256, "type": "ephemeral"}, [["filename"]]),
        ({"filename": "a.png", "type": "permanent"}, [["type"]]),
    ],
)
def test_upload_ticket_is_validated(client: Client, body: dict[str, str], paths: list[list[str]]) -> None:
    answer = client.post("/v1/uploads", json=body)

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["issues"]] == paths


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"x" * 503, "EntityTooSmall"),
        (b"", "EntityTooSmall"),
        (b"just some words " * 64, "InvalidArgument"),
    ],
)
def test_bucket_refuses_a_file_in_xml(client: Client, content: bytes, code: str) -> None:
    ticket = ticket_of(client)

    answer = client.post(ticket["uploadUrl"], data=ticket["fields"], files={"file": ("a.png", content)})

    assert answer.status_code == 400
    assert f"<Code>{code}</Code>" in answer.text
    assert issues_of(client, ticket["runwayUri"])[0]["message"] == "Invalid or expired Runway URI."


def test_bucket_refuses_more_than_200_megabytes_by_its_announcement(client: Client) -> None:
    ticket = ticket_of(client)

    answer = client.post(ticket["uploadUrl"], headers={"content-length": str(MAX_BYTES * 2)}, content=b"x")

    assert "<Code>EntityTooLarge</Code>" in answer.text


@pytest.mark.parametrize("field", ["policy", "key"])
def test_bucket_refuses_fields_that_were_changed(client: Client, picture: Picture, field: str) -> None:
    ticket = ticket_of(client)
    fields = ticket["fields"] | {field: ticket["fields"][field] + "x"}

    answer = client.post(ticket["uploadUrl"], data=fields, files={"file": ("a.png", picture())})

    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


def test_bucket_refuses_a_form_that_is_an_hour_old(client: Client, clock: ManualClock, picture: Picture) -> None:
    ticket = ticket_of(client)
    clock.advance(3601)

    answer = client.post(ticket["uploadUrl"], data=ticket["fields"], files={"file": ("a.png", picture())})

    assert answer.status_code == 403


def test_upload_expires_after_a_day(client: Client, clock: ManualClock, picture: Picture) -> None:
    uri = client.upload(picture())
    clock.advance(86_399)
    assert issues_of(client, uri) == []

    clock.advance(1)

    assert issues_of(client, uri) == [
        {"code": "custom", "message": "Invalid or expired Runway URI.", "path": ["promptImage"]}
    ]


def test_upload_of_another_key_is_not_found(client: Client, picture: Picture) -> None:
    uri = client.upload(picture())
    client.headers = HEADERS | {"Authorization": f"Bearer {OTHER_KEY}"}

    assert issues_of(client, uri)[0]["message"] == "Invalid or expired Runway URI."


def test_data_uri_is_taken(client: Client, picture: Picture) -> None:
    assert issues_of(client, data_uri(picture())) == []


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("https://example.com/a.png", 'Failed to fetch asset. Received HTTP response code "404".'),
        ("https://127.0.0.1/a.png", "Invalid asset URL. The host must be a domain name."),
        ("https://localhost/a.png", "Invalid asset URL. The host must be a domain name."),
        ("https://[::1]/abc.png", "Invalid asset URL. The host must be a domain name."),
        ("https://[bad/abc.png", "Invalid asset URL. The host must be a domain name."),
        ("data:image/png,abcdef", "Invalid data URI. Expected data:<type>/<subtype>;base64,<content>."),
        ("data:image/png;base64,abc", "Invalid data URI. The content is not base64."),
        ("data:image/gif;base64,R0lGODlh", 'Unsupported Content-Type: "image/gif".'),
    ],
)
def test_address_is_refused_with_a_sentence(client: Client, uri: str, message: str) -> None:
    assert issues_of(client, uri) == [{"code": "custom", "message": message, "path": ["promptImage"]}]


def test_gif_under_another_name_is_refused(client: Client, picture: Picture) -> None:
    uri = client.upload(picture(kind="GIF"), filename="a.png")

    assert issues_of(client, uri)[0]["message"] == 'Unsupported Content-Type response header: "image/gif".'


def test_picture_that_breaks_off_is_refused(client: Client, picture: Picture) -> None:
    whole = picture()

    found = issues_of(client, data_uri(whole[: len(whole) // 2]))

    assert found[0]["message"] == "Invalid asset. The image could not be decoded."


def test_picture_with_a_huge_side_is_refused(client: Client, picture: Picture) -> None:
    found = issues_of(client, data_uri(picture(8001, 4000)))

    assert found[0]["message"] == "Invalid asset dimensions"


@pytest.mark.parametrize(
    ("model", "size", "message"),
    [
        ("gen4_turbo", (300, 650), "must be at least 0.5. Got 0.462."),
        ("gen4_turbo", (472, 200), "must be at most 2.358. Got 2.360."),
        ("gen4.5", (402, 200), "must be at most 2. Got 2.010."),
    ],
)
def test_aspect_outside_the_models_window_is_refused(
    client: Client, picture: Picture, model: str, size: tuple[int, int], message: str
) -> None:
    found = issues_of(client, data_uri(picture(*size)), model=model, promptText="x")

    assert found == [
        {
            "code": "custom",
            "message": f"Invalid asset aspect ratio. width / height ratio {message}",
            "path": ["promptImage"],
        }
    ]


@pytest.mark.parametrize(
    ("model", "size"), [("gen4_turbo", (466, 200)), ("gen4.5", (400, 200)), ("gen4.5", (200, 400))]
)
def test_aspect_inside_the_models_window_is_taken(
    client: Client, picture: Picture, model: str, size: tuple[int, int]
) -> None:
    assert issues_of(client, data_uri(picture(*size)), model=model, promptText="x") == []


def test_both_frames_are_checked_and_both_are_told(client: Client, picture: Picture) -> None:
    frames = [
        {"uri": "https://example.com/a.png", "position": "first"},
        {"uri": data_uri(picture(900, 300)), "position": "last"},
    ]

    found = issues_of(client, frames, model="veo3.1", duration=4)

    assert [issue["path"] for issue in found] == [["promptImage", 0, "uri"], ["promptImage", 1, "uri"]]


def test_refused_asset_costs_nothing(client: Client) -> None:
    before = client.remote.credit_balance

    issues_of(client, "https://example.com/a.png")

    assert client.remote.credit_balance == before
    assert client.remote.tasks == {}
