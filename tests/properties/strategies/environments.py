"""``slipway.yaml`` and ``environments/<name>.yaml``."""

from typing import Any

from hypothesis import strategies as st
from strategies.keys import ABSENT, mapping
from strategies.values import TAGS, durations, names, texts
from strategies.yaml_text import Quoted

from slipway.settings.application import LONGEST_APPLICATION, Account, Application
from slipway.settings.budget import Budget
from slipway.settings.capacity import Ec2Capacity, EnvironmentCapacity
from slipway.settings.environment import (
    LOG_RETENTION_DAYS,
    Domain,
    EnvironmentFile,
    Network,
)
from slipway.settings.hours import DAYS, Hours, OfficeHours
from slipway.settings.load_balancer import SharedLoadBalancer
from slipway.settings.notifications import Notifications, SlackChannel, TeamsChannel

ACCOUNTS = st.integers(0, 999).map(lambda number: Quoted(f"{number:012}"))
REGIONS = st.sampled_from(["eu-west-1", "us-east-1", "ap-southeast-2", "eu-central-1"])
_TYPES = {
    "x86_64": ("m6i.large", "m6a.large", "c5.xlarge", "r7i.2xlarge", "c7i.large"),
    "arm64": ("m7g.large", "c6gn.xlarge", "r8g.2xlarge"),
}


@st.composite
def accounts(draw: st.DrawFn, region: str | None = None) -> dict[str, Any]:
    """A region of an account."""
    return mapping(draw, Account, account=ACCOUNTS, region=st.just(region) if region else REGIONS)


@st.composite
def application_files(draw: st.DrawFn, region: str) -> dict[str, Any]:
    """What is the same in every environment."""
    tags = st.dictionaries(
        TAGS.filter(lambda key: not key.lower().startswith(("aws:", "slipway:"))), TAGS, max_size=3
    ).filter(lambda tags: len({key.lower() for key in tags}) == len(tags))
    return mapping(
        draw,
        Application,
        application=names(LONGEST_APPLICATION).filter(
            lambda name: not name.startswith(("aws", "ecs", "fargate"))
        ),
        owner=TAGS,
        cost_centre=TAGS,
        tooling=accounts(region),
        # See strategies.pipelines.
        images=ABSENT,
        pipeline=ABSENT,
        runbooks=st.sampled_from(
            ["docs/runbooks", "https://example.com/a%20b/runbooks?at=main#top", "x" * 512]
        ),
        tags=tags,
    )


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    """A network; with nat: none, what it can't reach is for others to leave out."""
    bits = draw(st.integers(16, 20))
    first = draw(st.sampled_from(["10.{}", "192.168", "172.31", "100.{}"]))
    first = first.format(draw(st.integers(64, 127)))
    third = draw(st.integers(0, 2 ** (bits - 16) - 1)) << (24 - bits)
    endpoint = st.sampled_from(["sqs", "dynamodb", "s3", "sns", "kms", "ecr.api", "logs", "ssm"])
    return mapping(
        draw,
        Network,
        cidr=st.just(f"{first}.{third}.0/{bits}"),
        nat=st.sampled_from(["none", "single", "per-zone"]),
        endpoints=st.lists(endpoint, max_size=3, unique=True),
    )


@st.composite
def ec2_capacities(draw: st.DrawFn) -> dict[str, Any]:
    """Instances; whether they hold the services' tasks is seen to with those."""
    architecture = draw(st.sampled_from(sorted(_TYPES)))
    least = draw(st.integers(0, 3))
    most = draw(st.integers(max(least, 4), 5000))
    return mapping(
        draw,
        Ec2Capacity,
        instance_types=st.lists(
            st.sampled_from(_TYPES[architecture]), min_size=1, max_size=3, unique=True
        ),
        min=st.just(least),
        max=st.just(most),
        on_demand_base=st.integers(0, 4),
        spot_percent=st.integers(0, 100),
    )


@st.composite
def domains(draw: st.DrawFn, place: dict[str, Any], name: str) -> dict[str, Any]:
    """A domain with a certificate in a place."""
    certificate = f"arn:aws:acm:{place['region']}:{place['account']}:certificate/0-a"
    return mapping(
        draw,
        Domain,
        name=st.just(name),
        hosted_zone_id=st.sampled_from(["Z01234", "Z0123456789ABCDEFGHIJ"]),
        certificate=st.just(certificate),
    )


@st.composite
def hours(draw: st.DrawFn, model: type[Hours]) -> dict[str, Any]:
    """Hours of a day."""
    start = draw(st.integers(0, 24 * 60 - 2))
    end = draw(st.integers(start + 1, 24 * 60 - 1))
    return mapping(
        draw,
        model,
        days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True),
        start=st.just(Quoted(f"{start // 60:02}:{start % 60:02}")),
        end=st.just(Quoted(f"{end // 60:02}:{end % 60:02}")),
        time_zone=st.sampled_from(["Europe/Dublin", "UTC", "Asia/Kolkata", "America/New_York"]),
    )


@st.composite
def shared_load_balancers(draw: st.DrawFn) -> dict[str, Any]:
    """A load balancer that services share."""
    return mapping(
        draw,
        SharedLoadBalancer,
        scheme=st.sampled_from(["internal", "internet-facing"]),
        idle_timeout=durations("1s", "4000s"),
        rate_limit=st.one_of(st.integers(10, 5000), st.just(2_000_000_000)),
    )


@st.composite
def environment_files(
    draw: st.DrawFn, *, domain: str, shared: list[str], registry_region: str
) -> dict[str, Any]:
    """Where services run.

    Parameters
    ----------
    domain
        The name of its domain, if it has one: no other environment has it.
    shared
        The load balancers that services may ask for.
    registry_region
        Where images come from, unless the environment says otherwise.
    """
    place = draw(accounts())
    with_tls, asleep = draw(st.booleans()), draw(st.booleans())
    network = draw(networks())
    if network.get("nat") == "none":
        # Endpoints lead to services of their region only.
        tooling = accounts(place["region"])
        place["region"] = registry_region if draw(st.booleans()) else place["region"]
        own = draw(tooling) if place["region"] != registry_region else None
    else:
        own = draw(st.none() | accounts())
    region = place["region"]
    return mapping(
        draw,
        EnvironmentFile,
        # One of the two has to be there; and the registry, where it is not the application's.
        always=("domain", "plain_http", "tooling", "load_balancers", "approval"),
        account=st.just(place["account"]),
        region=st.just(region),
        availability_zones=st.integers(2, 4).map(lambda n: [f"{region}{z}" for z in "abcd"[:n]]),
        tooling=st.just(own) if own else ABSENT,
        network=st.just(network),
        capacity=_capacities(),
        domain=domains(place, domain) if with_tls else ABSENT,
        plain_http=ABSENT if with_tls else texts(20),
        load_balancers=_shared(shared),
        notifications=notifications(),
        budget=budgets(),
        approval=st.just("none") if asleep else st.sampled_from(["none", "required"]),
        # Where the application has a pipeline: see strategies.pipelines.
        pipeline=ABSENT,
        office_hours=hours(OfficeHours) if asleep else ABSENT,
        log_retention=st.sampled_from(LOG_RETENTION_DAYS).map("{}d".format),
        removal_policy=st.sampled_from(["destroy", "retain"]),
    )


@st.composite
def _shared(draw: st.DrawFn, wanted: list[str]) -> dict[str, Any]:
    """Those that services ask for, and perhaps another one."""
    others = draw(st.dictionaries(names(6), shared_load_balancers(), max_size=1))
    return others | {name: draw(shared_load_balancers()) for name in wanted}


@st.composite
def _capacities(draw: st.DrawFn) -> dict[str, Any]:
    return mapping(
        draw,
        EnvironmentCapacity,
        ec2=ec2_capacities(),
        fargate_spot_percent=st.integers(0, 100),
    )


@st.composite
def budgets(draw: st.DrawFn) -> dict[str, Any]:
    """What an environment may cost."""
    percentages = st.lists(st.integers(1, 1000), min_size=1, max_size=2, unique=True)
    return mapping(
        draw,
        Budget,
        monthly_usd=st.integers(1, 10_000_000),
        actual=percentages,
        forecast=percentages,
    )


@st.composite
def notifications(draw: st.DrawFn) -> dict[str, Any]:
    """Who is told."""
    email = st.sampled_from(["team@example.com", "on-call+shop@example.co.uk", "é@bücher.example"])
    return mapping(
        draw,
        Notifications,
        email=st.lists(email, max_size=2, unique=True),
        slack=slack_channels(),
        teams=teams_channels(),
    )


@st.composite
def slack_channels(draw: st.DrawFn) -> dict[str, Any]:
    """A channel of Slack."""
    return mapping(
        draw,
        SlackChannel,
        workspace=st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20).map(
            Quoted
        ),
        channel=st.text("0189abyzABYZ", min_size=1, max_size=20).map(Quoted),
    )


@st.composite
def teams_channels(draw: st.DrawFn) -> dict[str, Any]:
    """A channel of Microsoft Teams."""
    identity = st.uuids().map(str).map(Quoted)
    return mapping(
        draw,
        TeamsChannel,
        tenant=identity,
        team=identity,
        channel=st.sampled_from(["19%3Aab12%40thread.tacv2", "19%3aX-_=%40thread.skype"]),
    )
