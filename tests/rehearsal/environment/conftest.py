"""The ``local`` environment, deployed once through ``cdk deploy``, with one release behind it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from environment.deployed import SERVICE, Deployed
from slipway.rehearsal.adaptation import allow_for_stalls
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.kept import keeper, of_this_process

PROJECT = Path(__file__).resolve().parents[3]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Let a failure tell what became of the releases: an assertion sees the last of it only."""
    report = yield
    deployed = item.funcargs.get("deployed")
    if report.failed and deployed:
        try:
            told = deployed.story()
        except Exception as error:
            told = f"It can't be told: {error!r}"
        report.sections.append(("What became of the releases", told))
    return report


@dataclass
class Step:
    """The steps of the pipeline, as CodeBuild runs them."""

    workspace: Path
    variables: dict[str, str]

    def __call__(self, command, *arguments, environments=("local",), **variables):
        named = [f"--environment={each}" for each in environments]
        return subprocess.run(
            [sys.executable, "-m", "pipeline", command, *named, *map(str, arguments)],
            cwd=self.workspace,
            capture_output=True,
            text=True,
            env={**self.variables, **variables},
        )


@pytest.fixture(scope="session")
def deployed():
    with RehearsedEnvironment(PROJECT, prepare=allow_for_stalls) as environment:
        # As if the service were older than the platform version that its releases ask for.
        environment.workspace.set(
            "environments/local.lock.yaml", f"services.{SERVICE}.platform_version", "LATEST"
        )
        environment.come_up()
        name = environment.settings.names("local").stack(SERVICE)
        template = environment.cloud.client("cloudformation").get_template(StackName=name)
        secret = environment.settings.names("local").secret(SERVICE, "session")
        value = environment.cloud.client("secretsmanager").get_secret_value(SecretId=secret)
        yield Deployed(environment, template["TemplateBody"], value["VersionId"])


@pytest.fixture(scope="session")
def released(deployed):
    """The environment with version 2 released and live."""
    deployed.deployment = deployed.release()
    return deployed


@pytest.fixture
def slipway_environment(deployed):
    """Where the command line runs, for `subprocess`: a checkout in which this AWS is kept."""
    workspace, cloud = deployed.environment.workspace.directory, deployed.environment.cloud
    with keeper(workspace) as place:
        place.publish(of_this_process(cloud.connection, workspace, cloud.certificate_authority))
        yield {
            "cwd": workspace,
            "env": {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(PROJECT),
                "PYTHONUNBUFFERED": "1",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            },
        }


@pytest.fixture
def slipway(slipway_environment):
    """Run the command line as a person does."""

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, "-m", "slipway", *arguments],
            cwd=slipway_environment["cwd"],
            capture_output=True,
            text=True,
            env={**slipway_environment["env"], **variables},
        )

    return run


@pytest.fixture(scope="session")
def step(deployed):
    cloud = deployed.environment.cloud
    # The role that they take, which `slipway bootstrap` makes in an environment of a pipeline.
    anybody = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{cloud.account.account}:root"},
        "Action": "sts:AssumeRole",
    }
    deployed.client("iam").create_role(
        RoleName=deployed.names.observe_role,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [anybody]}),
    )
    return Step(
        deployed.environment.workspace.directory,
        {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": cloud.account.account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": cloud.account.region,
            "CODEBUILD_RESOLVED_SOURCE_VERSION": "0123456789" * 4,
        },
    )
