"""The checks of a release, at the events at which each can be made."""

from typing import Any

from hypothesis import strategies as st
from strategies.keys import ABSENT, mapping
from strategies.values import JSON, PATHS, POINTERS, durations, texts

from slipway.settings.checks import (
    Burst,
    Check,
    Compare,
    HttpCheck,
    ImageScan,
    ImageSignature,
    Latency,
    Python,
    RelativeLatency,
)
from slipway.settings.deployment import LIFECYCLE_EVENTS

_REQUESTS = ("http", "burst", "compare")
_NOT_AT = {
    "BeforeInstall": {"targets_healthy", *_REQUESTS},
    "AfterInstall": set(_REQUESTS),
    "AfterAllowTraffic": {"compare"},
}
_REGISTRY = {"image_scan", "image_signature"}
_HEADERS = st.sampled_from(["Content-Type", "x-served-by", "ETag"])


@st.composite
def latencies(draw: st.DrawFn, longest: str = "4999ms") -> dict[str, Any]:
    """A limit on how long responses may take."""
    return mapping(
        draw, Latency, percentile=st.integers(1, 100), threshold=durations("1ms", longest, "1ms")
    )


@st.composite
def _http(draw: st.DrawFn) -> dict[str, Any]:
    method = draw(st.sampled_from(["GET", "HEAD", "OPTIONS"]))
    body = method != "HEAD"
    return mapping(
        draw,
        HttpCheck,
        path=PATHS,
        method=st.just(method),
        status=st.integers(200, 599),
        headers=st.dictionaries(_HEADERS, texts(8), max_size=2),
        body=texts(8) if body else ABSENT,
        json=st.dictionaries(POINTERS, JSON, max_size=2) if body else st.just({}),
        requests=st.integers(1, 1000),
        latency=latencies(),
        timeout=durations("5s", "60s"),
    ) | {"method": method}


@st.composite
def _burst(draw: st.DrawFn) -> dict[str, Any]:
    requests = draw(st.integers(1, 10_000))
    return mapping(
        draw,
        Burst,
        path=PATHS,
        requests=st.just(requests),
        at_once=st.integers(1, min(requests, 100)),
        errors_percent=st.integers(0, 99),
        latency=latencies(),
        timeout=durations("5s", "60s"),
    )


@st.composite
def _relative_latencies(draw: st.DrawFn) -> dict[str, Any]:
    return mapping(
        draw,
        RelativeLatency,
        percentile=st.integers(1, 100),
        percent_of_blue=st.integers(100, 10_000),
    )


@st.composite
def _compare(draw: st.DrawFn) -> dict[str, Any]:
    drawn = mapping(
        draw,
        Compare,
        paths=st.lists(PATHS, min_size=1, max_size=3, unique=True),
        ignore=st.lists(POINTERS, max_size=2, unique=True),
        requests=st.integers(1, 1000),
        latency=_relative_latencies(),
        timeout=durations("1s", "60s"),
    )
    if drawn.get("requests", 1) < 10:
        drawn.pop("latency", None)
    return drawn


@st.composite
def _image_scan(draw: st.DrawFn) -> dict[str, Any]:
    severity = st.sampled_from(["none", "informational", "low", "medium", "high"])
    return mapping(draw, ImageScan, allowed=severity, timeout=durations("1s", "10m"))


@st.composite
def _image_signature(draw: st.DrawFn) -> dict[str, Any]:
    return mapping(draw, ImageSignature, timeout=durations("1s", "10m"))


@st.composite
def _python(draw: st.DrawFn, functions: dict[str, list[str]]) -> dict[str, Any]:
    function = draw(st.sampled_from(sorted(functions)))
    arguments = functions[function]
    settings = st.fixed_dictionaries(dict.fromkeys(arguments, JSON))
    drawn = mapping(draw, Python, function=st.just(function), settings=settings)
    return drawn if not arguments else drawn | {"settings": draw(settings)}


@st.composite
def _check(draw: st.DrawFn, kinds: dict[str, Any]) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(kinds)))
    return {kind: draw(kinds[kind])}


@st.composite
def checks(
    draw: st.DrawFn, *, functions: dict[str, list[str]], image_elsewhere: bool
) -> dict[str, Any]:
    """What the hooks check.

    Parameters
    ----------
    functions
        The service's own, with the names of the arguments that they need.
    image_elsewhere
        Whether the image is none of our registry's: nothing is known of it there.
    """
    kinds: dict[str, Any] = {
        "http": _http(),
        "burst": _burst(),
        "compare": _compare(),
        "targets_healthy": st.just({}),
        "alarms_quiet": st.just({}),
        "image_scan": _image_scan(),
        "image_signature": _image_signature(),
        "python": _python(functions),
    }
    assert kinds.keys() == Check.model_fields.keys()
    left_out = (set() if functions else {"python"}) | (_REGISTRY if image_elsewhere else set())
    drawn = {}
    for event in draw(st.lists(st.sampled_from(LIFECYCLE_EVENTS), min_size=1, unique=True)):
        possible = {
            kind: strategy
            for kind, strategy in kinds.items()
            if kind not in left_out | _NOT_AT.get(event, set())
        }
        drawn[event] = draw(st.lists(_check(possible), min_size=1, max_size=2))
    return drawn
