"""Which keys the models have, which of them a file uses, and mappings that hold some of them."""

from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from slipway.settings.model import Model

Path = tuple[str | int, ...]

ABSENT = st.nothing()
"""The strategy of a key that must not be there."""


def fields_of(model: type[Model]) -> dict[str, FieldInfo]:
    """The fields of a model, by the keys that files have for them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def mapping(
    draw: st.DrawFn,
    model: type[Model],
    *,
    always: Iterable[str] = (),
    fully: bool = False,
    **strategies: Any,
) -> dict[str, Any]:
    """Draw a mapping with the keys of a model: the required ones, and some of the others.

    Parameters
    ----------
    always
        Further keys that it must hold.
    fully
        Whether it holds every key.
    strategies
        One for each key of the model: a new setting can't be forgotten. An underscore at the end
        keeps a name from shadowing one of Python's.
    """
    fields = fields_of(model)
    named = {key.rstrip("_"): strategy for key, strategy in strategies.items()}
    assert named.keys() == fields.keys(), (
        f"{model.__name__}: strategies for {sorted(named.keys() ^ fields.keys())} are missing, "
        "or are for keys that it doesn't have"
    )
    return {
        key: draw(strategy)
        for key, strategy in named.items()
        if strategy is not ABSENT
        and (fully or fields[key].is_required() or key in always or draw(st.integers(0, 3)))
    }


def keys_of(model: type[Model]) -> set[str]:
    """Every key that a file of this model may have: ``network.nat``, ``tags.*``, ``email[]``."""
    return {key for key in _keys(model) if key}


def _keys(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        for key, field in fields_of(annotation).items():
            yield key
            yield from (f"{key}{below}" for below in _below(field.annotation))
        return
    yield from _below(annotation)


def _below(annotation: Any) -> Iterator[str]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        for argument in arguments:
            yield from _below(argument)
    elif origin is tuple:
        yield from (f"[]{below}" for below in _below(arguments[0]))
    elif origin is dict:
        yield ".*"
        yield from (f".*{below}" for below in _below(arguments[1]))
    elif isinstance(annotation, type) and issubclass(annotation, Model):
        yield from (f".{key}" for key in _keys(annotation))


def used_keys(model: Any, value: Any) -> Iterator[str]:
    """The keys that a file uses, written as in :func:`keys_of`."""
    model = _model_in(model)
    if isinstance(model, type) and issubclass(model, Model):
        for key, field in fields_of(model).items():
            if isinstance(value, dict) and key in value:
                yield key
                yield from (f"{key}{used}" for used in _used_below(field.annotation, value[key]))


def _used_below(annotation: Any, value: Any) -> Iterator[str]:
    annotation = _model_in(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        for item in value:
            yield from (f"[]{below}" for below in _used_below(arguments[0], item))
    elif origin is dict:
        for item in value.values():
            yield ".*"
            yield from (f".*{below}" for below in _used_below(arguments[1], item))
    else:
        yield from (f".{key}" for key in used_keys(annotation, value))


def _model_in(annotation: Any) -> Any:
    """What an annotation is without ``None``."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (each for each in get_args(annotation) if each is not type(None))
    return annotation


def models_in(annotation: Any, value: Any, path: Path = ()) -> Iterator[tuple[Path, type[Model]]]:
    """Every mapping in a file that is one of the models, with its path."""
    annotation = _model_in(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield path, annotation
        for key, field in fields_of(annotation).items():
            if key in value:
                yield from models_in(field.annotation, value[key], (*path, key))
    elif origin is tuple:
        for index, item in enumerate(value):
            yield from models_in(arguments[0], item, (*path, index))
    elif origin is dict:
        for key, item in value.items():
            yield from models_in(arguments[1], item, (*path, key))
