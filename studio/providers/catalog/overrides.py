"""The operator's own records: a JSON file, laid over the models of this release.

`{"models": [{"name": "kling_4", "price_cards": [{"effective_from": "2026-12-01", ...}]}]}`. A record of a known name
changes the fields that it names; its ways are matched by `kind` and changed alike, its price cards are added. Any
other name is a new model.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any

from studio.providers.catalog.records import Model, Way

LARGEST_BYTES = 5_000_000


class BadCatalog(Exception):
    """The operator's file cannot be used; the text names the record and the field, and says what was expected."""


def merged(built_in: Mapping[str, Model], path: Path) -> dict[str, Model]:
    """The models of this release with those of the file over them. Raises BadCatalog."""
    models = dict(built_in)
    seen: set[str] = set()
    for number, said in enumerate(_records(path), start=1):
        where = _title(said, number=number)
        name = _name(said, where=where)
        if name in seen:
            raise BadCatalog(f"{where}: the name stands twice in the file. Make one record of both.")
        seen.add(name)
        known = models.get(name)
        models[name] = _changed(known, said, where=where) if known else _made(said, where=where)
    for model in models.values():
        if model.name in seen:
            _check(model, among=models)
    return models


def _records(path: Path) -> list[object]:
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= LARGEST_BYTES else None
    except (OSError, UnicodeDecodeError) as error:
        raise BadCatalog(f"It cannot be read: {error}.") from error
    if text is None:
        raise BadCatalog(f"It is larger than {LARGEST_BYTES:,} bytes.")
    try:
        said = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BadCatalog(f"It is not JSON: {error}.") from error
    records = said.get("models") if isinstance(said, dict) else None
    if not isinstance(records, list) or set(said) != {"models"}:
        raise BadCatalog('Expected an object with one list, {"models": [...]}.')
    return records


def _title(said: object, *, number: int) -> str:
    name = said.get("name") if isinstance(said, dict) else None
    return f"Record {number}" + (f" ({name[:60]})" if isinstance(name, str) else "")


def _name(said: object, *, where: str) -> str:
    name = said.get("name") if isinstance(said, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= 60 or not (name.isascii() and name.isprintable()):
        raise BadCatalog(f"{where}: name is missing or no short plain text. Each record is an object with a name.")
    return name


def _changed(known: Model, said: Any, *, where: str) -> Model:
    """A known model with the file's fields in place of its own."""
    changes = {name: value for name, value in said.items() if name not in {"name", "ways", "price_cards"}}
    fields = _read_fields(Model, changes, where=where)
    if "ways" in said:
        fields["ways"] = _ways(known, said["ways"], where=where)
    if "price_cards" in said:
        cards = _cards(known.name, said["price_cards"], where=where)
        kept = [card for card in known.price_cards if (card.way, card.effective_from) not in _days(cards)]
        fields["price_cards"] = (*cards, *kept)
    return dataclasses.replace(known, **fields)


def _days(cards: tuple[Any, ...]) -> set[Any]:
    return {(card.way, card.effective_from) for card in cards}


def _made(said: Any, *, where: str) -> Model:
    """A new model: every field that has no default must be there."""
    others = {name: value for name, value in said.items() if name != "price_cards"}
    model: Model = _read_record(Model, others, where=where)
    return dataclasses.replace(model, price_cards=_cards(model.name, said.get("price_cards", []), where=where))


def _cards(model: str, said: object, *, where: str) -> tuple[Any, ...]:
    """Price cards, which need not repeat the name of their model."""
    cards = said if isinstance(said, list) else [said]
    filled = [{"model": model, **card} if isinstance(card, dict) else card for card in cards]
    read: tuple[Any, ...] = _read(_hints(Model)["price_cards"], filled, where=f"{where}, price_cards")
    for number, card in enumerate(read, start=1):
        if card.model != model:
            raise BadCatalog(
                f"{where}, price_cards {number}: model is “{card.model}”. Expected “{model}”, or leave it out."
            )
        if not card.rates:
            raise BadCatalog(f"{where}, price_cards {number}: rates is empty. Expected at least one rate.")
    return read


def _ways(known: Model, said: object, *, where: str) -> tuple[Way, ...]:
    """The model's ways, those of the file changed or added."""
    if not isinstance(said, list):
        raise BadCatalog(f"{where}: ways is no list.")
    ways = {way.kind.value: way for way in known.ways}
    for number, one in enumerate(said, start=1):
        here = f"{where}, ways {number}"
        kind = one.get("kind") if isinstance(one, dict) else None
        old = ways.get(kind) if isinstance(kind, str) else None
        way: Way = (
            dataclasses.replace(old, **_read_fields(Way, one, where=here))
            if old
            else _read_record(Way, one, where=here)
        )
        ways[way.kind.value] = way
    return tuple(ways.values())


def _check(model: Model, *, among: Mapping[str, Model]) -> None:
    """What types cannot say. Raises BadCatalog."""
    where = f"Record {model.name}"
    if model.is_retired:
        if model.replaced_by is not None and (model.replaced_by not in among or among[model.replaced_by].is_retired):
            raise BadCatalog(f"{where}: replaced_by is “{model.replaced_by}”. Expected a model that is on offer.")
        return
    if not model.ways:
        raise BadCatalog(f"{where}: ways is missing. Expected at least one way, or a day in retired_since.")
    if not model.price_cards:
        raise BadCatalog(f"{where}: price_cards is missing. Expected at least one card, or a day in retired_since.")
    for way in model.ways:
        _check_way(way, where=f"{where}, {way.kind.value}")


def _check_way(way: Way, *, where: str) -> None:
    if way.ratios and way.default_ratio not in {*way.ratios, *(() if way.ratio_required else ("",))}:
        raise BadCatalog(f"{where}: default_ratio is “{way.default_ratio}”. Expected one of its ratios.")
    if way.resolutions and way.default_resolution not in way.resolutions:
        raise BadCatalog(f"{where}: default_resolution is “{way.default_resolution}”. Expected one of its resolutions.")
    if way.durations_s and way.default_duration_s not in way.durations_s:
        raise BadCatalog(f"{where}: default_duration_s is {way.default_duration_s}. Expected one of its durations_s.")
    if way.has_sound_switch and way.default_sound is None:
        raise BadCatalog(f"{where}: default_sound is missing. Expected true or false, as sound is a switch.")


# JSON to records, by the types of their fields


def _read_record(record: type[Any], said: object, *, where: str) -> Any:
    if not isinstance(said, dict):
        raise BadCatalog(f"{where}: expected an object, not {_shown(said)}.")
    fields = _read_fields(record, said, where=where)
    for field in dataclasses.fields(record):
        if field.name not in fields and field.default is dataclasses.MISSING:
            raise BadCatalog(f"{where}: {field.name} is missing.")
    return record(**fields)


def _read_fields(record: type[Any], said: Mapping[str, object], *, where: str) -> dict[str, Any]:
    hints = _hints(record)
    for name in said:
        if name not in hints:
            raise BadCatalog(f"{where}: there is no field {name[:60]!r}. Known are: {', '.join(hints)}.")
    return {name: _read(hints[name], value, where=f"{where}, {name}") for name, value in said.items()}


def _hints(record: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(record)


def _read(hint: Any, said: object, *, where: str) -> Any:
    """A value of this type. Raises BadCatalog."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return None if said is None else _read(inner[0], said, where=where)
    if origin is tuple:
        return _read_tuple(inner, said, where=where)
    if dataclasses.is_dataclass(hint):
        return _read_record(typing.cast("type[Any]", hint), said, where=where)
    return _read_plain(hint, said, where=where)


def _read_tuple(inner: tuple[Any, ...], said: object, *, where: str) -> tuple[Any, ...]:
    """A list of one type, or a pair and the like with a type for each place."""
    if not isinstance(said, list):
        raise BadCatalog(f"{where}: expected a list, not {_shown(said)}.")
    if inner[-1] is Ellipsis:
        return tuple(_read(inner[0], one, where=f"{where} {number}") for number, one in enumerate(said, start=1))
    if len(said) != len(inner):
        raise BadCatalog(f"{where}: expected a list of {len(inner)}, not of {len(said)}.")
    return tuple(_read(hint, one, where=where) for hint, one in zip(inner, said, strict=True))


def _read_plain(hint: Any, said: object, *, where: str) -> Any:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        words = [str(word.value) for word in hint]
        if said not in words:
            raise BadCatalog(f"{where}: it is {_shown(said)}. Expected one of: {', '.join(words)}.")
        return hint(said)
    if hint is date:
        return _read_date(said, where=where)
    if hint in {Decimal, float}:
        return hint(_read_number(said, where=where))
    wanted = {str: "a text", bool: "true or false", int: "a whole number"}[hint]
    if not isinstance(said, hint) or (hint is int and isinstance(said, bool)):
        raise BadCatalog(f"{where}: it is {_shown(said)}. Expected {wanted}.")
    return said


def _read_date(said: object, *, where: str) -> date:
    try:
        return date.fromisoformat(str(said))
    except ValueError as error:
        raise BadCatalog(f"{where}: it is {_shown(said)}. Expected a day, as in 2026-12-01.") from error


def _read_number(said: object, *, where: str) -> Decimal:
    """A number that is not negative, as a number or in quotes."""
    try:
        number = Decimal(said) if isinstance(said, str | int | Decimal) and not isinstance(said, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number < 0:
        raise BadCatalog(f"{where}: it is {_shown(said)}. Expected a number of 0 or more.")
    return number


def _shown(said: object) -> str:
    return json.dumps(said, default=str)[:60]
