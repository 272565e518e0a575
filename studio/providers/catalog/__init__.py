"""Models on offer as dated data: what they take, what they cost, which are gone and by what replaced."""

from collections.abc import Mapping
from types import MappingProxyType

from studio.providers.base import WayKind
from studio.providers.catalog.offers import OFFERS
from studio.providers.catalog.records import Model, PriceCard, Way

__all__ = [
    "DEFAULT_MODEL",
    "MAX_SEED",
    "MIN_SEED",
    "MODELS",
    "Model",
    "PriceCard",
    "Way",
    "WayKind",
    "active_models",
    "find_model",
    "ratio_label",
    "utf16_units",
]

DEFAULT_MODEL = "gen4.5"
MIN_SEED = 0
MAX_SEED = 4_294_967_295

MODELS: Mapping[str, Model] = MappingProxyType({model.name: model for model in OFFERS})

RATIO_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "1280:720": "16:9",
        "720:1280": "9:16",
        "1104:832": "4:3",
        "832:1104": "3:4",
        "960:960": "1:1",
        "1584:672": "21:9",
        "1920:1080": "16:9 1080p",
        "1080:1920": "9:16 1080p",
    }
)


def active_models() -> tuple[Model, ...]:
    """The models that can be asked for now, in the order of the picker."""
    return tuple(model for model in MODELS.values() if not model.is_retired)


def find_model(name: str) -> Model | None:
    """The model of that name, retired or not; None if it was never offered here."""
    return MODELS.get(name)


def ratio_label(ratio: str) -> str:
    """The name that people know a ratio by: `16:9` for `1280:720`; the ratio itself where it has none."""
    return RATIO_LABELS.get(ratio, ratio)


def utf16_units(text: str) -> int:
    """The length of a text as the provider and a browser's `length` count it; a lone surrogate counts one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
