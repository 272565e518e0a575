"""Runs a trial: first what is free, then what costs credits."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from studio.management.smoke.checks import Book
from studio.management.smoke.ear import Wire
from studio.management.smoke.free import look_at_account, look_at_models, look_at_refusals
from studio.management.smoke.paid import Trial
from studio.management.smoke.report import Summary
from studio.providers.errors import ProviderError
from studio.providers.runway.client import RunwayProvider

REFUSED = "the provider does not take the key"


async def run_trial(
    *, key: str, base_url: str, on_behalf_of: str, price_credits: int, poll_s: float, say: Callable[[str], None]
) -> tuple[Book, Summary]:
    """Everything, once. What breaks is itself a part of the answer: this raises nothing of the provider's."""
    started_at, began = datetime.now(UTC), time.monotonic()
    book, wire = Book(), Wire(base_url=base_url, key=key, on_behalf_of=on_behalf_of)
    provider = RunwayProvider(api_key=key, base_url=base_url, on_behalf_of=on_behalf_of, client=wire.client)
    ended = ""
    with tempfile.TemporaryDirectory(prefix="dailies-trial-") as folder:
        trial = Trial(provider, wire, book, Path(folder), price_credits, poll_s)
        try:
            ended = await _steps(wire, book, trial, say=say)
        except (ProviderError, httpx.RequestError, TimeoutError, OSError) as error:
            ended = f"{book.step}: {type(error).__name__}: {error}"
        finally:
            await wire.aclose()
    if trial.left:
        ended += f" Tasks that may go on there: {len(trial.left)}."
    return book, Summary(base_url, started_at, time.monotonic() - began, trial.charged_credits, ended)


async def _steps(wire: Wire, book: Book, trial: Trial, *, say: Callable[[str], None]) -> str:
    say("Looking at the account and at how the API refuses (free) …")
    if not await look_at_account(wire, book):
        return REFUSED
    await look_at_refusals(wire, book)
    await look_at_models(wire, book)
    say("Making a clip and cancelling a task (a few minutes) …")
    await trial.run()
    return ""
