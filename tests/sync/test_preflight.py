"""The engine looks at the files once more before it sends: the catalog may have changed since the launch."""

import io

from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.generations.references import add_reference
from studio.models import Generation, GenerationReference, Reference
from tests.stage import GRANT, Stage

SENTENCE = (
    "It was not sent. This image is 1000 × 300, 3.33 times as wide as high. Gen-4 Turbo takes 0.5 to 2.358: "
    "crop it, or choose another image."
)


def _panorama(stage: Stage) -> Reference:
    buffer = io.BytesIO()
    Image.effect_noise((1000, 300), 60).convert("RGB").save(buffer, "PNG")
    return add_reference(stage.team, upload=ContentFile(buffer.getvalue(), name="pier.png"), by=stage.owner)


def _launched_without_its_crop(stage: Stage) -> Generation:
    """As a launch would be that an older version stored."""
    generation = stage.launch(model="gen4_turbo", first_frame=_panorama(stage))
    GenerationReference.objects.filter(generation=generation).update(crop=None)
    return generation


def test_a_crop_is_stored_with_the_launch(stage: Stage) -> None:
    generation = stage.launch(model="gen4_turbo", first_frame=_panorama(stage))

    crop = generation.inputs.get().crop
    assert crop is not None
    assert (crop["top"], crop["height"]) == (0, 1)
    assert round(crop["width"] * 1000) == 533


def test_a_file_that_would_be_refused_fails_free_and_unsent(stage: Stage) -> None:
    generation = stage.run_until_final(_launched_without_its_crop(stage))

    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.INVALID_ASSET)
    assert generation.events.order_by("pk").last().detail["sentence"] == SENTENCE  # type: ignore[union-attr]  # there is one
    assert stage.remote.creates == []
    assert [record.path for record in stage.remote.requests if record.path == "/v1/uploads"] == []
    assert (generation.cost_credits, stage.balance) == (0, GRANT)
    assert list(differences()) == []


def test_the_card_says_which_file_and_why(stage: Stage) -> None:
    generation = stage.run_until_final(_launched_without_its_crop(stage))
    client = Client()
    client.force_login(stage.owner)

    page = client.get(reverse("studio", args=[stage.team.slug, stage.project.slug])).content.decode()

    assert SENTENCE in page
    assert f'id="take-{generation.public_id}"' in page


def test_a_take_from_a_text_is_sent_as_ever(stage: Stage) -> None:
    assert stage.run_until_final(stage.launch()).state == State.READY
