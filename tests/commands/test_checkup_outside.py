"""Each thing that can be wrong with the tools, the provider and the engine."""

import socket
from datetime import timedelta
from typing import Any

import av
import pytest
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from studio.enums import State, StatusCode
from studio.management.checkup import Level, engine, provider, rows, video
from studio.management.checkup.findings import Verdict
from tests.commands.conftest import Beat, MakeRemote
from tests.factories import GenerationFactory

# Video and images


def test_a_missing_encoder_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "SIMULATOR_NEEDS", "no_such_encoder")

    verdict = video.check_video()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith("H.264 and AAC cannot be written and read (UnknownCodecError). Install")


def test_pictures_that_do_not_come_back_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "_decoded", lambda content: (0, 1))

    assert video.check_video().text.startswith("H.264 and AAC come back with 0 pictures and 1 pieces of sound.")


def test_the_video_tools_of_this_machine_pass() -> None:
    assert video.check_video() == Verdict(Level.OK, f"PyAV {av.__version__} writes and reads H.264 and AAC.")


def test_a_pillow_without_webp_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*args: Any, **options: Any) -> None:
        raise KeyError("WEBP")

    monkeypatch.setattr(Image.Image, "save", refuses)

    assert video.check_images().text.startswith("WebP cannot be written and read (KeyError). Install")


# The provider


@pytest.mark.django_db
def test_a_missing_key_fails(settings: Settings) -> None:
    settings.RUNWAYML_API_SECRET = ""

    verdict = provider.check_provider()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith("RUNWAYML_API_SECRET is not set: nothing can be generated.")


def test_a_base_url_in_the_clear_fails_before_the_key_is_sent(settings: Settings) -> None:
    settings.RUNWAYML_BASE_URL = "http://api.example.com"

    verdict = provider.check_provider()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith("RUNWAYML_BASE_URL is not https")


def test_a_refused_key_fails(make_remote: MakeRemote, settings: Settings) -> None:
    make_remote()
    settings.RUNWAYML_API_SECRET = "key_wrong"

    verdict = provider.check_provider()

    assert verdict.level == Level.FAIL
    assert verdict.text == (
        "Simulator at http://127.0.0.1:9100 refuses the key. "
        "Set RUNWAYML_API_SECRET to one that is valid; takes wait until then."
    )


def test_a_simulator_that_is_not_there_fails_and_is_told_how_to_start(settings: Settings) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings.RUNWAYML_BASE_URL = f"http://127.0.0.1:{held.getsockname()[1]}"

        verdict = provider.check_provider()

    assert verdict.level == Level.FAIL
    assert verdict.text.endswith("does not answer. Start it: python manage.py simulate_runway.")


def test_credits_and_limits_are_shown(make_remote: MakeRemote) -> None:
    make_remote(credits=12_345, max_concurrent=2, max_daily=50)

    verdict = provider.check_provider()

    assert verdict.level == Level.OK
    assert "takes the key: 12,345 credits; " in verdict.text
    assert "gen4.5: 2 at a time, 0 of 50 today" in verdict.text
    assert "gen3a_turbo" not in verdict.text  # retired: nobody can use its limit


def test_our_own_limits_stand_beside_the_providers_and_the_lower_one_binds(
    make_remote: MakeRemote, settings: Settings
) -> None:
    make_remote(max_concurrent=5, max_daily=50)
    settings.PROVIDER_MAX_CONCURRENT = {"": 9, "veo3.1": 2}
    settings.PROVIDER_MAX_DAILY = {"gen4.5": 50}

    verdict = provider.check_provider()

    assert "veo3.1: 5 at a time (our own limit is 2: ours binds), 0 of 50 today" in verdict.text
    assert (
        "gen4.5: 5 at a time (our own limit is 9: the provider's binds), "
        "0 of 50 today (our own limit is 50: the provider's binds)"
    ) in verdict.text


def test_an_empty_account_is_a_warning(make_remote: MakeRemote) -> None:
    make_remote(credits=0)

    verdict = provider.check_provider()

    assert verdict.level == Level.WARN
    assert verdict.text.endswith("Buy credits there: takes will be refused.")


def test_runway_on_ones_own_machine_is_a_warning(make_remote: MakeRemote, settings: Settings) -> None:
    make_remote()
    settings.VIDEO_PROVIDER = "runway"

    verdict = provider.check_provider()

    assert verdict.level == Level.WARN
    assert verdict.text.endswith("That is this machine, not Runway: unset RUNWAYML_BASE_URL to make real clips.")


# The engine


def test_no_engine_ever_fails(db: None) -> None:
    assert engine.check_engine() == Verdict(
        Level.FAIL,
        "No engine has run yet: takes are not carried out. Start it: python manage.py sync_generations.",
    )


def test_a_silent_engine_fails(beat: Beat) -> None:
    beat(seen_at=timezone.now() - timedelta(minutes=5, seconds=1))

    verdict = engine.check_engine()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith("The engine studio-1:41 has been silent since 5 min ago. Takes are not carried out.")


def test_a_stopped_engine_fails(beat: Beat) -> None:
    beat(stopped_at=timezone.now() - timedelta(hours=3, seconds=1))

    verdict = engine.check_engine()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith("The engine studio-1:41 was stopped 3 h ago.")


def test_one_living_engine_is_enough(beat: Beat) -> None:
    beat("studio-0:7", seen_at=timezone.now() - timedelta(days=2))
    beat("studio-1:41")

    assert engine.check_engine() == Verdict(Level.OK, "At work: studio-1:41.")


def test_an_engine_in_trouble_is_a_warning(beat: Beat) -> None:
    now = timezone.now()
    beat(trouble=StatusCode.KEY_REFUSED, trouble_since=now - timedelta(seconds=40, milliseconds=500))

    verdict = engine.check_engine()

    assert verdict == Verdict(
        Level.WARN,
        "The engine studio-1:41 is at work, with trouble since 40 s ago: the provider refuses the key. Takes wait.",
    )


def test_takes_that_are_checking_are_a_warning(db: None) -> None:
    GenerationFactory.create(state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN)
    GenerationFactory.create(state=State.QUEUED)

    verdict = engine.check_takes()

    assert verdict.level == Level.WARN
    assert verdict.text.startswith("Takes that are “Checking”: 1. Look for them at the provider, then decide")


def test_a_take_that_is_being_sent_for_too_long_is_a_warning(db: None) -> None:
    assert rows.check_waiting().level == Level.OK
    now = timezone.now()
    take = GenerationFactory.create(
        state=State.SUBMITTING,
        submitted_at=now - timedelta(seconds=200, milliseconds=100),
        due_at=now + timedelta(hours=1),
    )

    assert rows.check_waiting() == Verdict(
        Level.WARN,
        f"A take is being sent for 200 s: {take.public_id}. "
        "Look at the engine and its log; start another engine if it is busy.",
    )


def test_an_engine_tells_its_version(beat: Beat) -> None:
    beat(version="0.1.0")

    assert engine.check_engine() == Verdict(Level.OK, "At work: studio-1:41 (0.1.0).")


def test_an_engine_that_is_stalled_fails(beat: Beat) -> None:
    now = timezone.now()
    beat(seen_at=now, worked_at=now - timedelta(minutes=5))
    stalled = "The engine studio-1:41 is stalled: it is heard, but has done no work since 5 min ago."

    assert engine.check_engine() == Verdict(
        Level.FAIL, f"{stalled} Takes are not carried out. Look at its log, and restart it."
    )

    beat("studio-2:7")

    assert engine.check_engine() == Verdict(
        Level.WARN, f"{stalled} Another engine is at work. Look at its log, and restart it."
    )


def test_an_engine_older_than_the_database_is_a_warning(beat: Beat) -> None:
    beat(version="0.1.0", is_outdated=True)

    assert engine.check_engine() == Verdict(
        Level.WARN,
        "The engine studio-1:41 (0.1.0) is older than the database. It works on; update and restart it.",
    )
