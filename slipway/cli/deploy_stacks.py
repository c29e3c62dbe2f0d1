"""The stacks of ``slipway deploy``: what comes before them, their deployment, their end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from slipway.changes import assembled_stacks
from slipway.cli.account import open_account
from slipway.cli.assembly import CHECKOUT, assembly_of
from slipway.cli.options import LOCAL
from slipway.cli.telling import Telling
from slipway.deploy import (
    Followed,
    Following,
    NotStartingError,
    Outcome,
    Patience,
    Starting,
    give_up,
    refuse_unready_images,
    refuse_unready_stacks,
)
from slipway.rehearsal import kept
from slipway.rehearsal.attached import AttachedEnvironment, one_deployment
from slipway.rehearsal.cdk import run_cdk
from slipway.rehearsal.errors import RehearsalError
from slipway.release import Aws, AwsError
from slipway.settings import Settings
from slipway.settings.lock import write_missing_entries

_OPTIONS = ("--require-approval", "never", "--progress", "events", "--concurrency", "4")
_LOOKS = timedelta(seconds=5)
_LOCAL_LOOKS = timedelta(seconds=0.5)
_RunCdk = Callable[..., None]


class StacksFailedError(Exception):
    """Not all stacks came up; the message is one line, and says how things stand."""

    def __init__(self, message: str, stacks: tuple[Followed, ...]) -> None:
        super().__init__(message)
        self.stacks = stacks


def selected(stage: str, services: Sequence[str], registry: Sequence[str]) -> tuple[str, ...]:
    """Say to the CDK which stacks: all of the environment, or those of some services and no other.

    Without ``--exclusively`` the CDK would also change what they depend on, such as the network.

    Parameters
    ----------
    stage
        The id of the environment's stage.
    services
        The only ones; all if none is named.
    registry
        The id of the registry's stack, if it is where the environment is.
    """
    if services:
        return (*(f"{stage}/{service.title()}" for service in services), "--exclusively")
    return (*registry, f"{stage}/*")


def though_unseen(look: Callable[[], None], tell: Callable[[str], None]) -> Callable[[], None]:
    """Return a look that ends no deployment because AWS can't be asked about it.

    Whether the deployment fails, too, is for the CDK and CloudFormation to say. `tell` is told once
    that it goes on unseen, and once more if it was seen in between.
    """
    unseen = False

    def looking() -> None:
        nonlocal unseen
        try:
            look()
        except AwsError as error:
            if not unseen:
                tell(f"{error} The deployment goes on, unseen")
            unseen = True
        else:
            unseen = False

    return looking


class StacksOfEnvironment:
    """One deployment of an environment's stacks."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        environment: str,
        services: Sequence[str],
        patience: Patience,
        telling: Telling,
    ) -> None:
        self._root = root
        self.settings = settings
        self._environment = environment
        self._services = services
        self._patience = patience
        self._telling = telling
        self.aws: Aws | None = None

    def on_aws(self) -> tuple[Followed, ...]:
        """Deploy to the environment's account, with the images that were built before."""
        root, name = self._root, self._environment
        aws = self.aws = open_account(root, self.settings, name)
        refuse_unready_images(self.settings, name, root / "build" / "images.json")
        self._note_new_services()
        self._telling.phase = "synth"
        assembly = assembly_of(root, name)
        log = assembly.parent / "cdk.log"

        def run(*arguments: str, look: Callable[[], None]) -> None:
            run_cdk(*arguments, project=CHECKOUT, environment=os.environ, log=log, look=look)

        return self._stacks(aws, run, assembly, self._registry_here())

    def locally(self) -> tuple[Followed, ...]:
        """Build the checkout's images, and deploy it to the rehearsal that is kept."""
        tell = self._telling.tell
        environment = AttachedEnvironment(
            self._root, kept.find(self._root), tools=CHECKOUT, tell=tell
        )
        aws = self.aws = environment.cloud.release_clients()
        with one_deployment(environment, tell):
            self._note_new_services()
            self._telling.phase = "images"
            environment.follow_project()
            self.settings = environment.settings
            built = environment.build()
            tell(f"Built {', '.join(sorted(built)) or 'none'}")
            self._telling.phase = "synth"
            tell("Synthesising the stacks")
            environment.synthesise()
            if not environment.has_repositories():
                tell("Making the repositories of new services")
                environment.deploy(environment.registry)
            environment.push(built)
            return self._stacks(
                aws, environment.cloud.cdk, environment.assembly, (environment.registry,)
            )

    def _note_new_services(self) -> None:
        if added := write_missing_entries(self.settings, self._environment):
            self._telling.tell(
                f"environments/{self._environment}.lock.yaml: added {', '.join(added)}; commit it"
            )

    def _registry_here(self) -> tuple[str, ...]:
        """Return the id of the registry's stack, if it is where the environment is."""
        place, tooling = (
            self.settings.environment(self._environment),
            self.settings.tooling(self._environment),
        )
        if (place.account, place.region) != (tooling.account, tooling.region):
            return ()
        shared = tooling == self.settings.application.tooling
        stage = self.settings.names(self._environment).stage
        return ("Registry" if shared else f"{stage}Registry",)

    def _stacks(
        self, aws: Aws, run: _RunCdk, assembly: Path, registry: tuple[str, ...]
    ) -> tuple[Followed, ...]:
        names = self.settings.names(self._environment)
        place = self.settings.environment(self._environment)
        here = f"aws://{place.account}/{place.region}"
        known = [
            each.name
            for each in assembled_stacks(assembly)
            if each.place == here and each.name != names.stack("access")
        ]
        self._telling.phase = "stacks"
        refuse_unready_stacks(aws.cloudformation, known)
        interval = _LOCAL_LOOKS if self._environment == LOCAL else _LOOKS
        following = Following(aws.cloudformation, known, tell=self._telling.tell, interval=interval)
        starting = Starting(
            aws,
            names.cluster,
            {
                names.stack(service): (service, names.log_group(service))
                for service in self.settings.services(self._environment)
            },
            patience=self._patience,
            tell=self._telling.tell,
        )

        def look() -> None:
            following.look()
            starting.look(following)

        with self._told_in_one_line(following, aws):
            run(
                "deploy",
                *selected(names.stage, self._services, registry),
                *("--app", str(assembly), *_OPTIONS),
                look=though_unseen(look, self._telling.tell),
            )
        following.look_now()
        results = following.results()
        unchanged = [each.name for each in results if each.outcome is Outcome.UNCHANGED]
        if unchanged:
            all_ = "all of them" if len(unchanged) == len(results) else len(unchanged)
            self._telling.tell(f"Unchanged: {all_}")
        return results

    @contextmanager
    def _told_in_one_line(self, following: Following, aws: Aws) -> Iterator[None]:
        """Say in one line why the stacks couldn't be deployed, and how they stand."""
        try:
            yield
        except NotStartingError as error:
            standing = give_up(
                following, error.stack, aws, tell=self._telling.tell, show=self._telling.show
            )
            raise StacksFailedError(
                f"{error}. {standing}. Mend the service and deploy again", following.results()
            ) from error
        except RehearsalError as error:
            with suppress(AwsError):
                following.look_now()
            results = following.results()
            reasons = [reason for each in results for reason in each.reasons]
            if not reasons:
                raise
            first = reasons[0].rstrip(".")
            raise StacksFailedError(
                f"Not all stacks are deployed: {first}. Mend that and deploy again",
                results,
            ) from error
