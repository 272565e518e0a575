"""Models on offer as dated data: what they take, what they cost, which are gone and by what replaced."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from studio.providers.catalog import (
    alibaba,
    bytedance,
    google,
    kling,
    minimax,
    overrides,
    retired,
    runway,
    stills,
    tools,
    xai,
)
from studio.providers.catalog.doubts import Doubt, doubts
from studio.providers.catalog.overrides import BadCatalog
from studio.providers.catalog.prices import PriceCard, PriceUnit, Rate, Surcharge
from studio.providers.catalog.ratios import follows_input, ratio_label, ratio_size, still_label
from studio.providers.catalog.records import (
    CarryOver,
    Effect,
    Extra,
    ExtraKind,
    FileShape,
    InputRule,
    Model,
    Sound,
    Way,
)

__all__ = [
    "BUILT_IN",
    "DEFAULT_MODEL",
    "MAX_SEED",
    "MIN_SEED",
    "MODELS",
    "BadCatalog",
    "CarryOver",
    "Doubt",
    "Effect",
    "Extra",
    "ExtraKind",
    "FileShape",
    "InputRule",
    "Model",
    "PriceCard",
    "PriceUnit",
    "Rate",
    "Sound",
    "Surcharge",
    "Way",
    "active_models",
    "composer_models",
    "default_model",
    "doubts",
    "find_model",
    "follows_input",
    "ratio_label",
    "ratio_size",
    "still_label",
    "use_file",
    "utf16_units",
]

DEFAULT_MODEL = "gen4.5"
MIN_SEED = 0
MAX_SEED = 4_294_967_295

FAMILIES = (runway, google, bytedance, minimax, alibaba, xai, kling, tools, stills, retired)
BUILT_IN: Mapping[str, Model] = MappingProxyType(
    {model.name: model for model in chain.from_iterable(family.MODELS for family in FAMILIES)}
)
"""The models as this release knows them."""

_models: dict[str, Model] = dict(BUILT_IN)
MODELS: Mapping[str, Model] = MappingProxyType(_models)
"""The models by name, in the order of the picker: those of this release and those of the operator's file."""


def use_file(path: Path | None) -> None:
    """Lay the operator's file over the models of this release; None takes it away. Raises BadCatalog, and then
    nothing has changed."""
    merged = overrides.merged(BUILT_IN, path) if path else dict(BUILT_IN)
    _models.clear()
    _models.update(merged)


def active_models() -> tuple[Model, ...]:
    """The models that can be asked for now, in the order of the picker."""
    return tuple(model for model in MODELS.values() if not model.is_retired)


def default_model() -> Model:
    """The model to begin with: DEFAULT_MODEL while the composer offers it, else the first that it offers."""
    model = MODELS[DEFAULT_MODEL]
    offered = composer_models()
    return model if model in offered or not offered else offered[0]


def composer_models() -> tuple[Model, ...]:
    """The models that the composer offers, in the order of the picker."""
    return tuple(model for model in active_models() if model.is_in_composer)


def find_model(name: str) -> Model | None:
    """The model of that name, retired or not; None if it was never offered here."""
    return MODELS.get(name)


def utf16_units(text: str) -> int:
    """The length of a text as the provider and a browser's `length` count it; a lone surrogate counts one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
