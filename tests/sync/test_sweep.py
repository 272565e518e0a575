"""The nothing-lost sweep of stored clips, with the real engine, the real simulator and real files."""

import asyncio
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from studio.credits.audit import differences
from studio.enums import State
from studio.generations import custody
from studio.generations.custody import missing_clips
from studio.media.errors import StorageDown
from studio.models import Clip, Generation, GenerationEvent, LedgerEntry
from studio.sync import stocktaking
from studio.sync import sweep as sweeping
from studio.sync.context import Bench
from studio.sync.restoring import Outcome, restore
from studio.sync.stocktaking import take_stock
from studio.sync.sweep import OTHER_STORAGE, SweepReport
from tests.factories import ClipFactory
from tests.stage import Stage
from tests.sync.sweeping import (
    DAY_S,
    HOUR_S,
    as_said,
    digest_of,
    file_of,
    forget_task,
    last_event,
    made,
    run_sweep,
    task_reads,
    with_bench,
)


def test_a_sweep_of_a_healthy_studio_changes_nothing(stage: Stage) -> None:
    clip = made(stage)
    before, events, reads = as_said(clip), GenerationEvent.objects.count(), task_reads(stage)

    report = run_sweep(stage)

    clip.refresh_from_db()
    assert report == SweepReport(looked_at=1)
    assert (clip.missing_since, clip.checked_at) == (None, stage.clock.now())
    assert as_said(clip) == before
    assert (GenerationEvent.objects.count(), task_reads(stage)) == (events, reads)


def test_a_deleted_file_comes_back_byte_for_byte(stage: Stage) -> None:
    clip = made(stage)
    before, entries, seq = as_said(clip), LedgerEntry.objects.count(), last_event(clip).seq
    file_of(clip.key).unlink()

    report = run_sweep(stage, after_s=HOUR_S)

    clip.refresh_from_db()
    assert (report.missing, report.restored, report.gone, report.trouble) == (1, 1, 0, "")
    assert digest_of(clip.key) == clip.sha256
    assert clip.missing_since is None
    assert as_said(clip) == before
    assert LedgerEntry.objects.count() == entries
    told = list(GenerationEvent.objects.filter(seq__gt=seq).order_by("seq"))
    assert [event.detail["file"] for event in told] == ["missing", "restored"]
    assert {event.state for event in told} == {State.READY}
    assert list(differences()) == []


def test_a_file_of_another_size_is_put_right(stage: Stage) -> None:
    clip = made(stage)
    with file_of(clip.key).open("r+b") as file:
        file.truncate(100)

    report = run_sweep(stage, after_s=HOUR_S)

    events = list(
        GenerationEvent.objects.filter(generation=clip.generation).order_by("-pk").values_list("detail", flat=True)[:2]
    )
    assert (report.missing, report.restored) == (1, 1)
    assert digest_of(clip.key) == clip.sha256
    assert [detail.get("stored_bytes") for detail in events] == [None, 100]


def test_what_the_provider_does_not_know_stays_missing_and_is_said(stage: Stage) -> None:
    clip = made(stage)
    before, entries = as_said(clip), LedgerEntry.objects.count()
    file_of(clip.key).unlink()
    forget_task(stage, clip)

    report = run_sweep(stage, after_s=HOUR_S)

    clip.refresh_from_db()
    assert (report.missing, report.restored, report.gone) == (1, 0, 1)
    assert clip.missing_since == clip.checked_at == stage.clock.now()
    assert list(missing_clips()) == [clip]
    assert last_event(clip).detail == {"file": "missing", "stored_bytes": None}
    assert as_said(clip) == before
    assert clip.generation.state == State.READY
    assert LedgerEntry.objects.count() == entries
    assert list(differences()) == []


def test_what_the_provider_has_lost_is_asked_for_more_and_more_seldom(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()
    forget_task(stage, clip)
    start = task_reads(stage)

    run_sweep(stage)
    run_sweep(stage, after_s=60)
    at_once = task_reads(stage) - start
    for _ in range(23):
        run_sweep(stage, after_s=HOUR_S)
    first_day = task_reads(stage) - start
    for _ in range(3 * 24):
        run_sweep(stage, after_s=HOUR_S)
    later = task_reads(stage) - start - first_day

    clip.refresh_from_db()
    assert at_once == 1
    assert first_day == 24
    assert later in {3, 4}
    assert GenerationEvent.objects.filter(generation=clip.generation, detail__file="missing").count() == 1
    assert clip.missing_since is not None


def test_a_file_that_was_put_back_by_hand_is_seen(stage: Stage) -> None:
    clip = made(stage)
    content = file_of(clip.key).read_bytes()
    file_of(clip.key).unlink()
    forget_task(stage, clip)
    run_sweep(stage)

    file_of(clip.key).write_bytes(content)
    report = run_sweep(stage, after_s=HOUR_S)

    clip.refresh_from_db()
    assert (report.back, report.missing, report.gone) == (1, 0, 0)
    assert clip.missing_since is None
    assert last_event(clip).detail == {"file": "restored"}


def test_a_failed_task_is_gone(stage: Stage) -> None:
    clip, other = made(stage), stage.launch(prompt="[[internal]] A paper boat")
    stage.run_until_final(other)
    file_of(clip.key).unlink()
    taken, failed = clip.generation.provider_task_id, other.provider_task_id
    tasks = stage.remote.tasks
    tasks[taken or ""] = tasks[failed or ""]

    report = run_sweep(stage, after_s=HOUR_S)

    assert other.state == State.FAILED
    assert (report.gone, report.restored) == (1, 0)


def test_other_bytes_of_the_same_task_are_kept_beside_and_both_checksums_are_written_down(stage: Stage) -> None:
    clip, other = made(stage), made(stage, prompt="A stone bridge", seed=8)
    old_key, old_sha256, events = clip.key, clip.sha256, clip.generation.events.count()
    file_of(old_key).unlink()
    tasks = stage.remote.tasks
    tasks[clip.generation.provider_task_id or ""] = tasks[other.generation.provider_task_id or ""]

    report = run_sweep(stage, after_s=HOUR_S)

    clip.refresh_from_db()
    assert (report.replaced, report.restored, report.missing) == (1, 0, 1)
    assert clip.sha256 == other.sha256 == digest_of(clip.key)
    assert clip.key != old_key
    assert str(clip.generation.public_id) in clip.key
    assert (clip.size_bytes, clip.missing_since) == (file_of(clip.key).stat().st_size, None)
    assert not file_of(old_key).exists()
    assert last_event(clip).detail == {
        "file": "replaced",
        "sha256_before": old_sha256, "sha256_after": other.sha256,
        "key_before": old_key, "key_after": clip.key,
    }  # fmt: skip
    assert clip.generation.events.count() == events + 2
    assert file_of(clip.poster_key).stat().st_size == clip.poster_size_bytes


def test_a_missing_poster_is_made_anew_from_the_clip(stage: Stage) -> None:
    clip = made(stage)
    poster = file_of(clip.poster_key).read_bytes()
    file_of(clip.poster_key).unlink()
    reads = task_reads(stage)

    report = run_sweep(stage, after_s=HOUR_S)

    clip.refresh_from_db()
    assert (report.posters, report.missing, task_reads(stage)) == (1, 0, reads)
    assert file_of(clip.poster_key).read_bytes() == poster
    assert last_event(clip).detail == {"file": "poster"}
    assert run_sweep(stage, after_s=HOUR_S).posters == 0


def test_clip_and_poster_come_back_together(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()
    file_of(clip.poster_key).unlink()

    run_sweep(stage, after_s=HOUR_S)

    clip.refresh_from_db()
    assert digest_of(clip.key) == clip.sha256
    assert file_of(clip.poster_key).stat().st_size == clip.poster_size_bytes


def test_a_clip_of_which_no_poster_can_be_made_goes_without(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.poster_key).unlink()
    file_of(clip.key).write_bytes(bytes(clip.size_bytes))

    run_sweep(stage)

    clip.refresh_from_db()
    assert (clip.poster_key, clip.poster_size_bytes) == ("", 0)
    assert run_sweep(stage, after_s=HOUR_S).posters == 0


def test_a_storage_that_does_not_answer_marks_nothing(stage: Stage, settings: Settings, tmp_path: Path) -> None:
    clip = made(stage)
    (tmp_path / "no-folder").write_text("a file")
    place = {"BACKEND": "studio.media.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "no-folder" / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": place}

    report = run_sweep(stage)

    clip.refresh_from_db()
    assert "does not work (NotADirectoryError)" in report.trouble
    assert (report.missing, report.looked_at) == (0, 0)
    assert (clip.missing_since, clip.checked_at) == (None, None)


def test_a_storage_that_goes_away_before_the_direct_look_marks_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(key: str) -> None:
        raise StorageDown("no answer")

    clip = made(stage)
    file_of(clip.key).unlink()
    monkeypatch.setattr(sweeping, "find_object", away)

    report = run_sweep(stage)

    clip.refresh_from_db()
    assert report.trouble
    assert (report.missing, clip.missing_since) == (0, None)


def test_a_listing_that_has_missed_a_clip_marks_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = made(stage)
    monkeypatch.setattr(stocktaking, "stored_pages", lambda prefix: iter([]))

    report = run_sweep(stage)

    clip.refresh_from_db()
    assert (report.missing, report.posters, report.trouble) == (0, 0, "")
    assert clip.missing_since is None


def test_an_empty_folder_in_place_of_a_disk_marks_nothing_until_it_is_trusted(stage: Stage) -> None:
    clip = made(stage)
    others = ClipFactory.create_batch(30, generation__project=stage.project, generation__prompt=clip.generation.prompt)
    file_of(clip.key).unlink()

    refused = run_sweep(stage)
    marked = missing_clips().count()
    trusted = run_sweep(stage, trust_storage=True)

    assert (refused.trouble, refused.missing, marked) == (OTHER_STORAGE, 0, 0)
    assert (trusted.missing, trusted.restored, trusted.gone) == (31, 1, 30)
    assert missing_clips().count() == len(others)


def test_a_provider_that_is_down_is_asked_once_and_again_next_time(stage: Stage) -> None:
    clips = [made(stage), made(stage)]
    for clip in clips:
        file_of(clip.key).unlink()
    stage.is_down = True

    first = run_sweep(stage, after_s=HOUR_S)
    asked = list(Clip.objects.values_list("checked_at", flat=True))
    stage.is_down = False
    second = run_sweep(stage, after_s=60)

    assert (first.missing, first.restored, first.gone) == (2, 0, 0)
    assert asked == [None, None]
    assert second.restored == 2
    assert all(digest_of(clip.key) == clip.sha256 for clip in clips)


def test_a_clip_of_another_provider_is_not_asked_for(stage: Stage) -> None:
    clip = made(stage)
    Generation.objects.filter(pk=clip.generation_id).update(provider="runway")
    file_of(clip.key).unlink()
    reads = task_reads(stage)

    report = run_sweep(stage)

    assert (report.gone, task_reads(stage)) == (1, reads)


def test_only_one_of_two_engines_asks_for_a_clip(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()
    custody.mark_missing(clip.pk, key=clip.key, checked_at=None, stored_bytes=None, now=stage.clock.now())
    reads = task_reads(stage)

    first = custody.take_on(clip.pk, now=stage.clock.now())
    outcome = with_bench(stage, lambda bench: restore(bench, clip.pk))

    assert first == clip
    assert outcome is Outcome.TAKEN
    assert task_reads(stage) == reads


def test_an_engine_that_stops_in_the_middle_leaves_the_clip_to_the_next_sweep(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()

    async def is_cut_off(bench: Bench) -> None:
        fetching = asyncio.Event()

        async def hangs(task_id: str) -> None:
            fetching.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(bench.provider, "fetch", hangs)
        sweeps = sweeping.Sweeps(bench)
        sweeps.start_if_due()
        await asyncio.wait_for(fetching.wait(), 20)
        await sweeps.stop()

    with_bench(stage, is_cut_off)
    report = run_sweep(stage, after_s=1)

    assert (report.missing, report.restored) == (0, 1)
    assert digest_of(clip.key) == clip.sha256


def test_two_sweeps_at_once_restore_each_clip_once(stage: Stage) -> None:
    clips = [made(stage, seed=seed) for seed in (1, 2, 3)]
    for clip in clips:
        file_of(clip.key).unlink()
    file_of(clips[0].poster_key).unlink()
    downloads = _downloads(stage)

    async def both(bench: Bench) -> tuple[SweepReport, SweepReport]:
        return await asyncio.gather(sweeping.sweep(bench), sweeping.sweep(bench))

    reports = with_bench(stage, both)

    assert sum(report.missing for report in reports) == 3
    assert sum(report.restored for report in reports) == 3
    assert _downloads(stage) - downloads == 3
    assert all(digest_of(clip.key) == clip.sha256 for clip in clips)
    assert missing_clips().count() == 0
    told = GenerationEvent.objects.filter(detail__file__in=["missing", "restored"]).count()
    assert told == 6
    assert list(differences()) == []


def test_a_look_that_is_older_than_the_return_of_a_clip_marks_nothing(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()
    downloads = _downloads(stage)

    async def slow(bench: Bench) -> int:
        lost = await sweeping._confirmed((await take_stock(bench)).lost)
        await sweeping.sweep(bench)  # another engine's, meanwhile
        assert [shelf.pk for shelf, _ in lost] == [clip.pk]
        return await sweeping._mark(bench, lost)

    assert with_bench(stage, slow) == 0
    assert (missing_clips().count(), _downloads(stage) - downloads) == (0, 1)


def _downloads(stage: Stage) -> int:
    return len([record for record in stage.remote.requests if record.path.startswith("/outputs/")])


def test_a_mark_that_comes_late_does_nothing(stage: Stage) -> None:
    clip, now = made(stage), stage.clock.now()

    assert custody.mark_found(clip.pk, key=clip.key, now=now) is False
    assert custody.mark_missing(clip.pk, key="clips/other.mp4", checked_at=None, stored_bytes=None, now=now) is False
    assert custody.mark_missing(clip.pk, key=clip.key, checked_at=None, stored_bytes=None, now=now) is True
    assert custody.mark_missing(clip.pk, key=clip.key, checked_at=None, stored_bytes=None, now=now) is False


def test_what_is_there_is_written_down_once_a_day(stage: Stage) -> None:
    clip = made(stage)
    run_sweep(stage)
    first = stage.clock.now()

    run_sweep(stage, after_s=HOUR_S)
    clip.refresh_from_db()
    early = clip.checked_at
    run_sweep(stage, after_s=DAY_S)
    clip.refresh_from_db()

    assert (early, clip.checked_at) == (first, stage.clock.now())


def test_many_clips_are_walked_in_batches(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stocktaking, "ROWS_AT_A_TIME", 2)
    clips = [made(stage, seed=seed) for seed in range(5)]
    file_of(clips[4].key).unlink()

    report = run_sweep(stage)

    assert (report.looked_at, report.missing, report.restored) == (5, 1, 1)
