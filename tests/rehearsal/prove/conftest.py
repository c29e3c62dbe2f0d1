"""The AWS on this machine as a place to prove things: what differs from an account is here."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from prove.ground import ENVIRONMENT, PREFIX, Ground
from prove.place import Place, share
from prove.report import Report
from prove.run import Run
from prove.state import State, trunking
from slipway.rehearsal import images as builder
from slipway.rehearsal.adaptation import allow_for_stalls, choose_ports
from slipway.rehearsal.cloud import Account, LocalCloud

PROJECT = Path(__file__).resolve().parents[3]
ACCOUNT = Account("000000000000", "us-east-1")
# Slow enough for a service to start before it counts as unhealthy, on a busy machine, too.
TIME_SCALE = 0.03
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


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    directory = tmp_path_factory.mktemp("aws")
    with LocalCloud(
        ACCOUNT,
        directory,
        project=PROJECT,
        images=directory / "images",
        time_scale=TIME_SCALE,
    ) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def place(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The local AWS, not bootstrapped yet."""
    return Place(
        account=ACCOUNT.account,
        region=ACCOUNT.region,
        client=share(cloud.client),
        cdk_environment=cloud.cdk_environment,
        build=LocalBuild(cloud, cloud.log.parent / "images"),
        interval=timedelta(seconds=0.2),
        lacks=LACKS,
    )


@pytest.fixture(scope="session")
def ground(cloud: LocalCloud, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The ground on the local AWS, bootstrapped, with the templates of its plan."""
    directory = tmp_path_factory.mktemp("prove")
    cloud.cdk("bootstrap", f"aws://{ACCOUNT.account}/{ACCOUNT.region}", folder=directory)
    ground = Ground(PROJECT, directory / "run", place, zones=ZONES)
    allow_for_stalls(ground.workspace)
    choose_ports(ground.workspace, ENVIRONMENT, print)
    ground.lock()
    ground.synthesise(0)
    return ground


@pytest.fixture(scope="session")
def state(ground: Ground) -> State:
    return State(
        account=ground.place.account,
        region=ground.place.region,
        prefix=PREFIX,
        stacks=ground.stack_names,
        directory=str(ground.directory),
        trunking=trunking(ground.place.client),
    )


@dataclass
class Player:
    """Plays runs on the ground, with somebody outside who may want them to end."""

    ground: Ground
    state: State
    stopped: threading.Event = field(default_factory=threading.Event)
    abandoned: threading.Event = field(default_factory=threading.Event)
    told: list[str] = field(default_factory=list)

    def play(self, hear: Callable[[str], None] = lambda _: None, **options: timedelta) -> Report:
        def tell(message: str) -> None:
            self.told.append(message)
            print(message)
            hear(message)

        run = Run(
            self.ground,
            self.state,
            tell=tell,
            stopped=self.stopped,
            abandoned=self.abandoned,
            **options,
        )
        return run.play()

    @property
    def stacks(self) -> set[str]:
        """The names of our stacks that are there."""
        pages = self.ground.place.client("cloudformation").get_paginator("describe_stacks")
        return {
            stack["StackName"]
            for page in pages.paginate()
            for stack in page["Stacks"]
            if stack["StackName"] in self.state.stacks and stack["StackStatus"] != "DELETE_COMPLETE"
        }


@pytest.fixture
def player(ground: Ground, state: State) -> Player:
    return Player(ground, state)


@pytest.fixture(scope="session")
def played(ground: Ground, state: State) -> Report:
    """The whole story, once."""
    return Player(ground, state).play()
