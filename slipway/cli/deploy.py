"""``slipway deploy``: an environment's stacks, and then a release of each service that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from slipway.cli import output
from slipway.cli.consent import confirmed
from slipway.cli.deploy_releases import release_all
from slipway.cli.deploy_stacks import StacksFailedError, StacksOfEnvironment
from slipway.cli.errors import ExitCode
from slipway.cli.following import Follower
from slipway.cli.interruption import StoppedError, stoppable
from slipway.cli.options import LOCAL
from slipway.cli.service import find_service
from slipway.cli.telling import Telling
from slipway.deploy import Deployed, DeployedService, Followed, Patience, Released
from slipway.settings import load
from slipway.settings.lock import check_entries

_PATIENCE = Patience(time=timedelta(minutes=15), failures=10)
# Nothing is slow on one machine but a service that is wrong.
_LOCAL_PATIENCE = Patience(time=timedelta(minutes=2), failures=4)


def deploy(
    root: Path,
    environment: str,
    *,
    services: Sequence[str],
    stacks_only: bool,
    give_up_after: timedelta | None,
    description: str | None,
    yes: bool,
    plain: bool,
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
    description
        What CodeDeploy keeps of each release; None says who it was.
    plain
        Follow releases in lines, also where a terminal could show more.

    Raises
    ------
    SettingsError, UsageError
        The settings or the names of services are wrong.
    ReleaseError
        Something is not ready; AWS refused or can't be reached before anything was deployed; or the
        credentials are of another account.
    RehearsalError
        The synthesis failed, or no rehearsal is kept.
    """
    settings = load(root)
    for service in services:
        find_service(settings, service, environment)
    check_entries(settings, environment)
    if not confirmed(settings, environment, f"Deploy and release to {environment}?", yes=yes):
        return ExitCode.FAILED
    telling = Telling()
    is_local = environment == LOCAL
    patience = _LOCAL_PATIENCE if is_local else _PATIENCE
    if give_up_after is not None:
        patience = replace(patience, time=give_up_after)
    deploying = StacksOfEnvironment(root, settings, environment, services, patience, telling)
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
    except StacksFailedError as failed:
        stacks, error, code = failed.stacks, str(failed), int(ExitCode.FAILED)
        telling.tell(error)
    telling.phase = "releases"
    if deploying.aws is not None:
        released, failed_release, failed_code = release_all(
            Follower.of(deploying.aws, root, environment, plain=plain),
            deploying.settings,
            services or tuple(settings.services(environment)),
            stacks,
            none=stacks_only or bool(error),
            description=description,
            tell=telling.tell,
        )
        if failed_release:
            telling.tell(failed_release)
        error, code = error or failed_release, code or failed_code
    answer = Deployed(
        environment=environment,
        stacks=stacks,
        services=released,
        seconds=telling.elapsed.total_seconds(),
        error=error,
    )
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
        Released.FAILED: f"{service.live} is live, {service.wanted} is not"
        if service.live
        else f"{service.wanted} was not released",
        Released.UNKNOWN: "nobody could be asked how it stands",
        Released.NOT_REACHED: f"{service.live or 'nothing'} is live"
        + (f", {service.wanted} waits for a release" if service.wanted != service.live else ""),
    }[service.outcome]
    where = service.url or ("" if service.outcome is Released.UNKNOWN else "no stack yet")
    if service.url and not service.is_public:
        where += " (internal)"
    head = f"{service.name:<{width}}"
    return f"{head}  {where}\n{'':<{width}}  {what}" if where else f"{head}  {what}"
