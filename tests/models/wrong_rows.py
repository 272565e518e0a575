"""Rows that break one rule each, for the table of rules."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership, User
from studio.enums import InputRole, State, StatusCode, SurpriseKind
from studio.models import (
    Breaker,
    Clip,
    ClipFile,
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
    ProviderKey,
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
NOW = timezone.now()


def generation(**fields: Any) -> Breaking:
    return lambda: GenerationFactory.create(**fields)


def changed(**changes: Any) -> Breaking:
    """A generation that is stored well and then updated to something bad, past the factory."""
    return lambda: Generation.objects.filter(pk=GenerationFactory.create().pk).update(**changes)


def same_membership() -> None:
    member = Membership.objects.create(team=TeamFactory.create(), user=UserFactory.create(), role=Role.VIEWER)
    Membership.objects.create(team=member.team, user=member.user, role=Role.OWNER)


def unknown_role() -> None:
    Membership.objects.create(team=TeamFactory.create(), user=UserFactory.create(), role=15)


def capitals() -> None:
    User.objects.filter(pk=UserFactory.create().pk).update(email="Alice@example.com")


def same_project_slug() -> None:
    project = ProjectFactory.create()
    ProjectFactory.create(team=project.team, slug=project.slug)


def prompt_from_itself() -> None:
    prompt = PromptFactory.create()
    Prompt.objects.filter(pk=prompt.pk).update(edited_from=prompt)


def same_reference() -> None:
    reference = ReferenceFactory.create()
    ReferenceFactory.create(team=reference.team, sha256=reference.sha256)


def same_upload() -> None:
    reference = ReferenceFactory.create()
    for _ in range(2):
        ReferenceUpload.objects.create(
            reference=reference, provider="runway", account="a", uri="runway://1", expires_at=timezone.now()
        )


def same_take() -> None:
    first = GenerationFactory.create()
    GenerationFactory.create(prompt=first.prompt, launch_token=first.launch_token)


def same_task() -> None:
    first = GenerationFactory.create(state=State.RUNNING)
    GenerationFactory.create(state=State.RUNNING, provider_task_id=first.provider_task_id)


def retry_of_itself() -> None:
    generation = GenerationFactory.create()
    Generation.objects.filter(pk=generation.pk).update(retry_of=generation)


def same_frame() -> None:
    generation = GenerationFactory.create()
    for _ in range(2):
        GenerationReference.objects.create(
            generation=generation, reference=ReferenceFactory.create(), role=InputRole.FIRST
        )


def input_of_nothing() -> None:
    GenerationReference.objects.create(generation=GenerationFactory.create(), role=InputRole.FIRST)


def input_of_both() -> None:
    clip = ClipFactory.create()
    GenerationReference.objects.create(
        generation=clip.generation, role=InputRole.SOURCE, clip=clip, reference=ReferenceFactory.create()
    )


def upload_of_nothing() -> None:
    ReferenceUpload.objects.create(provider="runway", account="a", uri="runway://1", expires_at=timezone.now())


def same_upload_of_a_clip() -> None:
    clip = ClipFactory.create()
    for _ in range(2):
        ReferenceUpload.objects.create(
            clip=clip, provider="runway", account="a", uri="runway://1", expires_at=timezone.now()
        )


def clip_file(clip: Clip, *, key: str, size_bytes: int = 1) -> None:
    ClipFile.objects.create(
        clip=clip, order=0, key=key, filename="a.mov", content_type="video/quicktime", size_bytes=size_bytes, sha256="0"
    )


def same_clip_file() -> None:
    clip = ClipFactory.create()
    clip_file(clip, key="a")
    clip_file(clip, key="b")


def unknown_frame() -> None:
    GenerationReference.objects.create(
        generation=GenerationFactory.create(), reference=ReferenceFactory.create(), role="somewhere"
    )


def same_event_number() -> None:
    generation = GenerationFactory.create()
    for _ in range(2):
        GenerationEvent.objects.create(generation=generation, project=generation.project, seq=1, state=State.QUEUED)


def entries(*lines: tuple[str, int, bool], note: str = "") -> Breaking:
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


def clip(**fields: Any) -> Breaking:
    return lambda: ClipFactory.create(**fields)


def reference(**fields: Any) -> Breaking:
    return lambda: ReferenceFactory.create(**fields)


def same_usage() -> None:
    for _ in "ab":
        UsageReading.objects.create(provider="runway", account="one", model="gen4.5", day=NOW.date(), credits=0)


def unknown_verdict() -> None:
    Evidence.objects.create(generation=GenerationFactory.create(), verdict="perhaps", found_at=NOW, read_at=NOW)


def same_drift() -> None:
    for _ in range(2):
        PriceDrift.objects.create(
            provider="runway", model="gen4.5", mark="5 s", card_key="one", our_credits=60, provider_credits=75
        )


def same_surprise() -> None:
    for _ in range(2):
        Surprise.objects.create(provider="runway", kind=SurpriseKind.STATUS, value="REVIEW", where="task")


def unknown_surprise() -> None:
    Surprise.objects.create(provider="runway", kind="rumour", value="REVIEW", where="task")


def same_refused_model() -> None:
    for _ in range(2):
        RefusedModel.objects.create(provider="runway", account="one", model="gen4", code=StatusCode.MODEL_RETIRED)


def same_pace() -> object:
    first = ModelPace.objects.create(provider="runway", model="gen4.5")
    return ModelPace.objects.create(provider=first.provider, model=first.model)


def same_limit() -> None:
    for _ in "ab":
        ModelLimit.objects.create(provider="runway", account="one", model="gen4.5")


def same_breaker(team: bool) -> Breaking:
    def breaking() -> None:
        of = TeamFactory.create() if team else None
        for _ in "ab":
            Breaker.objects.create(provider="runway", account="one", team=of)

    return breaking


def keys(**changes: Any) -> None:
    """Two of one team, the first of them retired unless `changes` say otherwise."""
    team = TeamFactory.create()
    values = {"retired_at": NOW, "ciphertext": "sealed", **changes}
    for fields in (values, {"ciphertext": "sealed"}):
        ProviderKey.objects.create(team=team, provider="runway", account="a", created_by=UserFactory.create(), **fields)
