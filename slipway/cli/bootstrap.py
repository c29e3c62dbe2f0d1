"""``slipway bootstrap``: make an account ready for the pipeline, once, with its own credentials."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from slipway.cli.interruption import StoppedError, say, stoppable
from slipway.cli.usage import UsageError
from slipway.leash import Leashed
from slipway.release import ReleaseError, clients_of_account
from slipway.release.errors import aws_errors
from slipway.settings import Account, PipelineNames, Settings, load

_CHECKOUT = Path(__file__).resolve().parents[2]
_CDK = Path("scripts") / "cdk"
_TOOLKIT = "CDKToolkit"
_EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
_WIDTH = 80


@dataclass(frozen=True)
class Toolkit:
    """What an earlier ``cdk bootstrap`` was told.

    The command line forgets what it isn't told again: another pipeline would be shut out, a
    boundary taken away.
    """

    trusted: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    boundary: str = ""

    @classmethod
    def of(cls, cloudformation: Any) -> Toolkit:
        """Read the parameters of its stack; nothing where there is none.

        Raises
        ------
        ReleaseError
            AWS refused, or can't be reached.
        """
        with aws_errors(f"read the stack {_TOOLKIT}"):
            try:
                (stack,) = cloudformation.describe_stacks(StackName=_TOOLKIT)["Stacks"]
            except cloudformation.exceptions.ClientError as error:
                if "does not exist" not in str(error):
                    raise
                return cls()
        told: Mapping[str, str] = {
            each["ParameterKey"]: each.get("ParameterValue", "")
            for each in stack.get("Parameters", ())
        }

        def items(key: str) -> tuple[str, ...]:
            return tuple(item.strip() for item in told.get(key, "").split(",") if item.strip())

        return cls(
            trusted=items("TrustedAccounts"),
            policies=items("CloudFormationExecutionPolicies"),
            boundary=told.get("InputPermissionsBoundary", ""),
        )


@dataclass(frozen=True)
class Step:
    """One command of the CDK, and what it gives to whom."""

    arguments: tuple[str, ...]
    grants: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """The command, as it can be typed in the checkout."""
        return shlex.join([str(_CDK), *self.arguments])


def bootstrap(
    root: Path,
    environment: str | None,
    *,
    tooling: bool,
    policies: Sequence[str],
    dry_run: bool,
    yes: bool,
) -> int:
    """Say what will be done and granted, and do it; return the exit code.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        The environment is not in the pipeline, or it isn't said which account is meant.
    ReleaseError
        The credentials are of another account, AWS can't be reached, or the CDK isn't installed.
    """
    settings = load(root)
    if tooling == (environment is not None):
        raise UsageError("Say which account: an environment's name, or --tooling")
    if settings.application.pipeline is None:
        raise UsageError("slipway.yaml has no pipeline: there is nothing to let in")
    if not (_CHECKOUT / "node_modules" / ".bin" / "cdk").exists():
        raise ReleaseError("The CDK command line is not installed here: run 'make set-up' first")
    if environment is None:
        account, steps = settings.application.tooling, list(_of_tooling(settings, policies))
    else:
        account, steps = _of_environment(root, settings, environment, policies)
    print(_plan(environment or "the tooling account", account, steps), file=sys.stderr)
    if dry_run:
        print(*(step.text for step in steps), sep="\n")
        return 0
    if not (yes or _confirmed()):
        return 1
    for step in steps:
        if code := _run(step):
            return code
    print(_next(settings, environment), file=sys.stderr)
    return 0


def _of_environment(
    root: Path, settings: Settings, name: str, policies: Sequence[str]
) -> tuple[Account, list[Step]]:
    place, names = settings.environment(name), settings.names(name)
    if place.pipeline is None:
        raise UsageError(
            f"environments/{name}.yaml has no pipeline: {name} is deployed by hand, and nobody "
            "needs to be let in"
        )
    toolkit = Toolkit.of(
        clients_of_account(place.account, place.region, tell=say)("cloudformation")
    )
    trusted = settings.application.tooling.account
    pipeline = PipelineNames(settings.application.application)
    grants = [
        f"Account {trusted}, all of it that may assume roles, deploys whatever stacks it wants "
        "here, with the pipeline first of all."
    ]
    if trusted == place.account:
        grants = ["The account trusts nobody but itself."]
    others = [each for each in toolkit.trusted if each != trusted]
    grants += [f"Account {each} goes on to be trusted." for each in others]
    steps = [
        _cdk_bootstrap(
            [(place.account, place.region)],
            toolkit,
            policies,
            trust=[*others, *([trusted] if trusted != place.account else [])],
            grants=grants,
        ),
        Step(
            (
                *("deploy", names.access, "--require-approval", "never"),
                *("--context", f"settings={root}", "--context", f"environment={name}"),
            ),
            (
                f"{names.release_role}: role/{pipeline.pipeline} of {trusted} starts releases.",
                f"{names.observe_role}: role/{pipeline.project('releases')} of {trusted} looks at "
                "services and stacks, and makes room for a release.",
            ),
        ),
    ]
    return place, steps


def _of_tooling(settings: Settings, policies: Sequence[str]) -> Iterator[Step]:
    """Make the account ready in each region that the pipeline releases to: artifacts lie there."""
    account = settings.application.tooling
    released = (each.region for wave in settings.waves for each in wave)
    for region in dict.fromkeys((account.region, *released)):
        toolkit = Toolkit.of(
            clients_of_account(account.account, region, tell=say)("cloudformation")
        )
        yield _cdk_bootstrap(
            [(account.account, region)],
            toolkit,
            policies,
            trust=toolkit.trusted,
            grants=[f"Account {each} goes on to be trusted." for each in toolkit.trusted]
            or ["The account trusts nobody but itself."],
        )


def _cdk_bootstrap(
    places: Sequence[tuple[str, str]],
    toolkit: Toolkit,
    policies: Sequence[str],
    *,
    trust: Sequence[str],
    grants: Sequence[str],
) -> Step:
    """Write the command of the CDK, with everything that it would forget otherwise.

    https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-bootstrap.html
    """
    execution = tuple(policies) or toolkit.policies or (_EVERYTHING,)
    return Step(
        (
            "bootstrap",
            *(f"aws://{account}/{region}" for account, region in places),
            # It would synthesise the whole app first, only to see that it needs none of it.
            *("--app", ""),
            *(argument for each in trust for argument in ("--trust", each)),
            *(
                argument
                for each in execution
                for argument in ("--cloudformation-execution-policies", each)
            ),
            *(("--custom-permissions-boundary", toolkit.boundary) if toolkit.boundary else ()),
        ),
        (
            *grants,
            "CloudFormation may do EVERYTHING in the account, permissions included: it acts with "
            "AdministratorAccess. Narrow it with --execution-policy ARN."
            if _EVERYTHING in execution
            else f"CloudFormation acts with {', '.join(execution)}, and may do no more.",
        ),
    )


def _plan(what: str, account: Account, steps: Sequence[Step]) -> str:
    lines = [f"To make {what} ready (account {account.account}, {account.region}):"]
    for step in steps:
        lines += ["", f"  {step.text}"]
        for grant in step.grants:
            lines += textwrap.wrap(
                grant, _WIDTH, initial_indent="    - ", subsequent_indent="      "
            )
    more = "docs/reference/permissions.md lists all that our roles may do."
    return "\n".join([*lines, "", more, ""])


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        print("Add --yes if that is what you want. Nothing was done.", file=sys.stderr)
        return False
    if typer.confirm("Do that?", err=True):
        return True
    print("Nothing was done.", file=sys.stderr)
    return False


def _run(step: Step) -> int:
    """Run a command of the CDK, and say which one it was that failed."""
    try:
        with (
            stoppable(),
            Leashed(
                [_CHECKOUT / _CDK, "--no-version-reporting", *step.arguments], cwd=_CHECKOUT
            ) as process,
        ):
            code = process.wait()
    except StoppedError as stopped:
        print(f"\nStopped; the same command again goes on from here: {step.text}", file=sys.stderr)
        return stopped.exit_code
    if code:
        print(
            f"cdk {step.arguments[0]} failed, see above; mend it and run the same command again",
            file=sys.stderr,
        )
    return code


def _next(settings: Settings, environment: str | None) -> str:
    """Say what comes after it."""
    names = [each.name for wave in settings.waves for each in wave]
    if environment is None:
        return f"Next: slipway bootstrap for each of {', '.join(names)}, if that isn't done yet"
    return (
        f"When each of {', '.join(names)} and the tooling account is ready: "
        "scripts/cdk deploy Toolchain, with the tooling account's credentials"
    )
