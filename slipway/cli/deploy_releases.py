"""The releases of a deployment: each service whose stack wants another revision than is live."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import timedelta

from slipway.cli import release as verbs
from slipway.cli.errors import ExitCode, exit_code
from slipway.cli.following import Follower
from slipway.cli.service import url_of
from slipway.deploy import DeployedService, Followed, Outcome, Released, callees_first
from slipway.release import ReleaseError, Status, Target, TargetError, status
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
    aws, environment = follower.aws, follower.environment
    names = settings.names(environment)
    created = {each.name for each in stacks if each.outcome is Outcome.CREATED}
    found: dict[str, DeployedService] = {}
    error, code = "", 0
    for service in callees_first(settings.services(environment)):
        if service not in services:
            continue
        stack = names.stack(service)

        def read(stack: str = stack) -> Target:
            return Target.from_stack(aws.cloudformation, stack)

        try:
            target = read()
            current = status(aws, target)
        except TargetError:
            if not (none or error):
                raise
            found[service] = _without_a_stack(settings, environment, service)
            continue
        deployment: list[str] = []
        outcome = Released.NEW if stack in created else Released.LIVE_ALREADY
        if current.would_change and (none or error):
            outcome = Released.NOT_REACHED
        elif current.would_change:
            outcome, error, code = _release(
                follower, target, read, current, description, deployment, tell
            )
            current = status(aws, target)
        found[service] = DeployedService(
            name=service,
            outcome=outcome,
            url=url_of(settings, environment, service, target),
            is_public=settings.services(environment)[service].load_balancer.scheme != "internal",
            live=short(current.live.revision) if current.live else "",
            wanted=current.wanted,
            deployment="".join(deployment),
        )
    return tuple(found.values()), error, code


def _release(
    follower: Follower,
    target: Target,
    read: Callable[[], Target],
    current: Status,
    description: str | None,
    deployment: list[str],
    tell: Callable[[str], None],
) -> tuple[Released, str, int]:
    tell(f"{target.service}: {current.wanted} changes {', '.join(current.would_change)}")
    try:
        code = verbs.release(
            follower,
            target,
            read_again=read,
            description=description,
            wait_for=_TURN,
            ignore_alarms=None,
            force=False,
            answer=deployment.append,
        )
    except ReleaseError as error:
        return Released.FAILED, str(error), exit_code(error) or ExitCode.FAILED
    if code >= 128:
        return Released.FAILED, "Stopped: the services after it were not released", code
    if code:
        return (
            Released.FAILED,
            f"{target.service} was not released, and nothing after it: slipway status "
            f"{target.service} says what is live",
            code,
        )
    return Released.RELEASED, "", 0


def _without_a_stack(settings: Settings, environment: str, service: str) -> DeployedService:
    return DeployedService(
        name=service,
        outcome=Released.NOT_REACHED,
        url="",
        is_public=settings.services(environment)[service].load_balancer.scheme != "internal",
        live="",
        wanted="",
        deployment="",
    )
