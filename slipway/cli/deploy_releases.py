"""The releases of a deployment: each service whose stack wants another revision than is live."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from slipway.cli import release as verbs
from slipway.cli.commands import commands_in
from slipway.cli.errors import ExitCode, exit_code
from slipway.cli.following import Follower
from slipway.cli.service import url_of
from slipway.deploy import DeployedService, Followed, Outcome, Released, callees_first
from slipway.release import AwsError, ReleaseError, Target, TargetError, status
from slipway.release.target import short
from slipway.settings import Settings

# A release may still keep its blue tasks: the next one waits for its turn.
_TURN = timedelta(hours=2)


def release_all(
    follower: Follower,
    settings: Settings,
    services: Collection[str],
    stacks: Iterable[Followed],
    *,
    none: bool,
    description: str | None,
    tell: Callable[[str], None],
) -> tuple[tuple[DeployedService, ...], str, int]:
    """Release what the stacks want live, callees before callers; the first failure is the last.

    What was released until then is answered all the same. Once AWS can't be asked about a service,
    it isn't asked about those after it: how they stand is unknown.

    Parameters
    ----------
    follower
        Who follows them, and in which environment.
    services
        The names of those that may be released.
    stacks
        What became of the stacks.
    none
        Only look how the services stand.
    description
        What CodeDeploy keeps of each release; None says who it was.

    Returns
    -------
    tuple
        How each service stands, what went wrong (empty if nothing did), and the exit code.
    """
    created = {each.name for each in stacks if each.outcome is Outcome.CREATED}
    releases = _Releases(follower, settings, created, none, description, tell)
    turns = callees_first(settings.services(follower.environment))
    found = tuple(releases.turn_of(service) for service in turns if service in services)
    return found, releases.error, releases.code


@dataclass
class _Releases:
    """One service after the other, until something goes wrong."""

    follower: Follower
    settings: Settings
    created: Collection[str]
    """The stacks that are new, and their tasks with them."""
    none: bool
    description: str | None
    tell: Callable[[str], None]
    error: str = ""
    code: int = 0
    is_silent: bool = False
    """AWS can't be asked any more."""

    def turn_of(self, service: str) -> DeployedService:
        """Release a service if there is something to release, and say how it stands."""
        if self.is_silent:
            return self._unseen(service, Released.UNKNOWN)
        stack = self.settings.names(self.follower.environment).stack(service)

        def read() -> Target:
            return Target.from_stack(
                self.follower.aws.cloudformation,
                stack,
                commands=commands_in(self.follower.environment),
            )

        try:
            target = read()
            current = status(self.follower.aws, target)
        except TargetError as missing:
            if not (self.none or self.error):
                self._fail(missing)
            return self._unseen(service, Released.NOT_REACHED)
        except AwsError as unknown:
            self.is_silent = True
            if self.error:
                self.tell(str(unknown))
            else:
                self._fail(unknown)
            return self._unseen(service, Released.UNKNOWN)
        deployment: list[str] = []
        live = short(current.live.revision) if current.live else ""
        outcome = Released.NEW if stack in self.created else Released.LIVE_ALREADY
        if current.would_change and (self.none or self.error):
            outcome = Released.NOT_REACHED
        elif current.would_change:
            self.tell(f"{service}: {current.wanted} changes {', '.join(current.would_change)}")
            outcome = self._release(target, read, deployment)
            live = self._live_after(target, outcome)
        return DeployedService(
            name=service,
            outcome=outcome,
            url=url_of(self.settings, self.follower.environment, service, target),
            is_public=self._is_public(service),
            live=live,
            wanted=current.wanted,
            deployment="".join(deployment),
        )

    def _release(
        self, target: Target, read: Callable[[], Target], deployment: list[str]
    ) -> Released:
        try:
            self.code = verbs.release(
                self.follower,
                target,
                read_again=read,
                description=self.description,
                wait_for=_TURN,
                ignore_alarms=None,
                force=False,
                answer=deployment.append,
            )
        except ReleaseError as error:
            self._fail(error)
            return Released.FAILED
        if not self.code:
            return Released.RELEASED
        self.error = (
            "Stopped: the services after it were not released"
            if self.code >= 128
            else f"{target.service} was not released, and nothing after it: "
            f"{target.command('status')} says what is live"
        )
        return Released.FAILED

    def _live_after(self, target: Target, outcome: Released) -> str:
        """Say what is live after a release; how that ended is known, whatever AWS answers now."""
        try:
            live = status(self.follower.aws, target).live
        except AwsError as error:
            self.tell(f"{error} How the release of {target.service} ended is known all the same")
            return short(target.revision) if outcome is Released.RELEASED else ""
        return short(live.revision) if live else ""

    def _fail(self, error: ReleaseError) -> None:
        self.error, self.code = str(error), exit_code(error) or ExitCode.FAILED

    def _unseen(self, service: str, outcome: Released) -> DeployedService:
        """Answer for a service that has no stack, or that nobody could ask about."""
        return DeployedService(
            name=service,
            outcome=outcome,
            url="",
            is_public=self._is_public(service),
            live="",
            wanted="",
            deployment="",
        )

    def _is_public(self, service: str) -> bool:
        services = self.settings.services(self.follower.environment)
        return services[service].load_balancer.scheme != "internal"
