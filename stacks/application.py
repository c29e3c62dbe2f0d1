"""All stacks of the application: registries, and a stage per environment."""

from pathlib import Path

import aws_cdk as cdk

from slipway.settings import Settings, load
from slipway.settings.pipeline import Images
from stacks.environment import EnvironmentStage, tags_of
from stacks.images import read_digests
from stacks.policy import add_policy_checks
from stacks.registry import RegistryStack


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
    for name in wanted:
        EnvironmentStage(
            app, settings.names(name).stage, settings=settings, name=name, digests=digests
        )
    for registry in settings.registries:
        if not any(each.name in wanted for each in registry.environments):
            continue
        shared = registry.location == settings.application.tooling
        environments = registry.environments
        tags = tags_of(settings.application, "tooling")
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
            tags_of_cached=tags,
            env=cdk.Environment(account=registry.location.account, region=registry.location.region),
        )
        for key, value in tags.items():
            cdk.Tags.of(stack).add(key, value)
    return settings
