"""Every named rule of the tables bites: each row of the table breaks one, and only that one."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership, User
from studio.enums import EntryKind, InputRole, State, StatusCode, SurpriseKind, Verdict
from studio.models import (
    Breaker,
    CreditAccount,
    Evidence,
    Generation,
    GenerationEvent,
    GenerationReference,
    LedgerEntry,
    ModelLimit,
    ModelPace,
    PriceDrift,
    Prompt,
    ReferenceUpload,
    RefusedModel,
    Surprise,
    UsageReading,
)
from tests.factories import (
    ClipFactory,
    GenerationFactory,
    ProjectFactory,
    PromptFactory,
    ReferenceFactory,
    TeamFactory,
    UserFactory,
)

Breaking = Callable[[], object]
UNIQUE_COLUMNS_ON_SQLITE = re.compile(r"UNIQUE constraint failed: (.+)")


def _generation(**fields: Any) -> Breaking:
    return lambda: GenerationFactory.create(**fields)


def _changed(**changes: Any) -> Breaking:
    """A generation that is stored well and then updated to something bad, past the factory."""
    return lambda: Generation.objects.filter(pk=GenerationFactory.create().pk).update(**changes)


def _same_membership() -> None:
    member = Membership.objects.create(team=TeamFactory.create(), user=UserFactory.create(), role=Role.VIEWER)
    Membership.objects.create(team=member.team, user=member.user, role=Role.OWNER)


def _unknown_role() -> None:
    Membership.objects.create(team=TeamFactory.create(), user=UserFactory.create(), role=15)


def _capitals() -> None:
    User.objects.filter(pk=UserFactory.create().pk).update(email="Alice@example.com")


def _same_project_slug() -> None:
    project = ProjectFactory.create()
    ProjectFactory.create(team=project.team, slug=project.slug)


def _prompt_from_itself() -> None:
    prompt = PromptFactory.create()
    Prompt.objects.filter(pk=prompt.pk).update(edited_from=prompt)


def _same_reference() -> None:
    reference = ReferenceFactory.create()
    ReferenceFactory.create(team=reference.team, sha256=reference.sha256)


def _same_upload() -> None:
    reference = ReferenceFactory.create()
    for _ in range(2):
        ReferenceUpload.objects.create(
            reference=reference, provider="runway", account="a", uri="runway://1", expires_at=timezone.now()
        )


def _same_take() -> None:
    first = GenerationFactory.create()
    GenerationFactory.create(prompt=first.prompt, launch_token=first.launch_token)


def _same_task() -> None:
    first = GenerationFactory.create(state=State.RUNNING)
    GenerationFactory.create(state=State.RUNNING, provider_task_id=first.provider_task_id)


def _retry_of_itself() -> None:
    generation = GenerationFactory.create()
    Generation.objects.filter(pk=generation.pk).update(retry_of=generation)


def _same_frame() -> None:
    generation = GenerationFactory.create()
    for _ in range(2):
        GenerationReference.objects.create(
            generation=generation, reference=ReferenceFactory.create(), position=InputRole.FIRST
        )


def _unknown_frame() -> None:
    GenerationReference.objects.create(
        generation=GenerationFactory.create(), reference=ReferenceFactory.create(), position="middle"
    )


def _same_event_number() -> None:
    generation = GenerationFactory.create()
    for _ in range(2):
        GenerationEvent.objects.create(generation=generation, project=generation.project, seq=1, state=State.QUEUED)


def _entries(*lines: tuple[str, int, bool], note: str = "") -> Breaking:
    """Entries of one account: (kind, amount, whether it names the generation)."""

    def write() -> None:
        generation = GenerationFactory.create()
        account = CreditAccount.objects.create(team=generation.team)
        for kind, amount, is_named in lines:
            LedgerEntry.objects.create(
                account=account,
                kind=kind,
                amount_credits=amount,
                generation=generation if is_named else None,
                note=note,
            )

    return write


def _clip(**fields: Any) -> Breaking:
    return lambda: ClipFactory.create(**fields)


def _reference(**fields: Any) -> Breaking:
    return lambda: ReferenceFactory.create(**fields)


NOW = timezone.now()
HOLD, SETTLE, RELEASE = EntryKind.HOLD, EntryKind.SETTLE, EntryKind.RELEASE


def _same_usage() -> None:
    for _ in "ab":
        UsageReading.objects.create(provider="runway", account="one", model="gen4.5", day=NOW.date(), credits=0)


def _unknown_verdict() -> None:
    Evidence.objects.create(generation=GenerationFactory.create(), verdict="perhaps", found_at=NOW, read_at=NOW)


def _same_drift() -> None:
    for _ in range(2):
        PriceDrift.objects.create(
            provider="runway", model="gen4.5", mark="5 s", card_key="one", our_credits=60, provider_credits=75
        )


def _same_surprise() -> None:
    for _ in range(2):
        Surprise.objects.create(provider="runway", kind=SurpriseKind.STATUS, value="REVIEW", where="task")


def _unknown_surprise() -> None:
    Surprise.objects.create(provider="runway", kind="rumour", value="REVIEW", where="task")


def _same_refused_model() -> None:
    for _ in range(2):
        RefusedModel.objects.create(provider="runway", account="one", model="gen4", code=StatusCode.MODEL_RETIRED)


def _same_pace() -> object:
    first = ModelPace.objects.create(provider="runway", model="gen4.5")
    return ModelPace.objects.create(provider=first.provider, model=first.model)


def _same_limit() -> None:
    for _ in "ab":
        ModelLimit.objects.create(provider="runway", account="one", model="gen4.5")


def _same_breaker(team: bool) -> Breaking:
    def breaking() -> None:
        of = TeamFactory.create() if team else None
        for _ in "ab":
            Breaker.objects.create(provider="runway", account="one", team=of)

    return breaking


BREAKING: list[tuple[str, str, Breaking]] = [
    ("user_email_is_lower_case", "capitals", _capitals),
    ("membership_once_a_team", "twice", _same_membership),
    ("membership_role_is_known", "between two roles", _unknown_role),
    ("project_slug_once_a_team", "twice", _same_project_slug),
    ("project_slug_is_a_slug", "capitals", lambda: ProjectFactory.create(slug="Harbour")),
    ("project_slug_is_a_slug", "empty", lambda: ProjectFactory.create(slug="")),
    ("project_slug_is_a_slug", "hyphen at the end", lambda: ProjectFactory.create(slug="harbour-")),
    ("project_slug_is_a_slug", "slash", lambda: ProjectFactory.create(slug="a/b")),
    ("prompt_not_from_itself", "itself", _prompt_from_itself),
    ("reference_once_a_team", "same bytes", _same_reference),
    ("reference_has_a_size", "no width", _reference(width=0)),
    ("reference_has_a_size", "no height", _reference(height=0)),
    ("reference_has_a_size", "no bytes", _reference(size_bytes=0)),
    ("reference_is_an_image", "gif", _reference(content_type="image/gif")),
    ("upload_once_an_account", "twice", _same_upload),
    ("generation_once_a_launch", "same take", _same_take),
    ("generation_once_a_task", "same task", _same_task),
    ("generation_state_is_known", "word", _generation(state="lost", finished_at=None)),
    ("generation_finished_when_final", "ready, not finished", _generation(state=State.READY, finished_at=None)),
    ("generation_finished_when_final", "failed, not finished", _generation(state=State.FAILED, finished_at=None)),
    ("generation_finished_when_final", "finished, waiting", _generation(finished_at=NOW)),
    ("generation_finished_when_final", "finished, running", _generation(state=State.RUNNING, finished_at=NOW)),
    ("generation_has_a_task_once_sent", "running", _generation(state=State.RUNNING, provider_task_id=None)),
    ("generation_has_a_task_once_sent", "storing", _generation(state=State.STORING, provider_task_id=None)),
    ("generation_has_a_task_once_sent", "ready", _generation(state=State.READY, provider_task_id=None)),
    ("generation_ready_has_a_cost", "no cost", _generation(state=State.READY, cost_credits=None)),
    ("generation_progress_is_a_share", "over 1", _changed(progress=1.01)),
    ("generation_progress_is_a_share", "below 0", _changed(progress=-0.01)),
    ("generation_seed_in_range", "2**32", _changed(seed=2**32)),
    ("generation_numbers_in_range", "no seconds", _changed(duration_s=0)),
    ("generation_numbers_in_range", "take 0", _changed(take_number=0)),
    ("generation_numbers_in_range", "take 5", _changed(take_number=5)),
    ("generation_lease_is_whole", "no end", _changed(lease_token=uuid.uuid4())),
    ("generation_lease_is_whole", "no token", _changed(lease_until=NOW)),
    ("generation_not_a_retry_of_itself", "itself", _retry_of_itself),
    ("frame_once_a_position", "two first frames", _same_frame),
    ("frame_position_is_known", "middle", _unknown_frame),
    ("event_once_a_number", "twice", _same_event_number),
    ("clip_has_a_size", "no bytes", _clip(size_bytes=0)),
    ("clip_has_a_size", "no width", _clip(width=0)),
    ("clip_has_a_size", "no height", _clip(height=0)),
    ("clip_has_a_size", "no length", _clip(duration_ms=0)),
    ("entry_one_hold", "two holds", _entries((HOLD, -60, True), (HOLD, -60, True))),
    ("entry_one_closing", "settle twice", _entries((HOLD, -60, True), (SETTLE, 0, True), (SETTLE, 0, True))),
    ("entry_one_closing", "settle and release", _entries((HOLD, -60, True), (SETTLE, 0, True), (RELEASE, 60, True))),
    ("entry_names_its_generation", "hold of nothing", _entries((HOLD, -60, False))),
    ("entry_names_its_generation", "settle of nothing", _entries((SETTLE, 0, False))),
    ("entry_names_its_generation", "grant for a take", _entries((EntryKind.GRANT, 60, True))),
    ("entry_names_its_generation", "adjust of a take", _entries((EntryKind.ADJUST, 60, True), note="why")),
    ("entry_names_its_generation", "unknown kind", _entries(("gift", 60, False))),
    ("entry_sign_fits_its_kind", "grant of 0", _entries((EntryKind.GRANT, 0, False))),
    ("entry_sign_fits_its_kind", "hold that gives", _entries((HOLD, 1, True))),
    ("entry_sign_fits_its_kind", "release that takes", _entries((RELEASE, -1, True))),
    ("entry_sign_fits_its_kind", "adjust of 0", _entries((EntryKind.ADJUST, 0, False), note="why")),
    ("entry_adjust_has_a_note", "no note", _entries((EntryKind.ADJUST, -5, False))),
    ("limit_once_a_key_and_model", "twice", _same_limit),
    ("pace_once_a_model", "twice", _same_pace),
    ("drift_once_a_price", "twice", _same_drift),
    ("surprise_once_a_value", "twice", _same_surprise),
    ("surprise_kind_is_known", "rumour", _unknown_surprise),
    ("refused_once_a_key_and_model", "twice", _same_refused_model),
    ("breaker_once_a_key", "twice", _same_breaker(team=False)),
    ("breaker_once_a_team", "twice", _same_breaker(team=True)),
    ("usage_once_a_day_and_model", "twice", _same_usage),
    ("evidence_verdict_is_known", "perhaps", _unknown_verdict),
    ("breaker_open_is_whole", "no retry", lambda: Breaker.objects.create(provider="runway", opened_at=NOW)),
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

    assert Generation.objects.count() == len(State) + 4


UNIQUE_FIELDS = {
    "accounts.User.email",
    "accounts.User.public_id",
    "accounts.Team.public_id",
    "accounts.Team.slug",
    "studio.Clip.generation",
    "studio.Clip.key",
    "studio.Clip.public_id",
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
    "studio.GenerationReference.generation",
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
        generation=generation, reference=ReferenceFactory.create(team=generation.team), position=InputRole.FIRST
    )
    used = [generation, generation.prompt, generation.project, generation.team, generation.created_by, frame.reference]

    for thing in used:
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
