"""`generate`: what it launches, and a sentence for everything that it cannot."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.enums import Role
from accounts.models import User
from studio.credits.ledger import grant
from studio.enums import State
from studio.models import Generation, LedgerEntry, Project, Reference
from tests.factories import ClipFactory, ProjectFactory, TeamFactory, UserFactory, join
from tests.media.files import image_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return UserFactory.create(email="alice@example.com")


@pytest.fixture
def project(alice: User) -> Project:
    team = TeamFactory.create(slug="northlight", name="Northlight", owner=alice)
    grant(team, credits=1_000, note="To start with", by=alice)
    return ProjectFactory.create(team=team, slug="harbour")


def _generate(*arguments: str, **options: Any) -> None:
    call_command("generate", *arguments, **{"project": "northlight/harbour", **options})


def test_launch_holds_and_says_so(project: Project, alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    _generate("A paper boat", duration=2, seed=7)

    take = Generation.objects.get()
    assert (take.prompt.text, take.duration_s, take.seed, take.created_by) == ("A paper boat", 2, 7, alice)
    assert (take.state, take.project, take.ratio, take.model) == (State.QUEUED, project, "1280:720", "gen4.5")
    assert capsys.readouterr().out == f"Generation: {take.public_id} (24 credits held)\n"


@pytest.mark.parametrize(("options", "has_sound", "quote"), [({}, True, 320), ({"no_sound": True}, False, 160)])
def test_sound_is_on_where_there_is_a_choice(
    project: Project, options: dict[str, Any], has_sound: bool, quote: int
) -> None:
    _generate("A paper boat", model="veo3.1", duration=8, **options)

    take = Generation.objects.get()
    assert (take.has_sound, take.quote_credits) == (has_sound, quote)


@pytest.mark.parametrize(
    ("options", "row"),
    [
        ({}, ("1280:720", "", 5, False, 60)),
        ({"model": "veo3.1", "no_sound": True}, ("1280:720", "", 8, False, 160)),
        ({"model": "seedance2", "duration": 4, "no_sound": True}, ("1280:720", "", 4, False, 144)),
        ({"model": "hailuo3"}, ("16:9", "2k", 5, False, 75)),
        ({"model": "hailuo3", "resolution": "768p", "ratio": "1:1"}, ("1:1", "768p", 5, False, 50)),
        ({"model": "h3_max"}, ("", "768p", 5, False, 40)),
        ({"model": "gen4_image"}, ("1920:1080", "", 0, True, 8)),
        ({"model": "gpt_image_2", "ratio": "1280:1920"}, ("1280:1920", "", 0, True, 20)),
    ],
)
def test_what_is_not_said_is_as_the_model_usually_has_it(
    project: Project, options: dict[str, Any], row: tuple[object, ...]
) -> None:
    _generate("A paper boat", **options)

    take = Generation.objects.get()
    assert (take.ratio, take.resolution, take.duration_s, take.auto_duration, take.quote_credits) == row


def test_a_film_has_no_way_here(project: Project) -> None:
    with pytest.raises(CommandError) as caught:
        _generate("A paper boat", model="aleph2")

    assert "Aleph 2 works on a finished clip." in str(caught.value)


def test_images_become_frames(project: Project, tmp_path: Path) -> None:
    first, last = tmp_path / "first.png", tmp_path / "last.png"
    first.write_bytes(image_bytes(size=(320, 180)))
    last.write_bytes(image_bytes(size=(160, 90)))

    _generate("", model="veo3.1", duration=8, image=first, last_image=last)

    frames = Generation.objects.get().inputs.values_list("role", "reference__filename")
    assert list(frames) == [("first", "first.png"), ("last", "last.png")]


def test_member_may_be_named(project: Project) -> None:
    bob = join(project.team, Role.CREATOR, email="bob@example.com")

    _generate("A paper boat", by="BOB@example.com")

    assert Generation.objects.get().created_by == bob


@pytest.mark.parametrize("path", ["northlight/nowhere", "nowhere/harbour", "northlight", "", "northlight/harbour/"])
def test_unknown_project_is_named(project: Project, path: str) -> None:
    with pytest.raises(CommandError) as caught:
        _generate("A paper boat", project=path)

    assert str(caught.value) == f"There is no project “{path}”. Give it as TEAM/PROJECT, as in its address."


@pytest.mark.parametrize("email", ["vera@example.com", "mallory@example.com", "nobody@example.com"])
def test_person_without_the_role_is_refused(project: Project, email: str) -> None:
    join(project.team, Role.VIEWER, email="vera@example.com")
    UserFactory.create(email="mallory@example.com")

    with pytest.raises(CommandError) as caught:
        _generate("A paper boat", by=email)

    assert str(caught.value) == f"{email} may not generate in Northlight: a creator's role is needed."
    assert not Generation.objects.exists()


def test_team_of_viewers_has_nobody(project: Project) -> None:
    project.team.memberships.update(role=Role.VIEWER)

    with pytest.raises(CommandError, match=r"^Nobody may generate in Northlight: a creator's role is needed\.$"):
        _generate("A paper boat")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"model": "veo3"},
            "Runway took Veo 3 off its list in the first week of August 2026. "
            "Use Veo 3.1 with sound and 8 seconds, at the same price. Nothing was charged.",
        ),
        ({"duration": 11}, "Gen-4.5 does not make 11 s. Choose 2 to 10 seconds."),
        ({"ratio": "1:1"}, "Gen-4.5 does not make 1:1. Choose one of: 16:9, 9:16."),
        (
            {"model": "sora"},
            "There is no model called “sora”. Choose another one, such as Gen-4.5, Gen-4 Turbo, Aleph 2.",
        ),
        (
            {"seed": -1},
            "A seed is a whole number from 0 to 4,294,967,295. Leave it empty for a random one.",
        ),
    ],
)
def test_bad_request_is_a_sentence(project: Project, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        _generate("A paper boat", **options)

    assert str(caught.value) == sentence
    assert not Generation.objects.exists()


def test_prompt_from_a_shell_in_another_encoding_is_a_sentence(project: Project) -> None:
    with pytest.raises(CommandError, match=r"^The prompt holds a character that cannot be stored\. Type it anew\.$"):
        _generate("caf\udce9")


def test_missing_credits_are_a_sentence(project: Project) -> None:
    for _ in range(3):
        _generate("A paper boat", model="veo3.1", duration=8)

    with pytest.raises(CommandError, match=r"^This costs 320 credits and the team has 40: 280 are missing\."):
        _generate("A paper boat", model="veo3.1", duration=8)

    assert LedgerEntry.objects.filter(kind="hold").count() == 3


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("missing.png", None, "missing.png cannot be read: No such file or directory."),
        ("empty.png", b"", "This file is empty (0 bytes). Save the image again and add it anew."),
        ("text.png", b"a letter to bob", "whatever its name says. Add a JPEG, PNG, WebP,"),
        ("moving.gif", b"GIF89a" + bytes(40), "This image is damaged or cut off"),
        ("narrow.png", image_bytes(size=(400, 10)), "This image is too small: 400 × 10 px"),
    ],
)
def test_bad_image_is_a_sentence(
    project: Project, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError) as caught:
        _generate("A paper boat", image=path)

    assert sentence in str(caught.value)
    assert not Reference.objects.exists()
    assert not Generation.objects.exists()


def test_folder_as_an_image_is_a_sentence(project: Project, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"cannot be read: Is a directory\.$"):
        _generate("A paper boat", image=tmp_path)


def test_waiting_ends_at_its_timeout(project: Project) -> None:
    with pytest.raises(CommandError) as caught:
        _generate("A paper boat", wait=True, timeout=0)

    assert str(caught.value) == "It is not finished yet. It goes on by itself: look at the studio page."
    assert Generation.objects.get().state == State.QUEUED


def test_first_clip_is_the_one_that_is_there(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    clip = ClipFactory.create(generation__prompt__project=project)
    ClipFactory.create(generation__prompt__project=project)

    call_command("first_clip", "A paper boat", project="northlight/harbour")

    assert capsys.readouterr().out == f"Clip: /clips/{clip.public_id}/file\n"
    assert Generation.objects.count() == 2


def test_first_clip_of_an_unknown_project_is_a_sentence() -> None:
    with pytest.raises(CommandError, match="There is no project “demo/nothing”"):
        call_command("first_clip", "A paper boat", project="demo/nothing")
