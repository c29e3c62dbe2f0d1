"""From a tree of text to a model; from pydantic's errors to lines that a person can act on."""

from difflib import get_close_matches
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from slipway.settings.errors import RuleError, SettingsError
from slipway.settings.source import Location, Source, dotted

ModelType = TypeVar("ModelType", bound=BaseModel)

_KINDS: dict[type, str] = {dict: "a mapping", list: "a list"}
_EXPECTED = {
    "model_type": "must be a mapping ({{}} where it has no keys)",
    "model_attributes_type": "must be a mapping ({{}} where it has no keys)",
    "dict_type": "must be a mapping ({{}} where it has no keys)",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "time_delta_type": "must be a duration such as 10s, 5m or 4h",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must not be empty",
    "too_short": "must list at least {min_length}",
    "literal_error": "must be {expected}",
}


def validate(model: type[ModelType], source: Source) -> ModelType:
    """Return a file's content as a model.

    Raises
    ------
    SettingsError
        With one line for each mistake.
    """
    try:
        return model.model_validate(source.root.plain())
    except ValidationError as error:
        raise SettingsError(_line(model, source, each) for each in error.errors()) from None


def _line(model: type[BaseModel], source: Source, error: ErrorDetails) -> str:
    location: Location = tuple(error["loc"])
    about_a_key = location[-1:] == ("[key]",)
    if about_a_key:
        location = location[:-1]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, RuleError):
        location += cause.at
    if error["type"] == "extra_forbidden" or (about_a_key and error["type"] == "literal_error"):
        message = _unknown_key(model, location, error)
    elif error["type"] == "missing":
        message = _missing_key(model, location)
    else:
        message = _message(error)
    written = source.root.nearest(location)
    path = (*written.node.path, *written.rest)
    message = message.replace("{here}", f"{dotted(path[:-1])}." if path[1:] else "")
    return f"{source.file}:{written.node.line}: {dotted(path)} {message}"


def _message(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    cause = context.get("error")
    if cause is not None:
        return str(cause)
    if error["type"] not in _EXPECTED:
        return error["msg"]
    expected = _EXPECTED[error["type"]].format(**context).replace("'", "")
    given = error["input"]
    return f"{expected}, not {_KINDS.get(type(given)) or f'{given!r:.60}'}"


def _missing_key(model: type[BaseModel], location: Location) -> str:
    parent = _model_at(model, location[:-1])
    description = parent.model_fields[str(location[-1])].description if parent else None
    return f"is missing: {description.rstrip('.')}" if description else "is missing"


def _unknown_key(model: type[BaseModel], location: Location, error: ErrorDetails) -> str:
    parent = _model_at(model, location[:-1])
    if parent:
        known = list(parent.model_fields)
    else:
        known = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    nearest = get_close_matches(str(location[-1]), known, n=1)
    if nearest:
        return f"is not a known key; did you mean {nearest[0]}?"
    return f"is not a known key; known here: {', '.join(known) or 'none'}"


def _model_at(annotation: Any, location: Location) -> type[BaseModel] | None:
    """Return the model of the mapping at a location, if it is one of ours."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not location:
            return annotation
        field = annotation.model_fields.get(str(location[0]))
        return _model_at(field.annotation, location[1:]) if field else None
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        found = (_model_at(argument, location) for argument in arguments)
        return next(filter(None, found), None)
    if origin is dict and location:
        return _model_at(arguments[1], location[1:])
    if origin is tuple and location:
        return _model_at(arguments[0], location[1:])
    return None
