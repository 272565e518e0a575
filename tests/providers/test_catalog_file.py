"""The operator's file over the catalog: what it changes, and the sentence for each thing that is wrong in it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.config.catalog import use_catalog_file
from studio.credits.pricing import Use, quote
from studio.providers.base import InputRole, TaskSpec, WayKind
from studio.providers.catalog import (
    BUILT_IN,
    MODELS,
    BadCatalog,
    composer_models,
    default_model,
    find_model,
    use_file,
)
from studio.providers.runway.requests import create_body

ROOT = Path(__file__).parents[2]
Lay = Callable[[object], None]
NEW = {
    "name": "gen9",
    "label": "Gen-9",
    "vendor": "Runway",
    "tagline": "Text to video",
    "is_in_composer": True,
    "ways": [
        {
            "kind": "text_to_video",
            "prompt_required": True,
            "prompt_max_units": 500,
            "ratios": ["1280:720"],
            "default_ratio": "1280:720",
            "durations_s": [4, 8],
            "default_duration_s": 4,
            "takes_seed": True,
        }
    ],
    "price_cards": [{"effective_from": "2026-11-01", "rates": [{"credits": 7.5}], "source": "our invoice"}],
}


@pytest.fixture
def lay(tmp_path: Path) -> Iterator[Lay]:
    """Lays records over the catalog, until the test ends."""

    def use(said: object) -> None:
        path = tmp_path / "catalog.json"
        path.write_text(said if isinstance(said, str) else json.dumps({"models": said}), encoding="utf-8")
        use_file(path)

    yield use
    use_file(None)


def test_a_new_model_can_be_asked_for_and_has_a_price(lay: Lay) -> None:
    lay([NEW])

    spec = TaskSpec(model="gen9", way=WayKind.TEXT, prompt="A boat", ratio="1280:720", duration_s=8, seed=1)
    assert create_body(spec) == {
        "model": "gen9",
        "promptText": "A boat",
        "ratio": "1280:720",
        "duration": 8,
        "seed": 1,
    }
    price = quote("gen9", Use(ratio="1280:720", duration_s=3), takes=1, on=date(2026, 11, 22))
    assert (price.total_credits, price.card["key"], price.card["source"]) == (23, "gen9@2026-11-01", "our invoice")
    assert composer_models()[-1].name == "gen9"


def test_a_known_model_keeps_what_the_file_does_not_name(lay: Lay) -> None:
    way = {"kind": "image_to_video", "durations_s": [5, 10], "default_duration_s": 10}
    lay([{"name": "gen4.5", "label": "Gen-4.5 (ours)", "ways": [way]}])

    model, old = MODELS["gen4.5"], BUILT_IN["gen4.5"]
    changed = model.way(WayKind.IMAGE)
    assert (model.label, model.vendor, model.price_cards) == ("Gen-4.5 (ours)", "Runway", old.price_cards)
    assert model.way(WayKind.TEXT) == old.way(WayKind.TEXT)
    assert changed is not None
    assert (changed.durations_s, changed.default_duration_s, changed.takes_seed) == ((5, 10), 10, True)
    assert changed.input_rule(InputRole.FIRST) is not None


def test_a_new_card_is_added_and_the_old_one_explains_the_past(lay: Lay) -> None:
    card = {"effective_from": "2026-12-01", "rates": [{"credits": "14"}], "source": "Runway's mail of 2026-11-28"}
    lay([{"name": "gen4.5", "price_cards": [card]}])

    use = Use(ratio="1280:720", duration_s=5)
    assert quote("gen4.5", use, takes=1, on=date(2026, 11, 30)).total_credits == 60
    assert quote("gen4.5", use, takes=1, on=date(2026, 12, 1)).total_credits == 70


def test_a_card_of_the_same_day_takes_the_place_of_ours(lay: Lay) -> None:
    since = BUILT_IN["kling_4"].price_cards[0].effective_from.isoformat()
    lay(
        [
            {
                "name": "kling_4",
                "price_cards": [{"effective_from": since, "rates": [{"credits": 9}], "source": "invoice"}],
            }
        ]
    )

    price = quote("kling_4", Use(ratio="1280:720", duration_s=5), takes=1, on=date(2026, 11, 22))
    assert (price.total_credits, price.warning, len(MODELS["kling_4"].price_cards)) == (45, "", 1)


def test_a_model_can_be_retired(lay: Lay) -> None:
    sentence = "Runway switched Gen-4.5 off."
    record = {"name": "gen4.5", "retired_since": "2026-12-01", "replaced_by": "aleph2", "retired_sentence": sentence}
    lay([record])

    model = MODELS["gen4.5"]
    assert (model.is_retired, model.retired_since, model.retired_sentence) == (True, date(2026, 12, 1), sentence)
    assert default_model().name == "gen4_turbo"


def test_without_the_file_all_is_as_released(lay: Lay) -> None:
    lay([NEW])
    use_file(None)

    assert dict(MODELS) == dict(BUILT_IN)
    assert find_model("gen9") is None


def test_numbers_are_read_to_the_digit(lay: Lay) -> None:
    rates = [{"credits": 0.1, "tier": "720p"}, {"credits": "0.30", "tier": "1080p"}]
    lay([{"name": "gen4.5", "price_cards": [{"effective_from": "2026-12-01", "rates": rates, "source": "invoice"}]}])

    card = MODELS["gen4.5"].price_card(date(2026, 12, 1))
    assert card is not None
    assert [rate.credits for rate in card.rates] == [Decimal("0.1"), Decimal("0.30")]


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _way(**fields: Any) -> list[dict[str, Any]]:
    return [{**NEW, "ways": [{**NEW["ways"][0], **fields}]}]  # type: ignore[index]  # a list of objects


WRONG: dict[str, tuple[object, str]] = {
    "no JSON": ("{", "It is not JSON: "),
    "no list": ('{"models": {}}', 'Expected an object with one list, {"models": [...]}.'),
    "another key": ('{"models": [], "model": []}', 'Expected an object with one list, {"models": [...]}.'),
    "no name": ([{"label": "x"}], "Record 1: name is missing"),
    "a record that is none": (["gen4.5"], "Record 1: name is missing"),
    "twice": ([{"name": "veo3.1"}, {"name": "veo3.1"}], "Record 2 (veo3.1): the name stands twice in the file."),
    "an unknown field": ([{"name": "veo3.1", "prise": 3}], "Record 1 (veo3.1): there is no field 'prise'. Known are: "),
    "a text for a flag": (
        [{"name": "veo3.1", "is_in_composer": "yes"}],
        'Record 1 (veo3.1), is_in_composer: it is "yes". Expected true or false.',
    ),
    "a number for a text": ([{"name": "veo3.1", "label": 3}], "Record 1 (veo3.1), label: it is 3. Expected a text."),
    "a day that is none": (
        [{"name": "veo3.1", "retired_since": "soon"}],
        'Record 1 (veo3.1), retired_since: it is "soon". Expected a day, as in 2026-12-01.',
    ),
    "a replacement that is none": (
        [{"name": "veo3.1", "retired_since": "2026-12-01", "replaced_by": "veo3"}],
        "Record veo3.1: replaced_by is “veo3”. Expected a model that is on offer.",
    ),
    "nothing but a name": ([{"name": "gen9"}], "Record 1 (gen9): label is missing."),
    "no ways": ([_without(NEW, "ways")], "Record gen9: ways is missing. Expected at least one way"),
    "no price": ([_without(NEW, "price_cards")], "Record gen9: price_cards is missing. Expected at least one card"),
    "ways that are none": ([{"name": "veo3.1", "ways": 3}], "Record 1 (veo3.1): ways is no list."),
    "an unknown way": (
        _way(kind="text_to_film"),
        'Record 1 (gen9), ways 1, kind: it is "text_to_film". Expected one of: text_to_video, ',
    ),
    "durations that are none": (
        _way(durations_s=["4"]),
        'Record 1 (gen9), ways 1, durations_s 1: it is "4". Expected a whole number.',
    ),
    "a flag for a number": (
        _way(durations_s=[True]),
        "Record 1 (gen9), ways 1, durations_s 1: it is true. Expected a whole number.",
    ),
    "a default duration of another": (
        _way(default_duration_s=5),
        "Record gen9, text_to_video: default_duration_s is 5. Expected one of its durations_s.",
    ),
    "a default ratio of another": (
        _way(default_ratio="1:1"),
        "Record gen9, text_to_video: default_ratio is “1:1”. Expected one of its ratios.",
    ),
    "a default resolution of another": (
        _way(resolutions=["720p"]),
        "Record gen9, text_to_video: default_resolution is “”. Expected one of its resolutions.",
    ),
    "sound without a default": (
        _way(sound="switch"),
        "Record gen9, text_to_video: default_sound is missing. Expected true or false, as sound is a switch.",
    ),
    "a window of one": (
        _way(inputs=[{"role": "first", "field": "promptImage", "shape": "frames", "aspect": [1]}]),
        "Record 1 (gen9), ways 1, inputs 1, aspect: expected a list of 2, not of 1.",
    ),
    "a price below nothing": (
        [
            {
                "name": "gen4.5",
                "price_cards": [{"effective_from": "2026-12-01", "rates": [{"credits": -1}], "source": "x"}],
            }
        ],
        "Record 1 (gen4.5), price_cards 1, rates 1, credits: it is -1. Expected a number of 0 or more.",
    ),
    "a card without rates": (
        [{"name": "gen4.5", "price_cards": [{"effective_from": "2026-12-01", "rates": [], "source": "x"}]}],
        "Record 1 (gen4.5), price_cards 1: rates is empty. Expected at least one rate.",
    ),
    "a card without a source": (
        [{"name": "gen4.5", "price_cards": [{"effective_from": "2026-12-01", "rates": [{"credits": 1}]}]}],
        "Record 1 (gen4.5), price_cards 1: source is missing.",
    ),
    "a card of another model": (
        [
            {
                "name": "gen4.5",
                "price_cards": [
                    {"model": "veo3.1", "effective_from": "2026-12-01", "rates": [{"credits": 1}], "source": "x"}
                ],
            }
        ],
        "Record 1 (gen4.5), price_cards 1: model is “veo3.1”. Expected “gen4.5”, or leave it out.",
    ),
    "a card that is none": (
        [{"name": "gen4.5", "price_cards": ["12"]}],
        'Record 1 (gen4.5), price_cards 1: expected an object, not "12".',
    ),
}


@pytest.mark.parametrize(("said", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_changes_nothing(lay: Lay, said: object, sentence: str) -> None:
    with pytest.raises(BadCatalog) as caught:
        lay(said)

    assert str(caught.value).startswith(sentence)
    assert dict(MODELS) == dict(BUILT_IN)


def test_a_file_that_is_not_there_is_a_refusal_to_start(tmp_path: Path) -> None:
    path = tmp_path / "none.json"

    with pytest.raises(ImproperlyConfigured) as caught:
        use_catalog_file(str(path))

    assert str(caught.value).startswith(f"CATALOG_FILE names '{path}'. It cannot be read: ")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b" " * 5_000_001)

    with pytest.raises(BadCatalog, match=r"^It is larger than 5,000,000 bytes\.$"):
        use_file(path)


def test_the_settings_lay_the_file_over_the_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps({"models": [NEW]}), encoding="utf-8")
    environment = {**os.environ, "CATALOG_FILE": str(path), "PROVIDER_MAX_CONCURRENT": "4,gen9=1"}

    done = subprocess.run(
        [sys.executable, "manage.py", "models", "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=True,
    )

    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert (rows["gen9"]["is_from_file"], rows["gen4.5"]["is_from_file"]) == (True, False)
    assert rows["gen9"]["price"]["rates"] == [{"credits": "7.5", "tier": "", "sound": None, "setting": ""}]
