"""The profile: name, picture, time zone, theme, motion; and who may look at a picture."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.enums import AuditAction, Role, Theme
from accounts.models import AuditEntry, Membership, User
from studio.media.errors import StorageDown
from tests.factories import TeamFactory, UserFactory
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse

URL = "/profile/"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0631\u0645"


def _page(answer: Any) -> Element:
    return parse(answer.content.decode())


def _fields(**changes: object) -> dict[str, object]:
    return {"name": "Alice", "time_zone": "", "theme": "system", **changes}


def _upload(content: bytes, name: str = "me.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def _png(width: int = 300, height: int = 200, **options: Any) -> bytes:
    target = io.BytesIO()
    image = Image.new("RGB", (width, height), (0, 0, 255))
    image.paste((255, 0, 0), ((width - height) // 2, 0, (width + height) // 2, height))
    image.save(target, "PNG", **options)
    return target.getvalue()


def _stored(user: User) -> bytes:
    user.refresh_from_db()
    with default_storage.open(user.avatar_key) as file:
        return bytes(file.read())


def _alice(cast: Cast) -> User:
    cast.stage.owner.refresh_from_db()
    return cast.stage.owner


def test_the_page_shows_what_is_set(cast: Cast) -> None:
    User.objects.filter(pk=cast.vera.pk).update(time_zone="Europe/Vienna", theme=Theme.DARK, is_motion_reduced=True)

    page = _page(cast.viewer.get(URL))

    assert page.find(id="name").attributes["value"] == "Vera"
    assert page.find(id="time-zone").attributes["value"] == "Europe/Vienna"
    assert page.find(lang="en").attributes["data-theme"] == "dark"
    assert page.find(lang="en").attributes["data-motion"] == "reduce"


def test_somebody_in_no_team_has_a_profile_and_nobody_is_sent_to_sign_in(cast: Cast) -> None:
    lonely = signed_in(UserFactory.create(name="Lone"))

    assert lonely.get(URL).status_code == 200
    assert cast.nobody.get(URL)["Location"] == "/sign-in/?next=/profile/"
    assert cast.nobody.post(URL, _fields())["Location"].startswith("/sign-in/")
    assert cast.nobody.post("/profile/avatar/", _fields())["Location"].startswith("/sign-in/")


def test_a_save_writes_the_columns_and_the_log_without_the_values(cast: Cast) -> None:
    sent = _fields(name="Alix", time_zone="europe/vienna", theme="light", is_motion_reduced="on")

    answer = cast.owner.post(URL, sent)

    alice = _alice(cast)
    assert (answer.status_code, answer["Location"]) == (302, URL)
    assert (alice.name, alice.time_zone, alice.theme, alice.is_motion_reduced) == (
        "Alix",
        "Europe/Vienna",
        "light",
        True,
    )
    assert answer.cookies["theme"].value == "light"
    entry = AuditEntry.objects.get(action=AuditAction.PROFILE_CHANGED)
    assert (entry.actor, entry.about) == (alice, alice)
    assert entry.detail == {"fields": ["name", "time_zone", "theme", "is_motion_reduced"]}


def test_a_save_by_htmx_leads_back_by_its_header(cast: Cast) -> None:
    answer = cast.owner.post(URL, _fields(name="Alix"), headers=HX)

    assert (answer.status_code, answer["HX-Redirect"]) == (200, URL)
    assert _alice(cast).name == "Alix"


def test_saving_what_is_so_already_says_so_and_logs_nothing(cast: Cast) -> None:
    answer = cast.owner.post(URL, _fields(), follow=True)

    assert "Nothing was changed." in answer.content.decode()
    assert not AuditEntry.objects.filter(action=AuditAction.PROFILE_CHANGED).exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Alice \t\r\n Doe ", "Alice Doe"),
        ("Al\x00ice\x07\x1b[31m", "Alice[31m"),
        ("A\u200bl\u2060i\ufeffce", "Alice"),
        ("\u202eecilA\u202c", "ecilA"),
        ("עליזה", "עליזה"),
        (PERSIAN, PERSIAN),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("Zoe\u0308", "Zoë"),
        ("x" * 120, "x" * 120),
        ("", ""),
        ("<b>Bob</b>", "<b>Bob</b>"),
    ],
)  # fmt: skip
def test_a_name_is_one_line_of_what_can_be_seen(cast: Cast, typed: str, kept: str) -> None:
    answer = cast.owner.post(URL, _fields(name=typed))

    assert answer.status_code == 302
    assert _alice(cast).name == kept


@pytest.mark.parametrize("typed", ["x" * 121, "\u200b\u200d", "\u3164", "\u202e\x00"])
def test_a_name_that_is_too_long_or_invisible_is_refused_and_nothing_is_lost(cast: Cast, typed: str) -> None:
    answer = cast.owner.post(URL, _fields(name=typed, time_zone="Europe/Vienna", theme="dark"))

    page = _page(answer)
    assert answer.status_code == 422
    assert page.find(id="name-error").text
    assert page.find(id="time-zone").attributes["value"] == "Europe/Vienna"
    assert (_alice(cast).name, _alice(cast).time_zone) == ("Alice", "UTC")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("America/New York", "America/New_York"),
        ("vienna", "Europe/Vienna"),
        ("utc", "Etc/UTC"),
        ("Japan", "Japan"),
        (" ", "UTC"),
    ],
)
def test_a_time_zone_may_be_typed(cast: Cast, typed: str, kept: str) -> None:
    assert cast.owner.post(URL, _fields(time_zone=typed)).status_code == 302
    assert _alice(cast).time_zone == kept


@pytest.mark.parametrize("typed", ["Mars/Olympus", "../../etc/passwd", "localtime", "x" * 5000, "/etc/passwd"])
def test_what_is_no_time_zone_is_refused_with_a_sentence(cast: Cast, typed: str) -> None:
    answer = cast.owner.post(URL, _fields(time_zone=typed))

    assert answer.status_code == 422
    assert _page(answer).find(id="zone-error").text.startswith("This is no time zone")
    assert _alice(cast).time_zone == "UTC"


def test_a_theme_that_there_is_not_is_refused(cast: Cast) -> None:
    answer = cast.owner.post(URL, _fields(theme="neon"))

    assert answer.status_code == 422
    assert _alice(cast).theme == Theme.SYSTEM


def test_the_switch_in_the_bar_keeps_the_theme_in_the_account(cast: Cast) -> None:
    cast.owner.post("/accounts/theme/", {"theme": "dark", "next": URL})

    assert _alice(cast).theme == Theme.DARK


def test_another_device_gets_the_theme_with_its_first_page(cast: Cast) -> None:
    User.objects.filter(pk=cast.stage.owner.pk).update(theme=Theme.DARK)
    device = signed_in(cast.stage.owner)
    device.cookies["theme"] = "light"

    answer = device.get(URL)

    assert _page(answer).find(lang="en").attributes["data-theme"] == "dark"
    assert answer.cookies["theme"].value == "dark"
    assert "theme" not in device.get(URL).cookies


def test_moments_are_shown_in_the_zone_of_the_person_and_say_which(cast: Cast) -> None:
    User.objects.filter(pk=cast.stage.owner.pk).update(time_zone="America/New_York")
    take = cast.stage.launch()
    cast.stage.owner.notices.create(kind="joined", text="Bob is here", created_at=take.created_at)

    mine = _page(cast.owner.get("/notices/")).all("datetime")[0]
    after = timezone.get_current_timezone_name()

    assert mine.text == "22 Nov, 07:00"
    assert mine.attributes["title"] == "America/New York, UTC-0500"
    assert mine.attributes["datetime"] == "2026-11-22T12:00:00+00:00"
    assert "data-when" not in mine.attributes
    assert after == "UTC"


def test_without_a_zone_moments_are_in_utc_for_the_browser_to_turn(cast: Cast) -> None:
    take = cast.stage.launch()
    cast.vera.notices.create(kind="joined", text="Bob is here", created_at=take.created_at)

    theirs = _page(cast.viewer.get("/notices/")).all("datetime")[0]

    assert (theirs.text, theirs.attributes["data-when"]) == ("22 Nov, 12:00 UTC", "short")


def test_a_zone_that_this_machine_does_not_know_is_utc(cast: Cast) -> None:
    User.objects.filter(pk=cast.stage.owner.pk).update(time_zone="Europe/Atlantis")

    assert cast.owner.get(URL).status_code == 200


def test_a_picture_becomes_a_small_square_without_anything_else(cast: Cast) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Taken at home"

    answer = cast.owner.post(URL, _fields(avatar=_upload(_png(exif=exif) + b"<script>alert(1)</script>")))

    content = _stored(cast.stage.owner)
    assert answer.status_code == 302
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (256, 256), {})
        assert all(abs(a - b) < 12 for a, b in zip(image.convert("RGB").getpixel((2, 2)), (255, 0, 0), strict=True))  # type: ignore[arg-type]  # three numbers
    assert b"script" not in content
    assert b"Taken" not in content
    assert AuditEntry.objects.get(action=AuditAction.PROFILE_CHANGED).detail == {"fields": ["avatar_key"]}


def test_of_an_animation_its_first_picture_is_used_and_that_is_said(cast: Cast) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])

    answer = cast.owner.post(URL, _fields(avatar=_upload(target.getvalue(), "me.gif")), follow=True)

    assert "Your profile is saved. Converted from GIF: its first frame." in answer.content.decode()
    assert _alice(cast).avatar_key


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (SVG, "whatever its name says"),
        (_png()[:200], "damaged or cut off"),
        (b"%PDF-1.7 nothing", "whatever its name says"),
        (b"GIF89a/*" + b"a" * 90 + b"*/=1;alert(1)", "damaged"),
        (_png(8, 8), "too small"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20_000_001, "too large"),
    ],
)
def test_what_is_no_picture_is_refused_and_what_was_typed_stays(cast: Cast, content: bytes, said: str) -> None:
    answer = cast.owner.post(URL, _fields(name="Alix", avatar=_upload(content)))

    page = _page(answer)
    assert answer.status_code == 422
    assert said in page.find(id="avatar-error").text
    assert page.find(id="name").attributes["value"] == "Alix"
    assert (_alice(cast).avatar_key, _alice(cast).name) == ("", "Alice")


def test_a_storage_that_is_away_is_said_and_nothing_is_lost(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise StorageDown

    monkeypatch.setattr("studio.avatars.put_bytes", away)

    answer = cast.owner.post(URL, _fields(name="Alix", avatar=_upload(_png())))

    assert answer.status_code == 422
    assert "does not take the picture" in _page(answer).find(id="avatar-error").text
    assert _page(answer).find(id="name").attributes["value"] == "Alix"


def test_a_new_picture_takes_the_old_ones_place_and_a_button_removes_it(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, tmp_path: Path
) -> None:
    keys = []
    for width in (300, 400):
        with django_capture_on_commit_callbacks(execute=True):
            cast.owner.post(URL, _fields(avatar=_upload(_png(width))))
        keys.append(_alice(cast).avatar_key)

    with django_capture_on_commit_callbacks(execute=True):
        answer = cast.owner.post("/profile/avatar/", _fields(name="Alix"))

    assert keys[0] != keys[1]
    assert [default_storage.exists(key) for key in keys] == [False, False]
    assert list((tmp_path / "media" / "avatars").rglob("*.webp")) == []
    assert answer.status_code == 302
    assert (_alice(cast).avatar_key, _alice(cast).name) == ("", "Alix")


def _address(user: User) -> str:
    return f"/profile/avatar/{user.public_id}"


def test_a_picture_is_for_those_who_share_a_team(cast: Cast) -> None:
    cast.owner.post(URL, _fields(avatar=_upload(_png())))
    alice = _alice(cast)
    mark = Path(alice.avatar_key).stem

    seen = [client.get(_address(alice)).status_code for client in (cast.owner, cast.creator, cast.viewer)]
    kept = cast.viewer.get(f"{_address(alice)}?v={mark}")

    assert seen == [200, 200, 200]
    assert cast.stranger.get(_address(alice)).status_code == 404
    assert cast.nobody.get(_address(alice)).status_code == 302
    assert cast.owner.get(_address(cast.vera)).status_code == 404
    assert kept["Cache-Control"] == "private, max-age=31536000, immutable"
    assert (kept["Content-Type"], kept["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert cast.viewer.get(_address(alice))["Cache-Control"] == "private, no-cache"
    assert cast.viewer.get(_address(alice), headers={"If-None-Match": kept["ETag"]}).status_code == 304
    assert cast.viewer.post(_address(alice)).status_code == 405


def test_a_picture_is_gone_for_who_has_left_the_last_shared_team(cast: Cast) -> None:
    cast.owner.post(URL, _fields(avatar=_upload(_png())))
    Membership.objects.filter(user=cast.vera).delete()
    shared = TeamFactory.create(owner=cast.stage.owner)

    without = cast.viewer.get(_address(_alice(cast))).status_code
    Membership.objects.create(team=shared, user=cast.vera, role=Role.VIEWER)
    again = cast.viewer.get(_address(_alice(cast))).status_code
    shared.deletion_asked_at = shared.deletion_due_at = shared.deleted_at = timezone.now()
    shared.deletion_asked_by = cast.stage.owner
    shared.save()

    assert (without, again) == (404, 200)
    assert cast.viewer.get(_address(_alice(cast))).status_code == 404


def test_a_picture_whose_file_is_gone_is_not_found(cast: Cast) -> None:
    User.objects.filter(pk=cast.stage.owner.pk).update(avatar_key="avatars/gone.webp")

    assert cast.owner.get(_address(cast.stage.owner)).status_code == 404


def test_the_bar_shows_the_picture(cast: Cast) -> None:
    before = cast.owner.get("/northlight/").content.decode()
    cast.owner.post(URL, _fields(avatar=_upload(_png())))

    after = cast.owner.get("/northlight/").content.decode()

    assert "/profile/avatar/" not in before
    assert f"{_address(_alice(cast))}?v={Path(_alice(cast).avatar_key).stem}" in after


def test_a_save_costs_a_fixed_number_of_queries(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(7):
        cast.owner.post(URL, _fields(name="Alix"))
