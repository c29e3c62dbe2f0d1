"""A stack with traffic rules on the local AWS, and what answers behind it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from rules.load_balancing import LoadBalancing
from rules.stack import TrafficStack
from rules.synthesis import BUCKET, Synthesised, synthesise
from rules.traffic import Backend, Traffic
from waiting import eventually


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory, local_aws: Any) -> Synthesised:
    """The stack as the CDK says it, its function's code in the bucket that the template names."""
    made = synthesise(tmp_path_factory.mktemp("rules"))
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for asset in made.assets.glob("asset.*"):
        if not asset.is_dir():
            continue
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as content:
            for file in asset.rglob("*"):
                if file.is_file():
                    content.write(file, file.relative_to(asset))
        s3.put_object(
            Bucket=BUCKET,
            Key=f"{asset.name.removeprefix('asset.')}.zip",
            Body=archive.getvalue(),
        )
    return made


@pytest.fixture(scope="session")
def backends(local_aws: Any) -> Iterator[dict[str, Backend]]:
    """One server for each target group, at addresses of their own as tasks have them."""
    with ExitStack() as stack:
        made = {}
        for color in ("blue", "green"):
            made[color] = Backend(color, local_aws.machine.addresses.next())
            stack.callback(made[color].close)
        yield made


@pytest.fixture(scope="session")
def deploy_rules(
    local_aws: Any, synthesised: Synthesised, backends: dict[str, Backend]
) -> Callable[..., TrafficStack]:
    """Deploy a stack for a transport; further arguments are its function's environment."""

    def deploy(transport: str, **environment: str) -> TrafficStack:
        return TrafficStack(local_aws, synthesised.templates[transport], backends, environment)

    return deploy


@pytest.fixture(scope="session")
def shared_stacks(deploy_rules: Callable[..., TrafficStack]) -> Iterator[dict[str, TrafficStack]]:
    made = {transport: deploy_rules(transport) for transport in ("http", "https")}
    yield made
    for stack in made.values():
        stack.delete()


@pytest.fixture
def stack(request: Any, shared_stacks: dict[str, TrafficStack]) -> Iterator[TrafficStack]:
    """The deployed stack, by its transport; what a test made of it is taken back afterwards."""
    made = shared_stacks[getattr(request, "param", "http")]
    yield made
    with_no_changes = made._cloudformation.exceptions.ClientError
    try:
        status = made.update(made.base)
    except with_no_changes as error:
        assert "No updates" in str(error)
    else:
        assert status == "UPDATE_COMPLETE", made.reasons()
    made.shift(Production={"blue": 100, "green": 0}, Test={"blue": 100, "green": 0})


@pytest.fixture
def load_balancing(local_aws: Any) -> Iterator[LoadBalancing]:
    made = LoadBalancing(local_aws.endpoint)
    yield made
    made.close()


@pytest.fixture
def own_stack(
    deploy_rules: Callable[..., TrafficStack], load_balancing: LoadBalancing
) -> Iterator[TrafficStack]:
    """A stack of its own, whose function reaches Elastic Load Balancing through `load_balancing`.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    made = deploy_rules("http", AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2=load_balancing.url)
    yield made
    load_balancing.accept()
    made.delete()


@contextmanager
def _traffic(stack: TrafficStack) -> Iterator[Traffic]:
    with Traffic(stack) as traffic:
        eventually(lambda: traffic.requests or traffic.failures, "an answer")
        assert not traffic.failures
        yield traffic


@pytest.fixture
def traffic() -> Callable[[TrafficStack], Any]:
    """Requests to both listeners of a stack for as long as a block lasts."""
    return _traffic
