"""Every named rule of the tables bites: each row of the table breaks one, and only that one."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from studio.enums import EntryKind, InputRole, MediaKind, State, Verdict
from studio.models import (
    Breaker,
    Evidence,
    Generation,
    GenerationReference,
)
from tests.factories import (
    ClipFactory,
    GenerationFactory,
    ProjectFactory,
    ReferenceFactory,
    TeamFactory,
    UserFactory,
)
from tests.models import wrong_rows as wrong
from tests.models.wrong_people import BREAKING_OF_PEOPLE
from tests.models.wrong_rows import NOW, Breaking

UNIQUE_COLUMNS_ON_SQLITE = re.compile(r"UNIQUE constraint failed: (.+)")
HOLD, SETTLE, RELEASE = EntryKind.HOLD, EntryKind.SETTLE, EntryKind.RELEASE

BREAKING: list[tuple[str, str, Breaking]] = [
    ("user_email_is_lower_case", "capitals", wrong.capitals),
    ("membership_once_a_team", "twice", wrong.same_membership),
    ("membership_role_is_known", "between two roles", wrong.unknown_role),
    ("project_slug_once_a_team", "twice", wrong.same_project_slug),
    ("project_slug_is_a_slug", "capitals", lambda: ProjectFactory.create(slug="Harbour")),
    ("project_slug_is_a_slug", "empty", lambda: ProjectFactory.create(slug="")),
    ("project_slug_is_a_slug", "hyphen at the end", lambda: ProjectFactory.create(slug="harbour-")),
    ("project_slug_is_a_slug", "slash", lambda: ProjectFactory.create(slug="a/b")),
    ("prompt_not_from_itself", "itself", wrong.prompt_from_itself),
    ("reference_once_a_team", "same bytes", wrong.same_reference),
    ("reference_has_a_size", "no width", wrong.reference(width=0)),
    ("reference_has_a_size", "no height", wrong.reference(height=0)),
    ("reference_has_a_size", "no bytes", wrong.reference(size_bytes=0)),
    ("reference_image_has_a_type", "gif", wrong.reference(content_type="image/gif")),
    ("reference_has_a_size", "sound without length", wrong.reference(kind=MediaKind.AUDIO, content_type="audio/mpeg")),
    ("upload_once_an_account", "twice", wrong.same_upload),
    ("upload_of_clip_once_an_account", "twice", wrong.same_upload_of_a_clip),
    ("upload_is_of_a_reference_or_a_clip", "neither", wrong.upload_of_nothing),
    ("generation_once_a_launch", "same take", wrong.same_take),
    ("generation_once_a_task", "same task", wrong.same_task),
    ("generation_state_is_known", "word", wrong.generation(state="lost", finished_at=None)),
    ("generation_finished_when_final", "ready, not finished", wrong.generation(state=State.READY, finished_at=None)),
    ("generation_finished_when_final", "failed, not finished", wrong.generation(state=State.FAILED, finished_at=None)),
    ("generation_finished_when_final", "finished, waiting", wrong.generation(finished_at=NOW)),
    ("generation_finished_when_final", "finished, running", wrong.generation(state=State.RUNNING, finished_at=NOW)),
    ("generation_has_a_task_once_sent", "running", wrong.generation(state=State.RUNNING, provider_task_id=None)),
    ("generation_has_a_task_once_sent", "storing", wrong.generation(state=State.STORING, provider_task_id=None)),
    ("generation_has_a_task_once_sent", "ready", wrong.generation(state=State.READY, provider_task_id=None)),
    ("generation_ready_has_a_cost", "no cost", wrong.generation(state=State.READY, cost_credits=None)),
    ("generation_progress_is_a_share", "over 1", wrong.changed(progress=1.01)),
    ("generation_progress_is_a_share", "below 0", wrong.changed(progress=-0.01)),
    ("generation_seed_in_range", "2**32", wrong.changed(seed=2**32)),
    ("generation_numbers_in_range", "no seconds", wrong.changed(duration_s=0)),
    ("generation_numbers_in_range", "take 0", wrong.changed(take_number=0)),
    ("generation_numbers_in_range", "take 5", wrong.changed(take_number=5)),
    ("generation_lease_is_whole", "no end", wrong.changed(lease_token=uuid.uuid4())),
    ("generation_lease_is_whole", "no token", wrong.changed(lease_until=NOW)),
    ("generation_not_a_retry_of_itself", "itself", wrong.retry_of_itself),
    ("generation_way_is_known", "somehow", wrong.changed(way="somehow")),
    ("input_once_a_place", "two first frames", wrong.same_frame),
    ("input_role_is_known", "somewhere", wrong.unknown_frame),
    ("input_is_a_reference_or_a_clip", "neither", wrong.input_of_nothing),
    ("input_is_a_reference_or_a_clip", "both", wrong.input_of_both),
    ("event_once_a_number", "twice", wrong.same_event_number),
    ("clip_has_a_size", "no bytes", wrong.clip(size_bytes=0)),
    ("clip_has_a_size", "no width", wrong.clip(width=0)),
    ("clip_has_a_size", "no height", wrong.clip(height=0)),
    ("clip_has_a_size", "no length", wrong.clip(duration_ms=0)),
    ("clip_has_a_size", "sound without length", wrong.clip(kind=MediaKind.AUDIO, duration_ms=0)),
    ("clip_file_once_a_place", "two first files", wrong.same_clip_file),
    ("clip_file_has_a_size", "no bytes", lambda: wrong.clip_file(ClipFactory.create(), key="a", size_bytes=0)),
    ("entry_one_hold", "two holds", wrong.entries((HOLD, -60, True), (HOLD, -60, True))),
    ("entry_one_closing", "settle twice", wrong.entries((HOLD, -60, True), (SETTLE, 0, True), (SETTLE, 0, True))),
    (
        "entry_one_closing",
        "settle and release",
        wrong.entries((HOLD, -60, True), (SETTLE, 0, True), (RELEASE, 60, True)),
    ),
    ("entry_names_its_generation", "hold of nothing", wrong.entries((HOLD, -60, False))),
    ("entry_names_its_generation", "settle of nothing", wrong.entries((SETTLE, 0, False))),
    ("entry_names_its_generation", "grant for a take", wrong.entries((EntryKind.GRANT, 60, True))),
    ("entry_names_its_generation", "adjust of a take", wrong.entries((EntryKind.ADJUST, 60, True), note="why")),
    ("entry_names_its_generation", "unknown kind", wrong.entries(("gift", 60, False))),
    ("entry_sign_fits_its_kind", "grant of 0", wrong.entries((EntryKind.GRANT, 0, False))),
    ("entry_sign_fits_its_kind", "hold that gives", wrong.entries((HOLD, 1, True))),
    ("entry_sign_fits_its_kind", "release that takes", wrong.entries((RELEASE, -1, True))),
    ("entry_sign_fits_its_kind", "adjust of 0", wrong.entries((EntryKind.ADJUST, 0, False), note="why")),
    ("entry_adjust_has_a_note", "no note", wrong.entries((EntryKind.ADJUST, -5, False))),
    ("limit_once_a_key_and_model", "twice", wrong.same_limit),
    ("pace_once_a_model", "twice", wrong.same_pace),
    ("drift_once_a_price", "twice", wrong.same_drift),
    ("surprise_once_a_value", "twice", wrong.same_surprise),
    ("surprise_kind_is_known", "rumour", wrong.unknown_surprise),
    ("refused_once_a_key_and_model", "twice", wrong.same_refused_model),
    ("breaker_once_a_key", "twice", wrong.same_breaker(team=False)),
    ("breaker_once_a_team", "twice", wrong.same_breaker(team=True)),
    ("usage_once_a_day_and_model", "twice", wrong.same_usage),
    ("evidence_verdict_is_known", "perhaps", wrong.unknown_verdict),
    ("key_active_once_a_team", "twice", lambda: wrong.keys(retired_at=None)),
    ("key_active_is_not_forgotten", "empty", lambda: wrong.keys(retired_at=None, ciphertext="")),
    ("breaker_open_is_whole", "no retry", lambda: Breaker.objects.create(provider="runway", opened_at=NOW)),
    *BREAKING_OF_PEOPLE,
]


# An unknown state is neither final nor open either: PostgreSQL names the rule that comes first in the alphabet.
ALSO_BROKEN = {"generation_state_is_known": "generation_finished_when_final"}


def _our_models() -> Iterator[type[models.Model]]:
    for label in ("accounts", "studio"):
        yield from apps.get_app_config(label).get_models()


def _named() -> dict[str, tuple[type[models.Model], models.BaseConstraint]]:
    return {rule.name: (model, rule) for model in _our_models() for rule in model._meta.constraints}


def _broken(error: IntegrityError, name: str) -> bool:
    """Whether `error` is about the rule `name`; SQLite names columns instead of a plain unique rule."""
    if name in str(error) or ALSO_BROKEN.get(name, name) in str(error):
        return True
    model, rule = _named()[name]
    columns = UNIQUE_COLUMNS_ON_SQLITE.search(str(error))
    if columns is None or not isinstance(rule, models.UniqueConstraint):
        return False
    table = model._meta.db_table
    wanted = {f"{table}.{field.column}" for field in model._meta.local_fields if field.name in rule.fields}
    return set(columns.group(1).split(", ")) == wanted


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "breaking"), [pytest.param(name, do, id=f"{name}-{how}") for name, how, do in BREAKING]
)
def test_rule_bites(name: str, breaking: Breaking) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        breaking()

    assert _broken(caught.value, name), str(caught.value)


def test_every_rule_has_a_row_above() -> None:
    assert {name for name, _, _ in BREAKING} == set(_named())


@pytest.mark.django_db
def test_rules_let_good_rows_pass() -> None:
    for state in State:
        GenerationFactory.create(state=state)
    GenerationFactory.create(seed=0, progress=0, take_number=4)
    GenerationFactory.create(seed=2**32 - 1, progress=1, lease_token=uuid.uuid4(), lease_until=NOW)
    GenerationFactory.create(state=State.RUNNING, provider="runway", provider_task_id="one")
    GenerationFactory.create(state=State.RUNNING, provider="cometapi", provider_task_id="one")

    wrong.keys()
    wrong.keys(ciphertext="")

    assert Generation.objects.count() == len(State) + 4


UNIQUE_FIELDS = {
    "accounts.ApiToken.public_id",
    "accounts.ApiToken.token_hash",
    "accounts.AuditEntry.public_id",
    "accounts.Invitation.public_id",
    "accounts.Invitation.token_hash",
    "accounts.Notice.public_id",
    "accounts.PushSubscription.public_id",
    "accounts.User.email",
    "accounts.User.public_id",
    "accounts.Team.public_id",
    "accounts.Team.slug",
    "studio.Clip.generation",
    "studio.Clip.key",
    "studio.Clip.public_id",
    "studio.ClipFile.key",
    "studio.CreditAccount.team",
    "studio.Evidence.generation",
    "studio.Generation.public_id",
    "studio.LedgerEntry.public_id",
    "studio.Project.public_id",
    "studio.Prompt.public_id",
    "studio.Reference.key",
    "studio.Reference.public_id",
    "studio.Reference.thumb_key",
    "studio.WorkerHeartbeat.name",
}


def test_unique_columns_are_those_and_no_others() -> None:
    found = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in _our_models()
        for field in model._meta.local_fields
        if field.unique and not field.primary_key
    }

    assert found == UNIQUE_FIELDS


def _evidence(take: Generation) -> Evidence:
    return Evidence.objects.create(generation=take, verdict=Verdict.UNCLEAR, found_at=NOW, read_at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "breaking",
    [
        pytest.param(lambda: [TeamFactory.create(slug="northlight") for _ in "ab"], id="team slug"),
        pytest.param(lambda: [UserFactory.create(email="alice@example.com") for _ in "ab"], id="e-mail"),
        pytest.param(lambda: [ClipFactory.create(key="clips/1.mp4") for _ in "ab"], id="clip key"),
        pytest.param(lambda: ClipFactory.create(generation=ClipFactory.create().generation), id="two clips of a take"),
        pytest.param(lambda: [_evidence(take) for take in [GenerationFactory.create()] * 2], id="evidence of a take"),
        pytest.param(lambda: [ReferenceFactory.create(key="r/1.jpg") for _ in "ab"], id="reference key"),
    ],
)
def test_unique_column_bites(breaking: Breaking) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        breaking()


CASCADES = {
    "accounts.Delivery.notice",
    "accounts.PushSubscription.user",
    "studio.InvitedProject.invitation",
    "studio.InvitedProject.project",
    "studio.ProjectMember.membership",
    "studio.ProjectMember.project",
    "studio.GenerationReference.generation",
    "studio.ReferenceUpload.clip",
    "studio.ReferenceUpload.reference",
}


def test_every_foreign_key_protects_what_it_points_to() -> None:
    """What has been paid for is never deleted by deleting something else."""
    cascading = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in _our_models()
        for field in model._meta.local_fields
        if field.remote_field is not None and field.remote_field.on_delete is not models.PROTECT
    }

    assert cascading == CASCADES


@pytest.mark.django_db
def test_deleting_what_is_used_is_refused() -> None:
    clip = ClipFactory.create()
    generation = clip.generation
    frame = GenerationReference.objects.create(
        generation=generation, reference=ReferenceFactory.create(team=generation.team), role=InputRole.FIRST
    )
    used = [generation, generation.prompt, generation.project, generation.team, generation.created_by, frame.reference]

    for thing in filter(None, used):
        with pytest.raises(models.ProtectedError):
            thing.delete()


@pytest.mark.django_db
def test_foreign_keys_are_checked_by_the_database() -> None:
    generation = GenerationFactory.create()

    with transaction.atomic():
        Generation.objects.filter(pk=generation.pk).update(project_id=generation.project_id + 1000)
        with pytest.raises(IntegrityError):
            connection.check_constraints()
        transaction.set_rollback(True)

    generation.refresh_from_db()
    assert generation.project == generation.prompt.project


@pytest.mark.django_db
def test_finished_long_ago_is_still_finished() -> None:
    generation = GenerationFactory.create(state=State.FAILED, finished_at=NOW - timedelta(days=3650))

    assert generation.is_open is False
