"""Downloads from a real loopback peer: whole, or a clear error and no file."""

import asyncio
import errno
import hashlib
from pathlib import Path

import httpx
import pytest

from studio.providers.addresses import loopback_origin
from studio.providers.base import Download
from studio.providers.download import BLOCK_BYTES, download
from studio.providers.errors import DownloadFailed, DownloadRefused, LinkExpired, Unreachable
from studio.providers.runway.client import RunwayProvider
from studio.providers.transport import Transport
from tests.providers.conftest import KEY
from tests.providers.peers import (
    Behaviour,
    Peer,
    Received,
    answer,
    hang_up,
    peer,
    quick_client,
    raw,
    reset,
    stay_silent,
    truncated,
)

BODY = bytes(range(256)) * 12_000  # 3 MB, not a multiple of a block
LIMIT = 10_000_000


async def _download(here: Peer, path: Path, *, max_bytes: int = LIMIT) -> Download:
    async with quick_client(Transport(), read_s=0.3) as client:
        own = loopback_origin(here.base_url)
        return await download(client, f"{here.base_url}/clip.mp4?_jwt=a", path, max_bytes=max_bytes, own=own)


def _run(behaviour: Behaviour, path: Path, *, max_bytes: int = LIMIT) -> Download:
    async def main() -> Download:
        async with peer(behaviour) as here:
            return await _download(here, path, max_bytes=max_bytes)

    return asyncio.run(main())


def test_whole_file_arrives_with_its_checksum_and_without_the_key(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []

    async def on_progress(done: int, announced: int | None) -> None:
        seen.append((done, announced))

    async def main() -> tuple[Download, Received]:
        async with peer(answer(200, BODY, content_type="binary/octet-stream")) as here:
            provider = RunwayProvider(api_key=KEY, base_url=here.base_url)
            link = f"{here.base_url}/clip.mp4?_jwt=a.b-c_d"
            result = await provider.download(link, tmp_path / "clip", max_bytes=LIMIT, on_progress=on_progress)
            await provider.aclose()
            return result, here.received[0]

    result, request = asyncio.run(main())
    assert result == Download(tmp_path / "clip", len(BODY), hashlib.sha256(BODY).hexdigest())
    assert (tmp_path / "clip").read_bytes() == BODY
    assert seen == sorted(seen)
    assert len(seen) in range(1, len(BODY) // BLOCK_BYTES + 2)
    assert seen[-1] == (len(BODY), len(BODY))
    assert request.target == "/clip.mp4?_jwt=a.b-c_d"
    assert request.headers["accept-encoding"] == "identity"
    assert "authorization" not in request.headers
    assert KEY not in str(request)


def test_file_of_exactly_the_limit_arrives(tmp_path: Path) -> None:
    assert _run(answer(200, b"x" * 100), tmp_path / "clip", max_bytes=100).size_bytes == 100


def test_file_without_an_announced_length_arrives(tmp_path: Path) -> None:
    result = _run(raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"), tmp_path / "clip")
    assert (result.size_bytes, result.sha256) == (3, hashlib.sha256(b"abc").hexdigest())


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        pytest.param(answer(403), LinkExpired, id="403"),
        pytest.param(answer(404), LinkExpired, id="404"),
        pytest.param(answer(410), LinkExpired, id="410"),
        pytest.param(answer(500, b"<html>"), DownloadFailed, id="500"),
        pytest.param(answer(206, b"abc"), DownloadFailed, id="206"),
        pytest.param(answer(304), DownloadFailed, id="304"),
        pytest.param(answer(302, Location="https://1.1.1.1/"), DownloadRefused, id="redirect"),
        pytest.param(truncated(b"abc", announced=10), DownloadFailed, id="short"),
        pytest.param(answer(200, b""), DownloadFailed, id="empty"),
        pytest.param(answer(200, b"x", **{"Content-Encoding": "gzip"}), DownloadFailed, id="compressed"),
        pytest.param(answer(200, b"x" * 101), DownloadRefused, id="announced over the limit"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 101),
            DownloadRefused,
            id="over the limit",
        ),
        pytest.param(hang_up, DownloadFailed, id="hung up"),
        pytest.param(reset, DownloadFailed, id="reset"),
        pytest.param(stay_silent, DownloadFailed, id="silent"),
    ],
)
def test_trouble_is_a_clear_error_and_leaves_no_file(
    tmp_path: Path, behaviour: Behaviour, error: type[Exception]
) -> None:
    with pytest.raises(error):
        _run(behaviour, tmp_path / "clip", max_bytes=100)
    assert list(tmp_path.iterdir()) == []


def test_host_that_is_gone_is_unreachable(tmp_path: Path) -> None:
    async def main() -> None:
        async with peer(hang_up) as here:
            gone = Peer(here.base_url)
        await _download(gone, tmp_path / "clip")

    with pytest.raises(Unreachable):
        asyncio.run(main())


@pytest.mark.parametrize(
    ("announced", "message"), [("2", "more bytes than announced"), ("9", "fewer bytes than announced")]
)
def test_bytes_are_counted_even_if_the_transport_does_not(tmp_path: Path, announced: str, message: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Length": announced}, stream=httpx.ByteStream(b"abc"))

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
            await download(client, "https://1.1.1.1/a", tmp_path / "clip", max_bytes=100, own=None)

    with pytest.raises(DownloadFailed, match=message):
        asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


def test_private_address_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    async def main() -> list[Received]:
        async with peer(answer(200, b"secret")) as here:
            provider = RunwayProvider(api_key=KEY)
            with pytest.raises(DownloadRefused):
                await provider.download(f"{here.base_url}/secret", tmp_path / "clip", max_bytes=100)
            await provider.aclose()
            return here.received

    assert asyncio.run(main()) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")
def test_full_disk_passes_through(tmp_path: Path) -> None:
    full = tmp_path / "clip"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        _run(answer(200, BODY), full)
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there_passes_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _run(answer(200, b"abc"), tmp_path / "none" / "clip")


def test_cancelled_download_leaves_no_file(tmp_path: Path) -> None:
    half = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + BODY)

    async def hold(writer: asyncio.StreamWriter) -> None:
        await half(writer)
        await stay_silent(writer)

    async def main() -> None:
        async with peer(hold) as here, quick_client(Transport(), read_s=20) as client:
            arrived = asyncio.Event()

            async def on_progress(done: int, announced: int | None) -> None:
                arrived.set()

            own = loopback_origin(here.base_url)
            path = tmp_path / "clip"
            task = asyncio.create_task(
                download(client, here.base_url, path, max_bytes=LIMIT, own=own, on_progress=on_progress)
            )
            await asyncio.wait_for(arrived.wait(), 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


def test_a_wish_to_wait_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed) as caught:
        _run(answer(503, b"busy", **{"Retry-After": "120"}), tmp_path / "clip")
    assert caught.value.retry_after_s == 120.0
