"""Several stored files as one ZIP: the same from a folder and from a bucket, and never as a whole in memory."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest
from django.http import Http404
from django.test import RequestFactory

from studio.media import store
from studio.media.archive import Member, serve_zip

MIB = 1024**2


@pytest.fixture(params=["disk", pytest.param("bucket", marks=pytest.mark.s3)])
def place(request: pytest.FixtureRequest) -> str:
    """The default storage: a folder, then a real bucket."""
    if request.param == "bucket":
        request.getfixturevalue("bucket_storage")
    return str(request.param)


def stored(key: str, content: bytes) -> Member:
    store.put_bytes(content, key=key, content_type="application/octet-stream")
    return Member(key, key.rpartition("/")[2], len(content))


def test_all_members_are_in_it_under_their_names(place: str, rf: RequestFactory) -> None:
    one, other = stored(f"originals/{place}/a.mov", b"one" * 1000), stored(f"originals/{place}/b.png", b"other")

    answer = serve_zip(rf.get("/"), [one, other], filename="über take.zip")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams

    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {"a.mov": b"one" * 1000, "b.png": b"other"}
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    for member in (one, other):
        store.delete(member.key)


def test_head_tells_the_length_alone(rf: RequestFactory) -> None:
    answer = serve_zip(rf.head("/"), [stored("originals/a.bin", b"x" * 500)], filename="a.zip")

    assert (answer.content, int(answer.headers["Content-Length"]) > 500) == (b"", True)  # type: ignore[attr-defined]  # it is whole


@pytest.mark.parametrize("size_bytes", [0, 499])
def test_a_member_that_is_gone_or_damaged_is_404_before_a_byte(rf: RequestFactory, size_bytes: int) -> None:
    whole = stored("originals/a.bin", b"x" * 500)

    with pytest.raises(Http404):
        serve_zip(rf.get("/"), [whole, Member("originals/b.bin", "b.bin", 3)], filename="a.zip")
    with pytest.raises(Http404):
        serve_zip(rf.get("/"), [Member(whole.key, "a.bin", size_bytes)], filename="a.zip")


def test_large_members_do_not_wait_in_memory(rf: RequestFactory) -> None:
    large = stored("originals/a.bin", bytes(48 * MIB))
    tracemalloc.start()

    answer = serve_zip(rf.get("/"), [large], filename="a.zip")
    chunks: Iterator[bytes] = answer.streaming_content  # type: ignore[attr-defined]  # it streams
    sent = sum(len(chunk) for chunk in chunks)

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent == int(answer.headers["Content-Length"])
    assert peak_bytes < 8 * MIB
