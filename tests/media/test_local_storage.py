import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django.fixtures import Settings

from studio.media import store
from studio.media.errors import NotStored, StorageDown, StorageFull
from studio.media.storage import LocalStorage, media_origin

KEY = "clips/ab/one/0123.mp4"
LIMIT_BYTES = 64 * 1024
ROOT = Path(__file__).resolve().parents[2]

# Runs alone, since the limit holds for a whole process. A signal would end it at the limit; ignored, write() fails.
WRITE_BEYOND_LIMIT = f"""
import resource, signal, django
django.setup()
from django.core.files.storage import default_storage
from studio.media import store
from studio.media.errors import StorageFull
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT_BYTES}, {LIMIT_BYTES}))
try:
    store.put_bytes(bytes({LIMIT_BYTES} * 2), key="{KEY}", content_type="video/mp4")
except StorageFull as error:
    print(type(error.__cause__).__name__, error)
"""


@pytest.fixture
def folder(settings: Settings) -> Path:
    return Path(settings.MEDIA_ROOT)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_put_file_stores_it_whole_for_our_user_alone(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"clip" * 100_000)

    store.put_file(source, key=KEY, content_type="video/mp4")

    assert files_in(folder) == [KEY]
    assert (folder / KEY).read_bytes() == b"clip" * 100_000
    assert (folder / KEY).stat().st_mode & 0o777 == 0o600


def test_second_put_of_the_same_size_writes_nothing(folder: Path) -> None:
    store.put_bytes(b"first", key=KEY, content_type="video/mp4")
    before = (folder / KEY).stat()

    store.put_bytes(b"again", key=KEY, content_type="video/mp4")

    after = (folder / KEY).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (folder / KEY).read_bytes() == b"first"


def test_put_replaces_what_a_crash_left_half_written(folder: Path) -> None:
    (folder / KEY).parent.mkdir(parents=True)
    (folder / KEY).write_bytes(b"hal")

    store.put_bytes(b"whole", key=KEY, content_type="video/mp4")

    assert files_in(folder) == [KEY]
    assert store.read_bytes(KEY) == b"whole"


def test_copy_exists_and_delete(folder: Path, tmp_path: Path) -> None:
    store.put_bytes(b"bytes", key=KEY, content_type="video/mp4")

    store.copy_to(KEY, tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == b"bytes"
    assert store.exists(KEY, 5) is True
    assert store.exists(KEY, 4) is False
    store.delete(KEY)
    assert store.exists(KEY, 5) is False
    store.delete(KEY)
    assert files_in(folder) == []


def test_missing_key_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(NotStored):
        store.read_bytes("clips/ab/nothing")
    with pytest.raises(NotStored):
        store.copy_to("clips/ab/nothing", tmp_path / "copy")


def test_failed_write_leaves_nothing(folder: Path) -> None:
    class Breaks(ContentFile[bytes]):
        def chunks(self, chunk_size: int | None = None) -> None:  # type: ignore[override]  # it never gives one
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        default_storage.save(KEY, Breaks(b"content"))

    assert files_in(folder) == []


def test_leftovers_of_a_killed_writer_go_and_living_ones_stay(folder: Path) -> None:
    place = (folder / KEY).parent
    place.mkdir(parents=True)
    for name in ("dead", "living", "young"):
        (place / f".part-{name}").write_bytes(b"part")
    for name in ("dead", "living"):
        os.utime(place / f".part-{name}", (0, 0))

    with (place / ".part-living").open("rb") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        store.put_bytes(b"bytes", key=KEY, content_type="video/mp4")

    assert sorted(path.name for path in place.iterdir()) == [".part-living", ".part-young", "0123.mp4"]


def test_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """A real limit of the kernel on the size of a file stands for the full disk."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "studio.config.settings", "VAR_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", WRITE_BEYOND_LIMIT],
        env=environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.stdout, done.returncode) == (f"OSError No room for {KEY}: File too large.\n", 0), done.stderr
    assert files_in(tmp_path / "media") == []


def test_full_device_is_told(folder: Path, tmp_path: Path, settings: Settings) -> None:
    """/dev/full answers every write with ENOSPC."""
    store.put_bytes(b"bytes", key=KEY, content_type="video/mp4")

    with pytest.raises(StorageFull) as caught:
        store.copy_to(KEY, Path("/dev/full"))

    assert isinstance(caught.value.__cause__, OSError)
    assert str(caught.value) == f"No room for {KEY}: No space left on device."


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_full_mounted_disk_is_told_and_leaves_nothing(tmp_path: Path, settings: Settings) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a disk")
    try:
        use_folder(settings, disk)
        with pytest.raises(StorageFull) as caught:
            store.put_bytes(bytes(200_000), key=KEY, content_type="video/mp4")
        left = files_in(disk)
        advice = store.check_storage()
    finally:
        subprocess.run(["umount", disk], check=True)

    assert str(caught.value) == f"No room for {KEY}: No space left on device."
    assert left == []
    assert advice is None


def test_media_have_no_address() -> None:
    with pytest.raises(NotImplementedError, match="no public address"):
        default_storage.url(KEY)
    assert media_origin() is None


def test_keys_stay_in_the_folder(tmp_path: Path) -> None:
    storage = LocalStorage(location=tmp_path / "media")

    with pytest.raises(SuspiciousFileOperation):
        storage.save("../outside", ContentFile(b"bytes"))

    assert not (tmp_path / "outside").exists()


def test_check_storage_is_silent_when_all_is_well(folder: Path) -> None:
    assert store.check_storage() is None
    assert files_in(folder) == []


def test_check_storage_names_a_folder_that_is_a_file(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "occupied").write_text("a file")
    use_folder(settings, tmp_path / "occupied")

    advice = store.check_storage()

    assert advice == (
        f"The folder {tmp_path}/occupied does not work (NotADirectoryError). Look at the disk or the store."
    )
    with pytest.raises(StorageDown):
        store.put_bytes(b"bytes", key=KEY, content_type="video/mp4")


def use_folder(settings: Settings, folder: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "studio.media.storage.LocalStorage", "OPTIONS": {"location": folder}},
    }
