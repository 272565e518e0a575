"""What is announced, what is taken and what comes back, model by model: parts B.1 and B.2 of the contract."""

from collections.abc import Callable
from typing import Any

import pytest

from studio.simulator import ManualClock
from studio.simulator.cards import CARDS
from studio.simulator.prices import TARIFFS
from tests.simulator.remotes import Client, MakeClient

Film = Callable[..., str]
Picture = Callable[..., bytes]
Case = tuple[str, dict[str, Any], float]


def text(model: str, price: float, **body: Any) -> Case:
    return "text_to_video", {"model": model, "promptText": "A boat"} | body, price


def image(model: str, price: float, **body: Any) -> Case:
    return "image_to_video", {"model": model, "promptText": "A boat", "promptImage": "PICTURE"} | body, price


def video(model: str, price: float, field: str = "promptVideo", **body: Any) -> Case:
    return "video_to_video", {"model": model, "promptText": "A boat", field: "FILM"} | body, price


def tool(endpoint: str, price: float, **body: Any) -> Case:
    return endpoint, {"videoUri": "FILM"} | body, price


def still(model: str, price: float, **body: Any) -> Case:
    return "text_to_image", {"model": model, "promptText": "A boat"} | body, price


WIDE = {"ratio": "1280:720"}
FOUR_K = {"ratio": "3840:2160"}
REFERENCE = {"uri": "PICTURE"}
UPSCALER = "magnific_video_upscaler_creative"

CASES = [
    text("gen4.5", 60, duration=5, **WIDE),
    text("gen4.5", 34, duration=2, **WIDE, outputFormat="prores"),
    text("gen4.5", 64, duration=2, **WIDE, outputFormat="hdr10"),
    image("gen4_turbo", 50, duration=10, **WIDE),
    text("veo3.1", 320, **WIDE),
    text("veo3.1", 160, audio=False, **WIDE),
    text("veo3.1_fast", 60, duration=4, **WIDE),
    text("veo3.1_fast", 60, duration=6, audio=False, **WIDE),
    text("seedance2", 36 * 5, duration=5, **WIDE),
    text("seedance2", 40 * 5, duration=5, ratio="1920:1080"),
    text("seedance2", 150 * 4, duration=4, **FOUR_K),
    text("seedance2_fast", 29 * 4, duration=4),
    text("seedance2_mini", 64, duration=4, ratio="640:640"),
    text("seedance2_mini", 80, duration=5, ratio="640:640"),
    text("seedance2_5", 80, duration=4, ratio="854:480"),
    text("seedance2_5", 68 * 5, duration=5, ratio="1920:1080"),
    text("seedance2_5", 30 * 5 + 15 * 2, duration=5, referenceVideos=[{"type": "video", "uri": "FILM"}]),
    text("hailuo3", 75, duration=5),
    text("hailuo3", 50, duration=5, resolution="768p"),
    text("hailuo3", 50 + 4, duration=5, resolution="768p", references=[REFERENCE] * 2),
    text("h3_max", 40, duration=5),
    text("h3_max", 25, duration=5, resolution="480p"),
    text("happyhorse_1_0", 45, duration=3),
    text("happyhorse_1_0", 90, duration=3, ratio="1920:1080"),
    image("happyhorse_1_0", 90, duration=3, resolution="1080p"),
    text("grok_imagine_1_5", 10, duration=1),
    image("grok_imagine_1_5", 65, duration=4, resolution="720p"),
    image("grok_imagine_1_5", 11, duration=1, resolution="480p"),
    text("grok_imagine_1_5_lite", 2, duration=1),
    image("grok_imagine_1_5_lite", 4 * 14 + 1, duration=4, ratio="auto_1080p"),
    text("gemini_omni_flash", 30, duration=3),
    image("gemini_omni_flash", 31, duration=3),
    video("gemini_omni_flash", 22, "videoUri"),
    video("gemini_omni_flash", 23, "videoUri", references=[REFERENCE]),
    text("wan3", 25, duration=5, ratio="832:480"),
    text("wan3_prime", 34, duration=5, ratio="832:480"),
    text("wan3_prime", 20.4, duration=3, ratio="832:480"),
    text("kling2.5_turbo_pro", 60),
    text("kling3.0_standard", 65, **WIDE),
    text("kling3.0_standard", 45, audio=False, **WIDE),
    text("kling3.0_pro", 85, ratio="1920:1080"),
    text("kling3.0_4k", 43 * 5, **FOUR_K),
    text("klingO3_standard", 65, **WIDE),
    video("klingO3_pro", 34),
    video("aleph2", 56, "videoUri"),
    video("aleph2", 66, "videoUri", outputFormat="png_sequence"),
    video("aleph2", 96, "videoUri", outputFormat="sdr_rec709_10bit"),
    ("character_performance", {
        "model": "act_two",
        "character": {"type": "image", "uri": "PICTURE"},
        "reference": {"type": "video", "uri": "LONG"},
    }, 20),
    tool("video_to_hdr", 40, model="ruby"),
    tool("video_upscale", 63, model=UPSCALER, videoUri="THIRTY", resolution="1k"),
    tool("video_upscale", 81, model=UPSCALER, videoUri="THIRTY", resolution="2k"),
    tool("video_upscale", 108, model=UPSCALER, videoUri="THIRTY", resolution="4k"),
    tool("video_upscale", 126, model=UPSCALER, videoUri="THIRTY", resolution="720p", fpsBoost=True),
    still("gen4_image", 5, ratio="1280:720"),
    still("gen4_image", 8, ratio="1920:1080"),
    still("gen4_image_turbo", 2, ratio="1280:720", referenceImages=[REFERENCE]),
    still("gpt_image_2", 20, ratio="1920:1088"),
    still("gpt_image_2", 41, ratio="auto"),
    still("gpt_image_2", 1, ratio="1920:1088", quality="low"),
    still("gpt_image_2", 10, ratio="1920:1088", quality="medium", outputCount=2),
    still("gemini_2.5_flash", 5, ratio="1024:1024"),
    still("gemini_image3_pro", 20, ratio="2048:2048"),
    still("gemini_image3_pro", 160, ratio="4096:4096", outputCount=4),
    still("muse_image", 3, ratio="auto", outputCount=3),
    still("seedream5_lite", 4, ratio="2048:2048"),
    still("seedream5_pro", 5, ratio="1024:1024"),
    still("seedream5_pro", 9, ratio="2048:2048"),
    still("bria_fibo_1_5", 10, ratio="2048:2048"),
]  # fmt: skip


def filled(value: Any, files: dict[str, str]) -> Any:
    """The body with addresses for the names of files."""
    if isinstance(value, dict):
        return {name: filled(one, files) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, files) for one in value]
    return files.get(value, value) if isinstance(value, str) else value


@pytest.fixture
def files(client: Client, film: Film, picture: Picture) -> dict[str, str]:
    return {
        "FILM": film(is_draft=True, width=854, height=480),
        "LONG": film(is_draft=True, duration_s=4),
        "THIRTY": film(is_draft=True, duration_s=3, fps=30),
        "PICTURE": client.upload(picture()),
    }


@pytest.mark.parametrize(
    ("endpoint", "body", "price"), CASES, ids=[f"{place}-{body['model']}-{price}" for place, body, price in CASES]
)
def test_price_is_announced_and_taken(
    client: Client, files: dict[str, str], endpoint: str, body: dict[str, Any], price: float
) -> None:
    before = client.remote.credit_balance

    answer = client.post(f"/v1/{endpoint}", json=filled(body, files))

    assert answer.status_code == 200, answer.text
    assert answer.json()["estimatedCost"] == {"credits": price}
    assert before - client.remote.credit_balance == -(-price // 1)


def test_every_model_has_a_tariff_and_says_whether_it_is_confirmed() -> None:
    assert set(TARIFFS) == set(CARDS)
    assert {name for name, tariff in TARIFFS.items() if not tariff.is_confirmed} == {
        "gemini_omni_flash_1.1",
        "kling_4",
        "enhance_frame_rate",
        "mirelo_sfx_2_0",
        "gemini_image3.1_flash",
        "grok_imagine_image_2",
    }


def test_auto_length_is_taken_at_the_longest_and_the_rest_comes_back(
    make_client: MakeClient, clock: ManualClock
) -> None:
    client = make_client(credits=1000)
    body = {"model": "seedance2_mini", "promptText": "A boat", "duration": "auto", "ratio": "640:640", "seed": 7}

    task_id = client.create(body)
    held = client.remote.credit_balance
    clock.advance(60)
    told = client.seen(task_id)
    plan = client.remote.tasks[task_id].plan

    assert held == 1000 - 15 * 16
    assert 4 <= plan.duration_s < 15
    assert told["cost"] == {"credits": max(64, int(plan.duration_s) * 16)}
    assert client.remote.credit_balance == 1000 - told["cost"]["credits"]


def test_fraction_is_told_and_a_whole_credit_is_taken(make_client: MakeClient, clock: ManualClock) -> None:
    client = make_client(credits=100)
    task_id = client.create({"model": "wan3_prime", "promptText": "A boat", "duration": 3, "ratio": "832:480"})
    clock.advance(60)

    assert client.seen(task_id)["cost"] == {"credits": 21}
    assert client.remote.credit_balance == 79


def test_failed_edit_is_refunded_and_counted_by_its_model(client: Client, clock: ManualClock, film: Film) -> None:
    before = client.remote.credit_balance
    body = {"model": "aleph2", "promptText": "Snow [[internal]]", "videoUri": film()}

    task_id = client.create(body, endpoint="video_to_video")
    clock.advance(60)

    assert client.seen(task_id)["cost"] == {"credits": 0}
    assert client.remote.credit_balance == before
    usage = client.post("/v1/organization/usage", json={"beforeDate": "2026-12-01"}).json()
    assert usage["results"] == [{"date": "2026-11-22", "usedCredits": [{"model": "aleph2", "amount": 0}]}]
    organization = client.get("/v1/organization").json()
    assert organization["usage"]["models"]["aleph2"] == {"dailyGenerations": 1}
    assert set(CARDS) < set(organization["tier"]["models"])


def test_limits_are_per_model_at_every_endpoint(make_client: MakeClient, picture: Picture) -> None:
    client = make_client(max_concurrent=1, max_daily=2)
    body = {"model": "gen4_image", "promptText": "A boat", "ratio": "1280:720"}

    tasks = [client.create(body, endpoint="text_to_image") for _ in range(2)]
    other = client.create(body | {"model": "muse_image", "ratio": "auto"}, endpoint="text_to_image")
    refused = client.post("/v1/text_to_image", json=body)

    assert [client.seen(task_id)["status"] for task_id in (*tasks, other)] == ["PENDING", "THROTTLED", "PENDING"]
    assert (refused.status_code, refused.json()["error"]) == (429, "Your daily task limit has been reached.")
