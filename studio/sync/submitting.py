"""QUEUED: bring the references, commit SUBMITTING, then send the one request."""

from datetime import datetime, timedelta

import structlog

from studio.enums import State, StatusCode
from studio.generations import breakers, transitions
from studio.generations.late import take_up_late
from studio.generations.preflight import problems_of_take
from studio.generations.transitions import Claim
from studio.generations.vigil import is_readable
from studio.media.errors import StorageDown, StorageFull
from studio.models import Generation
from studio.providers.base import Input, InputRole, Submitted, TaskSpec, WayKind
from studio.providers.errors import OutcomeUnknown, ProviderError, Reason, Rejected, RetryLater, Unreachable
from studio.sync.claims import let_go
from studio.sync.codes import is_about_the_key, key_code, refusal_code, waiting_code
from studio.sync.context import Bench, in_database
from studio.sync.insisting import insist
from studio.sync.noticing import note_created, note_refused
from studio.sync.schedule import pause_after, poll_delay
from studio.sync.uploads import ready_inputs

log = structlog.get_logger()

SET_ASIDE = timedelta(minutes=15)
MOST_DOUBLINGS = 3
"""A take that waits for the key comes back soon: its line is stopped by the breaker, not by the take's own pause."""
FORBIDDEN_TIMES = 3


async def submit(bench: Bench, claim: Claim, generation: Generation) -> None:
    """Take a QUEUED generation as far as RUNNING, or say why not."""
    if not is_readable(generation):
        await _leave_unread(bench, claim, generation)
        return
    if await _is_refused_here(bench, claim, generation):
        return
    inputs = await _inputs(bench, claim, generation)
    if inputs is None:
        return
    started = await in_database(transitions.start_submitting)(
        claim, provider=bench.provider_name, account=bench.account, now=bench.now()
    )
    if started:
        await _send(bench, claim, generation, inputs)
    else:  # a person has cancelled it, another engine has it, or another take has the last place
        await in_database(let_go)([claim])


async def _leave_unread(bench: Bench, claim: Claim, generation: Generation) -> None:
    """Nothing was sent. It comes back now and then: a newer engine may read it, and a person may cancel it."""
    log.warning("generation.unreadable", generation_id=generation.pk, model=generation.model)
    await in_database(transitions.set_aside)(claim, due_at=bench.now() + SET_ASIDE)


async def _is_refused_here(bench: Bench, claim: Claim, generation: Generation) -> bool:
    """Whether its files break the rules of the catalog as it is now: then it fails, free, and says which and why."""
    found = await in_database(problems_of_take)(generation)
    if not found:
        return False
    log.warning("generation.refused_here", generation_id=generation.pk, fields=sorted(found))
    sentence = f"It was not sent. {next(iter(found.values()))}"
    code = StatusCode.INVALID_ASSET
    await insist(transitions.fail, claim, code=code, cost_credits=0, now=bench.now(), sentence=sentence)
    return True


async def give_up_knowing(bench: Bench, claim: Claim) -> None:
    """A SUBMITTING row whose engine is gone: perhaps sent, perhaps not. Never sent again by itself."""
    log.warning("generation.outcome_unknown", generation_id=claim.generation_id, cause="engine gone")
    await in_database(transitions.mark_unknown)(claim, now=bench.now())


async def _inputs(bench: Bench, claim: Claim, generation: Generation) -> tuple[Input, ...] | None:
    try:
        return await ready_inputs(bench, generation)
    except (RetryLater, Unreachable) as error:
        await _postpone(bench, claim, generation, waiting_code(error), error=error)
        await _note_key(bench, error, sent_at=bench.now())
    except (StorageDown, StorageFull, OSError) as error:
        log.warning("reference.unreadable", generation_id=generation.pk, error=type(error).__name__)
        await _postpone(bench, claim, generation, StatusCode.REFERENCE_UNREADABLE)
    except Rejected as error:
        log.warning("reference.refused", generation_id=generation.pk, reason=error.reason)
        if is_about_the_key(error):
            await _postpone(bench, claim, generation, key_code(error))
            await _note_key(bench, error, sent_at=bench.now())
        else:
            await _fail(bench, claim, StatusCode.INVALID_ASSET)
    return None


async def _send(bench: Bench, claim: Claim, generation: Generation, inputs: tuple[Input, ...]) -> None:
    sent_at = bench.now()
    try:
        submitted = await bench.ask(bench.provider.submit(_task_spec(generation, inputs)))
    except (RetryLater, Unreachable) as error:
        await _return_to_queue(bench, claim, generation, error)
        await _note_key(bench, error, sent_at=sent_at)
    except Rejected as error:
        await _rejected(bench, claim, generation, error)
        await _note_key(bench, error, sent_at=sent_at)
    except OutcomeUnknown as error:
        log.warning("generation.outcome_unknown", generation_id=generation.pk, status=error.status)
        await insist(transitions.mark_unknown, claim, now=bench.now())
    else:
        await _record(bench, claim, submitted)
        await in_database(breakers.note_acceptance)(**_key(bench), sent_at=sent_at)
        await note_created(bench, generation, submitted)


async def _rejected(bench: Bench, claim: Claim, generation: Generation, error: Rejected) -> None:
    """It fails, free; but for the trouble of a key or an account no take fails: it waits."""
    fields = frozenset(issue.field for issue in error.issues if issue.field)
    log.warning("generation.refused", generation_id=generation.pk, reason=error.reason, fields=sorted(fields))
    if is_about_the_key(error) and not await _is_its_own_affair(bench, generation, error):
        await _return_to_queue(bench, claim, generation, error)
    else:
        await note_refused(bench, generation, error)
        code = refusal_code(error.reason, fields=fields)
        await insist(transitions.refuse, claim, code=code, now=bench.now())


async def _is_its_own_affair(bench: Bench, generation: Generation, error: Rejected) -> bool:
    """A take that is forbidden again and again while others are accepted: the key may do most, and not this."""
    if error.reason is not Reason.FORBIDDEN or generation.failures < FORBIDDEN_TIMES:
        return False
    return await in_database(breakers.is_clear)(**_key(bench))


async def _note_key(bench: Bench, error: RetryLater | Unreachable | Rejected, *, sent_at: datetime) -> None:
    """What the answer says of the key, for its breaker."""
    now = bench.now()
    if is_about_the_key(error):
        await in_database(breakers.note_refusal)(**_key(bench), code=key_code(error), sent_at=sent_at, now=now)
    else:
        await in_database(breakers.note_no_verdict)(**_key(bench), sent_at=sent_at, now=now)


def _key(bench: Bench) -> dict[str, str]:
    return {"provider": bench.provider_name, "account": bench.account}


async def _record(bench: Bench, claim: Claim, submitted: Submitted) -> None:
    """Commit the task id. It is in the log first: it has been paid for, whatever the database does now."""
    log.info("generation.submitted", generation_id=claim.generation_id, task_id=submitted.task_id)
    now = bench.now()
    due_at = now + poll_delay(bench.limits.poll_s)
    task_id, estimate = submitted.task_id, submitted.estimated_credits
    if not await insist(
        transitions.mark_submitted, claim, task_id=task_id, estimated_credits=estimate, due_at=due_at, now=now
    ):
        generation_id = claim.generation_id
        await insist(take_up_late, generation_id, task_id=task_id, estimated_credits=estimate, due_at=due_at, now=now)


def _task_spec(generation: Generation, inputs: tuple[Input, ...]) -> TaskSpec:
    return TaskSpec(
        model=generation.model,
        prompt=generation.prompt.text,
        way=WayKind(generation.way),
        ratio=generation.ratio,
        resolution=generation.resolution,
        duration_s=None if generation.auto_duration else generation.duration_s,
        sound=generation.has_sound,
        seed=generation.seed,
        inputs=inputs,
        extras=generation.extras,
        source_s=next((used.length_s for used in inputs if used.role is InputRole.SOURCE), None),
    )


async def _postpone(
    bench: Bench, claim: Claim, generation: Generation, code: StatusCode, *, error: ProviderError | None = None
) -> None:
    now = bench.now()
    due_at = now + pause_after(error, failures=generation.failures, poll_s=bench.limits.poll_s)
    await in_database(transitions.postpone)(claim, expected=State.QUEUED, code=code, due_at=due_at, now=now)


async def _return_to_queue(
    bench: Bench, claim: Claim, generation: Generation, error: RetryLater | Unreachable | Rejected
) -> None:
    """Send it again after the usual pause, or after the provider's own wish when that is longer."""
    now, is_key = bench.now(), is_about_the_key(error)
    failures = min(generation.failures, MOST_DOUBLINGS) if is_key else generation.failures
    pause = pause_after(error, failures=failures, poll_s=bench.limits.poll_s)
    bench.heed(error)
    code = key_code(error) if is_key else waiting_code(error)
    await insist(transitions.return_to_queue, claim, code=code, due_at=now + pause, now=now)


async def _fail(bench: Bench, claim: Claim, code: StatusCode) -> None:
    await insist(transitions.fail, claim, code=code, cost_credits=0, now=bench.now())
