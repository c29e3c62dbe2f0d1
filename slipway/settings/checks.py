"""What the hooks of a release check: one model for each kind of check."""

import json
import math
import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from slipway.settings.errors import RuleError
from slipway.settings.model import ExactlyOne, Model, Text, UrlPath, refuse_repeats
from slipway.settings.source import Bare
from slipway.settings.units import Duration, between, format_duration

OWN_CHECKS = "checks.py"
"""The file in a service's folder that holds its own checks."""

# https://www.rfc-editor.org/rfc/rfc6901
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
# https://www.rfc-editor.org/rfc/rfc9110#name-tokens
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise RuleError(f"must be a JSON Pointer such as /stock/umbrella, not {text!r:.60}")
    return text


def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise RuleError(f"must be the name of a header such as Content-Type, not {name!r:.60}")
    return name


def _as_json(value: Any) -> Any:
    """Read what stands in the file as JSON would: 12 is a number, true is true, the rest text."""
    if isinstance(value, dict):
        return {str(key): _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, Bare):
        try:
            read = json.loads(value, parse_constant=str)
        except ValueError:
            return str(value)
        if isinstance(read, float) and math.isinf(read):
            raise RuleError(f"must be a number that fits, or text in quotes, not {value!r:.60}")
        return read
    return value


JsonValue = Annotated[
    Any,
    BeforeValidator(_as_json),
    WithJsonSchema({"type": ["array", "boolean", "null", "number", "object", "string"]}),
]
"""A value of JSON; what stands in quotes is text."""

Pointer = Annotated[str, AfterValidator(_pointer)]
"""A place in a JSON document, as RFC 6901 writes it."""

HeaderName = Annotated[str, AfterValidator(_header_name)]
"""The name of a header; upper and lower case are the same."""

Timeout = Annotated[Duration, AfterValidator(between("1s", "60s"))]
"""How long an answer is waited for."""


class Latency(Model):
    """A limit on how long responses may take."""

    percentile: int = Field(ge=1, le=100)
    """The share of responses that must stay below the threshold."""
    threshold: Duration
    """The longest time that is good enough."""

    @field_validator("threshold")
    @classmethod
    def _positive(cls, threshold: timedelta) -> timedelta:
        if not threshold:
            raise RuleError("must be longer than 0s, such as 500ms")
        return threshold


def _leaves_room_for_slow_answers(timeout: timedelta, info: ValidationInfo) -> timedelta:
    latency = info.data.get("latency")
    if latency and timeout <= latency.threshold:
        raise RuleError(
            f"must be longer than {{here}}latency.threshold ({format_duration(timeout)} <= "
            f"{format_duration(latency.threshold)}), or no answer is ever too slow"
        )
    return timeout


class HttpCheck(Model):
    """Requests to green through the test listener."""

    path: UrlPath
    """What is asked for; begins with /."""
    method: Literal["GET", "HEAD", "OPTIONS"] = "GET"
    """The method; only those that change nothing."""
    status: int = Field(default=200, ge=200, le=599)
    """The status that is expected."""
    headers: dict[HeaderName, str] = Field(default_factory=dict)
    """Headers that are expected, with their values."""
    body: Text | None = None
    """Text that the body must contain."""
    json_: dict[Pointer, JsonValue] = Field(default_factory=dict, alias="json")
    """Places in a JSON body (JSON Pointers such as /stock/umbrella), with their values."""
    requests: int = Field(default=1, ge=1, le=1000)
    """How often it is asked."""
    latency: Latency | None = None
    """How long the responses may take."""
    timeout: Timeout = timedelta(seconds=5)
    """How long one response is waited for."""

    _room = field_validator("timeout")(_leaves_room_for_slow_answers)

    @field_validator("body", "json_")
    @classmethod
    def _that_the_method_asks_for(cls, body: Any, info: ValidationInfo) -> Any:
        if body and info.data.get("method") == "HEAD":
            raise RuleError("must go, or {here}method: an answer to HEAD has no body")
        return body


class Burst(Model):
    """Many requests to green at once, through the test listener."""

    path: UrlPath
    """What is asked for, with GET; begins with /."""
    requests: int = Field(ge=1, le=10_000)
    """How many requests in all."""
    at_once: int = Field(ge=1, le=100)
    """How many of them are under way at any time."""
    errors_percent: int = Field(default=0, ge=0, le=99)
    """The largest share that may fail: no answer in time, or another status than 200."""
    latency: Latency | None = None
    """How long the responses that did not fail may take."""
    timeout: Timeout = timedelta(seconds=5)
    """How long one response is waited for."""

    _room = field_validator("timeout")(_leaves_room_for_slow_answers)

    @field_validator("at_once")
    @classmethod
    def _within_the_requests(cls, at_once: int, info: ValidationInfo) -> int:
        requests = info.data.get("requests", at_once)
        if at_once > requests:
            raise RuleError(f"must be at most {{here}}requests ({at_once} > {requests})")
        return at_once


class RelativeLatency(Model):
    """A limit on how long green may take, as a share of what blue takes."""

    percentile: int = Field(ge=1, le=100)
    """The share of responses that must stay below the limit."""
    percent_of_blue: int = Field(ge=100, le=10_000)
    """How long green may take, in percent of the same percentile of blue."""


# With fewer, one slow answer decides.
_FEWEST_TO_MEASURE = 10


class Compare(Model):
    """The same requests to green and to blue, which still serves production."""

    paths: tuple[UrlPath, ...] = Field(min_length=1, max_length=100)
    """What is asked for, with GET."""
    ignore: tuple[Pointer, ...] = ()
    """Places in JSON bodies that may differ (JSON Pointers such as /version), with what is below
    them."""
    requests: int = Field(default=1, ge=1, le=1000)
    """How often each side is asked for each path."""
    latency: RelativeLatency | None = None
    """How long green may take, measured by blue."""
    timeout: Timeout = timedelta(seconds=5)
    """How long one response is waited for."""

    @field_validator("paths", "ignore")
    @classmethod
    def _each_once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        refuse_repeats(values)
        return values

    @field_validator("latency")
    @classmethod
    def _measured_often_enough(
        cls, latency: RelativeLatency | None, info: ValidationInfo
    ) -> RelativeLatency | None:
        if latency and info.data.get("requests", _FEWEST_TO_MEASURE) < _FEWEST_TO_MEASURE:
            raise RuleError(
                f"needs {{here}}requests of at least {_FEWEST_TO_MEASURE}: with fewer, one slow "
                "answer decides"
            )
        return latency


class TargetsHealthy(Model):
    """Every target of green is healthy."""


class AlarmsQuiet(Model):
    """None of the service's alarms is in alarm."""


class ImageScan(Model):
    """The scan of green's image has no finding above a severity."""

    allowed: Literal["none", "informational", "low", "medium", "high"]
    """The highest severity that is tolerated; findings above it fail."""
    # A Lambda function runs for 15 minutes at most, and the hook has to answer within them.
    timeout: Annotated[Duration, AfterValidator(between("1s", "10m"))] = timedelta(minutes=5)
    """How long the scan's result is waited for."""


class ImageSignature(Model):
    """Green's image has a signature in the registry, whoever signed."""

    timeout: Annotated[Duration, AfterValidator(between("1s", "10m"))] = timedelta(seconds=30)
    """How long it is waited for: ECR signs a moment after the push."""


class Python(Model):
    """A function of the service's own checks.py."""

    function: Text
    """Its name; it is called with green, and says no with assert."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Its keyword arguments."""


class Check(ExactlyOne):
    """One check of a hook."""

    http: HttpCheck | None = None
    """Requests to green through the test listener."""
    burst: Burst | None = None
    """Many requests to green at once, through the test listener."""
    compare: Compare | None = None
    """The same requests to green and to blue, which still serves production."""
    targets_healthy: TargetsHealthy | None = None
    """Every target of green is healthy."""
    alarms_quiet: AlarmsQuiet | None = None
    """None of the service's alarms is in alarm."""
    image_scan: ImageScan | None = None
    """The scan of green's image has no finding above a severity."""
    image_signature: ImageSignature | None = None
    """Green's image has a signature in the registry, whoever signed."""
    python: Python | None = None
    """A function of the service's own checks.py."""

    def declaration(self) -> dict[str, Any]:
        """Return the check as a hook reads it, in JSON: durations as ``…_seconds``."""
        declared: dict[str, Any] = _plain(self)
        return declared


def _plain(value: Any) -> Any:
    if not isinstance(value, BaseModel):
        return value
    found = {}
    for name, field in type(value).model_fields.items():
        inner = getattr(value, name)
        if isinstance(inner, timedelta):
            found[f"{name}_seconds"] = inner.total_seconds()
        elif inner is not None:
            found[field.alias or name] = _plain(inner)
    return found
