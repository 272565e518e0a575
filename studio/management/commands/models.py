"""Prints the catalog."""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from studio.providers.catalog import MODELS, Model


class Command(BaseCommand):
    help = "The catalog of models: what each makes from what, its price, and what has been retired."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="A list of records instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [_row(model) for model in MODELS.values()]
        self.stdout.write(json.dumps(rows, indent=2) if options["json"] else _table(rows))


def _row(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "label": model.label,
        "ways": [way.kind.value for way in model.ways],
        "price": _price(model),
        "retired_since": model.retired_since.isoformat() if model.retired_since else None,
        "replaced_by": model.replaced_by,
    }


def _price(model: Model) -> dict[str, str] | None:
    card = model.price_card(datetime.now(tz=UTC).date())
    if card is None:
        return None
    price = {"card": card.key, "credits_per_second": str(card.credits_per_second)}
    if card.credits_per_second_with_sound is not None:
        price["credits_per_second_with_sound"] = str(card.credits_per_second_with_sound)
    return price


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'model':14} {'credits a second':18} {'makes clips from':32} note"]
    for row in rows:
        price = row["price"] or {}
        rates = [price.get("credits_per_second"), price.get("credits_per_second_with_sound")]
        shown = " / ".join(rate for rate in rates if rate) or "-"
        ways = ", ".join(way.removesuffix("_to_video") for way in row["ways"]) or "-"
        note = f"retired {row['retired_since']}, use {row['replaced_by']}" if row["retired_since"] else ""
        lines.append(f"{row['name']:14} {shown:18} {ways:32} {note}".rstrip())
    return "\n".join(lines)
