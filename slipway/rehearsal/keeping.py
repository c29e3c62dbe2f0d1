"""A rehearsal to look round in: everything runs, under a light load, until somebody ends it."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from slipway.rehearsal.attached import last_deployment, one_deployment
from slipway.rehearsal.connection import SECRET_KEY
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.kept import keeper, of_this_process
from slipway.rehearsal.load import Load
from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.opening import open_environment
from slipway.release import ReleaseError, status
from slipway.settings import SettingsError, load

PHASE = "kept"

_LOOK = timedelta(seconds=0.5)
# Ten requests a second for each service: a canary of 10 % shows within a moment.
_RATE = 10
_MEMORY = timedelta(seconds=3)
_LONGEST = timedelta(days=30)
_SLIPWAY = ".venv/bin/slipway"
_RELEASE_VERBS = {
    "release": "only move the traffic",
    "watch": "follow, anywhere",
    "approve": "where it is asked for",
    "stop": "end it; blue comes back",
    "rollback": "back to the one before",
}


class Keeping:
    """A rehearsal that stays until its process is stopped.

    Parameters
    ----------
    project
        The checkout.
    narration
        Where it says what it does.
    """

    def __init__(self, project: Path, narration: Narration) -> None:
        self._project = project
        self._narration = narration
        self._enter = EnterKey()

    def run(self) -> NoReturn:
        """Deploy everything, tell how to look round, and stay.

        It only ends by an exception: that of a signal's handler, usually.

        Raises
        ------
        RehearsalError, SettingsError
            The environment can't be brought up, or the local AWS has ended.
        """
        with keeper(self._project) as place, ExitStack() as stack:
            environment = open_environment(self._project, self._narration, stack)
            clients = {
                service: stack.enter_context(self._clients_of(environment, service))
                for service in environment.settings.services(environment.name)
            }
            cloud = environment.cloud
            seen = last_deployment(environment)
            with self._narration.phase(PHASE):
                place.publish(
                    of_this_process(
                        cloud.connection,
                        environment.workspace.directory,
                        cloud.certificate_authority,
                    )
                )
                self._narration.tell("Everything runs, under a light load. Ctrl-C ends it all.")
                ways = _ways_round(environment, for_a_person=self._enter.has_a_person)
                print(ways, file=self._narration.output, flush=True)
                while True:
                    cloud.require_alive()
                    for each in clients.values():
                        each.tell_changes(self._narration)
                    if self._enter.pressed_within(_LOOK):
                        self._bring(environment)
                    if (last := last_deployment(environment)) > seen:
                        seen = last
                        self._welcome(environment, clients, stack)

    def _clients_of(self, environment: RehearsedEnvironment, service: str) -> Clients:
        output = environment.folders.run / f"traffic-{service}.jsonl"
        load = Load(environment.address(service), output, rate=_RATE, duration=_LONGEST)
        return Clients(service, load)

    def _welcome(
        self, environment: RehearsedEnvironment, clients: dict[str, Clients], stack: ExitStack
    ) -> None:
        """Say where each new service is, and put load on it, whoever has deployed it."""
        try:
            environment.settings = load(environment.workspace.directory)
            for service in environment.settings.services(environment.name):
                if service not in clients:
                    self._narration.tell(f"{service} is new: {environment.address(service)}")
                    clients[service] = stack.enter_context(self._clients_of(environment, service))
        except (ReleaseError, SettingsError) as error:
            # Somebody deploys again at this moment; the end of that is seen, too.
            environment.cloud.require_alive()
            self._narration.tell(str(error))

    def _bring(self, environment: RehearsedEnvironment) -> None:
        """Build and deploy the checkout as it is now; what is wrong with it is told, no more."""
        tell = self._narration.tell
        tell("Building and deploying the checkout as it is now")
        try:
            with one_deployment(environment, tell):
                environment.follow_project()
                environment.deploy_everything(environment.build())
            waiting = list(self._waiting(environment))
        except (RehearsalError, ReleaseError, SettingsError) as error:
            environment.cloud.require_alive()
            tell(f"Not deployed; what runs goes on as before. {error}")
            return
        for service in waiting:
            tell(f"{service} has a new revision. Release it:")
            tell(f"{_SLIPWAY} release {service} -e {environment.name}")
        if not waiting:
            tell("Deployed; nothing is waiting for a release")

    def _waiting(self, environment: RehearsedEnvironment) -> list[str]:
        """Name the services whose stack wants another revision than the one that is live."""
        aws = environment.cloud.release_clients()
        found = []
        for service in environment.settings.services(environment.name):
            target = environment.target(service)
            live = status(aws, target).live
            if live is not None and live.revision != target.revision:
                found.append(service)
        return found


@dataclass
class Clients:
    """The load on one service, and which versions answer it."""

    service: str
    load: Load
    _names: dict[str, str] = field(default_factory=dict)
    _recent: list[Answer] = field(default_factory=list)
    _told: tuple[str, ...] = ()

    def __enter__(self) -> Clients:
        self.load.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.load.kill()

    def tell_changes(self, narration: Narration) -> None:
        """Say which versions answer, whenever that changes, and how many requests failed.

        Raises
        ------
        RehearsalError
            The load has ended although nobody stopped it.
        """
        fresh = self.load.take()
        if failed := sum(answer.failed for answer in fresh):
            narration.tell(f"{self.service}: {failed} of {len(fresh)} requests failed")
        self._names |= {a.revision: a.version for a in fresh if a.revision and a.version}
        oldest = time.time() - _MEMORY.total_seconds()
        self._recent = [answer for answer in (*self._recent, *fresh) if answer.start > oldest]
        answering = self._versions(self._recent)
        if answering and answering != self._told:
            self._told = answering
            narration.tell(f"{self.service}: clients get version {' and '.join(answering)}")

    def _versions(self, answers: Sequence[Answer]) -> tuple[str, ...]:
        revisions = {answer.revision for answer in answers if answer.revision}
        return tuple(sorted({self._names[name] for name in revisions if name in self._names}))


class EnterKey:
    """Lines on standard input, as long as there are any to come."""

    def __init__(self) -> None:
        self._input = sys.stdin.fileno()
        self._open = True

    @property
    def has_a_person(self) -> bool:
        """Whether somebody sits there who could press it."""
        return os.isatty(self._input)

    def pressed_within(self, patience: timedelta) -> bool:
        """Wait, and tell whether a line came."""
        seconds = patience.total_seconds()
        # Whoever reads from a terminal in the background is stopped by the kernel.
        if not self._open or (self.has_a_person and os.tcgetpgrp(self._input) != os.getpgrp()):
            time.sleep(seconds)
            return False
        ready, _, _ = select.select([self._input], [], [], seconds)
        if not ready:
            return False
        try:
            line = os.read(self._input, 4096)
        except OSError:
            line = b""
        self._open = bool(line)
        return b"\n" in line


def _ways_round(environment: RehearsedEnvironment, *, for_a_person: bool) -> str:
    """Say where everything is, and what to type in another terminal."""
    name, cloud = environment.name, environment.cloud
    services = environment.settings.services(name)
    targets = {service: environment.target(service) for service in services}
    public = (each for each in services if services[each].load_balancer.scheme != "internal")
    shown = next(public, next(iter(services)))
    width = max(map(len, services))
    by_hand = "Enter here" if for_a_person else "A line to this process's standard input"
    return "\n".join(
        [
            "",
            *(
                f"  {service:<{width}}  http://{target.address}:{target.port}  "
                f"(test traffic: port {target.test_port})"
                for service, target in targets.items()
            ),
            f"  {'AWS':<{width}}  {cloud.endpoint}",
            "",
            "Look round in another terminal:",
            "",
            f"  curl http://{targets[shown].address}:{targets[shown].port}/version",
            *(f"  {_SLIPWAY} {verb} {shown} -e {name}" for verb in ("status", "logs")),
            "",
            f"Change services/{shown}, or add a folder there, and then:",
            "",
            f"  {f'{_SLIPWAY} deploy --local':<48}  # build, deploy, release",
            *(
                f"  {f'{_SLIPWAY} {verb} {shown} -e {name}':<48}  # {what_for}"
                for verb, what_for in _RELEASE_VERBS.items()
            ),
            "",
            f"{by_hand} builds and deploys, and leaves the release to you.",
            "",
            "For boto3 and the AWS CLI:",
            "",
            f"  export AWS_ENDPOINT_URL={cloud.endpoint} AWS_REGION={cloud.account.region}",
            f"  export AWS_ACCESS_KEY_ID={cloud.account.account} "
            f"AWS_SECRET_ACCESS_KEY={SECRET_KEY}",
            "",
        ]
    )
