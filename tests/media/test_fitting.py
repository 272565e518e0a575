"""A video that a model would refuse becomes one that it takes; the copies are probed as strangers' files are."""

import errno
from decimal import Decimal
from pathlib import Path

import pytest

from studio.media.errors import NotAVideo
from studio.media.fitting import fit_video
from studio.media.probe import probe_video
from studio.media.video_in import read_video
from tests.media.files import make_video
from tests.media.films import film, film_on_its_side


def test_too_many_frames_a_second_become_fewer(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", fps=60, seconds=2)

    changes = fit_video(path, tmp_path / "fitted.mp4", max_fps=30)

    facts = probe_video(tmp_path / "fitted.mp4")
    assert changes == ("Made 30 frames a second: it had 60.",)
    assert (facts.fps, facts.frame_count, facts.duration_s) == (Decimal("30.000"), 60, Decimal("2.000"))
    assert (facts.width, facts.height, facts.codec, facts.container) == (64, 36, "h264", "mp4")


def test_too_long_a_film_loses_its_end_and_its_sound_with_it(tmp_path: Path) -> None:
    path = make_video(tmp_path / "film.mp4", seconds=3, sound=True)

    changes = fit_video(path, tmp_path / "fitted.mp4", max_duration_s=2)

    facts = probe_video(tmp_path / "fitted.mp4")
    assert changes == ("Cut to its first 2 s: it had 3 s.",)
    assert (facts.duration_s, facts.frame_count, facts.has_sound) == (Decimal("2.000"), 48, True)


def test_too_large_a_film_becomes_smaller(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", size=(200, 112))

    changes = fit_video(path, tmp_path / "fitted.mp4", max_side=101)

    facts = probe_video(tmp_path / "fitted.mp4")
    assert changes == ("Made smaller: 200 × 112 px to 100 × 56 px.",)
    assert (facts.width, facts.height, facts.frame_count) == (100, 56, 24)


def test_a_film_on_its_side_is_set_upright(tmp_path: Path) -> None:
    path = film_on_its_side(tmp_path / "film.mp4")

    changes = fit_video(path, tmp_path / "fitted.mp4", max_fps=12)

    fitted = read_video(tmp_path / "fitted.mp4")
    assert changes == ("Made 12 frames a second: it had 24.",)
    assert (fitted.width, fitted.height, fitted.fps) == (36, 64, Decimal("12.000"))
    assert (probe_video(tmp_path / "fitted.mp4").width, read_video(path).width) == (36, 36)


@pytest.mark.parametrize(("codec", "container"), [("prores_ks", "mov"), ("libvpx-vp9", "webm")])
def test_other_codecs_become_h264(tmp_path: Path, codec: str, container: str) -> None:
    path = film(tmp_path / "film", codec=codec, container=container, fps=50, size=(128, 72))

    fit_video(path, tmp_path / "fitted.mp4", max_fps=25)

    facts = probe_video(tmp_path / "fitted.mp4")
    assert (facts.codec, facts.container, facts.fps) == ("h264", "mp4", Decimal("25.000"))


def test_what_fits_is_left_alone(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")

    changes = fit_video(path, tmp_path / "fitted.mp4", max_fps=30, max_duration_s=30, max_side=3840)

    assert changes == ()
    assert not (tmp_path / "fitted.mp4").exists()


def test_a_damaged_film_leaves_nothing_behind(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", fps=60, seconds=2, size=(320, 180))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    with pytest.raises(NotAVideo):
        fit_video(path, tmp_path / "fitted.mp4", max_fps=30)

    assert not (tmp_path / "fitted.mp4").exists()


def test_a_full_disk_is_not_the_film_s_fault(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", fps=60, size=(320, 180), seconds=2)
    target = tmp_path / "fitted.mp4"
    target.symlink_to("/dev/full")  # the failed copy is removed: its name, not the device

    with pytest.raises(OSError, match="No room") as caught:
        fit_video(path, target, max_fps=30)

    assert caught.value.errno == errno.ENOSPC
