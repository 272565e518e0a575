"""Generation: one request for one clip, and all that happened to it."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.fields.json import KT
from django.utils import timezone

from accounts.models import Team, User
from studio.enums import FINAL_STATES, OPEN_STATES, InputRole, State, StatusCode, WayKind
from studio.models.project import Project, seen_by
from studio.models.prompt import Prompt
from studio.models.reference import Reference

MAX_SEED = 4_294_967_295
MAX_TAKES = 4
ALL_TO_SHOW = ("project", "team", "prompt", "created_by", "kept_by", "clip")


class GenerationQuerySet(models.QuerySet["Generation"]):
    """Reads of generations."""

    def open(self) -> Self:
        """Those that are not final yet. The second condition says the same, for the indexes of open rows."""
        return self.filter(state__in=OPEN_STATES, finished_at__isnull=True)

    def of_team(self, team: Team) -> Self:
        return self.filter(team=team)

    def in_projects_of(self, user: User) -> Self:
        """Those whose project this member of the team sees."""
        return self.filter(seen_by(user))

    def to_show(self) -> Self:
        """With all that a card shows, in a fixed number of queries."""
        return (
            self.select_related(*ALL_TO_SHOW)
            .prefetch_related(
                models.Prefetch(
                    "inputs", GenerationReference.objects.select_related("reference__project", "clip__project")
                )
            )
            .annotate(kept_sentence=_kept_sentence())
        )


def _kept_sentence() -> Case:
    """What was said of a file that could not be sent, from the take's last event that has it; "" for most takes."""
    said = GenerationEvent.objects.filter(generation=OuterRef("pk"), detail__has_key="sentence").order_by("-pk")
    kept = Subquery(said.values_list(KT("detail__sentence"))[:1], output_field=models.TextField())
    return Case(
        When(status_code=StatusCode.INVALID_ASSET, then=kept), default=Value(""), output_field=models.TextField()
    )


class Generation(models.Model):
    """One request for one clip: prompt, model, settings, references and state. People see it as a take.

    `state` is written by `generations/transitions.py` alone. The takes of one launch share `launch_token`.
    `lease_token` and `lease_until` say which engine works on it now; `due_at` when it is next to be looked at.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="generations")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="generations")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="generations")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who has the take in hand since its maker has left.",
    )
    launch_token = models.UUIDField()
    take_number = models.PositiveSmallIntegerField(default=1)
    retry_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="retries")
    references = models.ManyToManyField(Reference, through="GenerationReference", related_name="generations")

    model = models.CharField(max_length=60)
    way = models.CharField(max_length=24, choices=WayKind.choices, default=WayKind.TEXT)
    ratio = models.CharField(max_length=20, blank=True)
    resolution = models.CharField(max_length=12, blank=True)
    duration_s = models.PositiveSmallIntegerField(
        help_text="As asked for; else as expected: the source's length, or the longest. 0 for a still."
    )
    auto_duration = models.BooleanField(default=False, help_text="The provider decides on the length.")
    has_sound = models.BooleanField(null=True, help_text="Empty where the model has no choice.")
    seed = models.PositiveBigIntegerField(null=True, blank=True)
    extras = models.JSONField(default=dict, blank=True, help_text="What only some models take, by wire name.")
    quote_credits = models.PositiveBigIntegerField()
    price_card = models.JSONField(help_text="The card that it was quoted on.")

    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    status_code = models.CharField(max_length=32, choices=StatusCode.choices, default=StatusCode.NONE, blank=True)
    progress = models.FloatField(null=True, blank=True)
    stored_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    total_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    provider = models.CharField(max_length=20, blank=True)
    account = models.CharField(
        max_length=16, blank=True, help_text="The key that it was sent with, without telling it."
    )
    provider_task_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001  # unique where set
    provider_code = models.CharField(max_length=80, blank=True)
    estimated_credits = models.PositiveBigIntegerField(null=True, blank=True)
    cost_credits = models.PositiveBigIntegerField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="When it was first seen to run.")
    rendered_at = models.DateTimeField(null=True, blank=True, help_text="When it was seen to be finished there.")
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    changed_seq = models.PositiveBigIntegerField(
        default=0,
        help_text="The project's number at its last change to the eye that has no event: progress, its place in line.",
    )
    line_place = models.PositiveIntegerField(null=True, blank=True, help_text="In the line of its model; 1 is next.")
    expected_start_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveIntegerField(default=0, help_text="Failed tries in a row in this state.")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "launch_token", "take_number"], name="generation_once_a_launch"),
            models.UniqueConstraint(
                fields=["provider", "provider_task_id"],
                condition=Q(provider_task_id__isnull=False),
                name="generation_once_a_task",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="generation_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=FINAL_STATES, finished_at__isnull=False)
                | Q(state__in=OPEN_STATES, finished_at__isnull=True),
                name="generation_finished_when_final",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.RUNNING, State.STORING, State.READY]) | Q(provider_task_id__isnull=False),
                name="generation_has_a_task_once_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.READY) | Q(cost_credits__isnull=False),
                name="generation_ready_has_a_cost",
            ),
            models.CheckConstraint(
                condition=Q(progress__isnull=True) | Q(progress__gte=0, progress__lte=1),
                name="generation_progress_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(seed__isnull=True) | Q(seed__lte=MAX_SEED), name="generation_seed_in_range"
            ),
            models.CheckConstraint(
                condition=(Q(duration_s__gt=0) | Q(way=WayKind.STILL))
                & Q(take_number__gte=1, take_number__lte=MAX_TAKES),
                name="generation_numbers_in_range",
            ),
            models.CheckConstraint(condition=Q(way__in=WayKind.values), name="generation_way_is_known"),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="generation_lease_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(retry_of__isnull=True) | ~Q(retry_of=F("id")),
                name="generation_not_a_retry_of_itself",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="generation_of_project"),
            models.Index(fields=["team", "-id"], name="generation_of_team"),
            models.Index(fields=["state", "due_at"], condition=Q(finished_at__isnull=True), name="generation_due"),
            models.Index(
                fields=["team", "state"],
                condition=Q(finished_at__isnull=True),
                name="generation_open_of_team",
            ),
            models.Index(
                fields=["state", "model", "team"],
                condition=Q(finished_at__isnull=True),
                name="generation_line",
            ),
            models.Index(
                fields=["project", "changed_seq"],
                condition=Q(finished_at__isnull=True),
                name="generation_news",
            ),
            models.Index(
                fields=["model", "duration_s", "-finished_at"],
                condition=Q(state=State.READY),
                name="generation_past_runs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.public_id}"

    @property
    def in_hand(self) -> User:
        """Who has it in hand: its maker, or whoever took over when the maker left."""
        return self.kept_by or self.created_by

    @property
    def is_open(self) -> bool:
        """Whether something may still happen to it."""
        return self.state in OPEN_STATES

    @property
    def is_cancelling(self) -> bool:
        """Whether a person asked to cancel it and the engine has not got there yet. What is being saved is kept."""
        return self.state == State.RUNNING and self.cancel_requested_at is not None


class GenerationReference(models.Model):
    """A reference, or a clip, in its place: as first frame, as source, as one of several reference images.

    `order` counts from 0 within a role. `crop` is the part that is used, as shares of the upright image:
    `{"left": 0.1, "top": 0, "width": 0.8, "height": 1}`.
    """

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="inputs")
    role = models.CharField(max_length=20, choices=InputRole.choices)
    order = models.PositiveSmallIntegerField(default=0)
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, null=True, blank=True, related_name="uses")
    clip = models.ForeignKey("studio.Clip", on_delete=models.PROTECT, null=True, blank=True, related_name="uses")
    tag = models.CharField(max_length=16, blank=True, help_text="The name by which the prompt calls it: @tag.")
    at_s = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    crop = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["generation", "role", "order"], name="input_once_a_place"),
            models.CheckConstraint(condition=Q(role__in=InputRole.values), name="input_role_is_known"),
            models.CheckConstraint(
                condition=Q(reference__isnull=False, clip__isnull=True) | Q(reference__isnull=True, clip__isnull=False),
                name="input_is_a_reference_or_a_clip",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.generation_id}"


class GenerationEvent(models.Model):
    """A line of a generation's history, and the news for the pages that watch its project."""

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="events")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices)
    status_code = models.CharField(max_length=32, choices=StatusCode.choices, default=StatusCode.NONE, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    detail = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "seq"], name="event_once_a_number")]
        indexes = [models.Index(fields=["generation", "id"], name="event_of_generation")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.get_state_display()} {self.status_code}"
