"""The pipeline: its source, what images must prove, and the order of environments."""

import datetime
from typing import Any

from hypothesis import strategies as st
from strategies.environments import hours, notifications
from strategies.keys import ABSENT, mapping
from strategies.values import texts

from slipway.settings.pipeline import Freeze, Host, Images, Paths, Pipeline, Place, Window

_PATTERNS = st.sampled_from(["services/**", "**", "*.{yaml,yml}", "a b/?", "é/[a-z]*"])
_MORE_PATTERNS = st.sampled_from(["docs/**", "README.md", "**/*.md"])


COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector@sha256:" + "0c" * 32
"""What takes traces."""


@st.composite
def images(draw: st.DrawFn) -> dict[str, Any]:
    """What a new image must prove."""
    return mapping(
        draw,
        Images,
        allowed_findings=st.sampled_from(
            ["none", "informational", "low", "medium", "high", "critical"]
        ),
        scanning=st.sampled_from(["basic", "enhanced"]),
        signing=st.booleans(),
        base_image_cache=st.booleans(),
        collector=st.just(COLLECTOR),
    )


@st.composite
def _hosts(draw: st.DrawFn, account: str, provider: str) -> dict[str, Any]:
    """One of the two."""
    service = draw(st.sampled_from(["codeconnections", "codestar-connections"]))
    # It serves every region.
    connection = f"arn:aws:{service}:us-west-2:{account}:connection/0a-1b"
    if draw(st.booleans()):
        return mapping(
            draw, Host, always=("provider",), provider=st.just(provider), connection=ABSENT
        )
    return mapping(
        draw, Host, always=("connection",), provider=ABSENT, connection=st.just(connection)
    )


@st.composite
def _paths(draw: st.DrawFn) -> dict[str, Any]:
    return mapping(
        draw,
        Paths,
        include=st.lists(_PATTERNS, max_size=3, unique=True),
        exclude=st.lists(_MORE_PATTERNS, max_size=3, unique=True),
    )


@st.composite
def pipelines(draw: st.DrawFn, account: str) -> dict[str, Any]:
    """The pipeline, whose account may have the connection."""
    provider = draw(st.sampled_from(["github", "gitlab", "bitbucket"]))
    group = "example/teams" if provider == "gitlab" else "example"
    return mapping(
        draw,
        Pipeline,
        host=_hosts(account, provider),
        repository=st.sampled_from([f"{group}/shop", f"{group}/.shop_1-a"]),
        branch=st.sampled_from(["main", "release/1.x", "Ünïcode", "a@b", "#1"]),
        paths=_paths(),
        executions=st.sampled_from(["queued", "superseded"]),
        notifications=notifications(),
    )


@st.composite
def _freezes(draw: st.DrawFn) -> dict[str, Any]:
    # Long ago is no mistake.
    start = draw(st.dates(datetime.date(1999, 1, 1), datetime.date(2099, 1, 1)))
    length = draw(st.integers(0, 30))
    return mapping(
        draw,
        Freeze,
        start=st.just(start.isoformat()),
        end=st.just((start + datetime.timedelta(days=length)).isoformat()),
        because=texts(20),
    )


@st.composite
def places(draw: st.DrawFn, *, before: list[str], rollback: str) -> dict[str, Any]:
    """The place of an environment.

    Parameters
    ----------
    before
        The environments that have one already.
    rollback
        What all of them do: those that go together must do the same.
    """
    after = st.lists(st.sampled_from(before), unique=True) if before else st.just([])
    return mapping(
        draw,
        Place,
        always=("rollback",),
        after=after,
        rollback=st.just(rollback),
        window=hours(Window),
        freezes=st.lists(_freezes(), max_size=2),
    )


@st.composite
def routes(
    draw: st.DrawFn, application: dict[str, Any], environments: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    """A pipeline to some environments, which then have a place in it; or none.

    An environment with a registry of its own can't be in it.
    """
    possible = [name for name, each in environments.items() if "tooling" not in each]
    chosen = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    rollback = draw(st.sampled_from(["automatic", "by-hand"]))
    for index, name in enumerate(chosen):
        place = places(before=chosen[:index], rollback=rollback)
        environments[name]["pipeline"] = draw(place)
    return draw(pipelines(application["tooling"]["account"])) if chosen else None
