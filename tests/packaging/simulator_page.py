"""The tables of docs/simulator.md, as the simulator's own cards tell them."""

from studio.simulator.cards import ENDPOINTS, TABLES, Sound, Variant, Way
from studio.simulator.prices import TARIFFS, Rates, Tariff

HEAD = "| Model | Must have | May have | Made | Credits |\n|---|---|---|---|---|"
MADE = {
    Way.SCENE: "a new clip",
    Way.EDIT: "the source, changed",
    Way.GUIDED: "a new clip after the source",
    Way.PERFORM: "the character, moved by the performance",
    Way.UPSCALE: "the source, larger",
    Way.FRAME_RATE: "the source at another rate",
    Way.HDR: "the source in HDR",
    Way.SOUND: "sound for the source",
    Way.STILL: "stills",
}
HEARD = {
    Sound.NEVER: "silent",
    Sound.ASKED: "sound unless `audio` is false",
    Sound.ALWAYS: "with sound",
    Sound.SOURCE: "sound as the source",
    Sound.ORIGINAL: "sound as the source, unless `keepOriginalSound` is false",
}


def tables() -> str:
    """All tables, one for each endpoint, in the order of the API's table."""
    return "\n\n".join(table(endpoint) for endpoint in ENDPOINTS)


def table(endpoint: str) -> str:
    """The heading of an endpoint and a row for each of its models."""
    rows = (row(model, variant) for model, variant in TABLES[endpoint].items())
    return "\n".join((f"### `POST /v1/{endpoint}`\n", HEAD, *rows))


def row(model: str, variant: Variant) -> str:
    """One model at one endpoint."""
    names = [name for name in variant.shape.fields if name != "model"]
    must = [name for name in names if name in variant.shape.required]
    may = [name for name in names if name not in variant.shape.required]
    made = MADE[variant.way]
    if variant.way not in {Way.STILL, Way.SOUND}:
        made += f", {HEARD[variant.sound]}"
    return f"| `{model}` | {_listed(must)} | {_listed(may)} | {made} | {price(TARIFFS[model])} |"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def price(tariff: Tariff) -> str:
    """A tariff in words."""
    parts = [_rates(tariff.flat, "each"), _rates(tariff.per_s, "a second"), _rates(tariff.per_frame, "a frame")]
    if tariff.silent_per_s and tariff.silent_per_s != tariff.per_s:
        parts.append(_rates(tariff.silent_per_s, "a second without sound"))
    if tariff.per_source_s:
        parts.append(_rates(tariff.per_source_s, "a second of a source"))
    if tariff.per_input_s:
        parts.append("+ " + _rates(tariff.per_input_s, "a second of films that go in"))
    if tariff.per_picture:
        parts.append(f"+ {tariff.per_picture:g} a picture")
    if tariff.per_sound:
        parts.append(f"+ {tariff.per_sound:g} a sound")
    if tariff.minimum:
        parts.append(f"at least {tariff.minimum}")
    return "; ".join(part for part in parts if part) + ("" if tariff.is_confirmed else " (guess)")


def _rates(rates: Rates, unit: str) -> str:
    if not rates:
        return ""
    named = [f"{credits:g}" + (f" ({name})" if name else "") for name, credits in rates.items()]
    return f"{', '.join(named)} {unit}"
