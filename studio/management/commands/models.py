"""Prints the catalog."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from studio.providers.base import WayKind
from studio.providers.catalog import BUILT_IN, MODELS, Doubt, Model, PriceCard, PriceUnit, Rate, Way, doubts

SHORT = {
    WayKind.TEXT: "text",
    WayKind.IMAGE: "image",
    WayKind.VIDEO: "video",
    WayKind.PERFORMANCE: "performance",
    WayKind.UPSCALE: "upscale",
    WayKind.HDR: "HDR",
    WayKind.SOUND: "sound",
    WayKind.STILL: "still",
}


class Command(BaseCommand):
    help = "The catalog of models: what each makes from what, its price, and what has been retired."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="A list of records instead of a table.")
        parser.add_argument("--doubts", action="store_true", help="Only what is not confirmed, and why.")

    def handle(self, *args: Any, **options: Any) -> None:
        today = datetime.now(tz=UTC).date()
        if options["doubts"]:
            self.stdout.write("\n".join(f"{one.model}: {_doubt(one)}" for one in doubts(MODELS.values())))
        elif options["json"]:
            self.stdout.write(json.dumps([_record(model, today) for model in MODELS.values()], indent=2))
        else:
            self.stdout.write(_table(today))


def _doubt(doubt: Doubt) -> str:
    ways = f" ({', '.join(doubt.ways)})" if doubt.ways else ""
    return f"{doubt.what}{ways}. {doubt.why}"


# Records


def _record(model: Model, today: date) -> dict[str, Any]:
    cards = _cards(model, today)
    return {
        "name": model.name,
        "label": model.label,
        "vendor": model.vendor,
        "ways": [way.kind.value for way in model.ways],
        "details": [_way(way) for way in model.ways],
        "price": _price(cards[0]) if cards else None,
        "other_prices": [_price(card) for card in cards[1:]],
        "retired_since": model.retired_since.isoformat() if model.retired_since else None,
        "replaced_by": model.replaced_by,
        "is_from_file": model != BUILT_IN.get(model.name),
        "note": model.note,
    }


def _cards(model: Model, today: date) -> list[PriceCard]:
    """The cards of today: the one for all ways, then those for one way alone."""
    found = [model.price_card(today), *(model.price_card(today, way=way.kind) for way in model.ways)]
    return list(dict.fromkeys(card for card in found if card))


def _way(way: Way) -> dict[str, Any]:
    return {
        "way": way.kind.value,
        "ratios": list(way.ratios),
        "resolutions": list(way.resolutions),
        "durations_s": list(way.durations_s),
        "takes_auto": way.takes_auto,
        "inputs": {rule.role.value: [rule.least, rule.most] for rule in way.inputs},
        "sound": way.sound.value,
        "takes_seed": way.takes_seed,
        "prompt_max_units": way.prompt_max_units,
        "extras": [extra.field for extra in way.extras],
        "not_confirmed": list(way.unsure),
        "note": way.note,
    }


def _price(card: PriceCard) -> dict[str, Any]:
    return {
        "card": card.key,
        "way": card.way.value if card.way else None,
        "unit": card.unit.value,
        "rates": [_rate(rate) for rate in card.rates],
        "input_rates": [_rate(rate) for rate in card.input_rates],
        "per_image": str(card.per_image),
        "per_audio": str(card.per_audio),
        "minimum_credits": str(card.minimum_credits),
        "is_confirmed": card.is_confirmed,
        "source": card.source,
        "note": card.note,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"credits": str(rate.credits), "tier": rate.tier, "sound": rate.sound, "setting": rate.setting}


# The table


def _table(today: date) -> str:
    lines = [f"{'model':32} {'credits':28} {'makes clips from':22} note"]
    for model in MODELS.values():
        ways = ", ".join(SHORT[way.kind] for way in model.ways) or "-"
        lines.append(f"{model.name:32} {_short_price(model, today):28} {ways:22} {_note(model, today)}".rstrip())
    return "\n".join(lines)


def _short_price(model: Model, today: date) -> str:
    """`20–40 a second`, `0.7–1.2 a frame`; `?` where it is not confirmed, `-` where there is none."""
    cards = _cards(model, today)
    if not cards:
        return "-"
    least, most = cards[0].range()
    span = _plain(least) if least == most else f"{_plain(least)}–{_plain(most)}"
    minimum = cards[0].minimum_credits
    at_least = f", {_plain(minimum)} at least" if minimum > 1 else ""
    unit = "each" if cards[0].unit is PriceUnit.OUTPUT else f"a {cards[0].unit.value}"
    return f"{span} {unit}{at_least}{'' if cards[0].is_confirmed else ' ?'}"


def _note(model: Model, today: date) -> str:
    if model.retired_since:
        return f"retired {model.retired_since}, use {model.replaced_by}" if model.replaced_by else "retired"
    is_unsure = any(way.unsure for way in model.ways) or any(not card.is_confirmed for card in _cards(model, today))
    return "not all confirmed" if is_unsure else ""


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
