"""Pages with rows that this version cannot read: each page answers, and the takes beside them are shown as ever."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from studio.enums import State, StatusCode
from studio.generations.cards import card
from studio.management.commands.generate import Command
from studio.models import Generation
from tests.strange import CHECKING, OPEN, READY, Strange
from tests.views.cast import HX, Cast

WORDS = {"Waiting", "Sending", "Running", "Checking"}


@pytest.mark.parametrize("strange", OPEN.values(), ids=OPEN)
def test_pages_with_an_open_one(cast: Cast, strange: Strange) -> None:
    bad, good = strange.place(cast.stage), cast.stage.launch(prompt="A good boat")

    page = cast.owner.get(cast.url("studio"))
    poll = cast.owner.get(cast.url("changes"), {"since": "0"}, headers=HX)
    others = [cast.owner.get(cast.url(name)) for name in ("gallery", "takes")]
    others += [cast.owner.get(cast.url(name, cast.stage.team.slug)) for name in ("team_home", "checking")]
    others.append(cast.owner.get(cast.url("reuse", bad.public_id)))

    assert [answer.status_code for answer in (page, poll)] == [200, 200]
    assert all(answer.status_code in {200, 302, 405} for answer in others)
    for answer in (page, poll):
        assert [f"take-{take.public_id}" in answer.content.decode() for take in (bad, good)] == [True, True]
    shown = card(bad, now=timezone.now())
    assert shown.word in WORDS
    assert shown.sentence
    assert shown.percent is None or 0 <= shown.percent <= 100


@pytest.mark.parametrize("strange", READY.values(), ids=READY)
def test_pages_with_a_finished_one(cast: Cast, strange: Strange) -> None:
    clip = strange.place(cast.stage).clip
    addresses = [cast.url("studio"), cast.url("gallery"), reverse("home"), cast.url("team_home", cast.stage.team.slug)]
    addresses += [cast.url(name, clip.public_id) for name in ("clip", "clip_file", "clip_download", "clip_poster")]

    answers = [cast.owner.get(address, follow=True) for address in addresses]
    for answer in answers:
        b"".join(answer)  # read to its end, so that its file is closed

    assert [answer.status_code for answer in answers] == [200] * len(addresses)
    assert f"/clips/{clip.public_id}/" in cast.owner.get(cast.url("gallery")).content.decode()


@pytest.mark.parametrize("strange", CHECKING.values(), ids=CHECKING)
def test_one_that_is_checking_can_be_decided_about(cast: Cast, strange: Strange) -> None:
    take = strange.place(cast.stage)
    said = io.StringIO()

    page = cast.owner.get(cast.url("checking", cast.stage.team.slug))
    call_command("decide_generation", stdout=said)
    decided = cast.owner.post(cast.url("decide", take.public_id), {"decision": "give_back"})

    assert (page.status_code, decided.status_code) == (200, 302)
    assert f"checking-{take.public_id}" in page.content.decode()
    assert str(take.public_id) in said.getvalue()
    take.refresh_from_db()
    assert (take.state, take.status_code) == (State.FAILED, StatusCode.NOT_SENT)


def test_generate_says_a_word_of_a_code_that_it_does_not_know(cast: Cast) -> None:
    take = cast.stage.launch()
    Generation.objects.filter(pk=take.pk).update(status_code="of_tomorrow")
    take.refresh_from_db()
    command = Command(stdout=io.StringIO())

    assert command._say(take, "") == f"Waiting ({StatusCode.UNREADABLE_ROW.label.lower()})"
