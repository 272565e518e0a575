"""The end of a team: asked for, taken back, and what is left when its work is gone."""

import io
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from PIL import Image

from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import ApiToken, AuditEntry, Delivery, Membership, Notice, Team
from accounts.teams import add_member, let_in
from studio import team_deletion
from studio.credits.audit import differences
from studio.enums import InputRole, State
from studio.errors import NotPossible
from studio.generations.custody import missing_clips
from studio.generations.orphans import take_holdings
from studio.generations.references import add_reference
from studio.generations.submit import submit_generation
from studio.media import store
from studio.media.errors import StorageDown
from studio.models import (
    Clip,
    Generation,
    GenerationEvent,
    GenerationReference,
    Project,
    Prompt,
    ProviderKey,
    Reference,
)
from studio.sync.removing import Removals
from studio.team_deletion import ask_deletion, delete_due, take_back_deletion, toll_of
from tests.factories import UserFactory, join
from tests.sync.sweeping import made, run_sweep, with_bench
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import parse

AGES = timedelta(days=31)


def files() -> set[str]:
    """All that is stored, without folders."""
    return {path.name for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def reference_of(cast: Cast) -> Reference:
    return add_reference(cast.stage.team, upload=ContentFile(_png(), name="secret-name.png"), by=cast.stage.owner)


def ask(cast: Cast) -> datetime:
    """The deletion is asked for now, by the stage's clock; gives the moment back."""
    now = cast.stage.clock.now()
    ask_deletion(cast.stage.team, by=cast.stage.owner, now=now)
    return now


def worked(cast: Cast) -> tuple[Clip, Reference]:
    """A clip and a reference that it used, all stored."""
    clip, reference = made(cast.stage), reference_of(cast)
    GenerationReference.objects.create(generation=clip.generation, role=InputRole.FIRST, reference=reference)
    return clip, reference


def test_the_page_says_what_goes(cast: Cast) -> None:
    clip, reference = worked(cast)
    cast.stage.launch()

    page = parse(cast.owner.get("/northlight/delete/").content)

    assert page.find(id="toll").text.startswith("projects 1 takes 2 clips 1 references 1 of files")
    assert page.find(href="/northlight/export/").text == "Export everything first"
    bytes_of = clip.size_bytes + clip.poster_size_bytes + reference.size_bytes + reference.thumb_size_bytes
    toll = toll_of(cast.stage.team)
    assert (toll.size_bytes, toll.members, toll.open_takes) == (bytes_of, 3, 1)


@pytest.mark.parametrize("typed", ["", "northligh", "NORTHLIGHT", "elsewhere", "x" * 5000])
def test_a_name_that_is_not_the_teams_deletes_nothing(cast: Cast, typed: str) -> None:
    answer = cast.owner.post("/northlight/delete/", {"typed": typed})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert page.find(id="typed-error").text != ""
    assert page.find(id="typed").attributes["value"] == typed
    assert Team.objects.get(slug="northlight").is_closing is False


def test_owners_alone_delete_and_export(cast: Cast) -> None:
    mia = signed_in(join(cast.stage.team, Role.MANAGER))

    for client in (mia, cast.creator, cast.viewer, cast.stranger):
        for headers in ({}, HX):
            assert client.get("/northlight/delete/", headers=headers).status_code == 404
            assert client.post("/northlight/delete/", {"typed": "x"}, headers=headers).status_code == 404
            assert client.get("/northlight/export/", headers=headers).status_code == 404
            assert client.post("/northlight/closing/take-back/", headers=headers).status_code == 404
    assert cast.nobody.get("/northlight/delete/").status_code == 302
    assert cast.owner.get("/northlight/closing/").status_code == 404


def test_the_wish_closes_the_team_and_cancels_what_waits(cast: Cast) -> None:
    other_owner = join(cast.stage.team, Role.OWNER)
    waiting, running = cast.stage.launch(), cast.stage.launch()
    Generation.objects.filter(pk=running.pk).update(state=State.RUNNING, provider_task_id="t-1")

    answer = cast.owner.post("/northlight/delete/", {"typed": f" {cast.stage.team.name} "})

    assert answer.headers["Location"] == "/northlight/closing/"
    team = Team.objects.get(slug="northlight")
    assert team.deletion_asked_by == cast.stage.owner
    assert team.deletion_due_at - team.deletion_asked_at == timedelta(days=30)  # type: ignore[operator]  # both are set
    assert {row.pk: row.state for row in Generation.objects.all()} == {
        waiting.pk: State.CANCELLED,
        running.pk: State.RUNNING,
    }
    entry = AuditEntry.objects.get(action=AuditAction.TEAM_DELETION_ASKED)
    assert (entry.actor, entry.detail["takes_cancelled"]) == (cast.stage.owner, 1)
    told = Notice.objects.filter(kind=NoticeKind.SECURITY)
    assert {notice.user for notice in told} == {cast.stage.owner, other_owner}
    assert Delivery.objects.filter(notice__in=told, channel="mail").count() == 2


def test_asking_twice_keeps_the_first_day(cast: Cast) -> None:
    ask(cast)
    due = Team.objects.get(slug="northlight").deletion_due_at

    ask_deletion(cast.stage.team, by=cast.stage.owner, now=cast.stage.clock.now() + timedelta(days=3))

    assert Team.objects.get(slug="northlight").deletion_due_at == due
    assert AuditEntry.objects.filter(action=AuditAction.TEAM_DELETION_ASKED).count() == 1


def test_nothing_is_launched_or_joined_in_a_closing_team(cast: Cast) -> None:
    failed = cast.stage.launch()
    ask(cast)
    team, somebody = cast.stage.team, UserFactory.create()

    with pytest.raises(NotPossible, match=r"^This team is being deleted: nothing is started in it any more\.$"):
        cast.stage.launch()
    with pytest.raises(ValidationError, match="is being deleted: nobody can join it any more"):
        add_member(team, user=somebody, role=Role.VIEWER)
    with pytest.raises(ValidationError, match="is being deleted"):
        let_in(team, user=somebody, role=Role.VIEWER)
    with pytest.raises(CommandError, match="This team is being deleted"):
        call_command("generate", "A boat", project="northlight/harbour")
    assert cast.owner.post(cast.url("generate"), cast.fields()).headers["Location"] == "/northlight/closing/"
    assert cast.owner.post(cast.url("retry", failed.public_id)).headers["Location"] == "/northlight/closing/"
    assert Generation.objects.count() == 1
    assert team.memberships.count() == 3


def test_a_take_under_way_is_stored_in_a_closing_team(cast: Cast) -> None:
    take = cast.stage.launch()
    cast.stage.run_pass()
    ask(cast)

    cast.stage.run_until_final(take)

    take.refresh_from_db()
    assert take.state == State.READY
    assert Clip.objects.get().generation == take


def test_the_deletion_is_taken_back(cast: Cast) -> None:
    cast.owner.post("/northlight/delete/", {"typed": cast.stage.team.name})

    assert "Take the deletion back" in cast.owner.get("/northlight/closing/").content.decode()
    assert "Take the deletion back" not in cast.viewer.get("/northlight/closing/").content.decode()
    answer = cast.owner.post("/northlight/closing/take-back/")

    team = Team.objects.get(slug="northlight")
    assert answer.headers["Location"] == "/northlight/"
    assert (team.deletion_asked_at, team.deletion_due_at, team.deletion_asked_by) == (None, None, None)
    assert cast.viewer.get("/northlight/").status_code == 200
    assert AuditEntry.objects.filter(action=AuditAction.TEAM_DELETION_TAKEN_BACK).count() == 1
    assert cast.owner.post("/northlight/closing/take-back/").headers["Location"] == "/northlight/"


def test_after_the_days_of_grace_it_is_too_late(cast: Cast) -> None:
    asked = ask(cast)

    with pytest.raises(ValidationError, match=r"The days of grace are over"):
        take_back_deletion(cast.stage.team, by=cast.stage.owner, now=asked + timedelta(days=30))
    Team.objects.filter(slug="northlight").update(deletion_due_at=asked)
    answer = cast.owner.post("/northlight/closing/take-back/")
    assert answer.status_code == 422
    assert "The days of grace are over" in answer.content.decode()
    assert Team.objects.get(slug="northlight").is_closing


def test_nothing_goes_before_its_day(cast: Cast) -> None:
    worked(cast)
    asked, before = ask(cast), files()

    assert delete_due(now=asked + timedelta(days=30, minutes=4)) == (0, 0, 0)

    assert files() == before
    assert Team.objects.get(slug="northlight").deleted_at is None


def test_all_but_the_books_goes(cast: Cast) -> None:
    clip, _ = worked(cast)
    team = cast.stage.team
    key = ProviderKey.objects.create(
        team=team, provider="simulator", ciphertext="sealed", account="a", last_four="1234", created_by=cast.stage.owner
    )
    ApiToken.objects.create(user=cast.vera, team=team, name="x", prefix="dl_", token_hash="a", scopes=["read"])
    asked, charged, name = ask(cast), clip.generation.cost_credits, team.name

    assert delete_due(now=asked + AGES) == (1, 1, 0)

    assert files() == set()
    team.refresh_from_db()
    assert (team.name, team.slug) == (f"Deleted team {team.pk}", f"deleted-{team.public_id.hex}")
    assert team.deleted_at == asked + AGES
    assert not Membership.objects.filter(team=team).exists()
    assert [kind.objects.count() for kind in (Clip, Reference, GenerationReference, ApiToken)] == [0, 0, 0, 0]
    assert set(Prompt.objects.values_list("text", flat=True)) == {""}
    assert [project.name for project in Project.objects.filter(team=team)] == [
        f"Deleted project {cast.stage.project.pk}"
    ]
    key.refresh_from_db()
    assert (key.ciphertext, key.is_active) == ("", False)
    take = Generation.objects.get()
    assert (take.state, take.cost_credits, take.quote_credits) == (State.READY, charged, 24)
    assert list(differences()) == []
    assert AuditEntry.objects.get(action=AuditAction.TEAM_DELETED).target == name
    assert [notice.user for notice in Notice.objects.all()] == [cast.stage.owner]
    assert cast.owner.get("/northlight/").status_code == 404
    assert cast.owner.get("/").status_code == 200


def test_its_address_is_free_again(cast: Cast) -> None:
    delete_due(now=ask(cast) + AGES)

    cast.stranger.post("/teams/new/", {"name": "Northlight", "slug": "northlight"})

    assert Team.objects.get(slug="northlight").name == "Northlight"


def test_an_open_take_delays_it(cast: Cast) -> None:
    take = cast.stage.launch()
    cast.stage.run_pass()
    asked = ask(cast)

    assert delete_due(now=asked + AGES) == (0, 0, 0)
    assert Team.objects.get(slug="northlight").deleted_at is None
    cast.stage.run_until_final(take)

    assert delete_due(now=asked + AGES) == (1, 1, 0)
    assert files() == set()


def test_a_file_that_stays_is_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, _ = worked(cast)
    asked = ask(cast)

    def stubborn(key: str) -> None:
        if key == clip.poster_key:
            raise StorageDown("The disk failed.")
        really(key)

    really = store.delete
    monkeypatch.setattr(team_deletion, "delete", stubborn)
    assert delete_due(now=asked + AGES) == (1, 0, 1)
    assert files() == {Path(clip.poster_key).name}
    assert Clip.objects.count() == 1
    assert not missing_clips().exists()
    monkeypatch.undo()

    assert delete_due(now=asked + AGES) == (0, 1, 0)
    assert files() == set()
    assert Clip.objects.count() == 0


@pytest.mark.parametrize("deaths", range(1, 8))
def test_it_goes_on_where_it_was_killed(cast: Cast, monkeypatch: pytest.MonkeyPatch, deaths: int) -> None:
    worked(cast)
    made(cast.stage, seed=8)
    asked, calls = ask(cast), 0

    def deadly(function: object) -> object:
        def call(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls == deaths:
                raise SystemExit("killed")
            return function(*args, **kwargs)  # type: ignore[operator]  # any of ours

        return call

    with monkeypatch.context() as patch:
        for name in ("delete", "forget", "finish", "_empty"):
            patch.setattr(team_deletion, name, deadly(getattr(team_deletion, name)))
        with pytest.raises(SystemExit):
            delete_due(now=asked + AGES)
    sweep = run_sweep(cast.stage)
    delete_due(now=asked + AGES)

    assert (sweep.missing, sweep.trouble) == (0, "")
    assert files() == set()
    assert Team.objects.get(pk=cast.stage.team.pk).slug.startswith("deleted-")
    assert list(differences()) == []


def test_sweep_and_storage_agree_afterwards(cast: Cast) -> None:
    worked(cast)
    delete_due(now=ask(cast) + AGES)

    report = run_sweep(cast.stage)

    assert (report.looked_at, report.missing, report.trouble) == (0, 0, "")
    assert take_holdings().orphans == []


def test_what_a_provider_sent_in_place_of_a_video_goes_too(cast: Cast) -> None:
    take = cast.stage.run_until_final(cast.stage.launch())
    kept = f"rejected/{take.public_id.hex[-2:]}/{take.public_id}/{'a' * 16}.bin"
    path = Path(settings.MEDIA_ROOT) / kept
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<html>")
    event = GenerationEvent.objects.filter(generation=take).last()
    GenerationEvent.objects.filter(pk=event.pk).update(detail={"kept_as": kept, "sentence": "secret.png"})  # type: ignore[union-attr]  # it has events

    delete_due(now=ask(cast) + AGES)

    assert files() == set()
    assert GenerationEvent.objects.get(pk=event.pk).detail == {}  # type: ignore[union-attr]  # as above


def test_other_teams_keep_theirs(cast: Cast) -> None:
    worked(cast)
    ask(cast)
    other = Team.objects.get(slug="elsewhere")
    mine = add_reference(other, upload=ContentFile(_png(), name="mine.png"), by=cast.vera)

    delete_due(now=cast.stage.clock.now() + AGES)

    assert files() == {Path(mine.key).name, Path(mine.thumb_key).name}
    assert other.memberships.count() == 1


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 360), (10, 20, 30)).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_engine_does_it(cast: Cast) -> None:
    worked(cast)
    ask(cast)
    cast.stage.clock.advance(AGES.total_seconds())

    with_bench(cast.stage, lambda bench: Removals(bench).work())

    assert files() == set()
    assert Team.objects.get(pk=cast.stage.team.pk).slug.startswith("deleted-")


def test_the_command_says_what_it_did(cast: Cast) -> None:
    out = io.StringIO()
    ask_deletion(cast.stage.team, by=cast.stage.owner, now=cast.stage.clock.now() - timedelta(days=400))

    call_command("delete_teams", stdout=out)

    assert out.getvalue() == "teams closed: 1, teams done: 1, rows with files that stayed: 0\n"


def test_a_token_of_a_launch_from_before_gives_the_launch_back(cast: Cast) -> None:
    token, now = uuid4(), cast.stage.clock.now()
    first = submit_generation(cast.stage.project, spec=cast.stage.spec(), token=token, by=cast.stage.owner, now=now)
    ask(cast)

    again = submit_generation(cast.stage.project, spec=cast.stage.spec(), token=token, by=cast.stage.owner, now=now)
    assert again == first
