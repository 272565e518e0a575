"""The crop of a frame in the composer: shown with the price, sent with the launch, kept for the next time."""

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from studio.models import Generation, Reference
from tests.factories import ReferenceFactory
from tests.views.cast import HX, Cast
from tests.views.html import Element, parse

TOP = "0,0,1,0.5625"


def square(cast: Cast) -> Reference:
    return ReferenceFactory.create(team=cast.stage.team, width=2000, height=2000)


def priced(cast: Cast, **changes: Any) -> Element:
    answer = cast.creator.get(cast.url("composer"), cast.fields(**changes), headers=HX)
    assert answer.status_code == 200
    return parse(answer.content)


def test_a_frame_that_fits_has_no_crop(cast: Cast) -> None:
    reference = ReferenceFactory.create(team=cast.stage.team)

    answer = priced(cast, first_frame=str(reference.public_id))

    assert answer.all("data-crop") == []


def test_a_frame_that_does_not_fit_shows_what_will_be_cut(cast: Cast) -> None:
    reference = square(cast)

    answer = priced(cast, first_frame=str(reference.public_id))

    assert answer.find(name="first_frame_crop").attributes["value"] == "0,0.21875,1,0.5625"
    box = answer.find(id="crop-first_frame-box")
    assert box.attributes["aria-label"] == "Crop of the first frame"
    assert box.attributes["aria-valuetext"] == "22 % at the top and 22 % at the bottom will be cut."
    assert box.attributes["aria-valuenow"] == "50"
    assert "First frame is cropped to 16:9" in " ".join(answer.text.split())
    assert "44 % of this image is cut off to fit the clip." in answer.text
    assert answer.find(id="first_frame-error").text == ""


def test_a_chosen_crop_stays_through_other_choices(cast: Cast) -> None:
    reference = square(cast)

    answer = priced(cast, first_frame=str(reference.public_id), first_frame_crop=TOP, duration_s="5")

    assert answer.find(name="first_frame_crop").attributes["value"] == TOP
    assert answer.find(id="crop-first_frame-box").attributes["aria-valuenow"] == "0"


@pytest.mark.parametrize("text", ["", "nonsense", "5,5,5,5", "0,0,0,0"])
def test_a_crop_that_cannot_be_read_is_the_middle(cast: Cast, text: str) -> None:
    reference = square(cast)

    answer = priced(cast, first_frame=str(reference.public_id), first_frame_crop=text)

    assert answer.find(name="first_frame_crop").attributes["value"] == "0,0.21875,1,0.5625"


def test_a_launch_keeps_the_crop(cast: Cast) -> None:
    reference = square(cast)

    answer = cast.creator.post(
        cast.url("generate"), cast.fields(first_frame=str(reference.public_id), first_frame_crop=TOP), headers=HX
    )

    crop = Generation.objects.get().inputs.get().crop
    assert answer.status_code == 200
    assert crop == {"left": 0, "top": 0, "width": 1, "height": 0.5625}


def test_without_javascript_the_middle_is_launched(cast: Cast) -> None:
    reference = square(cast)

    cast.creator.post(cast.url("generate"), cast.fields(first_frame=str(reference.public_id)))

    crop = Generation.objects.get().inputs.get().crop
    assert crop == {"left": 0, "top": 0.21875, "width": 1, "height": 0.5625}


def test_the_crop_of_a_launch_comes_back_with_reuse_and_with_the_page(cast: Cast) -> None:
    reference = square(cast)
    cast.creator.post(
        cast.url("generate"), cast.fields(first_frame=str(reference.public_id), first_frame_crop=TOP), headers=HX
    )
    generation = Generation.objects.get()

    page = parse(cast.creator.get(cast.url("studio")).content)
    again = parse(cast.creator.get(cast.url("reuse", generation.public_id), follow=True).content)

    assert page.find(name="first_frame_crop").attributes["value"] == TOP
    assert again.find(name="first_frame_crop").attributes["value"] == TOP


def test_what_was_done_to_an_upload_is_said_at_its_slot(cast: Cast) -> None:
    target = io.BytesIO()
    Image.effect_noise((1280, 720), 60).convert("RGB").save(target, "HEIF")
    upload = io.BytesIO(target.getvalue())
    upload.name = "IMG_0001.HEIC"

    answer = cast.creator.post(
        f"{cast.url('references')}?slot=first_frame", {**cast.fields(), "first_frame_file": upload}, headers=HX
    )

    told = parse(answer.content).find(id="first_frame-told")
    assert answer.status_code == 200
    assert "Converted from HEIC." in told.text


def test_a_wide_image_is_taken_and_cropped(cast: Cast) -> None:
    target = io.BytesIO()
    Image.new("RGB", (900, 90)).save(target, "PNG")
    upload = io.BytesIO(target.getvalue())
    upload.name = "wide.png"

    answer = cast.creator.post(
        f"{cast.url('references')}?slot=first_frame", {**cast.fields(), "first_frame_file": upload}, headers=HX
    )

    assert answer.status_code == 200
    assert parse(answer.content).find(id="crop-first_frame-box").attributes["aria-orientation"] == "horizontal"


def test_files_of_a_stranger_are_not_read(cast: Cast) -> None:
    upload = io.BytesIO(b"\xff\xd8\xff" + bytes(500))
    upload.name = "photo.jpg"

    answer = Client().post(reverse("generate", args=["northlight", "harbour"]), {"first_frame_file": upload})

    assert answer.status_code == 302
    assert not Reference.objects.exists()
