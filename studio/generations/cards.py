"""Card: everything that a page shows of one take, worked out before a template sees it."""

from dataclasses import dataclass
from datetime import datetime

from studio.enums import FINAL_STATES, State, StatusCode
from studio.generations.outlines import outline_of
from studio.generations.replacing import Offer
from studio.generations.sentences import known_code, sentence
from studio.models import Clip, Generation
from studio.providers.catalog import find_model
from studio.providers.traits import CANNOT_CANCEL, TELLS_NO_COSTS

MEGABYTE = 1_000_000
NAMES = {"cometapi": "CometAPI"}
CANCEL_WAITS = (
    "It was sent with another key of the studio, and the present one cannot cancel it. It may go on there and be "
    "charged. It is cancelled as soon as that key is back; until then its credits are held."
)
CHARGES_WHEN_RUNNING = "The provider charges for a running take, also when it is cancelled."
BLOCKED_CODES = frozenset({StatusCode.MODERATED_INPUT, StatusCode.MODERATED_OUTPUT})
EDIT_FIRST_CODES = BLOCKED_CODES | {
    StatusCode.INVALID_INPUT,
    StatusCode.INVALID_ASSET,
    StatusCode.MODEL_RETIRED,
    StatusCode.MODEL_NOT_ENABLED,
}
SLOWER_FACTOR = 2
MINUTE_S = 60
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn: word, tone (a colour by its meaning) and icon."""

    word: str
    tone: str
    icon: str


LOOKS: dict[State, Look] = {
    State.QUEUED: Look("Waiting", "info", "clock"),
    State.SUBMITTING: Look("Sending", "live", "send"),
    State.RUNNING: Look("Running", "live", "spark"),
    State.STORING: Look("Saving", "ok", "save"),
    State.READY: Look("Ready", "ok", "ready"),
    State.FAILED: Look("Failed", "bad", "alert"),
    State.CANCELLED: Look("Cancelled", "muted", "stop"),
}
BLOCKED = Look("Blocked", "bad", "shield")
CHECKING = Look("Checking", "warn", "question")
CANCELLING = Look("Cancelling", "muted", "stop")
WAITING_THERE = frozenset({StatusCode.PROVIDER_PENDING, StatusCode.THROTTLED})


@dataclass(frozen=True, slots=True)
class Card:
    """One take as a page shows it. `percent` is 0 to 100, None where there is no bar; sizes are in pixels."""

    generation: Generation
    word: str
    tone: str
    icon: str
    headline: str
    sentence: str
    percent: int | None
    billing: str
    can_cancel: bool
    cancel_warning: str
    can_retry: bool
    can_edit: bool
    can_reuse: bool
    announcement: str
    clip: Clip | None
    width: int
    height: int
    offer: Offer | None = None

    @property
    def dom_id(self) -> str:
        return f"take-{self.generation.public_id}"


def card(generation: Generation, *, now: datetime, typical_s: float | None = None, offer: Offer | None = None) -> Card:
    """The card of a generation. `typical_s` is how long runs of this model and length took, None if none did; `offer`
    what to use instead of a model that was refused."""
    look = _look(generation)
    width, height = outline_of(generation)
    code = known_code(generation.status_code)
    is_final = generation.state in FINAL_STATES
    can_edit = generation.state == State.FAILED and code in EDIT_FIRST_CODES
    return Card(
        generation=generation,
        word=look.word,
        tone=look.tone,
        icon=look.icon,
        headline=_headline(generation, look),
        sentence=_instead(generation, offer) or _sentence(generation, look, now=now, typical_s=typical_s),
        percent=_percent(generation, look),
        billing=_billing(generation),
        can_cancel=_can_cancel(generation),
        cancel_warning=CHARGES_WHEN_RUNNING if look.word == "Running" else "",
        can_retry=generation.state in {State.FAILED, State.CANCELLED} and not can_edit,
        can_edit=can_edit,
        can_reuse=is_final,
        announcement=_announcement(generation, look),
        clip=_clip(generation),
        width=width,
        height=height,
        offer=offer,
    )


def _look(generation: Generation) -> Look:
    state, code = State(generation.state), known_code(generation.status_code)
    if generation.is_cancelling:
        return CANCELLING
    if code == StatusCode.OUTCOME_UNKNOWN:
        return CHECKING
    if state is State.FAILED and code in BLOCKED_CODES:
        return BLOCKED
    if state is State.RUNNING and code in WAITING_THERE:
        return LOOKS[State.QUEUED]
    return LOOKS[state]


def _headline(generation: Generation, look: Look) -> str:
    if look.word == "Running" and generation.progress is not None:
        return f"{_whole_percent(generation.progress)} %"
    if look.word == "Saving" and generation.stored_bytes is not None:
        return _saving(generation.stored_bytes, generation.total_bytes)
    return "Blocked by moderation" if look is BLOCKED else look.word


def _saving(stored_bytes: int, total_bytes: int | None) -> str:
    if total_bytes is None:
        return f"Saving {_megabytes(stored_bytes)} MB"
    return f"Saving {_megabytes(stored_bytes)} of {_megabytes(total_bytes)} MB"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / MEGABYTE:.1f}" if size_bytes < 10 * MEGABYTE else f"{size_bytes / MEGABYTE:.0f}"


def _whole_percent(progress: float) -> int:
    """Never 100 before the end; rounded first, since 0.29 × 100 is 28.999…"""
    return int(round(progress * 100, 6))


def _percent(generation: Generation, look: Look) -> int | None:
    if look.word == "Running":
        return _whole_percent(generation.progress or 0)
    if look.word == "Saving":
        stored, total = generation.stored_bytes, generation.total_bytes
        return min(100, 100 * stored // total) if stored and total else 0
    return 0 if look.word in {"Waiting", "Sending"} else None


def _sentence(generation: Generation, look: Look, *, now: datetime, typical_s: float | None) -> str:
    told = _place_in_line(generation, now=now) or _refused(generation) or _by_code(generation)
    if look is CANCELLING and generation.status_code == StatusCode.OTHER_KEY:
        return CANCEL_WAITS
    if look is CANCELLING:
        return "The provider is asked first: if it is finished by now, the clip is kept."
    if told:
        return told
    return {
        State.QUEUED: "In our queue; it is sent in a moment.",
        State.SUBMITTING: "The request is on its way to the provider.",
        State.RUNNING: _running(generation, now=now, typical_s=typical_s),
        State.STORING: "Finished at the provider; being stored and checked here.",
        State.FAILED: "Something went wrong. Retry, or change the prompt.",
    }.get(State(generation.state), "")


def _by_code(generation: Generation) -> str:
    return sentence(generation.status_code, was_sent=generation.submitted_at is not None)


def _place_in_line(generation: Generation, *, now: datetime) -> str:
    """Its place and its start, as far as they are known; "" for a take that is not in line."""
    if generation.state != State.QUEUED or generation.line_place is None:
        return ""
    place, code = f"{_nth(generation.line_place)} in line for {_label(generation)}", generation.status_code
    if code == StatusCode.DAILY_LIMIT:
        return f"{place}. {sentence(code)}"
    if code != StatusCode.IN_LINE:
        return ""
    start = generation.expected_start_at
    return place if start is None else f"{place} · expected to start {_starts((start - now).total_seconds())}"


def _nth(number: int) -> str:
    if number == 1:
        return "Next"
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def _starts(seconds: float) -> str:
    if seconds < MINUTE_S / 2:
        return "any moment"
    minutes = round(seconds / MINUTE_S)
    if minutes < HOUR_S // MINUTE_S:
        return f"in about {max(minutes, 1)} min"
    return f"in about {minutes // 60} h {minutes % 60 // 10 * 10} min".removesuffix(" 0 min")


def _refused(generation: Generation) -> str:
    """What replaces a retired model; which file could not be sent; and of an account that was empty, what a take says
    that failed by it."""
    if generation.status_code == StatusCode.MODEL_RETIRED:
        model = find_model(generation.model)
        return model.retired_sentence if model else ""
    if generation.status_code == StatusCode.INVALID_ASSET:
        return str(getattr(generation, "kept_sentence", "") or "")
    if generation.status_code == StatusCode.PROVIDER_OUT_OF_CREDITS and generation.state == State.FAILED:
        return "The studio's account at the provider was out of credits. Retry when an admin has topped it up."
    return ""


def _instead(generation: Generation, offer: Offer | None) -> str:
    """Of a model that was refused: what to use instead, and what that costs."""
    if offer is None:
        return ""
    who = NAMES.get(generation.provider, "Runway")
    whom = " to this account" if generation.status_code == StatusCode.MODEL_NOT_ENABLED else ""
    return f"{who} no longer offers {_label(generation)}{whom}. Use {offer.model.label} instead: {offer.settings}."


def _label(generation: Generation) -> str:
    model = find_model(generation.model)
    return model.label if model else generation.model


def _running(generation: Generation, *, now: datetime, typical_s: float | None) -> str:
    elapsed = max((now - (generation.started_at or now)).total_seconds(), 0)  # two machines, two clocks
    if typical_s is None:
        return f"{spoken_time(elapsed)} so far"
    if elapsed > SLOWER_FACTOR * typical_s:
        return f"{spoken_time(elapsed)} so far: slower than usual, still safe"
    if elapsed >= typical_s:
        return f"{spoken_time(elapsed)} so far, should be done any moment"
    return f"{spoken_time(elapsed)}, about {spoken_time(max(typical_s - elapsed, 1))} left"


def spoken_time(seconds: float) -> str:
    """`42 s`, `5 min 36 s`, `2 h 5 min`."""
    whole = int(seconds)
    if whole < MINUTE_S:
        return f"{seconds:.0f} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"


def _billing(generation: Generation) -> str:
    if generation.state not in FINAL_STATES:
        return _held(generation)
    cost = generation.cost_credits or 0
    estimated = " (estimated)" if generation.provider in TELLS_NO_COSTS else ""
    return f"{cost:,} credits charged{estimated}" if cost else "Not charged"


def _held(generation: Generation) -> str:
    """What is set aside; and what the provider may charge beyond it."""
    estimate, held = generation.estimated_credits or 0, generation.quote_credits
    more = f", the provider may charge {estimate:,}" if estimate > held else ""
    return f"{held:,} credits held{more}"


def _can_cancel(generation: Generation) -> bool:
    if generation.state == State.RUNNING and generation.provider in CANNOT_CANCEL:
        return False
    return generation.state in {State.QUEUED, State.RUNNING} and not generation.is_cancelling


def _announcement(generation: Generation, look: Look) -> str:
    """What the live region says: one text a state, so that progress repeats nothing."""
    return f"Take {generation.take_number}: {look.word.lower()}."


def _clip(generation: Generation) -> Clip | None:
    return generation.clip if generation.state == State.READY else None
