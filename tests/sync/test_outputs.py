"""What comes out of each way is stored as it came, and can be seen: through the engine, from the real simulator."""

import asyncio
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from PIL import Image

from studio.credits.audit import differences
from studio.enums import State, StatusCode, WayKind
from studio.generations import transitions
from studio.generations.orphans import take_holdings
from studio.media.errors import NotAVideo, StorageDown
from studio.media.probe import probe_video
from studio.media.proxy import needs_proxy
from studio.media.store import put_file
from studio.models import Clip, ClipFile, Generation
from studio.providers.base import Download
from studio.providers.errors import DownloadRefused
from studio.providers.runway.client import RunwayProvider
from studio.sync import outputs
from tests.media.outputs import loudness, make_film
from tests.stage import Stage
from tests.sync.delivering import (
    EDIT,
    SHOT,
    STILL,
    delivered,
    made_there,
    ordered,
    path_of,
    small_film,
    stored_sums,
    sums,
)
from tests.sync.sweeping import file_of, made, run_sweep

HDR = {"model": "ruby"}
SOUND = {"model": "mirelo_sfx_2_0", "promptText": "Waves", "duration": 2}


def is_whole(clip: Clip) -> bool:
    """The row tells the truth about what is stored and shown."""
    found = probe_video(path_of(clip.key))
    return not needs_proxy(found) and sums([path_of(clip.key).read_bytes()]) == [clip.sha256]


def test_a_plain_clip_is_one_file(stage: Stage) -> None:
    clip = made(stage)

    assert (clip.kind, clip.content_type, clip.files.count()) == ("video", "video/mp4", 0)
    assert sums(made_there(stage, clip)) == [clip.sha256]


@pytest.mark.parametrize(
    ("name", "label", "ending"),
    [
        ("prores", "ProRes 4444", "mov"),
        ("png_sequence", "PNG sequence, 48 frames", "zip"),
        ("sdr_rec709_10bit", "MP4, HEVC, 10 bit", "mp4"),
        ("hdr10", "MP4, HEVC, 10 bit, HDR (PQ)", "mp4"),
        ("hdr_pq_12bit_master", "MOV, HEVC, 12 bit, HDR (PQ)", "mov"),
    ],
)
def test_formats_that_no_browser_plays_are_kept_and_shown_by_a_preview(
    stage: Stage, name: str, label: str, ending: str
) -> None:
    clip = delivered(stage, SHOT | {"outputFormat": name}, way=WayKind.TEXT)

    [file] = clip.files.all()
    assert stored_sums(clip) == sums(made_there(stage, clip)) == [file.sha256]
    assert (file.order, file.label, file.key.rpartition(".")[2]) == (0, label, ending)
    assert is_whole(clip)
    assert (clip.kind, clip.content_type) == ("video", "video/mp4")
    assert (clip.width, clip.height, clip.duration_ms, clip.fps) == (1280, 720, 2000, Decimal(24))
    assert path_of(clip.poster_key).stat().st_size == clip.poster_size_bytes > 0


@pytest.mark.parametrize("name", ["hlg", "hdr_prores", "hdr_exr_sequence"])
def test_hdr_is_kept_and_shown_with_its_sound(stage: Stage, name: str) -> None:
    source = small_film(stage)

    clip = delivered(stage, HDR | {"outputFormat": name}, way=WayKind.HDR, source=source)

    shown = probe_video(path_of(clip.key))
    assert stored_sums(clip) == sums(made_there(stage, clip))
    assert is_whole(clip)
    assert (shown.has_sound, clip.has_sound, clip.fps) == (True, True, Decimal(24))
    assert (clip.width, clip.height) == (320, 180)
    assert clip.duration_ms == pytest.approx(2000, abs=60)


def test_several_images_are_an_image_clip_with_all_of_them(stage: Stage) -> None:
    body = {"model": "gpt_image_2", "promptText": "A lighthouse", "ratio": "1920:1920", "outputCount": 3}

    clip = delivered(stage, body, way=WayKind.STILL)

    files = list(clip.files.all())
    there = sums(made_there(stage, clip))
    assert clip.kind == "image"
    assert [clip.sha256, *stored_sums(clip)] == list(dict.fromkeys(there))
    assert [file.order for file in files] == list(range(1, len(files) + 1))
    assert (clip.duration_ms, clip.fps, clip.has_sound) == (0, Decimal(0), False)
    assert path_of(clip.poster_key).exists()


def test_a_further_output_that_never_comes_does_not_hold_up_the_others_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"model": "gpt_image_2", "promptText": "A lighthouse", "ratio": "1920:1920", "outputCount": 3}
    fetch = RunwayProvider.download

    async def all_but_the_second(self: RunwayProvider, url: str, path: Path, **how: Any) -> Download:
        if path.name == "clip-1":
            raise DownloadRefused("larger than the limit")
        return await fetch(self, url, path, **how)

    monkeypatch.setattr(RunwayProvider, "download", all_but_the_second)
    generation = ordered(stage, body, way=WayKind.STILL)
    for _ in range(3):
        stage.run_pass(after_s=600)
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.STORING, StatusCode.DOWNLOAD_INTERRUPTED)

    clip = stage.run_until_final(generation, step_s=600).clip

    first, _, third = sums(made_there(stage, clip))
    assert [clip.sha256, *stored_sums(clip)] == [first, third]
    assert [file.order for file in clip.files.all()] == [2]
    assert list(differences()) == []


def test_of_several_outputs_that_are_not_what_was_asked_for_all_are_kept(stage: Stage) -> None:
    body = {"model": "gpt_image_2", "promptText": "A lighthouse", "ratio": "1920:1920", "outputCount": 3}
    generation = ordered(stage, body, way=WayKind.STILL)
    Generation.objects.filter(pk=generation.pk).update(way=WayKind.TEXT)

    stage.run_until_final(generation, step_s=600)

    generation.refresh_from_db()
    task = stage.remote.tasks[generation.provider_task_id or ""]
    there = sums([stage.remote.output_file(task, number=number).result() for number in range(3)])
    kept = [path for path in stage.stored_files() if str(path).startswith("rejected/")]
    assert generation.status_code == StatusCode.NOT_A_VIDEO
    assert sorted(sums([path_of(str(path)).read_bytes() for path in kept])) == sorted(there)
    assert take_holdings().orphans == []


def test_one_image_is_shown_as_it_is(stage: Stage) -> None:
    clip = delivered(stage, STILL, way=WayKind.STILL)

    with Image.open(path_of(clip.key)) as image:
        assert image.size == (clip.width, clip.height)
    assert (clip.kind, clip.files.count(), sums(made_there(stage, clip))) == ("image", 0, [clip.sha256])


@pytest.mark.parametrize(("kind", "count"), [("mp3", 1), ("wav", 2), ("flac", 1)])
def test_a_silent_clip_plays_with_its_new_sound(stage: Stage, kind: str, count: int) -> None:
    source = made(stage)

    clip = delivered(stage, SOUND | {"format": kind, "numVariants": count}, way=WayKind.SOUND, source=source)

    shown = probe_video(path_of(clip.key))
    assert not source.has_sound
    assert stored_sums(clip) == sums(made_there(stage, clip))
    assert clip.files.count() == count
    assert is_whole(clip)
    assert (clip.kind, clip.has_sound, shown.sound_codec) == ("video", True, "aac")
    assert (clip.width, clip.height, clip.duration_ms) == (source.width, source.height, source.duration_ms)
    assert max(loudness(path_of(clip.key))) > 300


def test_a_sound_whose_film_is_gone_is_kept_as_a_sound(stage: Stage) -> None:
    source = made(stage)
    generation = ordered(stage, SOUND | {"format": "wav"}, way=WayKind.SOUND, source=source)
    file_of(source.key).unlink()

    clip = stage.run_until_final(generation, step_s=60).clip

    assert (clip.kind, clip.content_type, clip.files.count()) == ("audio", "audio/wav", 0)
    assert (clip.width, clip.height, clip.poster_key) == (0, 0, "")
    assert sums(made_there(stage, clip)) == [clip.sha256]


def test_an_image_in_place_of_a_film_is_refused_after_three_tries(stage: Stage) -> None:
    generation = ordered(stage, STILL, way=WayKind.STILL)
    Generation.objects.filter(pk=generation.pk).update(way=WayKind.TEXT)

    stage.run_until_final(generation, step_s=600)

    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.NOT_A_VIDEO)
    assert list(differences()) == []


def test_an_original_that_cannot_be_shown_is_kept_all_the_same(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise NotAVideo("no encoder")

    monkeypatch.setattr(outputs, "proxy_of_sequence", broken)

    clip = delivered(stage, SHOT | {"outputFormat": "png_sequence"}, way=WayKind.TEXT)

    assert (clip.content_type, clip.poster_key, clip.files.count()) == ("application/zip", "", 0)
    assert (clip.kind, clip.width, clip.height, clip.duration_ms) == ("video", 1280, 720, 2000)
    assert sums([path_of(clip.key).read_bytes()]) == sums(made_there(stage, clip)) == [clip.sha256]


@pytest.mark.parametrize("dies_after", [1, 2, 3])
def test_a_crash_anywhere_loses_nothing_and_stores_nothing_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, dies_after: int
) -> None:
    """At the first put, at the second, and before the last commit."""
    real, puts = transitions.finish, []

    def put(path: Path, **options: Any) -> None:
        puts.append(path)
        if len(puts) == dies_after:
            raise StorageDown("no answer")
        put_file(path, **options)

    def dies(*args: object, **kwargs: object) -> bool:
        raise RuntimeError("killed")

    monkeypatch.setattr(outputs, "put_file", put)
    if dies_after == 3:
        monkeypatch.setattr(transitions, "finish", dies)
    generation = ordered(stage, EDIT | {"outputFormat": "prores"}, way=WayKind.VIDEO, source=small_film(stage))
    for _ in range(3):
        stage.run_pass(after_s=60)
    generation.refresh_from_db()
    assert generation.state == State.STORING or dies_after < 3
    monkeypatch.setattr(transitions, "finish", real)

    clip = stage.run_until_final(generation, step_s=600).clip

    assert stored_sums(clip) == sums(made_there(stage, clip))
    assert is_whole(clip)
    stored = {str(path) for path in stage.stored_files() if not str(path).startswith("references/")}
    assert stored == {clip.key, clip.poster_key, clip.files.get().key}
    assert list(differences()) == []


def test_originals_are_no_orphans(stage: Stage) -> None:
    _prores(stage)

    found = take_holdings()

    assert (found.orphans, found.strange_count, found.object_count) == ([], 0, 4)


def test_an_original_that_is_gone_is_found_and_fetched_anew(stage: Stage) -> None:
    clip = _prores(stage)
    file = clip.files.get()
    assert run_sweep(stage).missing == 0
    file_of(file.key).unlink()

    report = run_sweep(stage, after_s=3600)

    file.refresh_from_db()
    assert (report.missing, report.restored, file.missing_since) == (1, 1, None)
    assert stored_sums(clip) == sums(made_there(stage, clip))


def test_an_original_that_the_provider_has_no_more_is_marked(stage: Stage) -> None:
    clip = _prores(stage)
    file = clip.files.get()
    content = file_of(file.key).read_bytes()
    file_of(file.key).unlink()
    del stage.remote.tasks[clip.generation.provider_task_id or ""]

    report = run_sweep(stage, after_s=3600)
    assert (report.missing, report.gone, ClipFile.objects.get().missing_since is not None) == (1, 1, True)

    file_of(file.key).write_bytes(content)
    report = run_sweep(stage, after_s=3600)
    assert (report.back, ClipFile.objects.get().missing_since) == (1, None)


def test_a_preview_that_is_gone_is_made_anew_of_its_original(stage: Stage) -> None:
    clip = _prores(stage)
    file_of(clip.key).unlink()
    downloads = _downloads(stage)

    report = run_sweep(stage, after_s=3600)

    assert (report.missing, report.restored) == (1, 1)
    assert is_whole(Clip.objects.get(pk=clip.pk))
    assert _downloads(stage) == downloads


def _prores(stage: Stage) -> Clip:
    return delivered(stage, EDIT | {"outputFormat": "prores"}, way=WayKind.VIDEO, source=small_film(stage))


def _downloads(stage: Stage) -> int:
    return len([record for record in stage.remote.requests if "/outputs/" in record.path])


def test_an_engine_that_stops_does_not_wait_for_a_preview(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The thread is told, and ends at its next frame."""
    begun, ended = threading.Event(), threading.Event()

    def endless(*_: object, stop: threading.Event, **__: object) -> None:
        begun.set()
        if stop.wait(20):
            ended.set()

    monkeypatch.setattr(outputs, "make_proxy", endless)
    path = make_film(tmp_path / "film", codec="libvpx-vp9", pixels="yuv420p", container="webm")
    output = outputs.examine([Download(path, path.stat().st_size, "0" * 64)], way=WayKind.TEXT)[0]

    generation = stage.launch()

    async def cancelled() -> None:
        work = asyncio.create_task(outputs.shown_of(generation, output, tmp_path))
        await asyncio.to_thread(begun.wait, 20)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    async_to_sync(cancelled)()

    assert ended.wait(20)
