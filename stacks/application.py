"""All stacks of the application: registries, a stage per environment, and its pipeline."""

import json
from collections.abc import Container, Iterator, Mapping
from itertools import chain
from pathlib import Path

import aws_cdk as cdk

from slipway.settings import Account, Environment, Settings, load
from slipway.settings.pipeline import Images
from stacks.access import AccessStack
from stacks.environment import EnvironmentStage, tags_of
from stacks.images import read_digests
from stacks.policy import add_policy_checks
from stacks.registry import RegistryStack
from stacks.toolchain import ArtifactsStack, ToolchainStack, further_places

# Where the versions of the CDK's command line are pinned.
_PACKAGES = Path(__file__).resolve().parent.parent / "package.json"


def add_stacks(
    app: cdk.App, *, settings_root: Path, images: Path, environment: str | None = None
) -> Settings:
    """Add the stacks of every environment that has a file, and of the registries they pull from.

    Synthesis then checks them all, and fails for a finding that nobody has acknowledged; see
    :mod:`slipway_constructs.findings`.

    Parameters
    ----------
    app
        The app to add them to.
    settings_root
        The folder that holds ``slipway.yaml``, ``environments`` and ``services``.
    images
        The file with the images' digests; see :func:`stacks.images.read_digests`.

    environment
        The only environment to add, with the registry that it pulls from; all if nothing is said.

    Raises
    ------
    SettingsError
        A setting is wrong: one line for each mistake.
    ValueError
        The file with the digests is wrong.
    """
    settings = load(settings_root)
    add_policy_checks(app)
    digests = read_digests(images)
    wanted = [settings.environment(environment).name] if environment else settings.environments
    stages = {
        name: EnvironmentStage(
            app, settings.names(name).stage, settings=settings, name=name, digests=digests
        )
        for name in wanted
    }
    for released in chain.from_iterable(settings.waves):
        if released.name in wanted:
            _add_access(app, settings, released)
    registries = list(_add_registries(app, settings, wanted))
    if settings.application.pipeline and environment is None:
        # The application's own is the only one that a pipeline's environments may have.
        _add_pipeline(app, settings, stages, *registries)
    return settings


def _add_registries(
    app: cdk.App, settings: Settings, wanted: Container[str]
) -> Iterator[RegistryStack]:
    """Add the registries that the wanted environments pull from; yield the application's."""
    for registry in settings.registries:
        if not any(each.name in wanted for each in registry.environments):
            continue
        shared = registry.location == settings.application.tooling
        environments = registry.environments
        stack = RegistryStack(
            app,
            # A registry that one environment has for itself is named after it.
            "Registry" if shared else f"{settings.names(environments[0].name).stage}Registry",
            stack_name=registry.stack,
            application=settings.application,
            services=sorted(
                {name for each in environments for name in settings.services(each.name)}
            ),
            pull_accounts=sorted(
                {each.account for each in environments} - {registry.location.account}
            ),
            removal_policy=cdk.RemovalPolicy(
                "RETAIN" if shared else environments[0].removal_policy.upper()
            ),
            # Rules for a whole registry belong to the application's own.
            images=settings.application.images if shared else Images(),
            tags_of_cached=tags_of(settings.application, "tooling"),
            env=_in(registry.location),
        )
        _tag(stack, settings)
        if shared:
            yield stack


def _add_access(app: cdk.App, settings: Settings, environment: Environment) -> None:
    """Let the pipeline into an environment that it releases to."""
    names = settings.names(environment.name)
    stack = AccessStack(
        app,
        names.access,
        names=names,
        tooling=settings.application.tooling,
        termination_protection=environment.removal_policy == "retain",
        env=_in(environment),
    )
    _tag(stack, settings, environment.name)


def _add_pipeline(
    app: cdk.App,
    settings: Settings,
    stages: Mapping[str, EnvironmentStage],
    registry: RegistryStack,
) -> None:
    """Add the pipeline, which changes with itself whatever it stands on."""
    toolchain = ToolchainStack(
        app,
        "Toolchain",
        settings=settings,
        stages=stages,
        signing_profile=registry.signing.profile.signing_profile_arn if registry.signing else None,
        tools=json.loads(_PACKAGES.read_text(encoding="utf-8"))["devDependencies"],
        env=_in(settings.application.tooling),
    )
    _tag(toolchain, settings)
    for place, environments in further_places(settings).items():
        region = "".join(word.capitalize() for word in place.region.split("-"))
        store = ArtifactsStack(
            app,
            f"Artifacts{region}",
            settings=settings,
            environments=environments,
            place=place,
            env=_in(place),
        )
        _tag(store, settings)
        toolchain.add_stack_dependency(store)
    # A new service's repository is there when the pipeline starts again to build its image.
    toolchain.add_stack_dependency(registry)


def _in(place: Account) -> cdk.Environment:
    return cdk.Environment(account=place.account, region=place.region)


def _tag(stack: cdk.Stack, settings: Settings, environment: str = "tooling") -> None:
    tags = cdk.Tags.of(stack)
    for key, value in tags_of(settings.application, environment).items():
        tags.add(key, value)
