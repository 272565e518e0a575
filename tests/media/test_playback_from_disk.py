"""Range, conditions and headers of files served from disk, through Django's whole request cycle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django.fixtures import Settings

from studio.media import playback, store
from studio.media.playback import FileSlice

KEY = "clips/ab/one/0123.mp4"
CONTENT = bytes(range(256)) * 4
SIZE = len(CONTENT)
SHA256 = "ab" * 32
ETAG = f'"{SHA256}"'


def clip(request: HttpRequest) -> HttpResponseBase:
    """The view of these tests."""
    filename = request.GET.get("name")
    return playback.serve(request, key=KEY, content_type="video/mp4", size_bytes=SIZE, etag=SHA256, filename=filename)


urlpatterns = [path("clip", clip)]


@pytest.fixture
def visitor(settings: Settings, db: None) -> Client:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    store.put_bytes(CONTENT, key=KEY, content_type="video/mp4")
    return Client()


def body_of(response: Any) -> bytes:
    body: bytes = response.getvalue()
    response.close()
    return body


def test_whole_file(visitor: Client) -> None:
    response = visitor.get("/clip")

    assert response.status_code == 200
    assert body_of(response) == CONTENT
    assert dict(response.items()) == {
        "Content-Type": "video/mp4",
        "Content-Length": "1024",
        "Content-Disposition": "inline",
        "ETag": ETAG,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-199", 100, 199),
        ("bytes=1000-", 1000, 1023),
        ("bytes=-24", 1000, 1023),
        ("bytes=1023-5000", 1023, 1023),
        ("bytes=0-", 0, 1023),
    ],
)
def test_part_of_the_file(visitor: Client, header: str, first: int, last: int) -> None:
    response = visitor.get("/clip", headers={"Range": header})

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/1024"
    assert response["Content-Length"] == str(last - first + 1)
    assert response["ETag"] == ETAG
    assert body_of(response) == CONTENT[first : last + 1]


@pytest.mark.parametrize("header", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_range_beyond_the_end_is_refused(visitor: Client, header: str) -> None:
    response = visitor.get("/clip", headers={"Range": header})

    assert (response.status_code, response["Content-Range"]) == (416, "bytes */1024")
    assert response.content == b""


@pytest.mark.parametrize("header", ["bytes=5-4", "bytes=x-1", "lines=0-1", "bytes=0-1,4-5"])
def test_other_ranges_give_the_whole_file(visitor: Client, header: str) -> None:
    response = visitor.get("/clip", headers={"Range": header})

    assert response.status_code == 200
    assert "Content-Range" not in response
    assert body_of(response) == CONTENT


@pytest.mark.parametrize(
    ("if_range", "status_code", "size_bytes"),
    [
        (ETAG, 206, 10),
        ('"another"', 200, SIZE),
        (f"W/{ETAG}", 200, SIZE),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 200, SIZE),
    ],
)
def test_if_range_guards_against_another_file(
    visitor: Client, if_range: str, status_code: int, size_bytes: int
) -> None:
    response = visitor.get("/clip", headers={"Range": "bytes=0-9", "If-Range": if_range})

    assert response.status_code == status_code
    assert len(body_of(response)) == size_bytes


@pytest.mark.parametrize("header", [ETAG, f"W/{ETAG}", f'"another", {ETAG}', "*"])
def test_known_file_is_not_sent_again(visitor: Client, header: str) -> None:
    response = visitor.get("/clip", headers={"If-None-Match": header, "Range": "bytes=0-9"})

    assert (response.status_code, response.content, response["ETag"]) == (304, b"", ETAG)


def test_unknown_etag_gets_the_file(visitor: Client) -> None:
    response = visitor.get("/clip", headers={"If-None-Match": '"another"'})

    assert (response.status_code, body_of(response)) == (200, CONTENT)


def test_head_tells_the_size_and_ignores_range(visitor: Client) -> None:
    response = visitor.head("/clip", headers={"Range": "bytes=0-9"})

    assert (response.status_code, response["Content-Length"], response.content) == (200, "1024", b"")
    assert response["Accept-Ranges"] == "bytes"


def test_download_has_its_name(visitor: Client) -> None:
    response = visitor.get("/clip", {"name": "für élise.mp4"})

    assert response["Content-Disposition"] == "attachment; filename*=utf-8''f%C3%BCr%20%C3%A9lise.mp4"
    response.close()


@pytest.mark.usefixtures("visitor")
def test_missing_and_damaged_files_are_gone(settings: Settings) -> None:
    request = RequestFactory().get("/clip")
    (Path(settings.MEDIA_ROOT) / KEY).write_bytes(CONTENT[:-1])
    with pytest.raises(Http404, match="damaged"):
        clip(request)

    store.delete(KEY)
    with pytest.raises(Http404, match="gone"):
        clip(request)


def test_file_is_closed_at_its_end_and_when_the_browser_leaves(visitor: Client) -> None:
    request = RequestFactory().get("/clip")
    read_whole, left_early = slice_of(clip(request)), slice_of(clip(request))

    assert b"".join(read_whole) == CONTENT
    left_early.close()

    assert (read_whole._source.closed, left_early._source.closed) == (True, True)
    assert list(left_early) == []


def test_large_file_comes_in_bounded_chunks(settings: Settings) -> None:
    content = bytes(600_000)
    store.put_bytes(content, key=KEY, content_type="video/mp4")
    response = playback.serve(
        RequestFactory().get("/"), key=KEY, content_type="video/mp4", size_bytes=600_000, etag=SHA256
    )

    sizes = [len(chunk) for chunk in slice_of(response)]

    assert sizes == [262_144, 262_144, 75_712]


def slice_of(response: Any) -> FileSlice:
    """The iterator that the server would read."""
    iterator: Iterator[bytes] = response._iterator
    assert isinstance(iterator, FileSlice)
    return iterator
