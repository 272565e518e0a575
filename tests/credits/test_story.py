"""Whatever happens in whatever order, and however often: the books agree after every step."""

import uuid
from collections.abc import Callable

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from studio.credits import ledger
from studio.credits.audit import differences
from studio.credits.queries import balance
from studio.enums import FINAL_STATES, EntryKind, State, StatusCode
from studio.errors import NotEnoughCredits, StudioError
from studio.generations import transitions
from studio.generations.cancel import cancel_generation
from studio.generations.retry import retry_generation
from studio.generations.submit import submit_generation
from studio.models import Clip, CreditAccount, Generation, GenerationEvent, LedgerEntry, Project
from studio.models.ledger import CLOSING_KINDS
from tests.generations.steps import NOW, SOON, claim, funded_project, make_spec, stored_clip

MOST_EXAMPLES = 40
MOST_STEPS = 8
FUNDS = 150

costs = st.sampled_from([0, 1, 24, 25, 400])
which = st.integers(min_value=0, max_value=5)


class Story:
    """A project whose takes are pushed about; a step that cannot be is to change nothing."""

    def __init__(self) -> None:
        self.project: Project = funded_project(FUNDS)
        self.tokens = [uuid.uuid4() for _ in range(3)]

    def take(self, index: int) -> Generation | None:
        takes = list(Generation.objects.order_by("pk"))
        return takes[index % len(takes)] if takes else None

    def launch(self, index: int, takes: int) -> None:
        try:
            submit_generation(
                self.project,
                spec=make_spec(takes=takes),
                token=self.tokens[index % 3],
                by=self.project.created_by,
                now=NOW,
            )
        except NotEnoughCredits:
            assert takes * 24 > balance(self.project.team).balance_credits

    def send(self, index: int) -> None:
        self._engine(index, lambda c: transitions.start_submitting(c, provider="simulator", now=NOW))

    def arrive(self, index: int) -> None:
        task = str(uuid.uuid4())
        self._engine(
            index,
            lambda c: transitions.mark_submitted(c, task_id=task, estimated_credits=24, due_at=SOON, now=NOW),
        )

    def bounce(self, index: int) -> None:
        code = StatusCode.PROVIDER_BUSY
        self._engine(index, lambda c: transitions.return_to_queue(c, code=code, due_at=SOON, now=NOW))

    def forget(self, index: int) -> None:
        self._engine(index, lambda c: transitions.mark_unknown(c, now=NOW))

    def store(self, index: int) -> None:
        self._engine(index, lambda c: transitions.start_storing(c, now=NOW))

    def finish(self, index: int, cost: int) -> None:
        self._engine(
            index,
            lambda c: transitions.finish(
                c, clip=stored_clip(c.generation_id), cost_credits=cost, cost_source="provider", now=NOW
            ),
        )

    def fail(self, index: int, cost: int) -> None:
        code = StatusCode.PROVIDER_INTERNAL
        self._engine(index, lambda c: transitions.fail(c, code=code, cost_credits=cost, now=NOW))

    def end_there(self, index: int, cost: int) -> None:
        code = StatusCode.CANCELLED_ELSEWHERE
        self._engine(
            index,
            lambda c: transitions.mark_cancelled(c, code=code, cost_credits=cost, cost_source="rule", now=NOW),
        )

    def cancel(self, index: int, cost: int) -> None:
        if take := self.take(index):
            self._person(lambda: cancel_generation(take, by=take.created_by, now=NOW))

    def decide(self, index: int, cost: int) -> None:
        task = str(uuid.uuid4()) if cost else None
        if take := self.take(index):
            transitions.decide_unknown(take, task_id=task, by=take.created_by, due_at=SOON, now=NOW)

    def retry(self, index: int, cost: int) -> None:
        if take := self.take(index):
            token = self.tokens[index % 3]
            self._person(lambda: retry_generation(take, by=take.created_by, token=token, now=NOW))

    def give(self, index: int, cost: int) -> None:
        if cost:
            ledger.adjust(self.project.team, credits=cost if index % 2 else -cost, note="Story", by=None, now=NOW)

    def _engine(self, index: int, step: Callable[[transitions.Claim], bool]) -> None:
        """The step twice with one claim: the second time is to change nothing."""
        take = self.take(index)
        if take is None or take.status_code == StatusCode.OUTCOME_UNKNOWN:
            return
        mine = claim(take) if take.is_open else transitions.Claim(generation_id=take.pk, token=uuid.uuid4())
        step(mine)
        before = self._counts()
        assert step(mine) is False
        assert self._counts() == before

    def _person(self, wish: Callable[[], object]) -> None:
        before = self._counts()
        try:
            wish()
        except StudioError:
            assert self._counts() == before

    def _counts(self) -> tuple[int, int, int, int]:
        tables = (Generation, GenerationEvent, LedgerEntry, Clip)
        return tuple(table.objects.count() for table in tables)  # type: ignore[return-value]  # four of them

    def check(self) -> None:
        account = CreditAccount.objects.get(team=self.project.team)
        assert account.balance_credits == account.entries.aggregate(total=Sum("amount_credits"))["total"]
        for take in Generation.objects.prefetch_related("entries").select_related("clip"):
            kinds = [entry.kind for entry in take.entries.all()]
            assert kinds.count(EntryKind.HOLD) == 1
            assert len([kind for kind in kinds if kind in CLOSING_KINDS]) == (take.state in FINAL_STATES)
            assert hasattr(take, "clip") == (take.state == State.READY)
        seqs = list(GenerationEvent.objects.order_by("pk").values_list("seq", flat=True))
        assert seqs == list(range(1, len(seqs) + 1))
        assert list(differences()) == []


ENGINE_STEPS = ["send", "arrive", "bounce", "forget", "store"]
COST_STEPS = ["finish", "fail", "end_there", "cancel", "decide", "retry", "give"]
steps = st.one_of(
    st.tuples(st.just("launch"), which, st.integers(min_value=1, max_value=4)),
    st.tuples(st.sampled_from(ENGINE_STEPS), which),
    # Whole ways are rare by chance alone.
    st.tuples(st.just("way"), which, costs),
    st.tuples(st.sampled_from(COST_STEPS), which, costs),
)


def _act(story: Story, step: tuple[str | int, ...]) -> None:
    name, *arguments = step
    if name != "way":
        getattr(story, str(name))(*arguments)
        return
    index, cost = (int(argument) for argument in arguments)
    for part in (story.send, story.arrive, story.store):
        part(index)
    story.finish(index, cost)


class AnyStory(TestCase):
    """Stories drawn by hypothesis, each in a transaction of its own."""

    @settings(max_examples=MOST_EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(steps, min_size=1, max_size=MOST_STEPS))
    def test_the_books_agree_after_every_step(self, script: list[tuple[str | int, ...]]) -> None:
        story = Story()
        story.launch(0, 2)
        for step in script:
            _act(story, step)
            story.check()


@pytest.mark.django_db
def test_every_step_of_the_story_can_happen() -> None:
    """The story's steps do reach each final state: a story in which nothing happens would prove nothing."""
    story = Story()
    story.launch(0, 4)
    for index, step in enumerate(("finish", "fail", "end_there")):
        for part in ("send", "arrive", "store"):
            getattr(story, part)(index)
        getattr(story, step)(index, 25)
    story.send(3)
    story.forget(3)
    story.decide(3, 0)
    story.check()

    ends = Generation.objects.order_by("pk").values_list("state", "status_code", "cost_credits")
    assert list(ends) == [
        ("ready", "", 25),
        ("failed", "provider_internal", 25),
        ("cancelled", "cancelled_elsewhere", 25),
        ("failed", "not_sent", 0),
    ]
    assert balance(story.project.team).balance_credits == FUNDS - 75
