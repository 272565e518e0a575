"""RUNNING: read the task, and act on what the provider says."""

from datetime import timedelta

import structlog

from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.generations.progress import Running, Seen, record_seen
from studio.generations.transitions import Claim
from studio.models import Generation
from studio.providers.base import RemoteStatus, RemoteTask
from studio.providers.errors import NotSupported, RetryLater, TaskNotFound, Unreachable
from studio.sync.codes import failure_code, is_charged_by_rule, progress_code, waiting_code
from studio.sync.context import Bench, in_database
from studio.sync.costs import Cost, assumed_cost, final_cost
from studio.sync.evidence import Sign, is_a_persons_guess, is_proven
from studio.sync.noticing import note_charged
from studio.sync.schedule import backoff, pause_after, poll_delay, wish_of
from studio.sync.storing import store

log = structlog.get_logger()

WAITS_THERE = frozenset({RemoteStatus.PENDING, RemoteStatus.THROTTLED})


async def follow(bench: Bench, claim: Claim, generation: Generation) -> None:
    """One look at a task that the provider has."""
    task = await read_task(bench, claim, generation)
    if task is not None:
        await act(bench, claim, generation, task)


async def act(bench: Bench, claim: Claim, generation: Generation, task: RemoteTask) -> None:
    """What follows from what the provider says of a RUNNING row's task."""
    if generation.cancel_requested_at and not task.status.is_final:
        await _cancel(bench, claim, generation, task)
    elif task.status is RemoteStatus.SUCCEEDED:
        await note_charged(bench, generation, task)
        await _succeeded(bench, claim, task)
    elif task.status is RemoteStatus.FAILED:
        await _failed(bench, claim, generation, task)
    elif task.status is RemoteStatus.CANCELLED:
        has_run = generation.started_at is not None
        await _cancelled(bench, claim, generation, final_cost(task, generation, is_charged=has_run))
    else:
        await _goes_on(bench, claim, generation, task)


async def resume_storing(bench: Bench, claim: Claim, generation: Generation) -> None:
    """A STORING row: read the task again for a fresh link, then store."""
    task = await read_task(bench, claim, generation)
    if task is None:
        return
    if task.status is RemoteStatus.SUCCEEDED:
        await store(bench, claim, generation, task)
    else:
        log.error("generation.no_output_any_more", generation_id=generation.pk, status=task.raw_status)
        await _postpone(bench, claim, generation, StatusCode.UNKNOWN_STATUS)


async def read_task(bench: Bench, claim: Claim, generation: Generation) -> RemoteTask | None:
    """The task, or None when there is nothing to act on now (and the row says why).

    It does not wait for the budget of reads: it overdraws it, and the others wait the longer.
    """
    if generation.provider not in {"", bench.provider_name}:
        await _wait_for_key(bench, claim, generation)
        return None
    bench.reads.spend()
    try:
        return await bench.ask(bench.provider.fetch(generation.provider_task_id or ""))
    except (RetryLater, Unreachable) as error:
        await _pause(bench, claim, generation, error)
    except TaskNotFound as error:
        await not_found(bench, claim, generation, error)
    return None


async def _goes_on(bench: Bench, claim: Claim, generation: Generation, task: RemoteTask) -> None:
    now = bench.now()
    seen = Seen(
        row=Running.of(generation, token=claim.token),
        code=progress_code(task),
        progress=generation.progress if task.progress is None else task.progress,
        started_at=generation.started_at,
        failures=0,
        due_at=now + poll_delay(bench.limits.poll_s),
        is_news=True,
    )
    await in_database(record_seen)([seen], now=now, cancelled_due_at=seen.due_at)


async def _succeeded(bench: Bench, claim: Claim, task: RemoteTask) -> None:
    if await in_database(transitions.start_storing)(claim, now=bench.now()) and bench.hand_over:
        await bench.hand_over(claim, task)


async def _failed(bench: Bench, claim: Claim, generation: Generation, task: RemoteTask) -> None:
    cost = final_cost(task, generation, is_charged=is_charged_by_rule(task.failure_code))
    log.info("generation.failed", generation_id=generation.pk, code=task.failure_code, cost=cost.credits)
    await in_database(transitions.fail)(
        claim,
        code=failure_code(task.failure_code),
        provider_code=task.failure_code,
        cost_credits=cost.credits,
        cost_source=cost.source,
        now=bench.now(),
    )


async def _cancel(bench: Bench, claim: Claim, generation: Generation, task: RemoteTask) -> None:
    """Delete the task at the provider: free while it waits there, charged once it runs."""
    if task.status not in WAITS_THERE and task.status is not RemoteStatus.RUNNING:
        await _goes_on(bench, claim, generation, task)
        return
    try:
        await bench.ask(bench.provider.delete(task.task_id))
    except NotSupported:
        log.warning("generation.cannot_be_cancelled", generation_id=generation.pk, provider=bench.provider_name)
        await _goes_on(bench, claim, generation, task)
        return
    except (RetryLater, Unreachable) as error:
        await _pause(bench, claim, generation, error)
        return
    is_running = task.status is RemoteStatus.RUNNING
    await _cancelled(bench, claim, generation, assumed_cost(generation, is_charged=is_running), by_person=True)


async def _cancelled(
    bench: Bench, claim: Claim, generation: Generation, cost: Cost, *, by_person: bool = False
) -> None:
    is_ours = by_person or generation.cancel_requested_at is not None
    await in_database(transitions.mark_cancelled)(
        claim,
        code=StatusCode.CANCELLED_BY_PERSON if is_ours else StatusCode.CANCELLED_ELSEWHERE,
        cost_credits=cost.credits,
        cost_source=cost.source,
        now=bench.now(),
    )


async def not_found(bench: Bench, claim: Claim, generation: Generation, error: TaskNotFound) -> None:
    """The provider does not know the task. After our own cancel that is its end; else it is asked three times.

    At some providers a task that was just bought does not show yet: so long it waits in their queue. One that was sent
    with another key is neither given up nor called cancelled (decision 0012): that key, or another of its account, may
    come back.
    """
    if _may_still_appear(bench, generation, error):
        pause = poll_delay(bench.limits.poll_s)
        await _come_back(bench, claim, generation, StatusCode.PROVIDER_PENDING, after=pause)
        return
    has_run = generation.started_at is not None
    cost = assumed_cost(generation, is_charged=has_run)
    if await in_database(is_a_persons_guess)(generation):
        await _doubt(bench, claim, generation)
    elif generation.account not in {"", bench.account}:
        await _wait_for_key(bench, claim, generation)
    elif generation.cancel_requested_at and generation.state == State.RUNNING:
        await _cancelled(bench, claim, generation, cost)
    elif not await in_database(is_proven)(generation, Sign.NO_TASK):
        await _postpone(bench, claim, generation, StatusCode.TASK_LOST, sign=Sign.NO_TASK)
    else:
        log.error("generation.task_lost", generation_id=generation.pk, task_id=generation.provider_task_id)
        await in_database(transitions.fail)(
            claim,
            code=StatusCode.TASK_LOST,
            cost_credits=cost.credits,
            cost_source=cost.source,
            now=bench.now(),
        )


async def _wait_for_key(bench: Bench, claim: Claim, generation: Generation) -> None:
    """The task belongs to another key: it may run and be charged there, where it can be neither read nor deleted."""
    log.warning("generation.of_another_key", generation_id=generation.pk, provider=generation.provider)
    await _postpone(bench, claim, generation, StatusCode.OTHER_KEY)


def _may_still_appear(bench: Bench, generation: Generation, error: TaskNotFound) -> bool:
    """Whether the task is so young that the provider may not show it yet."""
    sent_at = generation.submitted_at
    return sent_at is not None and bench.now() - sent_at < timedelta(seconds=error.appears_within_s)


async def _doubt(bench: Bench, claim: Claim, generation: Generation) -> None:
    """A person's word for a task that is not there ends nothing: the one that was bought may still be found."""
    if not await in_database(is_proven)(generation, Sign.NO_TASK):
        await _postpone(bench, claim, generation, StatusCode.TASK_LOST, sign=Sign.NO_TASK)
    elif await in_database(transitions.doubt_again)(claim, now=bench.now()):
        log.warning("generation.wrong_task", generation_id=generation.pk, task_id=generation.provider_task_id)


async def _pause(bench: Bench, claim: Claim, generation: Generation, error: RetryLater | Unreachable) -> None:
    pause = pause_after(error, failures=generation.failures, poll_s=bench.limits.poll_s)
    bench.reads.hold(wish_of(error).total_seconds())
    await _come_back(bench, claim, generation, waiting_code(error), after=pause)


async def _postpone(bench: Bench, claim: Claim, generation: Generation, code: StatusCode, **detail: Sign) -> None:
    pause = backoff(generation.failures, poll_s=bench.limits.poll_s)
    await _come_back(bench, claim, generation, code, after=pause, **detail)


async def _come_back(
    bench: Bench, claim: Claim, generation: Generation, code: StatusCode, *, after: timedelta, **detail: Sign
) -> None:
    now = bench.now()
    await in_database(transitions.postpone)(
        claim, expected=State(generation.state), code=code, due_at=now + after, now=now, **detail
    )
