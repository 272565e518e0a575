"""Files that want to fill the disk, keep a decoder busy, or put numbers into the database that do not fit."""

import threading
import time
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser
from django.test import override_settings

from accounts.models import User
from studio.config.uploads import UNKNOWN_KEPT_BYTES, BoundedUploadHandler
from studio.media import ingest, preview, probe
from studio.media.errors import NotAVideo
from studio.media.headers import requested_range
from studio.media.probe import probe_video
from studio.sync.engine import _sweep_temp
from tests.media.files import image_bytes, make_video

JPEG_HEAD, MP4_HEAD = b"\xff\xd8\xff\xe0", b"\x00\x00\x00\x18ftypisom"
SMALL_LIMITS = override_settings(UPLOAD_MAX_IMAGE_BYTES=10_000, UPLOAD_MAX_BYTES=100_000)


def _received(*contents: bytes, user: User | AnonymousUser | None = None) -> list[tuple[int, int]]:
    """(size that is told, bytes that are kept) of each file of one form."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="f{number}"; filename="a.png"\r\n\r\n'.encode() + content
        for number, content in enumerate(contents)
    ]
    body = b"\r\n".join([*parts, b"--x--\r\n"])
    head = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(len(body))}
    request = HttpRequest()
    request.user = user or User()
    _, files = MultiPartParser(head, BytesIO(body), [BoundedUploadHandler(request)]).parse()
    found = []
    for name in sorted(files):
        with files[name] as file:  # type: ignore[union-attr]  # one file a name
            found.append((file.size, len(file.read())))
    return found


@SMALL_LIMITS
def test_a_large_upload_tells_its_size_and_is_not_stored() -> None:
    assert _received(MP4_HEAD.ljust(1_000_000, b"y")) == [(1_000_000, 100_001)]


@SMALL_LIMITS
def test_an_image_has_less_room_than_a_video() -> None:
    assert _received(JPEG_HEAD.ljust(1_000_000, b"y")) == [(1_000_000, 10_001)]


@SMALL_LIMITS
def test_of_an_unknown_file_only_its_beginning_is_kept() -> None:
    assert _received(b"y" * 1_000_000) == [(1_000_000, UNKNOWN_KEPT_BYTES)]


@SMALL_LIMITS
def test_many_large_files_share_the_room_of_two() -> None:
    large = MP4_HEAD.ljust(1_000_000, b"y")

    assert [kept for _, kept in _received(large, large, large)] == [100_001, 100_001, 0]


@SMALL_LIMITS
def test_two_good_files_arrive_whole() -> None:
    files = (MP4_HEAD.ljust(100_000, b"y"), JPEG_HEAD.ljust(9_999, b"y"))

    assert _received(*files) == [(100_000, 100_000), (9_999, 9_999)]


@SMALL_LIMITS
def test_nothing_of_a_stranger_is_stored() -> None:
    assert _received(MP4_HEAD.ljust(50_000, b"y"), user=AnonymousUser()) == [(50_000, 0)]


def test_a_frame_rate_that_no_table_holds_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=90_000, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for index in range(240):
            frame = av.VideoFrame(64, 36, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 90_000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))

    assert probe_video(path).fps == 1000


def test_a_decoder_that_takes_too_long_is_no_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "clip.mp4")
    monkeypatch.setattr(probe, "MOST_DECODING_S", -1)

    with pytest.raises(NotAVideo, match="too long"):
        probe_video(path)


def test_a_frame_beyond_reason_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "clip.mp4")
    monkeypatch.setattr(probe, "MOST_FRAME_PIXELS", 64 * 36 - 1)

    with pytest.raises(NotAVideo, match="beyond reason"):
        probe_video(path)


def test_frames_without_times_are_damage_and_not_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def timeless(*args: object) -> None:
        raise TypeError("'>' not supported between instances of 'NoneType' and 'float'")

    path = make_video(tmp_path / "clip.mp4")
    monkeypatch.setattr(probe, "_prove_end", timeless)

    with pytest.raises(NotAVideo, match="TypeError"):
        probe_video(path)


@pytest.mark.parametrize(
    "header", ["bytes=" + " " * 60_000 + "x", "bytes=1-" + " " * 60_000 + "x", "bytes=" + "0-1," * 20_000]
)
def test_a_long_range_is_judged_at_once(header: str) -> None:
    begun = time.process_time()

    assert requested_range(header, size_bytes=100) is None
    assert time.process_time() - begun < 1, "the pattern goes back and forth"


@pytest.mark.parametrize(
    "header", ["bytes=\u0660-\u0669", "bytes=-" + "9" * 19, "bytes=5-3", "bytes=0-0,1-1", "lines=0-1"]
)
def test_odd_ranges_count_as_the_whole(header: str) -> None:
    assert requested_range(header, size_bytes=100) is None


def test_a_folder_that_vanishes_while_it_is_swept_stops_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "iterdir", lambda self: iter([tmp_path / "clip-gone"]))

    _sweep_temp(tmp_path)


def test_large_images_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    together: list[int] = []

    class Counting:
        """The lock, which tells how many hold it."""

        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.holders = 0

        def __enter__(self) -> None:
            self.lock.acquire()
            self.holders += 1
            together.append(self.holders)

        def __exit__(self, *_: object) -> None:
            self.holders -= 1
            self.lock.release()

    counting = Counting()
    monkeypatch.setattr(ingest, "LARGE_IMAGES", counting)
    monkeypatch.setattr(preview, "LARGE_IMAGES", counting)
    content = image_bytes(size=(800, 600))

    def add() -> None:
        preview.make_thumb(ingest.read_image(ContentFile(content, "a.png")).content)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert together == [1] * 8
