"""``slipway deploy``: an environment's stacks, and then a release of each service that changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from slipway.changes import assembled_stacks
from slipway.cli import output
from slipway.cli.account import open_account
from slipway.cli.assembly import CHECKOUT, assembly_of
from slipway.cli.consent import confirmed
from slipway.cli.deploy_releases import release_all
from slipway.cli.errors import ExitCode
from slipway.cli.following import Follower
from slipway.cli.interruption import StoppedError, stoppable
from slipway.cli.options import LOCAL
from slipway.cli.telling import Telling
from slipway.cli.usage import UsageError
from slipway.deploy import (
    Deployed,
    DeployedService,
    Followed,
    Following,
    NotStartingError,
    Patience,
    Released,
    Starting,
    give_up,
    refuse_unready_images,
    refuse_unready_stacks,
)
from slipway.rehearsal import kept
from slipway.rehearsal.attached import AttachedEnvironment, one_deployment
from slipway.rehearsal.cdk import run_cdk
from slipway.rehearsal.errors import RehearsalError
from slipway.release import Aws, ReleaseError
from slipway.settings import Settings, load
from slipway.settings.lock import check_entries, write_missing_entries

_OPTIONS = ("--require-approval", "never", "--progress", "events")
_PATIENCE = Patience(time=timedelta(minutes=15), failures=10)
# Nothing is slow on one machine but a service that is wrong.
_LOCAL_PATIENCE = Patience(time=timedelta(minutes=2), failures=4)
_RunCdk = Callable[..., None]


class DeploymentError(ReleaseError):
    """The stacks couldn't be deployed; the message is one line."""


def deploy(
    root: Path,
    environment: str,
    *,
    services: Sequence[str],
    stacks_only: bool,
    give_up_after: timedelta | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Deploy an environment's stacks, release what they want live, and return the exit code.

    Parameters
    ----------
    services
        The only ones to deploy and release; all if none is named.
    stacks_only
        Release nothing.
    give_up_after
        How long tasks of a new service may try to start.

    Raises
    ------
    SettingsError, UsageError
        The settings or the names of services are wrong.
    ReleaseError
        Something is not ready; AWS refused or can't be reached; or the credentials are of another
        account.
    RehearsalError
        The synthesis failed, or no rehearsal is kept.
    """
    settings = load(root)
    _refuse_unknown(settings, environment, services)
    check_entries(settings, environment)
    if not confirmed(settings, environment, f"Deploy and release to {environment}?", yes=yes):
        return ExitCode.FAILED
    telling = Telling()
    is_local = environment == LOCAL
    patience = _LOCAL_PATIENCE if is_local else _PATIENCE
    if give_up_after is not None:
        patience = replace(patience, time=give_up_after)
    deploying = _Deploying(root, settings, environment, services, patience, telling)
    stacks: tuple[Followed, ...] = ()
    released: tuple[DeployedService, ...] = ()
    error, code = "", int(ExitCode.DONE)
    try:
        with stoppable():
            telling.phase = "checks"
            stacks = deploying.locally() if is_local else deploying.on_aws()
    except StoppedError as stopped:
        telling.tell(
            "Stopped; what CloudFormation has begun goes on. The same command goes on, too"
        )
        return stopped.exit_code
    except _StacksFailed as failed:
        stacks, error, code = failed.stacks, str(failed), int(ExitCode.FAILED)
    telling.phase = "releases"
    if deploying.aws is not None:
        released, failed_release, stopped_code = release_all(
            Follower.of(deploying.aws, root, environment),
            deploying.settings,
            services or tuple(settings.services(environment)),
            stacks,
            none=stacks_only or bool(error),
            tell=telling.tell,
        )
        error, code = error or failed_release, code or stopped_code
    answer = Deployed(
        environment=environment,
        stacks=stacks,
        services=released,
        seconds=telling.elapsed.total_seconds(),
        error=error,
    )
    if error:
        telling.tell(error)
    output.show(answer, text=text(answer), as_json=as_json)
    return code


def text(answer: Deployed) -> str:
    """Put it as a person reads it: where everything is now."""
    if not answer.services:
        return f"Nothing of {answer.environment} can be reached yet."
    width = max(len(each.name) for each in answer.services)
    lines = [_line(each, width) for each in answer.services]
    if not answer.error:
        lines += ["", f"Deployed {answer.environment} in {round(answer.seconds)} s."]
    return "\n".join(lines)


def _line(service: DeployedService, width: int) -> str:
    what = {
        Released.NEW: f"{service.live} is live, its first",
        Released.RELEASED: f"{service.live} is live, just released",
        Released.LIVE_ALREADY: f"{service.live} is live, nothing to release",
        Released.FAILED: f"{service.live or 'nothing'} is live, {service.wanted} is not",
        Released.NOT_REACHED: f"{service.live or 'nothing'} is live"
        + (f", {service.wanted} waits for a release" if service.wanted != service.live else ""),
    }[service.outcome]
    where = service.url or "no stack yet"
    if service.url and not service.is_public:
        where += " (internal)"
    return f"{service.name:<{width}}  {where}\n{'':<{width}}  {what}"


class _StacksFailed(Exception):  # noqa: N818 - it carries how far it went, and isn't shown
    def __init__(self, message: str, stacks: tuple[Followed, ...]) -> None:
        super().__init__(message)
        self.stacks = stacks


class _Deploying:
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
        interval = timedelta(seconds=0.5 if self._environment == LOCAL else 5)
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
        wanted = (
            [f"{names.stage}/{service.title()}" for service in self._services]
            if self._services
            else [*registry, f"{names.stage}/*"]
        )

        def look() -> None:
            following.look()
            starting.look(following)

        with self._told_in_one_line(following, aws):
            run(
                "deploy",
                *wanted,
                *("--app", str(assembly), *_OPTIONS, "--concurrency", "4"),
                look=look,
            )
        following.look_now()
        results = following.results()
        unchanged = [each.name for each in results if each.outcome == "unchanged"]
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
            raise _StacksFailed(
                f"{error}. {standing}. Mend the service and deploy again", following.results()
            ) from error
        except RehearsalError as error:
            following.look_now()
            results = following.results()
            reasons = [reason for each in results for reason in each.reasons]
            if not reasons:
                raise
            raise _StacksFailed(
                f"Not all stacks are deployed: {reasons[0]}. Mend that and deploy again", results
            ) from error


def _refuse_unknown(settings: Settings, environment: str, services: Sequence[str]) -> None:
    known = settings.services(environment)
    for service in services:
        if service not in known:
            raise UsageError(f"There is no service {service}; known: {', '.join(known)}")
