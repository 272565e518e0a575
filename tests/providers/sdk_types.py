"""The request types of the official SDK `runwayml`, by way and model, and a check of a body against one of them."""

import inspect
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from runwayml._utils import PropertyInfo
from runwayml.types import (
    character_performance_create_params,
    image_to_video_create_params,
    text_to_image_create_params,
    text_to_video_create_params,
    video_to_audio_create_params,
    video_to_hdr_create_params,
    video_to_video_create_params,
    video_upscale_create_params,
)
from typing_extensions import is_typeddict

from studio.providers.base import WayKind

MODULES: dict[WayKind, ModuleType] = {
    WayKind.TEXT: text_to_video_create_params,
    WayKind.IMAGE: image_to_video_create_params,
    WayKind.VIDEO: video_to_video_create_params,
    WayKind.PERFORMANCE: character_performance_create_params,
    WayKind.UPSCALE: video_upscale_create_params,
    WayKind.HDR: video_to_hdr_create_params,
    WayKind.SOUND: video_to_audio_create_params,
    WayKind.STILL: text_to_image_create_params,
}


def _models_of(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for found in vars(module).values():
        is_own = inspect.isclass(found) and found.__module__ == module.__name__
        if is_own and is_typeddict(found) and "model" in found.__annotations__:
            for name in get_args(get_type_hints(found)["model"]):
                yield name, found


SDK_TYPES: dict[tuple[WayKind, str], Any] = {
    (kind, name): found for kind, module in MODULES.items() for name, found in _models_of(module)
}


def wire_fields(sdk: Any) -> dict[str, Any]:
    """The fields of a type under the names that they have on the wire, with their types."""
    plain = get_type_hints(sdk)
    return {_wire_name(name, hint): plain[name] for name, hint in get_type_hints(sdk, include_extras=True).items()}


def _wire_name(name: str, hint: Any) -> str:
    """The alias of a field; the SDK hides some behind Required."""
    while get_origin(hint) in {typing.Required, typing.NotRequired}:
        hint = get_args(hint)[0]
    aliases = [info.alias for info in getattr(hint, "__metadata__", ()) if isinstance(info, PropertyInfo)]
    return next((alias for alias in aliases if alias), name)


def required_fields(sdk: Any) -> set[str]:
    """Wire names of the fields that the SDK marks Required (its total=False dictionaries keep that in the text)."""
    hints = get_type_hints(sdk, include_extras=True)
    return {_wire_name(name, hints[name]) for name, said in sdk.__annotations__.items() if "Required[" in str(said)}


def literals(hint: Any) -> list[Any]:
    """All values of the Literals in a type, "auto" beside int among them."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    if get_origin(hint) is Union:
        return [value for part in get_args(hint) for value in literals(part)]
    return []


def faults(hint: Any, value: object, where: str = "") -> list[str]:
    """What is wrong with a value of a request for this type of the SDK. Unknown fields are wrong too."""
    origin = get_origin(hint)
    if is_typeddict(hint):
        return _object_faults(hint, value, where)
    if origin is Union:
        found = [faults(part, value, where) for part in get_args(hint)]
        return [] if [] in found else [f"{where}: none of {len(found)} types"]
    if origin is Literal:
        return [] if value in get_args(hint) else [f"{where}: {value!r} is not among {get_args(hint)}"]
    if origin is not None:
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return [fault for entry in value for fault in faults(get_args(hint)[0], entry, f"{where}[]")]
    wanted = {float: (int, float)}.get(hint, hint)
    is_wrong = not isinstance(value, wanted) or (isinstance(value, bool) and hint in {int, float})
    return [f"{where}: {value!r} is no {hint.__name__}"] if is_wrong else []


def _object_faults(sdk: Any, value: object, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: no object"]
    fields = wire_fields(sdk)
    found = [f"{where}.{name}: missing" for name in required_fields(sdk) - set(value)]
    found += [f"{where}.{name}: unknown" for name in set(value) - set(fields)]
    known = [name for name in value if name in fields]
    return found + [fault for name in known for fault in faults(fields[name], value[name], f"{where}.{name}")]
