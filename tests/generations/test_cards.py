"""The card table of the product, row by row, and a sentence for every status code."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.enums import FINAL_STATES, State, StatusCode
from studio.generations.cards import CHARGES_WHEN_RUNNING, card
from studio.generations.sentences import SENTENCES, sentence
from studio.models import Clip, Generation

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HELD, CHARGED, FREE = "60 credits held", "60 credits charged", "Not charged"
CANCEL, RETRY, EDIT, REUSE = "cancel", "retry", "edit", "reuse"
C = StatusCode


def _take(state: State, code: StatusCode = C.NONE, **fields: Any) -> Generation:
    """A generation that is in no database: a card reads nothing."""
    final = {"finished_at": NOW} if state in FINAL_STATES else {}
    take = Generation(state=state, status_code=code, ratio="1280:720", quote_credits=60, **{**final, **fields})
    if state == State.READY:
        take.clip = Clip(generation=take)
    return take


# state, code, fields → word, tone, headline, billing, actions, percent
ROWS: list[tuple[State, StatusCode, dict[str, Any], tuple[str, str, str, str, set[str], int | None]]] = [
    (State.QUEUED, C.NONE, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.KEY_REFUSED, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.KEY_UNREADABLE, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.ON_BEHALF_OF, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.VERSION_REFUSED, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.IN_LINE, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.LINE_STOPPED, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.UNREADABLE_ROW, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.DAILY_LIMIT, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.PROVIDER_DOWN, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.PROVIDER_BUSY, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.QUEUED, C.REFERENCE_UNREADABLE, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.SUBMITTING, C.NONE, {}, ("Sending", "live", "Sending", HELD, set(), 0)),
    (State.SUBMITTING, C.OUTCOME_UNKNOWN, {}, ("Checking", "warn", "Checking", HELD, set(), None)),
    (State.RUNNING, C.PROVIDER_PENDING, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.RUNNING, C.THROTTLED, {}, ("Waiting", "info", "Waiting", HELD, {CANCEL}, 0)),
    (State.RUNNING, C.NONE, {}, ("Running", "live", "Running", HELD, {CANCEL}, 0)),
    (State.RUNNING, C.NONE, {"progress": 0.42}, ("Running", "live", "42 %", HELD, {CANCEL}, 42)),
    (State.RUNNING, C.NONE, {"progress": 0.0}, ("Running", "live", "0 %", HELD, {CANCEL}, 0)),
    (State.RUNNING, C.NONE, {"progress": 0.29}, ("Running", "live", "29 %", HELD, {CANCEL}, 29)),
    (State.RUNNING, C.NONE, {"progress": 0.57}, ("Running", "live", "57 %", HELD, {CANCEL}, 57)),
    (State.RUNNING, C.NONE, {"progress": 0.999}, ("Running", "live", "99 %", HELD, {CANCEL}, 99)),
    (State.RUNNING, C.PROVIDER_DOWN, {"progress": 0.5}, ("Running", "live", "50 %", HELD, {CANCEL}, 50)),
    (State.RUNNING, C.UNKNOWN_STATUS, {"progress": 0.5}, ("Running", "live", "50 %", HELD, {CANCEL}, 50)),
    (State.RUNNING, C.NONE, {"cancel_requested_at": NOW}, ("Cancelling", "muted", "Cancelling", HELD, set(), None)),
    (State.STORING, C.NONE, {}, ("Saving", "ok", "Saving", HELD, set(), 0)),
    (State.STORING, C.NONE, {"cancel_requested_at": NOW}, ("Saving", "ok", "Saving", HELD, set(), 0)),
    (
        State.STORING,
        C.NONE,
        {"stored_bytes": 38_000_000, "total_bytes": 61_000_000},
        ("Saving", "ok", "Saving 38 of 61 MB", HELD, set(), 62),
    ),
    (
        State.STORING,
        C.NONE,
        {"stored_bytes": 400_000, "total_bytes": 2_500_000},
        ("Saving", "ok", "Saving 0.4 of 2.5 MB", HELD, set(), 16),
    ),
    (State.STORING, C.NONE, {"stored_bytes": 38_000_000}, ("Saving", "ok", "Saving 38 MB", HELD, set(), 0)),
    (
        State.STORING,
        C.NONE,
        {"stored_bytes": 90_000_000, "total_bytes": 61_000_000},
        ("Saving", "ok", "Saving 90 of 61 MB", HELD, set(), 100),
    ),
    (State.STORING, C.STORAGE_FULL, {}, ("Saving", "ok", "Saving", HELD, set(), 0)),
    (State.STORING, C.LINK_EXPIRED, {}, ("Saving", "ok", "Saving", HELD, set(), 0)),
    (State.READY, C.NONE, {"cost_credits": 60}, ("Ready", "ok", "Ready", CHARGED, {REUSE}, None)),
    (State.READY, C.NONE, {"cost_credits": 1_200}, ("Ready", "ok", "Ready", "1,200 credits charged", {REUSE}, None)),
    (
        State.FAILED,
        C.MODERATED_INPUT,
        {"cost_credits": 60},
        ("Blocked", "bad", "Blocked by moderation", CHARGED, {EDIT, REUSE}, None),
    ),
    (
        State.FAILED,
        C.MODERATED_OUTPUT,
        {"cost_credits": 0},
        ("Blocked", "bad", "Blocked by moderation", FREE, {EDIT, REUSE}, None),
    ),
    (State.FAILED, C.INVALID_INPUT, {"cost_credits": 0}, ("Failed", "bad", "Failed", FREE, {EDIT, REUSE}, None)),
    (State.FAILED, C.INVALID_ASSET, {"cost_credits": 0}, ("Failed", "bad", "Failed", FREE, {EDIT, REUSE}, None)),
    (State.FAILED, C.MODEL_RETIRED, {"cost_credits": 0}, ("Failed", "bad", "Failed", FREE, {EDIT, REUSE}, None)),
    (State.FAILED, C.MODEL_NOT_ENABLED, {"cost_credits": 0}, ("Failed", "bad", "Failed", FREE, {EDIT, REUSE}, None)),
    *(
        (State.FAILED, code, {"cost_credits": 0}, ("Failed", "bad", "Failed", FREE, {RETRY, REUSE}, None))
        for code in (
            C.PROVIDER_OUT_OF_CREDITS,
            C.REFUSED,
            C.BAD_OUTPUT,
            C.PROVIDER_UNAVAILABLE,
            C.PROVIDER_INTERNAL,
            C.TASK_LOST,
            C.NOT_A_VIDEO,
            C.NOT_SENT,
            C.CHARGED_UNSEEN,
            C.NONE,
        )
    ),
    (State.RUNNING, C.OTHER_KEY, {}, ("Running", "live", "Running", HELD, {CANCEL}, 0)),
    (State.FAILED, C.NOT_A_VIDEO, {"cost_credits": 60}, ("Failed", "bad", "Failed", CHARGED, {RETRY, REUSE}, None)),
    *(
        (State.CANCELLED, code, {"cost_credits": cost}, ("Cancelled", "muted", "Cancelled", said, {RETRY, REUSE}, None))
        for code in (C.CANCELLED_BY_PERSON, C.CANCELLED_ELSEWHERE)
        for cost, said in ((0, FREE), (60, CHARGED), (None, FREE))
    ),
]


@pytest.mark.parametrize(
    ("state", "code", "fields", "shown"),
    [pytest.param(*row, id=f"{row[0]}-{row[1] or 'none'}-{number}") for number, row in enumerate(ROWS)],
)
def test_card(
    state: State,
    code: StatusCode,
    fields: dict[str, Any],
    shown: tuple[str, str, str, str, set[str], int | None],
) -> None:
    found = card(_take(state, code, **fields), now=NOW)

    actions = {name for name in (CANCEL, RETRY, EDIT, REUSE) if getattr(found, f"can_{name}")}
    assert (found.word, found.tone, found.headline, found.billing, actions, found.percent) == shown
    assert found.announcement == f"Take 1: {shown[0].lower()}."
    assert found.sentence or state == State.READY
    assert (found.width, found.height) == (1280, 720)


def test_every_state_and_code_is_in_the_table() -> None:
    assert {row[0] for row in ROWS} == set(State)
    storing = {C.STORAGE_DOWN, C.DOWNLOAD_INTERRUPTED}  # look like STORAGE_FULL and LINK_EXPIRED
    assert {row[1] for row in ROWS} == set(StatusCode) - storing


@pytest.mark.parametrize("code", [C.STORAGE_FULL, C.STORAGE_DOWN, C.DOWNLOAD_INTERRUPTED, C.LINK_EXPIRED])
def test_what_hinders_the_saving_is_told(code: StatusCode) -> None:
    assert card(_take(State.STORING, code), now=NOW).sentence == SENTENCES[code]


def test_icons_differ_by_word() -> None:
    cards = [card(_take(state, code, **fields), now=NOW) for state, code, fields, _ in ROWS]
    icons = {(found.word, found.icon) for found in cards}

    assert icons == {
        ("Waiting", "clock"),
        ("Sending", "send"),
        ("Running", "spark"),
        ("Saving", "save"),
        ("Ready", "ready"),
        ("Failed", "alert"),
        ("Blocked", "shield"),
        ("Checking", "question"),
        ("Cancelling", "stop"),
        ("Cancelled", "stop"),
    }


@pytest.mark.parametrize(("state", "code", "fields", "shown"), ROWS)
def test_only_a_running_take_warns_of_its_charge(
    state: State, code: StatusCode, fields: dict[str, Any], shown: tuple[Any, ...]
) -> None:
    warning = card(_take(state, code, **fields), now=NOW).cancel_warning

    assert warning == (CHARGES_WHEN_RUNNING if shown[0] == "Running" else "")


@pytest.mark.parametrize(
    ("elapsed_s", "typical_s", "told"),
    [
        (12, None, "12 s so far"),
        (12, 40.0, "12 s, about 28 s left"),
        (39.8, 40.0, "40 s, about 1 s left"),
        (40, 40.0, "40 s so far, should be done any moment"),
        (80, 40.0, "1 min 20 s so far, should be done any moment"),
        (81, 40.0, "1 min 21 s so far: slower than usual, still safe"),
        (336, None, "5 min 36 s so far"),
        (7_530, 900.0, "2 h 5 min so far: slower than usual, still safe"),
        (60, 400.0, "1 min 0 s, about 5 min 40 s left"),
        (-3, None, "0 s so far"),
        (-3, 40.0, "0 s, about 40 s left"),
    ],
)
def test_running_tells_elapsed_and_left(elapsed_s: float, typical_s: float | None, told: str) -> None:
    take = _take(State.RUNNING, started_at=NOW - timedelta(seconds=elapsed_s), progress=0.5)

    assert card(take, now=NOW, typical_s=typical_s).sentence == told


def test_running_without_a_start_has_just_begun() -> None:
    assert card(_take(State.RUNNING), now=NOW).sentence == "0 s so far"


def test_cancelling_says_that_a_finished_clip_is_kept() -> None:
    take = _take(State.RUNNING, C.THROTTLED, cancel_requested_at=NOW)

    assert card(take, now=NOW).sentence == "The provider is asked first: if it is finished by now, the clip is kept."


def test_every_code_has_a_sentence_for_people() -> None:
    assert set(SENTENCES) == set(StatusCode)
    for code in set(StatusCode) - {C.NONE}:
        assert re.fullmatch(r"[A-Z].{10,160}\.", sentence(code)), code


PROVIDER_WORDS = re.compile(
    r"runway|comet|safety|internal\.|third.party|preprocessing|throttl|pending|http|json|_|\b[45]\d\d\b", re.IGNORECASE
)
ALL_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")


@pytest.mark.parametrize("code", list(StatusCode))
def test_sentence_has_none_of_the_providers_words(code: StatusCode) -> None:
    assert not PROVIDER_WORDS.search(sentence(code))
    assert not ALL_CAPITALS.search(sentence(code))


@pytest.mark.parametrize(
    ("place", "start_s", "code", "told"),
    [
        (1, None, C.IN_LINE, "Next in line for Gen-4.5"),
        (2, 29, C.IN_LINE, "2nd in line for Gen-4.5 · expected to start any moment"),
        (3, 125, C.IN_LINE, "3rd in line for Gen-4.5 · expected to start in about 2 min"),
        (4, 31, C.IN_LINE, "4th in line for Gen-4.5 · expected to start in about 1 min"),
        (11, -60, C.IN_LINE, "11th in line for Gen-4.5 · expected to start any moment"),
        (21, 3_600, C.IN_LINE, "21st in line for Gen-4.5 · expected to start in about 1 h"),
        (112, 4_900, C.IN_LINE, "112th in line for Gen-4.5 · expected to start in about 1 h 20 min"),
        (None, None, C.IN_LINE, "All places for this model are taken; it is sent as soon as its turn comes."),
        (
            2,
            None,
            C.DAILY_LIMIT,
            "2nd in line for Gen-4.5. The provider's daily limit for this model is reached. It counts a rolling 24 h, "
            "so room comes back bit by bit; it is sent by itself.",
        ),
        (
            1,
            60,
            C.PROVIDER_BUSY,
            "The provider asks us to wait a little. We keep trying; nothing is lost.",
        ),
    ],
)
def test_a_waiting_card_says_its_place(place: int | None, start_s: float | None, code: StatusCode, told: str) -> None:
    start = None if start_s is None else NOW + timedelta(seconds=start_s)
    take = _take(State.QUEUED, code, model="gen4.5", line_place=place, expected_start_at=start)

    assert card(take, now=NOW).sentence == told


def test_a_sent_card_says_no_place() -> None:
    take = _take(State.RUNNING, C.PROVIDER_PENDING, line_place=2)

    assert card(take, now=NOW).sentence == "In the provider's queue; it starts by itself."


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            "veo3",
            "Runway took Veo 3 off its list in the first week of August 2026. Use Veo 3.1 with sound and 8 seconds, at "
            "the same price. Nothing was charged.",
        ),
        ("gen4.5", "The provider does not offer this model any more. Choose another one."),
    ],
)
def test_a_take_of_a_model_that_is_gone_names_the_next_one(model: str, told: str) -> None:
    assert card(_take(State.FAILED, C.MODEL_RETIRED, model=model, cost_credits=0), now=NOW).sentence == told


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (
            State.QUEUED,
            "The studio's account at the provider is out of credits. Nothing is lost: it is sent as soon as there are "
            "some.",
        ),
        (
            State.FAILED,
            "The studio's account at the provider was out of credits. Retry when an admin has topped it up.",
        ),
    ],
)
def test_an_empty_account_waits_and_failed_before_it_did(state: State, told: str) -> None:
    assert card(_take(state, C.PROVIDER_OUT_OF_CREDITS), now=NOW).sentence == told
