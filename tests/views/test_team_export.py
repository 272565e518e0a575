"""The export of a team: everything in one ZIP, with names that every system takes, and without secrets."""

import csv
import io
import json
import re
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.http.response import HttpResponseBase
from django.test import Client
from PIL import Image

from accounts.enums import AuditAction
from accounts.models import ApiToken, AuditEntry
from studio.credits.ledger import adjust
from studio.enums import InputRole
from studio.generations.references import add_reference
from studio.media.archive import Member, large_zip
from studio.models import Clip, GenerationReference, Project, Prompt, ProviderKey
from studio.team_deletion import ask_deletion
from studio.team_export import safe_name
from tests.factories import PromptFactory
from tests.sync.sweeping import made
from tests.views.cast import Cast

SAFE = re.compile(r"[^<>:\"\\|?*\x00-\x1f]+")


def body_of(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams


def exported(client: Client) -> zipfile.ZipFile:
    answer = client.get("/northlight/export/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(body_of(answer)))
    assert archive.testzip() is None
    return archive


def json_of(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


def rows_of(archive: zipfile.ZipFile, name: str) -> list[Any]:
    return [json.loads(line) for line in archive.read(name).decode().splitlines()]


def table_of(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def picture(colour: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 360), (colour, 20, 30)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def clip(cast: Cast) -> Clip:
    """A clip that was made of a reference, both stored."""
    clip = made(cast.stage)
    upload = ContentFile(picture(10), name="..\\../con:*?.png")
    reference = add_reference(cast.stage.team, upload=upload, by=cast.stage.owner)
    GenerationReference.objects.create(generation=clip.generation, role=InputRole.FIRST, reference=reference)
    return clip


def test_everything_is_in_it(cast: Cast, clip: Clip) -> None:
    archive = exported(cast.owner)

    manifest = json_of(archive, "manifest.json")
    assert (manifest["format"], manifest["version"], manifest["lacking"]) == ("dailies-team", 1, [])
    assert manifest["team"]["address"] == "northlight"
    assert manifest["counts"] == {"clips": 1, "prompts": 1, "references": 1, "takes": 1}
    assert archive.namelist()[-1] == "manifest.json"
    (take,) = rows_of(archive, "projects/harbour/takes.jsonl")
    assert (take["id"], take["state"], take["cost_credits"]) == (str(clip.generation.public_id), "ready", 24)
    (path,) = take["clip"]["files"]
    assert archive.read(path) == Path(settings.MEDIA_ROOT, clip.key).read_bytes()
    (reference,) = rows_of(archive, "references.jsonl")
    assert take["inputs"][0]["reference"] == reference["id"]
    assert archive.read(reference["file"])[:4] == b"\x89PNG"
    (prompt,) = rows_of(archive, "projects/harbour/prompts.jsonl")
    assert (prompt["id"], prompt["text"]) == (take["prompt"], clip.generation.prompt.text)
    assert json_of(archive, "projects/harbour/project.json")["address"] == "harbour"


def test_the_tables_are_whole(cast: Cast, clip: Clip) -> None:
    archive = exported(cast.owner)

    ledger = table_of(archive, "ledger.csv")
    assert ledger[0] == ["at", "kind", "credits", "take", "project", "note", "by"]
    assert [(row[1], row[2]) for row in ledger[1:]] == [("grant", "10000"), ("hold", "-24"), ("settle", "0")]
    members = table_of(archive, "members.csv")
    assert [(row[1], row[2]) for row in members[1:]] == [
        ("alice@example.com", "Owner"),
        ("vera@example.com", "Viewer"),
        ("bob@example.com", "Creator"),
    ]


def test_every_name_is_one_that_all_systems_take(cast: Cast, clip: Clip) -> None:
    Prompt.objects.update(text="../../etc/passwd\x01 CON <b>:*? " + "wörd " * 300)

    for name in exported(cast.owner).namelist():
        assert ".." not in name.split("/"), name
        assert SAFE.fullmatch(name), name
        assert not name.startswith("/")
        assert max(len(part.encode()) for part in name.split("/")) < 200, name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("harbour", "harbour"),
        ("CON", "file-CON"),
        ("con.tar", "file-con.tar"),
        ("Console", "Console"),
        ("", "file"),
        ("...", "file"),
        ("../../x", "x"),
        ("a/b\\c:d", "a-b-c-d"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("夜の港", "夜の港"),
        ("x" * 300, "x" * 80),
        ("é" * 100, "é" * 40),
        ("line\nbreak", "linebreak"),
    ],
)
def test_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example")'])
def test_no_text_is_a_formula(cast: Cast, text: str) -> None:
    cast.stage.owner.name = text
    cast.stage.owner.save()
    adjust(cast.stage.team, credits=-5, note=text, by=cast.stage.owner)

    archive = exported(cast.owner)

    (row,) = [row for row in table_of(archive, "ledger.csv") if row[1] == "adjust"]
    assert (row[2], row[5], row[6]) == ("-5", f"'{text}", f"'{text}")
    assert table_of(archive, "members.csv")[1][0] == f"'{text}"


def test_no_secret_is_in_it(cast: Cast, clip: Clip) -> None:
    team, owner = cast.stage.team, cast.stage.owner
    ProviderKey.objects.create(
        team=team,
        provider="simulator",
        ciphertext="SEALED-KEY",
        account="ACCOUNT-MARK",
        last_four="LAST",
        created_by=owner,
    )
    ApiToken.objects.create(user=owner, team=team, name="x", prefix="PREFIX", token_hash="HASHED", scopes=["read"])

    archive = exported(cast.owner)

    all_of_it = b"".join(archive.read(name) for name in archive.namelist() if not name.endswith((".mp4", ".png")))
    for secret in ("SEALED-KEY", "ACCOUNT-MARK", "LAST", "PREFIX", "HASHED", owner.password, clip.key):
        assert secret.encode() not in all_of_it


def test_a_file_that_is_gone_is_named_and_the_rest_is_delivered(cast: Cast, clip: Clip) -> None:
    Path(settings.MEDIA_ROOT, clip.key).unlink()
    second = made(cast.stage, seed=9)

    archive = exported(cast.owner)

    (lack,) = json_of(archive, "manifest.json")["lacking"]
    assert (str(clip.pk) in lack["file"], lack["reason"]) == (True, "it is not in the storage")
    assert lack["file"] not in archive.namelist()
    assert len([name for name in archive.namelist() if f"{second.pk:06}-" in name]) == 1


def test_a_file_that_is_cut_is_named(cast: Cast, clip: Clip) -> None:
    path = Path(settings.MEDIA_ROOT, clip.key)
    path.chmod(0o600)
    path.write_bytes(b"x" * 10)

    (lack,) = json_of(exported(cast.owner), "manifest.json")["lacking"]

    assert lack["reason"] == f"it has 10 bytes in the storage, and not {clip.size_bytes}"


def test_each_export_is_in_the_log(cast: Cast) -> None:
    exported(cast.owner)
    cast.owner.head("/northlight/export/")

    entry = AuditEntry.objects.get(action=AuditAction.TEAM_EXPORTED)
    assert (entry.actor, entry.team) == (cast.stage.owner, cast.stage.team)


def test_it_is_there_while_the_team_closes(cast: Cast, clip: Clip) -> None:
    ask_deletion(cast.stage.team, by=cast.stage.owner, now=cast.stage.clock.now())

    assert json_of(exported(cast.owner), "manifest.json")["counts"]["clips"] == 1
    assert cast.viewer.get("/northlight/export/").status_code == 404


def test_too_many_exports_are_refused_with_a_sentence(cast: Cast) -> None:
    for _ in range(20):
        assert cast.owner.get("/northlight/export/").status_code == 200

    answer = cast.owner.get("/northlight/export/")

    assert answer.headers["Location"] == "/northlight/settings/"


def test_an_empty_team_is_exported(cast: Cast) -> None:
    Project.objects.all().delete()

    archive = exported(cast.owner)

    assert archive.namelist() == ["ledger.csv", "members.csv", "references.jsonl", "manifest.json"]
    assert json_of(archive, "manifest.json")["counts"] == {}


def test_many_rows_are_read_some_at_a_time(cast: Cast, django_assert_max_num_queries: Any) -> None:
    PromptFactory.create_batch(450, project=cast.stage.project)

    with django_assert_max_num_queries(40):
        archive = exported(cast.owner)

    assert len(rows_of(archive, "projects/harbour/prompts.jsonl")) == 450


def test_large_files_need_no_memory(tmp_path: Path) -> None:
    path = Path(settings.MEDIA_ROOT, "clips", "large.mp4")
    path.parent.mkdir(parents=True)
    with path.open("wb") as target:
        target.truncate(64 * 1024**2)
    members = [Member("clips/large.mp4", f"{number}.mp4", 64 * 1024**2) for number in range(3)]

    tracemalloc.start()
    sent = sum(len(chunk) for chunk in large_zip(members, on_lack=lambda member, reason: None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sent > 3 * 64 * 1024**2
    assert peak < 8 * 1024**2
