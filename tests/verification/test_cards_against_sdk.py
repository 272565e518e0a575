"""Every field, required field and word of the SDK's own types is in the simulator's tables, and the other way round."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Required, get_args, get_origin, get_type_hints

import pytest
from typing_extensions import is_typeddict

from studio.simulator import issues
from studio.simulator.cards import ENDPOINTS, TABLES

LEFT_OUT = {
    # Their prices are not known.
    "text_to_image": {
        "gpt_image_2_5_flare",
        "gpt_image_2_5_sunburst",
        "gemini_image3.1_flash_lite",
        "nano_banana_2.1",
        "seedream5_flash",
        "ideogram_4_0",
        "ideogram_4_5",
        "recraft_v4_1_flash",
        "recraft_v4_1_vector",
    },
}
WORDS = (
    *("ratio", "resolution", "outputFormat", "format", "quality", "background", "flavor", "targetFramerate", "mode"),
    *("proresProfile", "targetAspectRatio", "promptExpansionMode"),
)


def variants_of(endpoint: str) -> Iterator[tuple[str, Any]]:
    """The SDK's type of each model."""
    module = importlib.import_module(f"runwayml.types.{endpoint}_create_params")
    name = "".join(part.capitalize() for part in endpoint.split("_"))
    alias = getattr(module, f"{name}CreateParams")
    for variant in [alias] if is_typeddict(alias) else get_args(alias):
        hints = get_type_hints(variant, vars(module), include_extras=True)
        yield values_of(hints["model"])[0], hints


def names_of(hints: Mapping[str, Any]) -> dict[str, Any]:
    """The types of the fields, by their names on the wire."""
    found = {}
    for name, hint in hints.items():
        inner = get_args(hint)[0] if get_origin(hint) is Required else hint
        aliases = [note.alias for note in getattr(inner, "__metadata__", ()) if getattr(note, "alias", None)]
        found[aliases[0] if aliases else name] = hint
    return found


def values_of(hint: Any) -> list[Any]:
    """The words that a type lists, in order."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    arguments = [hint.__origin__] if hasattr(hint, "__metadata__") else get_args(hint)
    return [value for argument in arguments if argument is not type(None) for value in values_of(argument)]


CASES = [
    pytest.param(endpoint, model, names_of(hints), id=f"{endpoint}-{model}")
    for endpoint in ENDPOINTS
    for model, hints in variants_of(endpoint)
    if model not in LEFT_OUT.get(endpoint, set())
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_model_is_there_or_left_out_by_name(endpoint: str) -> None:
    offered = {model for model, _ in variants_of(endpoint)}

    assert set(TABLES[endpoint]) == offered - LEFT_OUT.get(endpoint, set())
    assert LEFT_OUT.get(endpoint, set()) <= offered


@pytest.mark.parametrize(("endpoint", "model", "hints"), CASES)
def test_fields_are_those_of_the_sdk(endpoint: str, model: str, hints: Mapping[str, Any]) -> None:
    shape = TABLES[endpoint][model].shape
    required = {name for name, hint in hints.items() if get_origin(hint) is Required}

    assert set(shape.fields) == set(hints)
    assert shape.required | {"model"} == required


@pytest.mark.parametrize(("endpoint", "model", "hints"), CASES)
def test_words_are_those_of_the_sdk(endpoint: str, model: str, hints: Mapping[str, Any]) -> None:
    fields = TABLES[endpoint][model].shape.fields
    listed = {name: values_of(hints[name]) for name in WORDS if name in hints and values_of(hints[name])}

    told = {name: fields[name]("no such word", (name,)) for name in listed}

    assert {name: sorted(found[0]["values"]) for name, found in told.items()} == {
        name: sorted(values) for name, values in listed.items()
    }
    assert all(found == [issues.wrong_choice(found[0]["values"], path=(name,))] for name, found in told.items())


def test_there_is_something_to_compare() -> None:
    assert len(CASES) == 24 + 25 + 12 + 1 + 2 + 1 + 1 + 12
