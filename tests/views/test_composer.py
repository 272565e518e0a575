"""The composer before a launch: prices, adjusted settings, and reference images."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from studio.media.errors import StorageDown, StorageFull
from studio.models import Generation, Reference
from tests.factories import ReferenceFactory
from tests.views.cast import HX, Cast
from tests.views.html import Element, parse, swap


def priced(cast: Cast, **changes: Any) -> Element:
    """What htmx gets for these choices: the settings, and the launch beside them."""
    fields = cast.fields(prompt=None, token=None, seen_credits=None, **changes)
    answer = cast.owner.get(cast.url("composer"), fields, headers=HX)
    assert answer.status_code == 200
    return parse(answer.content)


def upload(cast: Cast, content: bytes, *, slot: str = "first_frame", **changes: Any) -> Any:
    fields = cast.fields(**changes) | {f"{slot}_file": SimpleUploadedFile("boat.png", content, "image/png")}
    return cast.owner.post(f"{cast.url('references')}?slot={slot}", fields, headers=HX)


def image(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size).save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    ("choices", "explanation", "price"),
    [
        ({"duration_s": "8", "takes": "2"}, "8 s × 12 cr × 2 takes", "192"),
        ({"model": "veo3.1", "duration_s": "8", "sound": "on"}, "8 s × 40 cr", "320"),
        ({"model": "veo3.1", "duration_s": "8", "sound": "off"}, "8 s × 20 cr", "160"),
        ({"model": "veo3.1_fast", "duration_s": "4", "takes": "4", "sound": "on"}, "4 s × 15 cr × 4 takes", "240"),
    ],
)
def test_the_price_follows_the_choices(cast: Cast, choices: dict[str, str], explanation: str, price: str) -> None:
    launch = priced(cast, **choices).find(id="launch")

    assert launch.find(data_price=price).text == price
    assert explanation in launch.text
    assert launch.find(name="seen_credits").attributes["value"] == price
    assert launch.attributes["hx-swap-oob"] == "true"


@pytest.mark.parametrize("seed", ["abc", "1.5"])
def test_a_seed_that_is_none_stays_with_its_sentence(cast: Cast, seed: str) -> None:
    """Dropped without a word, the next launch would buy a clip with a random one."""
    answer = priced(cast, seed=seed)

    assert answer.find(id="seed").attributes["value"] == seed
    assert answer.find(id="seed-error").text == (
        "A seed is a whole number from 0 to 4,294,967,295. Leave it empty for a random one."
    )


def test_a_value_that_became_illegal_is_adjusted_and_said(cast: Cast) -> None:
    answer = priced(cast, model="veo3.1", duration_s="5")

    assert answer.find(id="adjusted").text == "Duration is 4 s now: Veo 3.1 does not make 5 s."
    assert "checked" in answer.find(id="duration-4").attributes


def test_the_fragment_applied_to_the_page_equals_the_plain_answer(cast: Cast) -> None:
    fields = cast.fields(model="veo3.1", duration_s="5", prompt="")
    page = parse(cast.owner.get(f"{cast.url('studio')}?idea=0").content)

    swap(page, parse(cast.owner.get(cast.url("composer"), fields, headers=HX).content), target="settings")

    plain = parse(cast.owner.post(cast.url("composer"), fields).content)
    assert list(page.find(id="settings").lines()) == list(plain.find(id="settings").lines())
    assert list(page.find(id="launch").lines()) == list(plain.find(id="launch").lines())
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("model", "slots"),
    [("gen4.5", ["first_frame"]), ("gen4_turbo", ["first_frame"]), ("veo3.1", ["first_frame", "last_frame"])],
)
def test_only_slots_that_the_model_takes_are_shown(cast: Cast, model: str, slots: list[str]) -> None:
    shown = priced(cast, model=model).all("data-slot")

    assert [slot.attributes["data-slot"] for slot in shown] == slots


def test_an_image_that_the_new_model_does_not_take_stays_and_says_so(cast: Cast) -> None:
    first, last = (ReferenceFactory.create(team=cast.stage.team) for _ in range(2))

    answer = priced(cast, first_frame=str(first.public_id), last_frame=str(last.public_id))

    assert answer.find(id="last_frame-error").text == (
        "Gen-4.5 takes no last frame. Remove it, or choose another model."
    )
    assert answer.find(name="last_frame").attributes["value"] == str(last.public_id)


def test_a_model_that_needs_an_image_says_so_at_once(cast: Cast) -> None:
    assert (
        priced(cast, model="gen4_turbo")
        .find(id="first_frame-error")
        .text.startswith("Gen-4 Turbo makes a clip from an image: add a first frame")
    )


def test_an_image_opens_the_ratios_of_image_to_video(cast: Cast) -> None:
    reference = ReferenceFactory.create(team=cast.stage.team)

    text = priced(cast)
    with_image = priced(cast, first_frame=str(reference.public_id))

    assert len([box for box in text.all("name") if box.attributes["name"] == "ratio"]) == 2
    assert len([box for box in with_image.all("name") if box.attributes["name"] == "ratio"]) == 6
    assert "image-to-video" in with_image.text


def test_an_image_is_removed(cast: Cast) -> None:
    reference = ReferenceFactory.create(team=cast.stage.team)

    answer = priced(cast, first_frame=str(reference.public_id), without="first_frame")

    assert "text-to-video" in answer.text
    assert Reference.objects.count() == 1


def test_an_upload_shows_up_in_its_slot(cast: Cast, picture: bytes) -> None:
    answer = upload(cast, picture)

    reference = Reference.objects.get()
    fragment = parse(answer.content)
    assert answer.status_code == 200
    assert (reference.width, reference.height, reference.filename) == (1280, 720, "boat.png")
    assert fragment.find(name="first_frame").attributes["value"] == str(reference.public_id)
    thumb = cast.owner.get(fragment.find(alt="First frame: boat.png").attributes["src"])
    assert b"".join(thumb.streaming_content)[:4] == b"RIFF"  # type: ignore[attr-defined]  # it streams
    assert (thumb.status_code, thumb.headers["Content-Type"]) == (200, "image/webp")
    whole = cast.owner.get(cast.url("reference_image", reference.public_id))
    assert b"".join(whole.streaming_content)[:4] == b"\x89PNG"  # type: ignore[attr-defined]  # it streams


def test_the_same_image_is_stored_once(cast: Cast, picture: bytes) -> None:
    upload(cast, picture)
    upload(cast, picture)

    assert Reference.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"not an image at all", image("GIF")[:40], image("PNG", (900, 9)), b"%PDF-1.7 \x00"],
    ids=["empty", "renamed", "cut", "narrow", "pdf"],
)
def test_a_bad_image_has_a_sentence_of_its_own_and_stores_nothing(cast: Cast, content: bytes) -> None:
    answer = upload(cast, content)

    slot = parse(answer.content).find(id="first_frame-error")
    assert answer.status_code == 422
    assert slot.text.endswith(".")
    assert len(slot.text) > 20
    assert not Reference.objects.exists()
    assert cast.stage.stored_files() == []


def test_bad_images_have_different_sentences(cast: Cast) -> None:
    contents = [b"", b"not an image at all", image("GIF")[:40], image("PNG", (900, 9))]

    said = {parse(upload(cast, content).content).find(id="first_frame-error").text for content in contents}

    assert len(said) == 4


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StorageFull(), "The storage is full, so the file was not added. Ask your admin to make room."),
        (StorageDown(), "The storage does not answer, so the file was not added. Try again in a moment."),
    ],
)
def test_a_storage_in_trouble_is_said_in_the_slot(
    cast: Cast, picture: bytes, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("studio.generations.references.put_bytes", refuse)

    answer = upload(cast, picture)

    assert answer.status_code == 422
    assert parse(answer.content).find(id="first_frame-error").text == sentence
    assert not Reference.objects.exists()


@pytest.mark.parametrize("slot", ["", "middle_frame", "prompt"])
def test_a_slot_that_is_none(cast: Cast, picture: bytes, slot: str) -> None:
    assert upload(cast, picture, slot=slot).status_code == 404
    assert not Reference.objects.exists()


def test_without_javascript_the_button_shows_the_image_and_the_price(cast: Cast, picture: bytes) -> None:
    fields = cast.fields(duration_s="10") | {"first_frame_file": SimpleUploadedFile("boat.png", picture, "image/png")}

    page = parse(cast.owner.post(cast.url("composer"), fields).content)

    assert page.find(id="prompt").text == "A paper boat"
    assert page.find(id="generate").text == "Generate · 120 credits Ctrl ↵"
    assert page.find(name="first_frame").attributes["value"] == str(Reference.objects.get().public_id)
    assert not Generation.objects.exists()
