"""The named ways in which a task can go. One is chosen for the whole remote, or by `[[name]]` in a prompt."""

import re
from dataclasses import dataclass

SCENARIOS: dict[str, str] = {
    "normal": "waits, runs and succeeds",
    "moderated_input": "refused by input moderation before it runs, and charged",
    "moderated_output": "runs to the end, then its result is withheld, and charged",
    "bad_output": "fails near the end with INTERNAL.BAD_OUTPUT, refunded",
    "internal": "fails half way with INTERNAL, refunded",
    "no_failure_code": "fails half way and does not say why, refunded",
    "third_party_unavailable": "fails early because the vendor behind the model is down, refunded",
    "asset_invalid": "fails before it runs because of an asset, refunded",
    "html_502": "reading the task answers an HTML 502 for a while",
    "empty_504": "reading the task answers an empty 504 for a while",
    "create_502": "creating answers an HTML 502 and creates nothing",
    "create_lost": "creates and charges, but answers an empty 504",
    "slow_create": "creates and charges, but answers only when the client has given up",
    "stuck_progress": "stays at 42 % for a day, then fails",
    "expired_link": "its first link is already expired; reading the task again gives a good one",
    "truncated_download": "the first download breaks off in the middle, later ones are whole",
    "not_a_video": "succeeds with an output that is text",
    "unknown_status": "passes through a status that nobody has heard of",
    "unknown_fields": "its answers carry fields that nobody has heard of",
    "throttled": "waits a good while as THROTTLED",
    "cancelled_elsewhere": "is cancelled by somebody else while it runs, and charged",
    "no_costs": "answers as the API did before it told costs",
    "daily_limit": "creating answers 429: the daily task limit has been reached",
    "out_of_credits": "creating answers 400: not enough credits",
    "key_revoked": "answers 401: the key is no longer valid",
    "model_unavailable": "creating answers 403: the model is not enabled",
}

NORMAL = "normal"
TAG = re.compile(r"\[\[([a-z0-9_]+)\]\]")

CHARGED_FAILURES = ("SAFETY.INPUT", "SAFETY.OUTPUT")


@dataclass(frozen=True, slots=True)
class Failure:
    """A scripted end: what the task says, and after which part of the running time (0: it never runs)."""

    code: str | None
    message: str
    after: float

    @property
    def is_charged(self) -> bool:
        return self.code is not None and self.code.startswith(CHARGED_FAILURES)


FAILURES: dict[str, Failure] = {
    "moderated_input": Failure("SAFETY.INPUT.TEXT", "The prompt was flagged by content moderation.", 0.0),
    "asset_invalid": Failure("ASSET.INVALID", "The asset has unacceptable dimensions.", 0.0),
    "third_party_unavailable": Failure("THIRD_PARTY.UNAVAILABLE", "The provider is unavailable.", 0.25),
    "internal": Failure("INTERNAL", "An unexpected error occurred.", 0.5),
    "no_failure_code": Failure(None, "An unexpected error occurred.", 0.5),
    "bad_output": Failure("INTERNAL.BAD_OUTPUT.01", "An unexpected error occurred.", 0.9),
    "moderated_output": Failure("SAFETY.OUTPUT.VIDEO", "The result was flagged by content moderation.", 1.0),
}
STUCK = Failure("INTERNAL", "An unexpected error occurred.", 1.0)


def scenario_of(prompt: str, *, default: str) -> str:
    """The scenario that `prompt` asks for by its first known `[[tag]]`, else `default`."""
    asked = (name for name in TAG.findall(prompt) if name in SCENARIOS)
    return next(asked, default)


def without_tags(prompt: str) -> str:
    """The prompt as it is painted: without its scenario tags."""
    return " ".join(TAG.sub(" ", prompt).split())
