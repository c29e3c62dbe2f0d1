"""What tests of constructs share: loading Lambda code as Lambda does, and stand-ins for AWS."""

import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import botocore.session
import pytest

import slipway_constructs

CONSTRUCTS = Path(slipway_constructs.__file__).parent


@pytest.fixture
def lambda_source() -> Iterator[Callable[[str], Callable[[str], ModuleType]]]:
    """Put a construct's runtime folder on sys.path, and return how to import from it.

    Several runtimes have modules of the same name; whatever a test imported is gone after it.
    """
    before_path, before_modules = list(sys.path), set(sys.modules)
    folders: list[Path] = []

    def put_on_path(folder: str) -> Callable[[str], ModuleType]:
        folders.append(CONSTRUCTS / folder)
        sys.path.insert(0, str(CONSTRUCTS / folder))
        return importlib.import_module

    yield put_on_path
    sys.path[:] = before_path
    for name in set(sys.modules) - before_modules:
        file = getattr(sys.modules[name], "__file__", None)
        if file and any(Path(file).is_relative_to(folder) for folder in folders):
            del sys.modules[name]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand-ins for clients, by service name: what isn't in here isn't called."""
    stand_ins: dict[str, Any] = {}
    monkeypatch.setattr(boto3, "client", lambda service, **_options: stand_ins[service])
    monkeypatch.setattr(
        botocore.session.Session,
        "create_client",
        lambda _self, service, **_options: stand_ins[service],
    )
    return stand_ins


class Context:
    """Lambda's context, as far as the functions use it."""

    def __init__(self, remaining_seconds: float) -> None:
        self._remaining_seconds = remaining_seconds

    def get_remaining_time_in_millis(self) -> int:
        return round(self._remaining_seconds * 1000)


@pytest.fixture
def context() -> Callable[[float], Context]:
    return Context


@pytest.fixture
def add_load_balancer() -> Callable[..., Any]:
    """Add a load balancer to a stack, with what a test changes: an internal one, without TLS."""
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_logs as logs

    from slipway_constructs.access_logs import AccessLogs
    from slipway_constructs.load_balancer import LoadBalancer

    def add(stack: Any, **changes: Any) -> LoadBalancer:
        vpc = changes.pop("vpc", None) or ec2.Vpc(
            stack, "Vpc", nat_gateways=0, restrict_default_security_group=False
        )
        return LoadBalancer(
            stack,
            "LoadBalancer",
            vpc=vpc,
            **{
                "name": "shop-dev-web",
                "subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
                "access_logs": AccessLogs(stack, "AccessLogs", retention=timedelta(days=7)),
                "firewall_logs": logs.LogGroup(
                    stack, "FirewallLogs", log_group_name="aws-waf-logs-shop-dev"
                ),
                "scheme": "internal",
                "idle_timeout": timedelta(seconds=60),
                "rate_limit": 2000,
                "redirect_to": None,
                "deletion_protection": False,
            }
            | changes,
        )

    return add
