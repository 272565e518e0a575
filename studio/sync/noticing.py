"""Writes down what has changed at the provider. Never fatal: a take that was bought does not depend on any of it."""

import structlog

from studio.generations.drift import note_estimate
from studio.generations.refused_models import REFUSALS, note_accepted_model, note_refused_model
from studio.generations.surprises import record_surprises
from studio.models import Generation
from studio.providers.base import RemoteTask, Submitted
from studio.providers.errors import Rejected
from studio.sync.codes import refusal_code
from studio.sync.context import Bench, in_database

log = structlog.get_logger()


async def note_created(bench: Bench, generation: Generation, submitted: Submitted) -> None:
    """A create was accepted: its price is compared with ours, and the model is not refused any more."""

    def write() -> None:
        note_accepted_model(generation.model, provider=bench.provider_name, account=bench.account)
        note_estimate(
            generation,
            provider=bench.provider_name,
            estimated_credits=submitted.estimated_credits,
            now=bench.now(),
        )

    try:
        await in_database(write)()
    except Exception:  # whatever it is: the task runs and is paid for
        log.exception("notice.not_written", generation_id=generation.pk)


async def note_charged(bench: Bench, generation: Generation, task: RemoteTask) -> None:
    """A clip is finished: its cost is compared with our price where the provider named none before, and with its own
    estimate, which is to be the most that it charges."""
    cost, estimate = task.cost_credits, generation.estimated_credits
    if cost is None or (estimate is not None and cost <= estimate):
        return
    try:
        await in_database(note_estimate)(
            generation, provider=bench.provider_name, estimated_credits=cost, now=bench.now()
        )
    except Exception:
        log.exception("notice.not_written", generation_id=generation.pk)


async def note_refused(bench: Bench, generation: Generation, error: Rejected) -> None:
    """A create was refused: what is new in it, and whether the model is."""
    bench.sightings.look_at_refusal(error, generation_id=generation.pk)
    code = refusal_code(error.reason, fields=frozenset())
    if code not in REFUSALS:
        return
    offered = next((issue.values for issue in error.issues if issue.field == "model" and issue.values), ())
    try:
        await in_database(note_refused_model)(
            generation.model,
            provider=bench.provider_name,
            account=bench.account,
            code=code,
            offered=offered,
            now=bench.now(),
        )
    except Exception:
        log.exception("notice.not_written", generation_id=generation.pk)


async def write_sightings(bench: Bench, *, all_of_them: bool = False) -> None:
    """Keep what was seen since, if it is time to, or all of it."""
    found = bench.sightings.all() if all_of_them else bench.sightings.due()
    if not found:
        return
    try:
        await in_database(record_surprises)(found, provider=bench.provider_name, now=bench.now())
    except Exception as error:  # they are seen again
        log.warning("surprises.not_written", error=type(error).__name__)
