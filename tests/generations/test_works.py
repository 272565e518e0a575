"""The menu of a clip: each work begins with a request that is legal but for what a person has to add."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from studio.enums import MediaKind
from studio.generations import works
from studio.generations.adjusting import adjusted
from studio.generations.spec import problems
from studio.generations.works import PLANS, spec_for, steps_of, works_of
from studio.models import Clip

TODAY = date(2026, 11, 22)


def film(**changes: object) -> Clip:
    """Five seconds of a film, not stored."""
    values = {"kind": MediaKind.VIDEO, "width": 1280, "height": 720, "duration_ms": 5000, "fps": 24}
    return Clip(**{**values, "content_type": "video/mp4", "size_bytes": 900_000, **changes})


def reasons(clip: Clip) -> dict[str, str]:
    return {work.name: work.reason for work in works_of(clip, today=TODAY) if work.reason}


def test_a_usual_clip_can_be_worked_on_in_every_way_at_a_known_price() -> None:
    found = works_of(film(), today=TODAY)

    assert {work.name: (work.credits, work.reason) for work in found} == {
        "edit": (140, ""),
        "guide": (180, ""),
        "perform": (25, ""),
        "character": (150, ""),
        "upscale": (108, ""),
        "frame_rate": (25, ""),
        "hdr": (100, ""),
        "sound": (25, ""),
    }
    assert all(work.label and work.line and work.icon for work in found)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_only_what_a_person_has_to_add_is_missing(name: str) -> None:
    spec = spec_for(PLANS[name], film())
    assert spec is not None

    fitted, notes = adjusted(spec)

    assert notes == []
    assert set(problems(fitted)) <= {"prompt", "character", "performance"}


def test_a_clip_that_is_too_long_says_so_where_it_is() -> None:
    found = reasons(film(duration_ms=31_000))

    assert found["edit"] == ("This video is 31.0 s long and Aleph 2 takes 30 s. Cut it shorter, or choose another one.")
    assert {"upscale", "hdr", "perform"} <= set(found)
    assert "frame_rate" not in found


def test_a_model_that_is_gone_leaves_its_place_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = MappingProxyType({"edit": replace(PLANS["edit"], model="gen4_aleph")})
    monkeypatch.setattr(works, "PLANS", gone)

    assert [(work.credits, work.reason) for work in works_of(film(), today=TODAY)] == [(None, "Not on offer now.")]


def test_stills_and_sounds_have_menus_of_their_own() -> None:
    still, sound = film(kind=MediaKind.IMAGE, duration_ms=0, fps=0), film(kind=MediaKind.AUDIO, width=0, height=0)

    assert works_of(still, today=TODAY) == works_of(sound, today=TODAY) == []
    assert [step.use for step in steps_of(film())] == ["extend", "first_frame", "last_frame", "reference_image"]
    assert [(step.at, step.use) for step in steps_of(still)] == [
        ("first", "first_frame"), ("first", "last_frame"), ("first", "reference_image"),
    ]  # fmt: skip
    assert steps_of(sound) == ()
