"""Values that a key can't have, drawn over the models: by type, by range, by presence."""

from datetime import date, timedelta
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from strategies.keys import Path, fields_of, models_in
from strategies.values import texts

from slipway.settings.application import Application
from slipway.settings.environment import EnvironmentFile
from slipway.settings.model import Model
from slipway.settings.service import ServiceFile

_WORDS = [
    "colour",
    "Port",
    "x y",
    "é",
    "<<",
    "ключ",
    "k" * 200,
    "0",
    "",
    " ",
    "null",
    "a.b",
    "\u202e",
    "#",
]
_NO_NUMBERS = ["many", "1.5", "", "0x10", "1e3", ".nan", "-.inf", "\u0663", "9" * 5000, "1,000"]
_NO_DURATIONS = ["90", "5 minutes", "-5s", "1.5h", "", "\u0663s", "9" * 30 + "d", "s", "PT5M"]
_NO_DATES = [
    "24",
    "20261224",
    "2026-02-30",
    "2026-1-2",
    "24.12.2026",
    "",
    "2026-12-24T00:00",
    "now",
]
_NO_SIZES = ["512", "512MB", "-1MiB", "", "1.5GiB", "9" * 30 + "GiB", "MiB"]


def model_of(file: str) -> type[Model]:
    """The model of a file."""
    if file == "slipway.yaml":
        return Application
    return EnvironmentFile if file.startswith("environments/") else ServiceFile


@st.composite
def wrong_values(draw: st.DrawFn, file: str, tree: dict[str, Any]) -> tuple[str, Path]:
    """Break a file's content, and return how, and at which key."""
    path, model = draw(st.sampled_from(list(models_in(model_of(file), tree))))
    mapping = tree
    for key in path:
        mapping = mapping[key]
    kind = draw(st.sampled_from(["unknown", "missing", "type", "scalar", "range"]))
    fields = fields_of(model)
    required = [key for key, field in fields.items() if field.is_required()]
    if kind == "missing" and required:
        key = draw(st.sampled_from(required))
        del mapping[key]
        return "a key that is missing", (*path, key)
    if kind == "range":
        out_of_range = [(key, value) for key, field in fields.items() for value in _outside(field)]
        if out_of_range:
            key, mapping_value = draw(st.sampled_from(out_of_range))
            mapping[key] = mapping_value
            return "a number out of range", (*path, key)
    if kind in {"type", "scalar"} and fields:
        key = draw(st.sampled_from(sorted(fields)))
        possible = (_scalars if kind == "scalar" else _kinds)(fields[key])
        if possible:
            mapping[key] = draw(st.sampled_from(possible))
            return f"a {kind} that is another", (*path, key)
    unknown = (st.sampled_from(_WORDS) | texts()).filter(
        lambda key: key not in fields and key not in model.further_keys
    )
    key = draw(unknown)
    mapping[key] = draw(st.sampled_from(["x", "", [], {}, {"a": ["b"]}]))
    return "a key that is not known", (*path, key)


def _plain(field: FieldInfo) -> tuple[Any, list[Any]]:
    """What the type of a field is without ``None``, and what is said of it."""
    annotation, metadata = field.annotation, list(field.metadata)
    while get_origin(annotation) in {Annotated, Union, UnionType}:
        if get_origin(annotation) is Annotated:
            annotation, *said = get_args(annotation)
            metadata += said
        else:
            annotation, *_ = (each for each in get_args(annotation) if each is not type(None))
    return annotation, metadata


def _outside(field: FieldInfo) -> list[int]:
    """Numbers next to the bounds of a type."""
    type_, metadata = _plain(field)
    if type_ is not int:
        return []
    bounds = [each for said in metadata for each in (said, *getattr(said, "metadata", ()))]
    least = [each.ge - 1 for each in bounds if getattr(each, "ge", None) is not None]
    most = [each.le + 1 for each in bounds if getattr(each, "le", None) is not None]
    return [*least, *most]


def _scalars(field: FieldInfo) -> list[str]:
    """Text that is not of a type; none for types that are text."""
    type_, metadata = _plain(field)
    if type_ is bool:
        return ["maybe", "2", "", "\u0661"]
    if type_ is timedelta:
        return _NO_DURATIONS
    if type_ is date:
        return _NO_DATES
    if type_ is int:
        sized = any(isinstance(each, BeforeValidator) for each in metadata)
        return _NO_SIZES if sized else _NO_NUMBERS
    return ["sometimes", "", "None"] if get_origin(type_) is Literal else []


def _kinds(field: FieldInfo) -> list[Any]:
    """Mappings for lists, lists for text, and so on."""
    type_, _ = _plain(field)
    if type_ is Any:
        return []
    if get_origin(type_) is dict or (isinstance(type_, type) and issubclass(type_, Model)):
        return ["text", ["a"], ""]
    return ["text", {"a": "b"}, ""] if get_origin(type_) is tuple else [["a"], {"a": "b"}, []]
