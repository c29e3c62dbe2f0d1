"""The AWS on this machine as a place to prove things: what differs from an account is here."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from prove.ground import ENVIRONMENT, PREFIX, Ground
from prove.place import Place
from prove.state import State, trunking
from slipway.rehearsal import images as builder
from slipway.rehearsal.adaptation import choose_ports
from slipway.rehearsal.cloud import Account, LocalCloud

PROJECT = Path(__file__).resolve().parents[3]
ZONES = ("us-east-1a", "us-east-1b")
LACKS = {
    "network": "no security groups, routes or endpoints here",
    "firewall": "no firewall here",
    "containers": "no containers here",
    "access logs": "no access logs here",
    "exec": "no ECS Exec here",
    "trunks": "instances are records here",
    "tags of tasks": "no tags of tasks here",
    "tags": "nothing is found by its tags here",
    "security policies": "no list of security policies here",
}


class LocalBuild:
    """Builds images as a rehearsal does, and pushes them to the local registry."""

    def __init__(self, cloud: LocalCloud, images: Path) -> None:
        self._cloud, self._images = cloud, images

    def __call__(
        self,
        folder: Path,
        *,
        repository: str,
        tag: str,
        architecture: str,
        look: Callable[[], None],
    ) -> str:
        environments = PROJECT / "build" / "rehearsal" / "environments"
        image = builder.build(folder, self._images, environments=environments)
        self._cloud.client("ecr").put_image(
            repositoryName=repository,
            imageManifest=image.manifest,
            imageManifestMediaType=json.loads(image.manifest)["mediaType"],
            imageTag=tag,
        )
        return image.digest


@contextmanager
def local_ground(directory: Path) -> Iterator[Ground]:
    """A ground on a local AWS of its own, bootstrapped."""
    account, built = Account("000000000000", "us-east-1"), directory / "images"
    with LocalCloud(account, directory, project=PROJECT, images=built) as cloud:
        cloud.cdk("bootstrap", f"aws://{account.account}/{account.region}", folder=directory)
        place = Place(
            account=account.account,
            region=account.region,
            client=cloud.client,
            cdk_environment=cloud.cdk_environment,
            build=LocalBuild(cloud, built),
            interval=timedelta(seconds=0.2),
            lacks=LACKS,
        )
        ground = Ground(PROJECT, directory / "run", place, zones=ZONES)
        choose_ports(ground.workspace, ENVIRONMENT, print)
        ground.lock()
        yield ground


def state_of(ground: Ground) -> State:
    return State(
        account=ground.place.account,
        region=ground.place.region,
        prefix=PREFIX,
        stacks=ground.stack_names,
        directory=str(ground.directory),
        trunking=trunking(ground.place.client),
    )


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ExitStack() as stack:
        yield stack.enter_context(local_ground(tmp_path_factory.mktemp("prove")))


@pytest.fixture
def stopped() -> threading.Event:
    return threading.Event()
