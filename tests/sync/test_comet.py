"""CometAPI from prompt to clip, in each of its formats: one create, an estimated cost, and what it does not tell."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from PIL import Image
from pytest_django.fixtures import Settings
from structlog.testing import capture_logs

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.errors import NotPossible
from studio.generations.cancel import cancel_generation
from studio.generations.cards import card
from studio.generations.references import add_reference
from studio.models import Clip, Generation, ModelLimit, Reference
from studio.providers.base import Provider
from studio.providers.cometapi.client import CometProvider
from studio.providers.cometapi.formats import Format
from studio.sync import checking
from studio.sync.engine import make_bench
from studio.sync.gateway import account_mark
from tests.stage import GRANT, Stage

KEY = "sk-comet0123456789abcdef"
COST = 24
CREATES = ("/runwayml/v1/text_to_video", "/runwayml/v1/image_to_video", "/runway/pro/generate", "/v1/responses")


@dataclass
class CometStage(Stage):
    """The same stage, with the engine at the gateway."""

    form: Format = Format.RUNWAY
    keep_in: Path | None = None
    keys_seen: list[tuple[str, bool]] = field(default_factory=list)

    def provider(self, client: httpx.AsyncClient) -> Provider:
        client.event_hooks["request"] = [self._see]
        return CometProvider(
            api_key=django_settings.COMETAPI_KEY,
            base_url=django_settings.COMETAPI_BASE_URL,
            form=self.form,
            keep_in=self.keep_in,
            client=client,
        )

    async def _see(self, request: httpx.Request) -> None:
        is_there = any(KEY in value for value in (*request.headers.values(), str(request.url)))
        self.keys_seen.append((request.url.path, is_there))

    @property
    def posts(self) -> list[str]:
        """The paths of the creates that came in."""
        return [one.path for one in self.remote.requests if one.method == "POST" and one.path in CREATES]


def _picture(stage: Stage, colour: str = "navy") -> Reference:
    buffer = io.BytesIO()
    Image.effect_noise((640, 360), 60).convert("RGB").save(buffer, "PNG")
    upload = ContentFile(buffer.getvalue(), name=f"{colour}.png")
    return add_reference(stage.team, upload=upload, by=stage.owner)


@pytest.fixture
def make_comet(db: None, settings: Settings, tmp_path: Path) -> Any:
    settings.VIDEO_PROVIDER = "cometapi"
    settings.COMETAPI_KEY = KEY
    settings.COMETAPI_BASE_URL = settings.RUNWAYML_BASE_URL
    made: list[CometStage] = []

    def make(form: Format = Format.RUNWAY, scenario: str = "normal") -> CometStage:
        made.append(CometStage(scenario, form=form, keep_in=tmp_path / "kept"))
        return made[-1]

    yield make
    for stage in made:
        stage.close()


MakeComet = Callable[..., CometStage]


@pytest.mark.parametrize(
    ("form", "prompt", "prefix"),
    [
        (Format.RUNWAY, "A paper boat", ""),
        (Format.RUNWAY, "A paper boat [[comet_bare]]", ""),
        (Format.RUNWAY, "A paper boat [[comet_flat]]", ""),
        (Format.RUNWAY, "A paper boat [[comet_fail_reason]]", ""),
        (Format.COMPAT, "A paper boat", "feed:"),
        (Format.COMPAT, "A paper boat [[comet_bare]]", "feed:"),
        (Format.RESPONSES, "A paper boat", "response:resp_"),
        (Format.RESPONSES, "A paper boat [[comet_words]]", "response:resp_"),
        (Format.RESPONSES, "A paper boat [[comet_task]]", ""),
        (Format.RESPONSES, "A paper boat [[comet_finished]]", "response:resp_"),
        (Format.RESPONSES, "A paper boat [[comet_finished]] [[comet_forgets]]", "response:resp_"),
    ],
)
def test_from_prompt_to_clip(make_comet: MakeComet, form: Format, prompt: str, prefix: str) -> None:
    stage = make_comet(form)

    generation = stage.run_until_final(stage.launch(prompt=prompt))

    clip = Clip.objects.get()
    task_id = next(iter(stage.remote.tasks))
    assert (generation.state, generation.status_code) == (State.READY, StatusCode.NONE)
    assert (generation.provider, generation.provider_task_id) == ("cometapi", f"{prefix}{task_id}")
    assert (clip.width, clip.height, clip.duration_ms, clip.content_type) == (1280, 720, 2000, "video/mp4")
    assert (generation.cost_credits, stage.balance, len(stage.posts)) == (COST, GRANT - COST, 1)
    assert generation.entries.get(kind="settle").note == "Estimated by quote: the provider named none"
    assert card(generation, now=stage.clock.now()).billing == f"{COST} credits charged (estimated)"
    assert list(differences()) == []


@pytest.mark.parametrize("form", list(Format))
def test_the_key_goes_to_the_gateway_alone_and_into_no_log(
    make_comet: MakeComet, form: Format, caplog: pytest.LogCaptureFixture
) -> None:
    stage = make_comet(form)

    caplog.set_level("DEBUG")
    with capture_logs() as told:
        stage.run_until_final(stage.launch())
        stage.run_until_final(stage.launch(prompt="A paper boat [[internal]]"))

    with_key = {path for path, has_key in stage.keys_seen if has_key}
    without = {path for path, has_key in stage.keys_seen if not has_key}
    assert len(without) == 1
    assert without.pop().startswith("/outputs/")
    assert not any(path.startswith("/outputs") for path in with_key)
    assert {"generation.submitted", "generation.stored", "generation.failed"} <= {line["event"] for line in told}
    assert KEY not in f"{told}{caplog.text}"


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("fault", ["create_lost", "comet_html_500", "comet_html_524", "create_502"])
def test_a_lost_answer_to_a_create_is_checking_and_is_never_sent_again(
    make_comet: MakeComet, form: Format, fault: str
) -> None:
    stage = make_comet(form)
    generation = stage.launch(prompt=f"A paper boat [[{fault}]]")

    for _ in range(5):
        stage.run_pass(after_s=600)

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    assert len(stage.posts) == 1
    assert stage.amounts(generation) == [("hold", -COST)]


def test_without_usage_nothing_is_concluded_about_a_lost_answer(make_comet: MakeComet) -> None:
    stage = make_comet(scenario="create_lost")
    generation = stage.launch()
    stage.run_pass()

    async def look() -> int:
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(500))) as client:
            bench = make_bench(stage.provider(client))
            bench.now = stage.clock.now
            return await checking.check(bench)

    stage.clock.advance(timedelta(days=2).total_seconds())
    assert async_to_sync(look)() == 0

    generation.refresh_from_db()
    assert generation.status_code == StatusCode.OUTCOME_UNKNOWN


@pytest.mark.parametrize("form", [Format.RUNWAY, Format.COMPAT])
def test_a_task_that_does_not_show_yet_waits_there(make_comet: MakeComet, form: Format) -> None:
    stage = make_comet(form)
    generation = stage.launch(prompt="A paper boat [[comet_hidden]]")
    stage.run_pass()

    for _ in range(3):
        stage.run_pass(after_s=4)
        generation.refresh_from_db()
        assert (generation.state, generation.status_code) == (State.RUNNING, StatusCode.PROVIDER_PENDING)

    assert stage.run_until_final(generation).state == State.READY
    assert len(stage.posts) == 1


def test_a_task_that_never_shows_is_lost_only_after_the_time_of_grace(make_comet: MakeComet) -> None:
    stage = make_comet()
    generation = stage.launch()
    stage.run_pass()
    stage.remote.tasks.clear()

    for _ in range(19):  # every 6 s, up to 114 s after the create
        stage.run_pass(after_s=6)
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.RUNNING, StatusCode.PROVIDER_PENDING)

    generation = stage.run_until_final(generation, step_s=60)
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.TASK_LOST)
    assert (generation.cost_credits, stage.balance) == (0, GRANT)


def test_a_running_take_cannot_be_cancelled_and_says_so(make_comet: MakeComet) -> None:
    stage = make_comet()
    waiting, running = stage.launch(), stage.launch()
    cancel_generation(waiting, by=stage.owner, now=stage.clock.now())
    stage.run_pass()
    running.refresh_from_db()

    with pytest.raises(NotPossible, match="no way to cancel"):
        cancel_generation(running, by=stage.owner, now=stage.clock.now())

    assert not card(running, now=stage.clock.now()).can_cancel
    assert stage.run_until_final(running).state == State.READY
    waiting.refresh_from_db()
    assert (waiting.state, waiting.cost_credits) == (State.CANCELLED, 0)


def test_a_wish_to_cancel_from_before_ends_nothing(make_comet: MakeComet) -> None:
    stage = make_comet()
    generation = stage.launch()
    stage.run_pass()
    now = stage.clock.now()
    Generation.objects.filter(pk=generation.pk).update(
        cancel_requested_at=now, cancel_requested_by=stage.owner, due_at=now
    )

    generation = stage.run_until_final(generation)

    assert (generation.state, generation.cost_credits, Clip.objects.count()) == (State.READY, COST, 1)


def test_a_finished_answer_survives_the_death_of_its_engine(make_comet: MakeComet, tmp_path: Path) -> None:
    """Each pass has a provider of its own: what the first one kept is on the disk alone."""
    stage = make_comet(Format.RESPONSES)

    generation = stage.run_until_final(stage.launch(prompt="A paper boat [[comet_nameless]]"))

    kept = list((tmp_path / "kept").glob("*.json"))
    assert generation.state == State.READY
    assert str(generation.provider_task_id).startswith("kept:")
    assert json.loads(kept[0].read_text())["result"]["video_url"].startswith(stage.remote.base_url)
    assert kept[0].stat().st_mode & 0o777 == 0o600


def test_the_format_may_change_while_takes_run(make_comet: MakeComet) -> None:
    stage = make_comet(Format.COMPAT)
    generation = stage.launch()
    stage.run_pass()
    stage.form = Format.RUNWAY

    assert stage.run_until_final(generation).state == State.READY
    assert str(generation.provider_task_id).startswith("feed:")


def test_a_refused_key_stops_the_line_and_loses_nothing(make_comet: MakeComet, settings: Settings) -> None:
    stage = make_comet()
    settings.COMETAPI_KEY = "sk-"
    generation = stage.launch()
    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.QUEUED, StatusCode.KEY_REFUSED)
    assert stage.amounts(generation) == [("hold", -COST)]


def test_an_image_goes_along_with_the_request_and_is_not_remembered(make_comet: MakeComet) -> None:
    stage = make_comet()
    reference = _picture(stage)
    generation = stage.launch(model="gen4_turbo", first_frame=reference)

    generation = stage.run_until_final(generation)

    frame = next(iter(stage.remote.tasks.values())).order.frames[0]
    assert generation.state == State.READY
    assert stage.posts == ["/runwayml/v1/image_to_video"]
    assert frame.uri.startswith("data:image/png;base64,")
    assert reference.uploads.count() == 0


def test_an_image_that_is_too_large_fails_free_before_anything_is_sent(
    make_comet: MakeComet, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_comet()
    monkeypatch.setattr("studio.providers.cometapi.client.MOST_INLINE_CHARS", 100)

    generation = stage.run_until_final(stage.launch(model="gen4_turbo", first_frame=_picture(stage)))

    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.INVALID_ASSET)
    assert "a smaller one" in card(generation, now=stage.clock.now()).sentence
    assert (stage.posts, stage.balance) == ([], GRANT)


def test_the_studios_own_limits_hold_where_the_provider_tells_none(make_comet: MakeComet) -> None:
    stage = make_comet()
    stage.limits = type(stage.limits)(
        poll_s=5,
        pass_s=1,
        lease_s=60,
        concurrency=32,
        clip_bytes=50_000_000,
        most_at_a_time={"": 1},
        most_a_day={"": 9},
    )

    async def learn() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(500))) as client:
            engine = stage.engine(stage.provider(client))
            await engine.key_checks.ask(engine.bench)

    async_to_sync(learn)()
    first, second = stage.launch(), stage.launch()
    stage.run_pass()

    limit = ModelLimit.objects.get(model="gen4.5", account=account_mark())
    first.refresh_from_db()
    second.refresh_from_db()
    assert (limit.provider, limit.max_concurrent, limit.max_daily, limit.used_today) == ("cometapi", 1, 9, 0)
    assert (first.state, second.state, second.status_code) == (State.RUNNING, State.QUEUED, StatusCode.IN_LINE)
