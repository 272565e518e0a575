"""Numbers in the composer's form that are longer than any number: they are no number, and no failure of ours."""

import pytest
from django.http import QueryDict

from studio.forms.inputs import without_file
from studio.generations.request import SpecInput
from studio.providers.base import InputRole
from tests.factories import ReferenceFactory
from tests.views.cast import HX, Cast

ENDLESS = "9" * 4300
"""As many digits as Python reads; one more is refused."""


@pytest.mark.django_db
def test_a_place_with_an_endless_number_is_none_of_these() -> None:
    inputs = (SpecInput(role=InputRole.REFERENCE_IMAGE, reference=ReferenceFactory.create()),)

    assert without_file(inputs, f"reference_image.{ENDLESS}9") == inputs


def test_shots_of_an_endless_length_are_refused_in_words(cast: Cast) -> None:
    fields = QueryDict(mutable=True)
    fields.update(cast.fields(model="kling3.0_standard", seed=None, sound="on"))
    fields["extra_providerSettings.multiPrompt"] = f"{ENDLESS}: A boat\n{ENDLESS}: Gulls"

    answer = cast.creator.post(cast.url("generate"), fields, headers=HX)

    assert answer.status_code == 422
    assert "Write a shot a line" in answer.content.decode()
