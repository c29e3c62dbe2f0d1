"""From a tree of text to a model; from pydantic's errors to lines that a person can act on."""

from difflib import get_close_matches
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from slipway.settings.errors import RuleError, SettingsError, first_of
from slipway.settings.model import Model
from slipway.settings.source import Location, Source, dotted

ModelType = TypeVar("ModelType", bound=Model)

_KINDS: dict[type, str] = {dict: "a mapping", list: "a list"}
_A_MAPPING = "must be a mapping ({{}} where it has no keys), not {given}"
_A_WHOLE_NUMBER = "must be a whole number, not {given}"
_TRUE_OR_FALSE = "must be true or false, not {given}"
_MESSAGES = {
    "model_type": _A_MAPPING,
    "model_attributes_type": _A_MAPPING,
    "dict_type": _A_MAPPING,
    "tuple_type": "must be a list, not {given}",
    "string_type": "must be text, not {given}",
    "bool_type": _TRUE_OR_FALSE,
    "bool_parsing": _TRUE_OR_FALSE,
    "int_type": _A_WHOLE_NUMBER,
    "int_parsing": _A_WHOLE_NUMBER,
    "int_parsing_size": _A_WHOLE_NUMBER,
    "int_from_float": _A_WHOLE_NUMBER,
    "date_type": "must be a day such as 2026-12-24, not {given}",
    "time_delta_type": "must be a duration such as 10s, 5m or 4h, not {given}",
    "greater_than_equal": "must be at least {ge}, not {given}",
    "less_than_equal": "must be at most {le}, not {given}",
    "string_too_short": "must not be empty",
    "too_short": "must list at least {min_length}, not {actual_length}",
    "too_long": "must list at most {max_length}, not {actual_length}",
    "literal_error": "must be {expected}, not {given}",
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
        lines = first_of(source.file, error.errors(), lambda each: _line(model, source, each))
        raise SettingsError(lines) from None


def mistake_at(source: Source, location: Location, message: str) -> str:
    """Return the line that tells a mistake: file, line, key, and what is wrong."""
    written = source.root.nearest(location)
    path = (*written.node.path, *written.rest)
    message = message.replace("{here}", f"{dotted(path[:-1])}." if path[1:] else "")
    return f"{source.file}:{written.node.line}: {dotted(path)} {message}"


def _line(model: type[Model], source: Source, error: ErrorDetails) -> str:
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
    return mistake_at(source, location, message)


def _message(error: ErrorDetails) -> str:
    context = dict(error.get("ctx", {}))
    if "error" in context:
        return str(context["error"])
    if "expected" in context:
        context["expected"] = context["expected"].replace("'", "")
    given = error["input"]
    context["given"] = _KINDS.get(type(given)) or f"{given!r:.60}"
    message = _MESSAGES.get(error["type"])
    return message.format(**context) if message else error["msg"]


def _missing_key(model: type[Model], location: Location) -> str:
    parent = _model_at(model, location[:-1])
    description = parent.model_fields[str(location[-1])].description if parent else None
    if not description:
        return "is missing"
    return f"is missing: {' '.join(description.split()).rstrip('.')}"


def _unknown_key(model: type[Model], location: Location, error: ErrorDetails) -> str:
    parent = _model_at(model, location[:-1])
    if parent:
        fields = (field.alias or name for name, field in parent.model_fields.items())
        known = [*fields, *parent.further_keys]
    else:
        known = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    nearest = get_close_matches(str(location[-1]), known, n=1)
    if nearest:
        return f"is not a known key; did you mean {nearest[0]}?"
    return f"is not a known key; known here: {', '.join(known) or 'none'}"


def _model_at(annotation: Any, location: Location) -> type[Model] | None:
    """Return the model of the mapping at a location, if it is one of ours."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
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
