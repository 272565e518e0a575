"""Everything in the catalog that is not confirmed, gathered for people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from studio.providers.catalog.records import Model

WORDS = {
    "prompt_max_units": "limit of the prompt",
    "durations_s": "lengths",
    "inputs": "limits of files",
    "sound": "whether there is sound",
    "default_sound": "sound when nothing is said",
    "extras": "bounds of its own fields",
    "strict": "whether unknown fields are refused",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing of one model that is not confirmed. `ways` are the ways that it is about, () for a price."""

    model: str
    ways: tuple[str, ...]
    what: str
    why: str


def doubts(models: Iterable[Model]) -> list[Doubt]:
    """What is not confirmed of these models: prices first, then what their ways take."""
    return [doubt for model in models for doubt in (*_of_prices(model), *_of_ways(model))]


def _of_prices(model: Model) -> Iterator[Doubt]:
    for card in model.price_cards:
        if not card.is_confirmed:
            yield Doubt(model.name, (), "price", card.note)


def _of_ways(model: Model) -> Iterator[Doubt]:
    """One a reason, with all ways that have it."""
    found: dict[tuple[str, str], list[str]] = {}
    for way in model.ways:
        if way.unsure:
            what = ", ".join(WORDS.get(field, field) for field in way.unsure)
            found.setdefault((what, way.note), []).append(way.kind.value)
    for (what, why), ways in found.items():
        yield Doubt(model.name, tuple(ways), what, why)
