"""An account of AWS as a place, and why it may not be one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.images.engine import find_engine
from prove.containers import ContainerBuild
from prove.errors import ProveError
from prove.place import Place, share
from slipway.release.errors import code
from slipway.settings import Environment

# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"
_ZONES = 2


def open_account(log: Path) -> Place:
    """Return the account of the credentials that boto3 finds by itself.

    Parameters
    ----------
    log
        Where the container engine's output goes.

    Raises
    ------
    ProveError
        There are no credentials, or no region.
    PipelineError
        There is no container engine.
    """
    # boto3 reads AWS_DEFAULT_REGION only, the CDK AWS_REGION first.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    if session.region_name is None:
        raise ProveError("No region is chosen: set AWS_REGION, or choose a profile that has one")
    config = Config(
        connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 6}
    )
    client = share(lambda service: session.client(service, config=config))
    try:
        identity = client("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise ProveError(
            f"There are no credentials that AWS takes ({error}): sign in, or set AWS_PROFILE"
        ) from error
    account, region = identity["Account"], session.region_name
    return Place(
        account=account,
        region=region,
        client=client,
        cdk_environment={**os.environ, "AWS_REGION": region, "CDK_DISABLE_CLI_TELEMETRY": "true"},
        build=ContainerBuild(find_engine(), client, log=log),
    )


def refuse_valued_account(place: Place, environments: Iterable[Environment]) -> None:
    """Refuse an account in which somebody keeps data or approves releases.

    Raises
    ------
    ProveError
        An environment of the settings is there that people rely on.
    """
    for environment in environments:
        if environment.account != place.account:
            continue
        for key, value in (("removal_policy", "retain"), ("approval", "required")):
            if getattr(environment, key) == value:
                raise ProveError(
                    f"Account {place.account} is the one of {environment.name} "
                    f"(environments/{environment.name}.yaml has {key}: {value}): choose an account "
                    "that nobody depends on"
                )


def refuse_without_bootstrap(place: Place) -> None:
    """Refuse an account in which the CDK can't deploy.

    Raises
    ------
    ProveError
        It isn't bootstrapped, with the command that does it.
    """
    ssm = place.client("ssm")
    try:
        ssm.get_parameter(Name=_BOOTSTRAP_VERSION)
    except ClientError as error:
        if code(error) != "ParameterNotFound":
            raise
        raise ProveError(
            f"Account {place.account} is not bootstrapped in {place.region}: "
            f"scripts/cdk bootstrap aws://{place.account}/{place.region}"
        ) from error


def refuse_without_service_role(place: Place) -> None:
    """Refuse an account in which the first cluster would come before ECS's own role.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles-for-clusters.html

    Raises
    ------
    ProveError
        The role is missing, with the command that makes it.
    """
    iam = place.client("iam")
    try:
        iam.get_role(RoleName="AWSServiceRoleForECS")
    except iam.exceptions.NoSuchEntityException as error:
        raise ProveError(
            f"Account {place.account} has no service-linked role of ECS, which uses it too early "
            "if it makes it itself: "
            "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"
        ) from error


def choose_zones(place: Place, endpoints: Iterable[str] = ()) -> tuple[str, ...]:
    """Choose availability zones in which every endpoint is offered.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html

    Parameters
    ----------
    endpoints
        Service names of interface endpoints, such as ``com.amazonaws.eu-west-1.ecs``.

    Raises
    ------
    ProveError
        There are not enough such zones.
    """
    ec2 = place.client("ec2")
    described = ec2.describe_availability_zones(
        Filters=[
            {"Name": "zone-type", "Values": ["availability-zone"]},
            {"Name": "state", "Values": ["available"]},
        ]
    )["AvailabilityZones"]
    zones = sorted(zone["ZoneName"] for zone in described)
    if names := list(endpoints):
        offered: list[Mapping[str, Any]] = ec2.describe_vpc_endpoint_services(ServiceNames=names)[
            "ServiceDetails"
        ]
        zones = [zone for zone in zones if all(zone in o["AvailabilityZones"] for o in offered)]
    if len(zones) < _ZONES:
        raise ProveError(
            f"{place.region} has {len(zones)} zones that offer every endpoint, and {_ZONES} are "
            "needed: choose another region"
        )
    return tuple(zones[:_ZONES])
